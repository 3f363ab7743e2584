/**
 * The thread of one script: it is started for a run and ended with it. The script itself is inside QuickJS;
 * beside it are the device-only machines that it makes. Whatever reaches a running machine is asked of the
 * host, which checks the grant.
 */
import { parentPort, workerData } from "node:worker_threads";
import { HostObjects, ScriptRefusal } from "./hostObjects.ts";
import { kinds } from "./kinds.ts";
import type { Ask } from "./askedMachine.ts";
import { AskedMachines } from "./askedMachines.ts";
import { AskedSnapshots } from "./askedSnapshots.ts";
import { KvmFactory } from "./facade/kvmFactory.ts";
import { Codecs } from "./facade/codecs.ts";
import type { FromScript, RunEnd, ScriptStart, ToScript } from "./protocol.ts";
import { Sandbox } from "./sandbox.ts";
import { ScenarioPlay } from "./scenarioPlay.ts";
import { transpile } from "./transpile.ts";
import { errno } from "../../engine/api/errno.ts";

const start = workerData as ScriptStart;
const post = (message: FromScript): void => parentPort!.postMessage(message);

const waiting = new Map<number, (answer: ToScript["answer"]) => void>();
parentPort!.on("message", ({ id, answer }: ToScript) => {
  waiting.get(id)?.(answer);
  waiting.delete(id);
});
const ask: Ask = (call, argument) =>
  new Promise((resolve, reject) => {
    const id = waiting.size === 0 ? 1 : Math.max(...waiting.keys()) + 1;
    waiting.set(id, (answer) =>
      answer.ok ? resolve(answer.value as never) : reject(new ScriptRefusal(answer.error)));
    post({ type: "ask", id, call, argument });
  });

/** What of the output may still be printed, in bytes; below 0 the script is ended. */
let room = start.outputBytesMax;
const encoder = new TextEncoder();
function print(stream: "out" | "err", line: string): void {
  room -= encoder.encode(line).length + 1;
  if (room < 0) throw new ScriptRefusal("Nothing more can be printed.");
  post({ type: "output", stream, text: `${line}\n` });
}

async function run(): Promise<RunEnd> {
  const code = transpile(start.source);
  if (!code.ok) return { kind: "refused", ...code.error };
  const objects = new HostObjects(kinds);
  const scenarios = new ScenarioPlay();
  const kvm: KvmFactory = new KvmFactory(() => objects.heldOf(kvm));
  const overAt = performance.now() + start.timeMs;
  const sandbox = await Sandbox.open({
    memoryBytes: start.memoryBytes,
    isOver: () => room < 0 || performance.now() > overAt,
    objects,
    globals: {
      kvm, codecs: new Codecs(), machines: new AskedMachines(ask),
      snapshots: new AskedSnapshots(ask), errno,
    },
    print,
    define: (outline) => scenarios.define(outline),
  });
  const end = await sandbox.run(code.value, start.file);
  if (end.kind !== "done" || end.scenario === undefined) return end;
  return { kind: "done", verdict: scenarios.play(end.scenario, sandbox, objects, start.withDefects) };
}

/** Time and output end a script from outside: what it says then is said here. */
function told(end: RunEnd): RunEnd {
  const kilobytes = start.outputBytesMax / 1024;
  if (room < 0)
    return { kind: "failed", sentence: `The script printed more than the ${kilobytes} KiB that it may.` };
  if (end.kind !== "time") return end;
  return { kind: "time", sentence: `The script ran longer than the ${start.timeMs / 1000} s that it may.` };
}

// A script that waits is not asked whether its time is over.
setTimeout(() => post({ type: "end", end: told({ kind: "time", sentence: "" }) }), start.timeMs);

run().then(
  (end) => post({ type: "end", end: told(end) }),
  (error: unknown) => post({
    type: "end",
    end: { kind: "failed", sentence: `The sandbox gave up: ${String(error)}. The script was ended.` },
  }),
);

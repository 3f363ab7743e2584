/**
 * A worker that keeps the engine's contract and computes nothing. Words of the command line say what it does,
 * in order: print:<text> | split:<text> (byte by byte) | off | all-stopped | crash | fault | throw | exit |
 * hang | refuse | trace | typed (somebody has typed) | echo (prints what is typed, in capitals, and powers
 * off at Q) | config (prints its own configuration as JSON) | repeats (as an engine that repeats a run, which
 * hears nothing meanwhile) | later (its repetition ends after a while) | later-print:<text> (that, and the
 * text behind it).
 */
import { parentPort } from "node:worker_threads";
import { TextWatch } from "../../../src/engine/base/textWatch.ts";
import type {
  MachineConfig,
  MachineEvent,
  MachineRequest,
  MachineStats,
} from "../../../src/engine/api/machine.ts";
import { noInterrupts } from "../../kit/noInterrupts.ts";

const port = parentPort!;
/** What is sent too early has come by then. */
const LATER_MS = 100;
const post = (event: MachineEvent): void => port.postMessage(event);
let until: TextWatch | undefined;
function show(bytes: Uint8Array): void {
  post({ type: "console", bytes });
  if (until?.take(bytes)) {
    until = undefined;
    post({ type: "state", state: "paused" });
  }
}
const print = (text: string): void => show(new TextEncoder().encode(text));
let echoes = false;
let repeats = false;

export const fakeStats: MachineStats = {
  instructions: 123_456,
  interpretedInstructions: 3456,
  wallSeconds: 1.5,
  mips: 82.3,
  recentMips: 80.5,
  regionsCompiled: 7,
  compileSeconds: 0.25,
  deviceSeconds: 0.125,
  idleSeconds: 0.5,
  traceHash: "0123456789abcdef",
  virtualSeconds: 2,
  memoryBytes: 64 * 2 ** 20,
  interrupts: noInterrupts,
};

function act(word: string, config: MachineConfig): void {
  const [verb, text = ""] = word.split(/:(.*)/s);
  if (verb === "print") print(text.replaceAll("_", " "));
  else if (verb === "split")
    for (const byte of new TextEncoder().encode(text)) show(Uint8Array.of(byte));
  else if (verb === "off") post({ type: "state", state: "stopped", reason: { kind: "powered-off" } });
  else if (verb === "all-stopped") post({ type: "state", state: "stopped", reason: { kind: "all-stopped" } });
  else if (verb === "crash")
    post({
      type: "state",
      state: "crashed",
      reason: {
        kind: "crashed",
        sentence: "The guest waits for ever.",
        pswMask: "0002000180000000",
        pswAddress: "000000000000dead",
      },
    });
  else if (verb === "fault") {
    const record = {
      seed: 1,
      instructions: 99,
      stack: "at planted",
      state: "r0=0",
      lastInstructions: ["lhi %r2,1"],
    };
    post({
      type: "state",
      state: "crashed",
      reason: { kind: "engine-fault", sentence: "A planted fault.", record },
    });
  } else if (verb === "throw") throw new Error("planted");
  else if (verb === "exit") process.exit(7);
  else if (verb === "hang") for (;;);
  else if (verb === "refuse") post({ type: "refused", sentence: "The kernel is no image." });
  else if (verb === "trace") post({ type: "trace", lines: ["line one", "line two"] });
  else if (verb === "typed")
    post({
      type: "outside", number: 1,
      event: { instructions: 1, virtualNs: 1, action: { kind: "console", bytes: Uint8Array.of(65) } },
    });
  else if (verb === "echo") echoes = true;
  else if (verb === "repeats") repeats = true;
  else if (verb === "later" || verb === "later-print")
    setTimeout(() => {
      repeats = false;
      post({ type: "repeated", given: 1, checked: 1 });
      if (text !== "") print(text);
    }, LATER_MS);
  else if (verb === "config") {
    const { kernel, initrd, disk, ...rest } = config;
    print(
      `CONFIG${JSON.stringify({
        ...rest,
        kernel: kernel.length,
        initrd: initrd?.length,
        disk: disk?.length,
      })}\n`,
    );
  }
}

port.on("message", (request: MachineRequest) => {
  if (request.type === "start") {
    if (request.config.until !== undefined) until = new TextWatch(request.config.until);
    post({ type: "state", state: "running" });
    for (const word of request.config.commandLine.split(" ")) act(word, request.config);
  } else if (request.type === "console-input" && echoes && !repeats) {
    const text = new TextDecoder("latin1").decode(request.bytes);
    print(text.toUpperCase());
    if (text.includes("Q")) post({ type: "state", state: "stopped", reason: { kind: "powered-off" } });
  } else if (request.type === "stats") post({ type: "stats", id: request.id, stats: fakeStats });
});

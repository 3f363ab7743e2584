/**
 * Thread entry of one machine: requests in, events out (`api/machine.ts`).
 */
import { setFlagsFromString } from "node:v8";
import { parentPort, workerData } from "node:worker_threads";
import type { EngineThreadData, MachineEvent, MachineRequest } from "../api/machine.ts";
import { assert } from "../base/assert.ts";
import { prebuilt } from "../cpu/interpreter.ts";
import { tiering } from "../cpu/tiering.ts";
import { PastRunner } from "./pastRunner.ts";
import { Runner } from "./runner.ts";

assert(parentPort, "the engine worker is started as a worker thread");
const port = parentPort;

// All code here is the engine's own, so validating it again may wait; regions are worth optimizing early.
setFlagsFromString("--wasm-lazy-validation");
setFlagsFromString("--wasm-tiering-budget=1000000");
tiering.optimized = (body) => {
  setFlagsFromString("--no-liftoff");
  body();
  setFlagsFromString("--liftoff");
};

prebuilt.module = (workerData as EngineThreadData | null)?.interpreter;

function send(event: MachineEvent, transfer: ArrayBuffer[] = []): void {
  port.postMessage(event, transfer);
}

let runner: Runner | undefined;
let past: PastRunner | undefined;

function start({ config, past: recorded, ...options }: MachineRequest & { type: "start" }): void {
  const made = recorded ? PastRunner.open(config, recorded, send) : Runner.create(config, send, options);
  if (typeof made === "string") {
    send({ type: "refused", sentence: made });
    return;
  }
  if (made instanceof PastRunner) past = made;
  else {
    runner = made;
    runner.resume();
  }
}

function answer(request: MachineRequest): void {
  if (past) {
    past.answer(request);
    return;
  }
  switch (request.type) {
    case "start": start(request); return;
    case "resume": runner?.resume(); return;
    case "pause": runner?.pause(); return;
    case "reset": runner?.reset(); return;
    case "restore": runner?.restore(request); return;
    case "hold": runner?.hold(true); return;
    case "release": runner?.hold(false); return;
    case "power-off": runner?.powerOff(); return;
    case "console-input": runner?.input(request.bytes); return;
    case "debug": runner?.debugCall(request.id, request.call); return;
    case "save":
      if (runner) runner.save(request);
      else request.port.close();
      return;
    case "save-cancel": runner?.capture.cancel(request.id); return;
    case "save-done": runner?.capture.done(request.isKept); return;
    case "mark": runner?.mark(request.id, request.before); return;
    case "seek": return;
    case "stats": if (runner) send({ type: "stats", id: request.id, stats: runner.stats() }); return;
  }
}

port.on("message", (request: MachineRequest) => {
  try {
    answer(request);
  } catch (fault) {
    // Without a machine there is no record to make: the host is told by the thread's end.
    const failed = past ?? runner;
    if (!failed) throw fault;
    failed.fault(fault);
  }
});

/**
 * Thread entry of one machine: requests in, events out (`api/machine.ts`).
 */
import { setFlagsFromString } from "node:v8";
import { parentPort } from "node:worker_threads";
import type { MachineConfig, MachineEvent, MachineRequest } from "../api/machine.ts";
import type { SavedMachine } from "../api/snapshot.ts";
import { assert } from "../base/assert.ts";
import { tiering } from "../cpu/tiering.ts";
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

function send(event: MachineEvent, transfer: ArrayBuffer[] = []): void {
  port.postMessage(event, transfer);
}

let runner: Runner | undefined;

function start(config: MachineConfig, saved: SavedMachine | undefined): void {
  const made = Runner.create(config, send, saved);
  if (typeof made === "string") {
    send({ type: "refused", sentence: made });
    return;
  }
  runner = made;
  runner.resume();
}

function answer(request: MachineRequest): void {
  switch (request.type) {
    case "start": start(request.config, request.saved); return;
    case "resume": runner?.resume(); return;
    case "pause": runner?.pause(); return;
    case "reset": runner?.reset(); return;
    case "restore": runner?.restore(request.config, request.saved); return;
    case "power-off": runner?.powerOff(); return;
    case "console-input": runner?.input(request.bytes); return;
    case "debug": runner?.debugCall(request.id, request.call); return;
    case "save": runner?.save(request); return;
    case "save-cancel": runner?.capture.cancel(request.id); return;
    case "save-done": runner?.capture.done(request.isKept); return;
    case "stats": if (runner) send({ type: "stats", id: request.id, stats: runner.stats() }); return;
  }
}

port.on("message", (request: MachineRequest) => {
  try {
    answer(request);
  } catch (fault) {
    // Without a machine there is no record to make: the host is told by the thread's end.
    if (!runner) throw fault;
    runner.fault(fault);
  }
});

/** The thread that a machine runs in, with what the build has left for it. */
import { existsSync, readFileSync } from "node:fs";
import { Worker, type WorkerOptions } from "node:worker_threads";
import type { EngineThreadData } from "../engine/api/machine.ts";

/** Of each build, compiled once: the threads of one process share its code. */
const interpreters = new Map<string, WebAssembly.Module>();

/** `workerUrl` names the built worker, or its source, beside which no build has left anything. */
export function engineThread(workerUrl: URL, options: WorkerOptions = {}): Worker {
  const interpreter = interpreterBeside(workerUrl);
  const workerData: EngineThreadData = interpreter ? { interpreter } : {};
  return new Worker(workerUrl, { name: "latchwork-engine", ...options, workerData });
}

function interpreterBeside(workerUrl: URL): WebAssembly.Module | undefined {
  const file = new URL("interpreter.wasm", workerUrl);
  const known = interpreters.get(file.href);
  if (known || !existsSync(file)) return known;
  const module = new WebAssembly.Module(readFileSync(file));
  interpreters.set(file.href, module);
  return module;
}

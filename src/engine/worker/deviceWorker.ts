/** Thread entry of machines of devices alone: requests in, events out (`api/deviceSession.ts`). */
import { parentPort } from "node:worker_threads";
import type { DeviceRequest } from "../api/deviceSession.ts";
import { assert } from "../base/assert.ts";
import { DeviceBench } from "./deviceBench.ts";

assert(parentPort, "the device worker is started as a worker thread");
const port = parentPort;
const bench = new DeviceBench(
  (event) => port.postMessage(event),
  (work) => setImmediate(work),
);
port.on("message", (request: DeviceRequest) => bench.take(request));

/** Thread entry of the store: one request after the other, each answered with a value or a sentence. */
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../../engine/base/assert.ts";
import { exportBundle, importBundle } from "./bundle.ts";
import { describeFailure, openDatabase } from "./database.ts";
import { BaseGone, Snapshots } from "./snapshots.ts";
import type { StoreCalls, StoreReply, StoreRequest } from "./storeApi.ts";

assert(parentPort, "the store is started as a worker thread");
const port = parentPort;
const { path, busyMs } = workerData as { readonly path: string; readonly busyMs?: number };

/** Opened by the first request, so that what is wrong with the file is an answer and not a death. */
let opened: StoreCalls | undefined;

function open(): StoreCalls {
  const database = openDatabase(path, busyMs);
  const snapshots = new Snapshots(database);
  return {
    list: () => snapshots.list(),
    save: (given) => snapshots.save(given),
    read: (id) => snapshots.read(id),
    setNote: ({ id, note }) => snapshots.setNote(id, note),
    remove: (id) => snapshots.remove(id),
    check: () => snapshots.check(),
    export: (id) => exportBundle(snapshots.read(id)),
    import: (file) => importBundle(snapshots, file),
  };
}

function answer({ id, call, argument }: StoreRequest): StoreReply {
  try {
    opened ??= open();
    return { id, ok: true, value: (opened[call] as (argument: unknown) => unknown)(argument) };
  } catch (error) {
    return { id, ok: false, error: describeFailure(error, path), isBaseGone: error instanceof BaseGone };
  }
}

port.on("message", (request: StoreRequest) => port.postMessage(answer(request)));

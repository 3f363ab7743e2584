/** Thread entry of the store: one request after the other, each answered with a value or a sentence. */
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../../engine/base/assert.ts";
import { exportBundle, importBundle } from "./bundle.ts";
import { deferCheckpoints, describeFailure, openDatabase, settle, type Database } from "./database.ts";
import { diffSnapshots } from "./diff.ts";
import { readDifference } from "./difference.ts";
import { Memories } from "./memories.ts";
import { BaseGone, Snapshots, type StoredMachine, type StoredState } from "./snapshots.ts";
import { MachineParts } from "./saveParts.ts";
import type {
  SaveOrder, StoreAnswer, StoreCall, StoreCalls, StoreReply, StoreRequest,
} from "./storeApi.ts";
import { watchedWork, type Work } from "./work.ts";

assert(parentPort, "the store is started as a worker thread");
const port = parentPort;
const { path, busyMs } = workerData as { readonly path: string; readonly busyMs?: number };

/** Opened by the first request, so that what is wrong with the file is an answer and not a death. */
let opened: Calls | undefined;

type Calls = {
  [Name in keyof StoreCalls]: (
    argument: Parameters<StoreCalls[Name]>[0],
    work: Work,
    machine?: MachineParts,
  ) => ReturnType<StoreCalls[Name]> | Promise<ReturnType<StoreCalls[Name]>>;
};

let database: Database | undefined;

/** A question follows many an answer: the log is emptied once none has come for so long. */
const QUIET_MS = 100;
let settling: NodeJS.Timeout | undefined;

function open(): Calls {
  database = openDatabase(path, busyMs);
  deferCheckpoints(database);
  const snapshots = new Snapshots(database);
  const memories = new Memories(database);
  return {
    list: () => snapshots.list(),
    save: (frame, work, machine) => snapshots.saveParts(frame, machine!, work),
    read: (id, work) => snapshots.read(id, work),
    readDifference: (order, work) => readDifference(snapshots, order, work),
    diff: (order, work) => diffSnapshots(snapshots, order, work),
    setNote: ({ id, note }) => snapshots.setNote(id, note),
    remove: (id) => snapshots.remove(id),
    check: () => snapshots.check(),
    export: async (id, work) => exportBundle(await snapshots.read(id, work)),
    import: (file, work) => importBundle(snapshots, file, work),
    settings: () => memories.settings(),
    setSetting: ({ key, value }) => memories.setSetting(key, value),
    importSettings: (values) => memories.importSettings(values),
    copies: () => memories.copies(),
    keepCopy: (copy) => memories.keepCopy(copy),
    dropCopy: (id) => memories.dropCopy(id),
    sessions: () => memories.sessions(),
    keepSession: (session) => memories.keepSession(session),
    endSession: ({ host, machine }) => memories.endSession(host, machine),
  };
}

async function answer(
  { id, call, argument, isCancelled }: StoreRequest, machine?: MachineParts,
): Promise<StoreAnswer> {
  const tell: Work = (progress) => port.postMessage({ id, progress } satisfies StoreReply);
  try {
    opened ??= open();
    const asked = opened[call] as (argument: unknown, work: Work, machine?: MachineParts) => unknown;
    return { id, ok: true, value: await asked(argument, watchedWork(tell, isCancelled), machine) };
  } catch (error) {
    return { id, ok: false, error: describeFailure(error, path), isBaseGone: error instanceof BaseGone };
  } finally {
    machine?.close();
  }
}

/** What need not be copied on its way: pages, and files. */
function buffersOf(call: StoreCall, value: unknown): ArrayBuffer[] {
  if (call === "export") return wholeBuffers([value as Uint8Array<ArrayBuffer>]);
  if (call !== "read" && call !== "readDifference") return [];
  const { saved, images } = value as StoredState & Partial<StoredMachine>;
  const all = [saved.memory.bytes, saved.disk?.bytes, images?.kernel, images?.initrd, images?.disk];
  return wholeBuffers(all.filter((one) => one !== undefined));
}
/** Small ones may lie in a pool that others use. */
const wholeBuffers = (all: readonly Uint8Array<ArrayBuffer>[]): ArrayBuffer[] =>
  all.filter(({ byteLength, buffer }) => byteLength === buffer.byteLength).map(({ buffer }) => buffer);

async function serve(request: StoreRequest, machine?: MachineParts): Promise<void> {
  clearTimeout(settling);
  const reply = await answer(request, machine);
  port.postMessage(reply, reply.ok ? buffersOf(request.call, reply.value) : []);
  if (database) settling = setTimeout(settle, QUIET_MS, database);
}

/** One after the other: what a transaction waits for must not let another question in. */
let last = Promise.resolve();
port.on("message", (request: StoreRequest) => {
  const { call, argument } = request;
  const machine = call === "save" ? new MachineParts((argument as SaveOrder).port) : undefined;
  last = last.then(() => serve(request, machine));
});

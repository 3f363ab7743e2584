/** A machine that is saved sends its parts straight to the store: in order, in time, or not at all. */
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { describe, expect, it, onTestFinished } from "vitest";
import { PAGE_BYTES, type SavePart } from "../../../src/engine/api/snapshot.ts";
import { partsOf } from "../../../src/main/store/saveParts.ts";
import { Store } from "../../../src/main/store/store.ts";
import { temporaryFolder } from "../guests/temporaryFolder.ts";
import { captured, newSnapshot } from "./savedMachine.ts";

const workerUrl = new URL("../../../src/main/store/storeWorker.ts", import.meta.url);
const machine = captured(Object.fromEntries(Array.from({ length: 300 }, (_, page) => [page, page % 250])));

function open() {
  const store = new Store({ dataDir: temporaryFolder(), workerUrl, busyMs: 50 });
  onTestFinished(() => store.close());
  const { captured: _, ...frame } = newSnapshot();
  /** The machine's end of a save, and its answer. */
  const save = () => {
    const { port1, port2 } = new MessageChannel();
    return { port: port1, saved: store.call("save", { ...frame, port: port2 }, [port2]) };
  };
  return { store, save };
}
const closed = (port: MessagePort) => new Promise((resolve) => port.once("close", resolve));

describe("a machine that is being saved", () => {
  it("is stored as it comes, however slowly, and its room is given back", async () => {
    const { store, save } = open();
    const { port, saved } = save();
    const shared = new SharedArrayBuffer(64 * PAGE_BYTES * 2);
    const returned: number[] = [];
    port.on("message", (at: number) => returned.push(at));
    let sets = 0;
    for (const part of partsOf(machine)) {
      // Two places: one is used again only once it was given back.
      while (sets - returned.length === 2) await new Promise((resolve) => setImmediate(resolve));
      port.postMessage(part.kind === "pages" ? lent(part, shared, sets++) : part);
    }
    expect((await saved).ok).toBe(true);
    await closed(port);
    expect(returned).toEqual(Array.from({ length: sets }, (_, set) => (set % 2) * 64 * PAGE_BYTES));
    const read = await store.call("read", 1);
    if (!read.ok) throw new Error(read.error.sentence);
    const { numbers, bytes } = read.value.saved.memory;
    expect(numbers.length).toBe(machine.memory.numbers.length);
    for (const [at, page] of numbers.entries()) {
      const from = machine.memory.numbers.indexOf(page);
      const pageIn = (all: Uint8Array, index: number) =>
        Buffer.from(all.subarray(index * PAGE_BYTES, (index + 1) * PAGE_BYTES));
      expect(pageIn(bytes, at).equals(pageIn(machine.memory.bytes, from))).toBe(true);
    }
  });

  it.each([
    ["ends before its first part", 0, false],
    ["ends in the middle", 3, false],
    ["ends behind its last page", 6, false],
    ["refuses", 2, true],
  ])("and %s leaves nothing, and the next one is saved", async (_, parts, refuses) => {
    const { store, save } = open();
    const { port, saved } = save();
    for (const part of [...partsOf(machine)].slice(0, parts)) port.postMessage(part);
    if (refuses) port.postMessage({ kind: "refused", sentence: "No." } satisfies SavePart);
    else port.close();
    const sentence = refuses ? "No." : "The machine ended before it was saved.";
    expect(await saved).toEqual({ ok: false, error: { sentence, isBaseGone: false } });
    expect(await store.call("list", undefined)).toEqual({ ok: true, value: [] });
    expect(await store.call("check", undefined)).toEqual({ ok: true, value: [] });
    const next = save();
    for (const part of partsOf(machine)) next.port.postMessage(part);
    expect((await next.saved).ok).toBe(true);
  });

  it("and has ended while the store was at something else is not waited for", async () => {
    const { save } = open();
    const [first, second] = [save(), save()];
    second.port.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const part of partsOf(machine)) first.port.postMessage(part);
    expect((await first.saved).ok).toBe(true);
    expect((await second.saved).ok).toBe(false);
  });

  it("whose order the store refuses hears that nobody listens", async () => {
    const { store } = open();
    const { port1, port2 } = new MessageChannel();
    const { captured: _, ...frame } = newSnapshot({ parent: 9, images: null });
    const saved = store.call("save", { ...frame, port: port2 }, [port2]);
    await closed(port1);
    expect(await saved).toMatchObject({ ok: false, error: { isBaseGone: true } });
  });
});

/** A set of pages in one of two places of shared memory. */
function lent(part: SavePart & { kind: "pages" }, shared: SharedArrayBuffer, sets: number): SavePart {
  const bytes = new Uint8Array(shared, (sets % 2) * 64 * PAGE_BYTES, part.set.bytes.length);
  bytes.set(part.set.bytes);
  return { ...part, set: { ...part.set, bytes } };
}

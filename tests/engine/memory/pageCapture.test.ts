/** Pages copied while a machine goes on are those of the moment at which the capture began. */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../src/engine/base/prng.ts";
import type { PageSet } from "../../../src/engine/api/snapshot.ts";
import { S390Ccw } from "../../../src/engine/machine/s390Ccw.ts";
import { capturePages, PageCapture, type PageSink } from "../../../src/engine/memory/pageCapture.ts";
import { pagedImage } from "../../../src/engine/memory/pageSet.ts";
import { builtin } from "../machine/bareMachine.ts";

/** What left a capture, in the order in which it did. */
class Collected implements PageSink {
  readonly sets: PageSet<ArrayBufferLike>[] = [];
  room(bytes: number): Uint8Array {
    return new Uint8Array(bytes);
  }
  take(set: PageSet<ArrayBufferLike>): void {
    this.sets.push(set);
  }
  get whole(): PageSet {
    const joined = (part: "numbers" | "zeros") =>
      Uint32Array.from(this.sets.flatMap((set) => [...set[part]]));
    const bytes = new Uint8Array(Buffer.concat(this.sets.map((set) => set.bytes)));
    return { numbers: joined("numbers"), zeros: joined("zeros"), bytes, order: this.sets[0]!.order };
  }
}

/** Every page by its number, zeros included. */
function contents({ numbers, zeros, bytes }: PageSet): Map<number, string> {
  const pages = [...numbers].map((page, index): [number, string] =>
    [page, Buffer.from(bytes.subarray(index * 4096, (index + 1) * 4096)).toString("latin1")]);
  const empty = [...zeros].map((page): [number, string] => [page, "0"]);
  return new Map([...pages, ...empty].sort(([a], [b]) => a - b));
}

describe("pages copied bit by bit", () => {
  it.each(["flic-storm", "timer-sigp", "hello", "ais-demo"])("are those of the beginning, under %s", (id) => {
    const random = new Prng(3);
    const made = S390Ccw.create(builtin(id), () => undefined);
    if (!made.ok) throw new Error(made.error);
    const { core } = made.value;
    const { dirty } = core.storage;
    let kept = 0;
    for (let round = 0; round < 8; round++) {
      const pages = dirty.written();
      const atOnce = capturePages(core.ram, pages);
      const setPages = 1 + random.below(9);
      const collected = new Collected();
      const capture = new PageCapture(core.ram, pages, setPages, collected);
      dirty.take();
      dirty.beforeFirst = (page) => {
        kept++;
        capture.keep(page);
      };
      for (let isDone = false; !isDone;) {
        const end = made.value.step(1 + random.below(40_000));
        if (end.kind === "idle" && end.untilNs !== undefined) made.value.skipIdle(end.untilNs);
        isDone = capture.advance(1 + random.below(pages.length));
      }
      dirty.beforeFirst = undefined;
      dirty.commit();
      expect(contents(collected.whole)).toEqual(contents(atOnce));
      const sizes = collected.sets.map(({ numbers, zeros }) => numbers.length + zeros.length);
      expect(Math.max(...sizes)).toBe(Math.min(setPages, pages.length));
      expect(sizes.slice(0, -1).every((size) => size === setPages)).toBe(true);
    }
    expect(kept).toBeGreaterThan(0);
  });

  it("hold what was there before a write of any kind", () => {
    const image = new Uint8Array(4 * 4096 + 100).fill(1);
    const collected = new Collected();
    const capture = new PageCapture(pagedImage(image), Uint32Array.of(0, 1, 3, 4), 3, collected);
    capture.keep(3);
    image.fill(9, 3 * 4096);
    capture.keep(3);
    capture.keep(2);
    expect([capture.advance(2), capture.total]).toEqual([false, 4]);
    expect(collected.sets.map((set) => [...set.numbers])).toEqual([[3, 0, 1]]);
    capture.keep(4);
    expect([capture.advance(9), capture.advance(9), collected.sets.length]).toEqual([true, true, 2]);
    const { numbers, bytes } = collected.whole;
    expect([...numbers]).toEqual([3, 0, 1, 4]);
    expect([...bytes.subarray(0, 3 * 4096)].every((byte) => byte === 1)).toBe(true);
    expect(bytes[3 * 4096]).toBe(9);
  });

  it("are lost where there is no room for one that is about to change, and nothing is thrown", () => {
    const sink: PageSink = { room: () => undefined, take: () => expect.unreachable() };
    const capture = new PageCapture(pagedImage(new Uint8Array(8192)), Uint32Array.of(0, 1), 4, sink);
    expect(capture.isLost).toBe(false);
    capture.keep(1);
    expect([capture.isLost, capture.advance(2)]).toEqual([true, true]);
  });

  it("of nothing are nothing", () => {
    const set = capturePages(pagedImage(new Uint8Array(0)), new Uint32Array(0));
    expect([set.numbers.length, set.bytes.length, set.zeros.length]).toEqual([0, 0, 0]);
  });
});

/** Saves of a machine that goes on while its pages are copied. */
import { describe, expect, it } from "vitest";
import type {
  CapturedMachine, PageSet, SavedStorage, SavePart, SavePort,
} from "../../../src/engine/api/snapshot.ts";
import { S390Ccw } from "../../../src/engine/machine/s390Ccw.ts";
import { restoreMachine } from "../../../src/engine/machine/snapshot.ts";
import { Capture } from "../../../src/engine/worker/capture.ts";
import { builtin } from "../machine/bareMachine.ts";

const given = (id = "flic-storm") =>
  builtin(id, { memoryBytes: 16 << 20, disk: new Uint8Array(3 << 20).fill(5) });

/** The store's end of a save: hears everything, and gives room back unless it is told to keep it. */
class Heard implements SavePort {
  readonly parts: SavePart[] = [];
  private giveRoom: (taken: number) => void = () => undefined;
  kept: number[] | undefined;

  postMessage(part: SavePart): void {
    // What lies in shared memory may be written over.
    if (part.kind !== "pages") this.parts.push(part);
    else this.parts.push({ ...part, set: { ...part.set, bytes: part.set.bytes.slice() } });
    if (part.kind !== "pages" || part.set.bytes.buffer instanceof ArrayBuffer) return;
    const { byteOffset } = part.set.bytes;
    if (this.kept) this.kept.push(byteOffset);
    else this.giveRoom(byteOffset);
  }
  on(_event: "message", listener: (taken: number) => void): void {
    this.giveRoom = listener;
  }
  giveBack(taken: readonly number[]): void {
    for (const one of taken) this.giveRoom(one);
  }
  close(): void {}

  /** The machine that came, or why none did; undefined while parts are due. */
  get machine(): CapturedMachine | string | undefined {
    const [first, last] = [this.parts[0], this.parts.at(-1)];
    if (last?.kind === "refused") return last.sentence;
    if (first?.kind !== "begun" || last?.kind !== "ended") return undefined;
    const sets = (storage: SavedStorage) =>
      joined(this.parts.flatMap((one) => (one.kind === "pages" && one.storage === storage ? [one.set] : [])));
    return { ...first.head, memory: sets("memory"), disk: sets("disk"), pauseMs: last.pauseMs };
  }
}
function joined(sets: readonly PageSet<ArrayBufferLike>[]): PageSet {
  const all = (part: "numbers" | "zeros") => Uint32Array.from(sets.flatMap((set) => [...set[part]]));
  const bytes = new Uint8Array(Buffer.concat(sets.map((set) => set.bytes)));
  return { numbers: all("numbers"), zeros: all("zeros"), bytes, order: sets[0]?.order ?? "ascending" };
}

/** A machine and its saves, under a clock that moves on with every look: each round copies a little. */
class Bench {
  readonly machine: S390Ccw;
  readonly heard = new Map<number, Heard>();
  readonly capture: Capture;
  private now = 0;

  constructor(id?: string) {
    const made = S390Ccw.create(given(id), () => undefined);
    if (!made.ok) throw new Error(made.error);
    this.machine = made.value;
    this.capture = new Capture(made.value, () => (this.now += 5), false);
  }
  run(budget: number): this {
    const end = this.machine.step(budget);
    if (end.kind === "idle" && end.untilNs !== undefined) this.machine.skipIdle(end.untilNs);
    return this;
  }
  save(id: number): Heard {
    const port = new Heard();
    this.heard.set(id, port);
    this.capture.save({ type: "save", id, writer: "test", whole: false, port });
    return port;
  }
  /** One turn of the machine, and one round of copying behind it. */
  turn(): Promise<void> {
    this.run(5_000);
    return new Promise((resolve) => setImmediate(resolve));
  }
  /** What a save sent; the machine has its turns meanwhile. */
  async saved(id: number): Promise<CapturedMachine | string> {
    for (;;) {
      const machine = this.heard.get(id)!.machine;
      if (machine !== undefined) return machine;
      await this.turn();
    }
  }
}

describe("a save", () => {
  it("goes on from the instruction at which it was asked for, and the guest never knows", async () => {
    const [bench, never] = [new Bench().run(70_000), new Bench().run(70_000)];
    const { instructions } = bench.machine;
    bench.machine.diskChanges!.markRange(4096, 200 * 4096, "virtio");
    bench.machine.config.disk!.fill(6, 4096, 201 * 4096);
    bench.save(1);
    const saved = await bench.saved(1);
    if (typeof saved === "string") throw new Error(saved);
    expect(saved.instructions).toBe(Number(instructions));
    expect(bench.machine.instructions).toBeGreaterThan(instructions);
    const { parts } = bench.heard.get(1)!;
    const pages = saved.memory.numbers.length + saved.memory.zeros.length + saved.disk!.numbers.length;
    expect(parts[0]).toMatchObject({ kind: "begun", pages });
    expect(parts.length).toBeGreaterThan(3);
    const numbers = [...saved.disk!.numbers].sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
    const restored = restoreMachine(given(), { ...saved, memory: sorted(saved) }, () => undefined);
    if (!restored.ok) throw new Error(restored.error);
    for (const machine of [never.machine, restored.value])
      while (machine.instructions < bench.machine.instructions) {
        const end = machine.step(Number(bench.machine.instructions - machine.instructions));
        if (end.kind === "idle" && end.untilNs !== undefined) machine.skipIdle(end.untilNs);
      }
    for (const machine of [never.machine, restored.value]) {
      expect(machine.traceHash).toBe(bench.machine.traceHash);
      const [a, b] = [machine, bench.machine].map(({ core }) => core.ram.read(0, 1 << 20));
      expect(Buffer.compare(a!, b!)).toBe(0);
    }
  });

  it("that is cancelled gives its pages back, and the next one takes all of them", async () => {
    const bench = new Bench().run(70_000);
    const written = bench.machine.core.storage.dirty.changed().length;
    bench.save(1);
    bench.capture.cancel(2);
    bench.capture.cancel(1);
    expect(await bench.saved(1)).toBe("The save was cancelled; nothing was kept.");
    bench.save(2);
    const saved = await bench.saved(2);
    if (typeof saved === "string") throw new Error(saved);
    expect(saved.memory.numbers.length + saved.memory.zeros.length).toBeGreaterThanOrEqual(written);
  });

  it("is answered in full when the machine is about to go, and refuses a second one meanwhile", async () => {
    const bench = new Bench().run(70_000);
    bench.save(1);
    bench.save(2);
    expect(await bench.saved(2)).toContain("is being saved already");
    bench.capture.finish();
    expect(bench.heard.get(1)!.machine).toMatchObject({ isWhole: true });
    bench.capture.done(true);
    bench.run(5_000).save(3);
    expect(await bench.saved(3)).toMatchObject({ isWhole: false });
  });

  it("waits for the store once all shared room is taken, and the guest does not", async () => {
    const bench = new Bench().run(70_000);
    bench.machine.core.ram.fill(4 << 20, 10 << 20, 7, "snapshot");
    const port = bench.save(1);
    port.kept = [];
    for (let turns = 0; turns < 60; turns++) await bench.turn();
    const [sets, { instructions }] = [port.kept.length, bench.machine];
    for (let turns = 0; turns < 5; turns++) await bench.turn();
    expect([port.kept.length, port.machine === undefined]).toEqual([sets, true]);
    expect(bench.machine.instructions).toBeGreaterThan(instructions);
    expect(new Set(port.kept).size).toBe(sets);
    port.giveBack(port.kept);
    port.kept = undefined;
    expect(await bench.saved(1)).toMatchObject({ isWhole: true });
  });

  it("that the store did not want is copied no further, and its pages are the next one's", async () => {
    const bench = new Bench().run(70_000);
    const written = bench.machine.core.storage.dirty.changed().length;
    const port = bench.save(1);
    bench.capture.done(false);
    for (let turns = 0; turns < 5; turns++) await bench.turn();
    expect(port.parts.map(({ kind }) => kind)).toEqual(["begun"]);
    bench.save(2);
    const saved = await bench.saved(2);
    if (typeof saved === "string") throw new Error(saved);
    expect(saved.memory.numbers.length + saved.memory.zeros.length).toBeGreaterThanOrEqual(written);
  });

  it("kept after a restore is no base for the machine that the restore made", async () => {
    const bench = new Bench().run(70_000);
    bench.capture.done(true);
    bench.save(1);
    expect(await bench.saved(1)).toMatchObject({ isWhole: true });
  });

  it("after a reset is of what changed: the disk, and the storage that was cleared", async () => {
    const bench = new Bench().run(70_000);
    bench.save(1);
    await bench.saved(1);
    bench.capture.done(true);
    const { dirty } = bench.machine.core.storage;
    const written = dirty.written();
    bench.machine.reset();
    expect(dirty.changed()).toEqual(dirty.written());
    expect(dirty.written()).toEqual(written);
    bench.save(2);
    expect(await bench.saved(2)).toMatchObject({ isWhole: false });
  });
});

/** As a store gives the pages back. */
function sorted({ memory }: CapturedMachine): CapturedMachine["memory"] {
  const places = [...memory.numbers.keys()].sort((a, b) => memory.numbers[a]! - memory.numbers[b]!);
  const bytes = new Uint8Array(memory.bytes.length);
  places.forEach((from, to) => bytes.set(memory.bytes.subarray(from * 4096, (from + 1) * 4096), to * 4096));
  return { ...memory, numbers: memory.numbers.slice().sort(), bytes, zeros: memory.zeros.slice().sort() };
}

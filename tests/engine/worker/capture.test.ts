/** Saves of a machine that goes on while its pages are copied. */
import { describe, expect, it } from "vitest";
import type { MachineEvent } from "../../../src/engine/api/machine.ts";
import type { CapturedMachine } from "../../../src/engine/api/snapshot.ts";
import { S390Ccw } from "../../../src/engine/machine/s390Ccw.ts";
import { restoreMachine } from "../../../src/engine/machine/snapshot.ts";
import { Capture } from "../../../src/engine/worker/capture.ts";
import { builtin } from "../machine/bareMachine.ts";

const given = (id = "flic-storm") =>
  builtin(id, { memoryBytes: 16 << 20, disk: new Uint8Array(3 << 20).fill(5) });

/** A machine and its saves, under a clock that moves on with every look: each round copies a little. */
class Bench {
  readonly machine: S390Ccw;
  readonly events: MachineEvent[] = [];
  readonly capture: Capture;
  private now = 0;

  constructor(id?: string) {
    const made = S390Ccw.create(given(id), () => undefined);
    if (!made.ok) throw new Error(made.error);
    this.machine = made.value;
    this.capture = new Capture(made.value, () => (this.now += 5), (event) => this.events.push(event), false);
  }
  run(budget: number): this {
    const end = this.machine.step(budget);
    if (end.kind === "idle" && end.untilNs !== undefined) this.machine.skipIdle(end.untilNs);
    return this;
  }
  save(id: number): void {
    this.capture.save({ type: "save", id, writer: "test", whole: false });
  }
  /** The answer to a save; the machine has its turns meanwhile. */
  async saved(id: number): Promise<CapturedMachine | string> {
    for (;;) {
      const event = this.events.find((one) => one.type === "saved" && one.id === id);
      if (event?.type === "saved") return event.result.ok ? event.result.value : event.result.error;
      this.run(5_000);
      await new Promise((resolve) => setImmediate(resolve));
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
    expect(bench.events.some((event) => event.type === "saving" && event.done < event.total)).toBe(true);
    expect([...saved.disk!.numbers]).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
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
    expect(bench.events.at(-1)).toMatchObject({ type: "saved", id: 1, result: { ok: true } });
    bench.capture.done(true);
    bench.run(5_000).save(3);
    expect(await bench.saved(3)).toMatchObject({ isWhole: false });
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

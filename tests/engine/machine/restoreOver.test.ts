/** A machine that goes back over one that stands still is the machine that was saved, to the last byte. */
import { describe, expect, it } from "vitest";
import type { PageSet, SavedMachine } from "../../../src/engine/api/snapshot.ts";
import { Prng } from "../../../src/engine/base/prng.ts";
import { S390Ccw } from "../../../src/engine/machine/s390Ccw.ts";
import { restoreMachine, saveState } from "../../../src/engine/machine/snapshot.ts";
import { capturePages } from "../../../src/engine/memory/pageCapture.ts";
import { builtin } from "./bareMachine.ts";

function start(id: string): S390Ccw {
  const made = S390Ccw.create(builtin(id), () => undefined);
  if (!made.ok) throw new Error(made.error);
  return made.value;
}
function run(machine: S390Ccw, budget: number): void {
  const end = machine.step(budget);
  if (end.kind === "idle" && end.untilNs !== undefined) machine.skipIdle(end.untilNs);
}
function save(machine: S390Ccw): SavedMachine {
  const state = saveState(machine, "test");
  if (!state.ok) throw new Error(state.error);
  const { ram, storage } = machine.core;
  const memory = capturePages(ram, storage.dirty.written());
  return { state: state.value, memory: { ...memory, zeros: new Uint32Array(0) } };
}
/** What a store would give: the pages of `saved` among `changed`, and those that it has not. */
function difference({ numbers, bytes, order }: PageSet, changed: Uint32Array): PageSet {
  const at = [...numbers.keys()].filter((index) => changed.includes(numbers[index]!));
  return {
    numbers: Uint32Array.from(at, (index) => numbers[index]!), order,
    bytes: Uint8Array.from(at.flatMap((index) => [...bytes.subarray(index * 4096, (index + 1) * 4096)])),
    zeros: changed.filter((page) => !numbers.includes(page)),
  };
}
function restored(id: string, saved: SavedMachine, over?: S390Ccw): S390Ccw {
  const made = restoreMachine(builtin(id), saved, () => undefined, () => 0, over);
  if (!made.ok) throw new Error(made.error);
  return made.value;
}
const hex = ({ state, memory: { numbers, bytes } }: SavedMachine): Buffer[] =>
  [state, numbers, bytes].map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength));

describe.each(["flic-storm", "timer-sigp", "hello"])("%s", (id) => {
  it("taken up over itself, time and again, is as if all of it had been read", () => {
    const random = new Prng(23);
    let machine = start(id);
    for (let round = 0; round < 6; round++) {
      run(machine, 1 + random.below(80_000));
      const saved = save(machine);
      const { dirty } = machine.core.storage;
      dirty.take();
      dirty.commit();
      run(machine, 1 + random.below(80_000));
      // A page of zeros in the snapshot that has been written since.
      machine.core.ram.setU64(machine.core.ram.size - 4096, 1n, "debugger");
      const memory = difference(saved.memory, dirty.changed());
      expect(memory.zeros.length).toBeGreaterThan(0);
      const [over, whole] = [restored(id, { ...saved, memory }, machine), restored(id, saved)];
      expect(hex(save(over))).toEqual(hex(saved));
      for (const one of [over, whole]) for (let turn = 0; turn < 3; turn++) run(one, 30_000);
      expect(hex(save(over))).toEqual(hex(save(whole)));
      expect(over.traceHash).toBe(whole.traceHash);
      machine = over;
    }
  });
});

it("is refused where a page that changed did not come, or the memory is of another size", () => {
  const machine = start("timer-sigp");
  run(machine, 50_000);
  const saved = save(machine);
  const { dirty } = machine.core.storage;
  dirty.take();
  dirty.commit();
  machine.core.ram.setU8(5 * 4096, 1, "debugger");
  machine.core.ram.setU8(7 * 4096, 1, "debugger");
  const before = hex(save(machine));
  const refusal = (pages: Uint32Array, memoryBytes?: number): string => {
    const config = { ...builtin("timer-sigp"), ...(memoryBytes && { memoryBytes }) };
    const given = { ...saved, memory: difference(saved.memory, pages) };
    const made = restoreMachine(config, given, () => undefined, () => 0, machine);
    return made.ok ? "accepted" : made.error;
  };
  expect(refusal(Uint32Array.of(5))).toBe("Page 7 changed meanwhile, and its contents did not come.");
  expect(refusal(new Uint32Array(0))).toContain("Page 5 changed meanwhile");
  expect(refusal(Uint32Array.of(5, 7), 32 << 20)).toContain("memory of another size");
  expect(refusal(Uint32Array.of(5, 7))).toBe("accepted");
  expect(hex(save(machine))).toEqual(before);
});

import { describe, expect, it } from "vitest";
import { measure, type Measured, type MeasurePlan } from "../../../src/main/bench/measure.ts";
import type { Side } from "../../../src/main/bench/measuredGuest.ts";
import { FakeGuest, type Fate } from "./fakeGuest.ts";

const good = (ms: number, checksum = "00000000000000ab"): Fate => ({ ms, checksum });

interface Ran extends Measured {
  readonly log: readonly string[];
  readonly guests: readonly FakeGuest[];
}

async function run(
  fates: Partial<Record<Side, Record<string, Fate>>>,
  plan: Partial<MeasurePlan> = {},
  cannotBoot?: Side,
): Promise<Ran> {
  const log: string[] = [];
  const guests: FakeGuest[] = [];
  const measured = await measure({
    rounds: 1,
    sides: ["ours", "qemu"],
    boot: false,
    programs: Object.keys(fates.ours ?? fates.qemu ?? {}),
    signal: new AbortController().signal,
    bootTimeoutMs: 5_000,
    programTimeoutMs: 5_000,
    startGuest: (side, kind) => {
      log.push(`${side} starts ${kind}`);
      const guest = new FakeGuest(side, side !== cannotBoot, fates[side] ?? {}, log);
      guests.push(guest);
      return guest;
    },
    onStep: () => undefined,
    ...plan,
  });
  return { ...measured, log, guests };
}

describe("a measurement", () => {
  it("takes the sides in turn, thawed each time, and the other way round in the next round", async () => {
    const fates = { a: good(5), b: good(7) };
    const { log, samples, guests } = await run({ ours: fates, qemu: fates }, { rounds: 2, boot: true });
    expect(log).toEqual([
      ...["ours starts boot", "qemu starts boot", "ours starts programs", "qemu starts programs"],
      ...["ours a", "qemu a", "ours b", "qemu b"],
      ...["qemu starts boot", "ours starts boot", "qemu starts programs", "ours starts programs"],
      ...["qemu a", "ours a", "qemu b", "ours b"],
    ]);
    expect(samples).toHaveLength(12);
    expect(guests.every(({ isClosed }) => isClosed)).toBe(true);
  });

  it("gives the time between the markers, and what engine and processors did over it", async () => {
    const { samples, residentBytes } = await run({ ours: { a: good(5) }, qemu: { a: good(9) } });
    expect(samples).toMatchObject([
      { name: "a", side: "ours", round: 0, ms: 5, processorMs: 10, engine: { instructions: 500 } },
      { name: "a", side: "qemu", round: 0, ms: 9, processorMs: 10 },
    ]);
    expect(samples[1]).not.toHaveProperty("engine");
    expect(residentBytes).toEqual({ boot: {}, programs: { ours: 3, qemu: 2 } });
  });

  it("goes on in the same guest after a program that dies or cannot start", async () => {
    for (const fate of ["dies", "cannot-start"] as const) {
      const fates = { ours: { a: fate, b: good(4) }, qemu: { a: good(1), b: good(1) } };
      const { samples, failures } = await run(fates);
      expect(samples.map(({ side, name }) => `${side} ${name}`)).toEqual(["qemu a", "ours b", "qemu b"]);
      expect(failures).toMatchObject([{ name: "a", side: "ours", round: 0 }]);
      expect(failures[0]!.sentence).toContain("BENCH a exit 132");
    }
  });

  it("leaves one side out of the round, and only it, when its guest is lost", async () => {
    const { samples, failures } = await run({
      ours: { a: "ends-guest", b: good(4) },
      qemu: { a: good(1), b: good(1) },
    });
    expect(samples.map(({ side, name }) => `${side} ${name}`)).toEqual(["qemu a", "qemu b"]);
    expect(failures).toMatchObject([{ name: "a", side: "ours", sentence: "The guest is gone." }]);
  });

  it("measures the other side where one does not boot", async () => {
    const fates = { ours: { a: good(1) }, qemu: { a: good(1) } };
    const { samples, failures } = await run(fates, { boot: true }, "qemu");
    expect(samples.map(({ side, name }) => `${side} ${name}`)).toEqual(["ours boot", "ours a"]);
    expect(failures.map(({ side, sentence }) => `${side}: ${sentence}`)).toEqual([
      "qemu: It will not boot.",
      "qemu: It will not boot.",
    ]);
  });

  it("ends every guest and tells no failure when it is interrupted", async () => {
    const abort = new AbortController();
    const steps: string[] = [];
    const onStep = (step: string): void => {
      steps.push(step);
      if (steps.length === 3) abort.abort();
    };
    const fates = { a: good(1), b: good(1), c: good(1) };
    const ran = await run({ ours: fates, qemu: fates }, { signal: abort.signal, onStep });
    expect(steps).toHaveLength(3);
    expect(ran.failures).toEqual([]);
    expect(ran.guests.every(({ isClosed }) => isClosed)).toBe(true);
  });
});

import { describe, expect, it } from "vitest";
import type { S390DeviceMachine } from "../../../src/engine/deviceMachine/s390DeviceMachine.ts";
import { badCallsFigure, type BadCalls } from "../../../src/engine/figures/badCalls.ts";
import { randomUse, type RandomUse } from "../../../src/engine/figures/figure.ts";
import { facadeBadCalls } from "../../../src/engine/figures/facadeBadCalls.ts";
import { flicBadCalls } from "../../../src/engine/figures/flicBadCalls.ts";
import { flicUse } from "../../../src/engine/figures/flicUse.ts";
import { xicsBadCalls } from "../../../src/engine/figures/xicsBadCalls.ts";
import { xiveBadCalls } from "../../../src/engine/figures/xiveBadCalls.ts";
import type { PowerMachine, PseriesMachine } from "../../../src/engine/deviceMachine/powerDeviceMachine.ts";
import { xicsUse } from "../../../src/engine/figures/xicsUse.ts";
import { xiveUse } from "../../../src/engine/figures/xiveUse.ts";
import { shrink } from "../../../src/engine/figures/shrink.ts";

describe("shrinking", () => {
  it("leaves just the steps that matter, wherever they are", () => {
    const steps = Array.from({ length: 1000 }, (_, n) => n);
    for (const needed of [[0], [999], [3, 500], [0, 1, 2, 998], [7, 77, 177, 277, 377, 477, 577, 677, 777]])
      expect(shrink(steps, (left) => needed.every((step) => left.includes(step)))).toEqual(needed);
  });

  it("keeps what cannot be shortened", () => {
    expect(shrink([1, 2, 3], (left) => left.length === 3)).toEqual([1, 2, 3]);
    expect(shrink([1], () => true)).toEqual([1]);
  });
});

describe("random use", () => {
  it("of the floating interrupt controller keeps its rules", () => {
    expect(randomUse(flicUse, 20_000)).toEqual({
      name: flicUse.name, reached: 20_000, target: 20_000, failures: [],
    });
  });

  it.each([xiveUse, xicsUse])("of $name keeps its rules", (use) => {
    expect(randomUse(use as RandomUse<unknown>, 20_000).failures).toEqual([]);
  });

  it("finds a backlog that a dispatch forgets, with at most twelve steps", () => {
    const forgetful: RandomUse<PowerMachine> = {
      ...xicsUse,
      create: (seed) => {
        const machine = xicsUse.create(seed);
        const { nvts } = machine.kvm.host.chip;
        const take = nvts.takeBacklog.bind(nvts);
        nvts.takeBacklog = (nvt) => take(nvt) & 0x7f;
        return machine;
      },
    };
    const { failures } = randomUse(forgetful, 20_000);
    expect(failures.length).toBeGreaterThan(0);
    for (const { sentence, steps } of failures) {
      expect(sentence).toMatch(/^interrupt \d+ has not ended and is pending nowhere$/);
      expect(steps.length).toBeLessThanOrEqual(12);
    }
  });

  it("finds a queue whose generation does not flip", () => {
    const stuck: RandomUse<PseriesMachine> = {
      ...xiveUse,
      create: (seed) => {
        const machine = xiveUse.create(seed);
        const { ends } = machine.xive.chip;
        const setWord = ends.setWord.bind(ends);
        ends.setWord = (end, word, value) => setWord(end, word, word === 1 ? value & ~1 : value);
        return machine;
      },
    };
    expect(randomUse(stuck as typeof xiveUse, 100_000).failures[0]?.sentence).toMatch(/^END \d+ has index/);
  });

  it("finds a planted loss, with its seed and at most twelve steps", () => {
    const lossy: RandomUse<S390DeviceMachine> = {
      ...flicUse,
      create: (seed) => {
        const machine = flicUse.create(seed);
        const { floating } = machine.kvm.flic;
        const take = floating.takeVirtio.bind(floating);
        // Two queued become one: the second is gone when the first is taken.
        floating.takeVirtio = () => {
          const taken = take();
          if (floating.virtio.length > 0) floating.virtio.shift();
          return taken;
        };
        return machine;
      },
    };
    const { failures } = randomUse(lossy, 200_000);
    expect(failures.length).toBeGreaterThan(0);
    for (const { sentence, steps } of failures) {
      expect(sentence).toMatch(/pending nowhere|disagree/);
      expect(steps.length).toBeLessThanOrEqual(12);
      expect(steps.at(-1)).toMatch(/^deliver /);
    }
    expect(randomUse(lossy, 200_000)).toEqual(randomUse(lossy, 200_000));
  });

  it("reports what throws", () => {
    const throwing: RandomUse<object> = {
      name: "x", create: () => ({}), breach: () => undefined,
      operations: [
        { name: "fine", run: () => 0 },
        { name: "bad", run: () => { throw new Error("broken"); } },
      ],
    };
    const [failure] = randomUse(throwing, 100).failures;
    expect(failure!.sentence).toBe("it threw: Error: broken");
    expect(failure!.steps).toEqual([expect.stringMatching(/^bad \(\d+\)$/)]);
  });
});

describe("bad calls", () => {
  it.each([[flicBadCalls, 12], [xiveBadCalls, 12], [xicsBadCalls, 12], [facadeBadCalls, 6]] as const)(
    "to the $0.name are all refused as they must be, and change nothing", (bad, kinds) => {
      expect(badCallsFigure(bad as unknown as BadCalls<unknown>, 20_000).failures).toEqual([]);
      expect(Object.keys(bad.calls).length).toBeGreaterThan(kinds);
    });

  it("with several faults are refused for the one that is looked for first", () => {
    const swapped: typeof facadeBadCalls = {
      ...facadeBadCalls,
      make: () => {
        const machine = facadeBadCalls.make();
        const set = machine.kvm.slots.set.bind(machine.kvm.slots);
        // An overlap is seen before anything else.
        machine.kvm.slots.set = (region) => (region.guestAddress === 0n ? -17 : set(region));
        return machine;
      },
    };
    expect(badCallsFigure(swapped, 5_000).failures[0]!.sentence).toBe("memory region gave -17, expected -22");
  });

  it("that change something are found, and named", () => {
    const changing: BadCalls<S390DeviceMachine> = {
      ...flicBadCalls,
      make: () => {
        const machine = flicBadCalls.make();
        const { flic } = machine.kvm;
        const modify = flic.adapters.modify.bind(flic.adapters);
        flic.adapters.modify = (...call) => {
          flic.ais = { simm: flic.ais.simm, nimm: 1 };
          return modify(...call);
        };
        return machine;
      },
    };
    const { failures } = badCallsFigure(changing, 5_000);
    expect(failures).toHaveLength(1);
    expect(failures[0]!.sentence).toMatch(/^(modify,|mask) .* changed the state$/);
  });

  it("that make a queue hold another page are found, whichever device", () => {
    const leaking: BadCalls<PowerMachine> = {
      ...xiveBadCalls,
      make: () => {
        const machine = xiveBadCalls.make();
        const { pages } = machine.kvm;
        const hold = pages.hold.bind(pages);
        pages.hold = (address) => hold(address) || hold(0n) && false;
        return machine;
      },
    };
    expect(badCallsFigure(leaking, 5_000).failures[0]!.sentence).toMatch(/^queue, .* changed the state$/);
  });

  it("with another errno are found", () => {
    const make = (): S390DeviceMachine => {
      const machine = flicBadCalls.make();
      machine.kvm.hasAttr = () => 0;
      return machine;
    };
    expect(badCallsFigure({ ...flicBadCalls, make }, 2_000).failures[0]!.sentence)
      .toBe("unknown group has gave 0, expected -6");
  });
});

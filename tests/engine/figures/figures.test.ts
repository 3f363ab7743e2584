import { describe, expect, it } from "vitest";
import type { S390DeviceMachine } from "../../../src/engine/deviceMachine/s390DeviceMachine.ts";
import { flicBadCallsFigure } from "../../../src/engine/figures/badCalls.ts";
import { randomUse, type RandomUse } from "../../../src/engine/figures/figure.ts";
import { badCallNames, crowdedMachine } from "../../../src/engine/figures/flicBadCalls.ts";
import { flicUse } from "../../../src/engine/figures/flicUse.ts";
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
  it("are all refused as they must be, and change nothing", () => {
    expect(flicBadCallsFigure(40_000).failures).toEqual([]);
    expect(badCallNames.length).toBeGreaterThan(30);
  });

  it("that change something are found, and named", () => {
    const changed = (): S390DeviceMachine => {
      const machine = crowdedMachine();
      const { adapters } = machine.kvm.flic;
      const modify = adapters.modify.bind(adapters);
      adapters.modify = (...call) => {
        machine.kvm.flic.ais = { simm: machine.kvm.flic.ais.simm, nimm: 1 };
        return modify(...call);
      };
      return machine;
    };
    const { failures } = flicBadCallsFigure(5_000, 1, changed);
    expect(failures).toHaveLength(1);
    expect(failures[0]!.sentence).toMatch(/^(modify,|mask) .* changed the state$/);
  });

  it("with another errno are found", () => {
    const other = (): S390DeviceMachine => {
      const machine = crowdedMachine();
      machine.kvm.hasAttr = () => 0;
      return machine;
    };
    expect(flicBadCallsFigure(2_000, 1, other).failures[0]!.sentence)
      .toBe("unknown group has gave 0, expected -6");
  });
});

import { describe, expect, it } from "vitest";
import type { XiveStep } from "../../../../src/engine/devices/xive/observer.ts";
import {
  matchingRing, present, type NotificationTarget,
} from "../../../../src/engine/devices/xive/presenter.ts";
import { ThreadContext, type Ring } from "../../../../src/engine/devices/xive/threadContext.ts";

const [USER, OS, POOL, PHYS] = [0x00, 0x10, 0x20, 0x30] as const;
const VALID = 0x80000000;
/** Thread 0x185 offers its lower seven bits in the hardware CAM line. */
const THREAD = 0x185;
const HARDWARE = 0x85;
const NVT = 0x12345;

const target = (known: Partial<NotificationTarget>): NotificationTarget =>
  ({ format: 0, nvt: NVT, ignore: false, logicalServer: 5, priority: 3, ...known });

/** Word 2 of a ring: valid or not, and with bits around its CAM line that must not count. */
const word2 = (isValid: boolean, line: number): number => ((isValid ? VALID : 0) + 0x7f000000 + line) >>> 0;
const both = [true, false];

describe("the ring of a context that an event is for", () => {
  it("is in format 0 the most privileged that is valid and offers the NVT: PHYS, POOL, OS", () => {
    for (const nvt of [NVT, HARDWARE])
      for (const physValid of both)
        for (const poolValid of both)
          for (const osValid of both)
            for (const poolLine of [NVT, 1])
              for (const osLine of [NVT, 2])
                for (const ignore of both) {
                  const context = new ThreadContext(THREAD);
                  context.setWord2(PHYS, word2(physValid, NVT));
                  context.setWord2(POOL, word2(poolValid, poolLine));
                  context.setWord2(OS, word2(osValid, osLine));
                  context.setWord2(USER, (VALID + 5) >>> 0);
                  const wanted = ignore ? undefined
                    : physValid && nvt === HARDWARE ? PHYS
                      : poolValid && poolLine === nvt ? POOL
                        : osValid && osLine === nvt ? OS : undefined;
                  expect(matchingRing(context, target({ nvt, ignore }))).toBe(wanted);
                }
  });

  it("is in format 1 USER, if it is valid with the logical server and OS offers the NVT", () => {
    for (const userValid of both)
      for (const server of [5, 6, 0x7fffffff])
        for (const osValid of both)
          for (const osLine of [NVT, 2])
            for (const ignore of both) {
              const context = new ThreadContext(THREAD);
              context.setWord2(USER, ((userValid ? VALID : 0) + server) >>> 0);
              context.setWord2(OS, word2(osValid, osLine));
              context.setWord2(POOL, word2(true, NVT));
              const isMatch = userValid && server === 5 && osValid && osLine === NVT;
              expect(matchingRing(context, target({ format: 1, ignore }))).toBe(isMatch ? USER : undefined);
            }
  });
});

describe("an event", () => {
  const context = (thread: number, isDispatched: boolean): ThreadContext => {
    const one = new ThreadContext(thread);
    one.setWord2(OS, word2(isDispatched, NVT));
    one.registers[OS + 1] = 0xff;
    return one;
  };

  it("becomes pending in the one context that matches; with none or two in no context at all", () => {
    for (let set = 0; set < 8; set++) {
      const contexts = [0, 1, 2].map((thread) => context(thread, (set & (1 << thread)) !== 0));
      const matching = contexts.filter((_, thread) => set & (1 << thread));
      const steps: XiveStep[] = [];
      const isOne = matching.length === 1;
      expect(present(contexts, target({}), 9, (step) => steps.push(step))).toBe(isOne);
      for (const one of contexts) {
        const isTold = isOne && one === matching[0];
        expect([one.get(OS, 2), one.osLine]).toEqual(isTold ? [0x10, true] : [0, false]);
      }
      const told = { step: "pending", bit: "IPB", source: 9, end: -1, priority: 3, value: OS };
      expect(steps).toEqual(isOne ? [{ ...told, target: matching[0]!.thread }] : []);
    }
  });

  it("is merged into a priority that is pending already, and into no other", () => {
    for (let priority = 0; priority < 10; priority++)
      for (let pending = 0; pending < 8; pending++) {
        const one = context(1, true);
        one.registers[OS + 2] = 128 >> pending;
        const steps: string[] = [];
        expect(present([one], target({ priority }), 9, ({ step }) => steps.push(step))).toBe(true);
        expect(steps).toEqual([priority === pending ? "coalesced" : "pending"]);
        expect(one.get(OS, 2)).toBe(priority > 7 ? 128 >> pending : (128 >> pending) | (128 >> priority));
        expect(present([one], target({ priority }), 9, undefined)).toBe(true);
      }
  });

  it("raises the line of the ring that it is for, and rings without a CPPR raise none", () => {
    const lines = (ring: Ring, nvt: number): boolean[] => {
      const one = new ThreadContext(THREAD);
      one.setWord2(ring, word2(true, NVT));
      for (const each of [OS, PHYS]) one.registers[each + 1] = 0xff;
      expect(present([one], target({ nvt }), 0, undefined)).toBe(true);
      return [one.osLine, one.hvLine];
    };
    expect([lines(OS, NVT), lines(PHYS, HARDWARE), lines(POOL, NVT)])
      .toEqual([[true, false], [false, true], [false, false]]);
  });
});

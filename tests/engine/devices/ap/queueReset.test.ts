/** The host's reset and its disabling of interrupts, for every script of answers up to a length. */
import { describe, expect, it } from "vitest";
import { apQuirks, type ApQuirks } from "../../../../src/engine/devices/ap/apQuirks.ts";
import {
  AP_WAIT_NS, ISC_INVALID, releaseInterruptResources,
} from "../../../../src/engine/devices/ap/queue.ts";
import { retireQueue } from "../../../../src/engine/devices/ap/queueReset.ts";
import type { ScriptedAnswer } from "../../../../src/engine/deviceMachine/scriptedApHardware.ts";
import { Q4, apBench, disable, enable, held, pinCount, references, type ApBench } from "./apBench.ts";

const E = 0x80000000, I = 0x01000000;
const rc = (response: number): number => response << 16;
const NOTHING = [0n, ISC_INVALID];

function holding(quirks: ApQuirks = apQuirks["linux-6.1"]): ApBench {
  const one = apBench({ quirks });
  one.driver.unbind(0x0547);
  enable(one, 3, 0x1234n);
  one.hardware.calls.length = 0;
  return one;
}
function reset(one: ApBench, ...answers: ScriptedAnswer[]): { result: number; calls: string; kept: boolean } {
  one.hardware.script(Q4, answers);
  const result = one.driver.resetQueues(one.driver.device("M")!);
  expect(one.hardware.unexpected).toEqual([]);
  expect(one.hardware.unused).toBe(0);
  const isKept = held(one)[1] === 3;
  expect([references(one)[3], pinCount(one)]).toEqual(isKept ? [1, 1] : [0, 0]);
  return { result, calls: one.hardware.calls.map((call) => call.slice(0, 1)).join(""), kept: isKept };
}

describe("a reset by the host, as Linux 6.1", () => {
  it("answers every response code in its own way", () => {
    for (let response = 0; response < 256; response++) {
      if (response === 2) continue;
      const { result, calls, kept } = reset(holding(), ["zapq", (rc(response) | E) >>> 0]);
      const expected = response === 0 ? [0, false] : [1, 3, 4].includes(response) ? [-16, false] : [-5, true];
      expect([result, kept, calls], `response ${response}`).toEqual([...expected, "z"]);
    }
  });

  it("repeats one that is under way once", () => {
    expect(reset(holding(), ["zapq", rc(2)], ["zapq", E])).toEqual({ result: 0, calls: "zz", kept: false });
    expect(reset(holding(), ["zapq", rc(2)], ["zapq", rc(5)]))
      .toEqual({ result: -5, calls: "zz", kept: true });
    expect(reset(holding(), ["zapq", rc(2)], ["zapq", (rc(2) | E) >>> 0]))
      .toEqual({ result: -16, calls: "zz", kept: false });
  });

  it("looks twice more at a queue that is not quiet, then lets go", () => {
    const noisy = [0, I, (E | I) >>> 0];
    for (const first of noisy)
      for (const second of [...noisy, E])
        for (const third of [...noisy, E]) {
          const polls: ScriptedAnswer[] = [["tapq", second]];
          if (second !== E) polls.push(["tapq", third]);
          const one = holding();
          const got = reset(one, ["zapq", first], ...polls);
          expect(got).toEqual({ result: 0, calls: `z${"t".repeat(polls.length)}`, kept: false });
          expect(one.hardware.slept).toBe(AP_WAIT_NS * BigInt(polls.length));
          const isQuiet = second === E || third === E;
          expect(one.warnings.some(({ warning }) => warning === "released-unverified")).toBe(!isQuiet);
        }
  });

  it("goes on after a failure and returns the last one", () => {
    const one = apBench();
    one.hardware.script(Q4, [["zapq", rc(6)]]);
    expect(one.driver.resetQueues(one.driver.device("M")!)).toBe(-5);
    expect(one.hardware.calls.filter((call) => call.startsWith("zapq"))).toEqual(["zapq 0504", "zapq 0547"]);
  });
});

describe("a reset by the host, repaired", () => {
  it("keeps what a queue may still use", () => {
    const first = reset(holding(apQuirks.none), ["zapq", I], ["tapq", I], ["tapq", I]);
    expect(first).toEqual({ result: -16, calls: "ztt", kept: true });
    expect(reset(holding(apQuirks.none), ["zapq", I], ["tapq", I], ["tapq", E]))
      .toMatchObject({ result: 0, kept: false });
    expect(reset(holding(apQuirks.none), ["zapq", rc(3) | I])).toMatchObject({ result: -16, kept: true });
    expect(reset(holding(apQuirks.none), ["zapq", rc(3)])).toMatchObject({ result: -16, kept: false });
  });

  it("waits for a busy queue, up to six attempts", () => {
    const busy = (times: number): ScriptedAnswer[] => Array.from({ length: times }, () => ["zapq", rc(5)]);
    expect(reset(holding(apQuirks.none), ...busy(5), ["zapq", E])).toMatchObject({ result: 0, kept: false });
    expect(reset(holding(apQuirks.none), ...busy(6))).toMatchObject({ result: -5, kept: true });
  });
});

describe("the reset of a queue that leaves its guest", () => {
  const responses: readonly (readonly [status: number, answer: number, letsGo: boolean])[] = [
    [E, 0, true], [rc(1), -16, true], [rc(3), -16, true], [rc(4), -16, true], [rc(6), -5, false],
  ];

  it("turns interrupts off if that alone ends a pin or an ISC, and Linux 6.1 does not", () => {
    for (const quirks of [apQuirks.none, apQuirks["linux-6.1"]])
      for (const hasPin of [true, false])
        for (const hasIsc of [true, false])
          for (const [status, answer, letsGo] of responses) {
            const one = holding(quirks);
            const queue = one.driver.bound.get(Q4)!;
            const [pin, isc] = held(one);
            if (!hasPin) one.kvm.ap.container.unpin(pin);
            if (!hasIsc) one.kvm.ap.unregisterGisc(isc);
            const before = [hasPin ? pin : 0n, hasIsc ? isc : ISC_INVALID] as const;
            [queue.savedIova, queue.savedIsc] = before;
            const disables = (hasPin || hasIsc) && !letsGo && !quirks.failedResetKeeps;
            one.hardware.script(Q4, [["zapq", status]]);
            if (disables) one.hardware.script(Q4, [["aqic", 0], ["tapq", 0]]);
            expect(retireQueue(queue, one.driver.host)).toBe(answer);
            expect(one.hardware.calls.map((call) => call.slice(0, 1)).join("")).toBe(disables ? "zat" : "z");
            const isKept = !letsGo && !disables;
            expect(held(one)).toEqual(isKept ? before : NOTHING);
            expect([pinCount(one), references(one)[3], one.warnings])
              .toEqual([Number(isKept && hasPin), Number(isKept && hasIsc), []]);
          }
  });
});

describe("what a queue holds", () => {
  it("is given back as far as device, VM and container are there to take it; else the kernel warns", () => {
    for (const owner of ["none", "never opened", "closed", "open", "removed"])
      for (const hasPin of [true, false])
        for (const hasIsc of [true, false]) {
          const one = holding();
          const queue = one.driver.bound.get(Q4)!;
          if (!hasPin) queue.savedIova = 0n;
          if (!hasIsc) queue.savedIsc = ISC_INVALID;
          const device = queue.device!;
          if (owner === "none") queue.device = undefined;
          if (owner !== "open") device.vm = undefined;
          if (owner === "never opened") device.container = undefined;
          device.removed = owner === "removed";
          releaseInterruptResources(queue, one.driver.host);
          const keepsIsc = hasIsc && owner !== "open";
          const keepsPin = hasPin && owner === "none";
          expect(held(one)).toEqual([keepsPin ? 0x1234n : 0n, keepsIsc ? 3 : ISC_INVALID]);
          const isUnpinned = hasPin && owner !== "none" && owner !== "never opened";
          expect([pinCount(one), references(one)[3]])
            .toEqual([isUnpinned ? 0 : 1, hasIsc && owner === "open" ? 0 : 1]);
          expect(one.warnings.map(({ warning }) => warning)).toEqual([
            ...owner === "removed" ? ["dangling-device"] : [], ...keepsIsc ? ["kept-without-owner"] : [],
            ...keepsPin ? ["kept-without-owner"] : [],
            ...hasPin && owner === "never opened" ? ["pin-unknown"] : [],
          ]);
        }
  });
});

describe("disabling interrupts", () => {
  it("repeats for busy and reset alone, gives back in every case, and tells the last status", () => {
    for (let response = 0; response < 256; response++) {
      const one = holding();
      const isRepeated = response === 2 || response === 5;
      const isAccepted = response === 0 || response === 7;
      for (let attempt = isRepeated ? 6 : 1; attempt > 0; attempt--)
        one.hardware.script(Q4, [["aqic", rc(response)]]);
      if (isAccepted) one.hardware.script(Q4, [["tapq", 0]]);
      expect(disable(one), `response ${response}`).toBe(response);
      expect(held(one)).toEqual(NOTHING);
      expect([references(one)[3], pinCount(one), one.hardware.unused, one.hardware.unexpected.length])
        .toEqual([0, 0, 0, 0]);
      expect(one.hardware.slept).toBe(isRepeated ? 6n * AP_WAIT_NS : 0n);
      expect(one.warnings.length).toBe(isAccepted ? 0 : 1);
    }
  });

  it("looks at the queue until its I bit is off, five times at most", () => {
    const lookings: readonly (readonly [readonly number[], number])[] = [
      [[0], 0], [[rc(2)], 0], [[I, 0], 1], [[rc(5), rc(2) | I, 0], 2], [[rc(1)], 0], [[I, rc(3)], 1],
      [[I, I, I, I, I], 5], [[rc(0x42)], 0],
    ];
    for (const [polls, sleeps] of lookings) {
      const one = holding();
      one.hardware.script(Q4, [["aqic", 0], ...polls.map((status) => ["tapq", status] as const)]);
      expect(disable(one)).toBe(0);
      expect([one.hardware.unused, one.hardware.slept]).toEqual([0, BigInt(sleeps) * AP_WAIT_NS]);
      expect(held(one)).toEqual(NOTHING);
    }
  });
});

describe("an enable that the hardware refuses", () => {
  const refusals = [1, 2, 3, 4, 5, 6, 8, 0x42];
  it.each(refusals)("leaks as Linux 6.1 or gives everything back: response %i", (response) => {
    for (const leaks of [true, false]) {
      const one = holding({ ...apQuirks.none, enableErrorLeaks: leaks });
      one.hardware.script(Q4, [["aqic", rc(response)], ["aqic", 0], ["tapq", 0]]);
      expect(enable(one, 5, 0x1678n)).toBe(response);
      expect(held(one)).toEqual(NOTHING);
      const left = leaks ? 1 : 0;
      expect([references(one)[3], references(one)[5], pinCount(one)]).toEqual([0, left, left]);
    }
  });

  it("also when it was refused for the values that are held already", () => {
    for (const leaks of [true, false]) {
      const one = holding({ ...apQuirks.none, enableErrorLeaks: leaks });
      one.hardware.script(Q4, [["aqic", rc(3)], ["aqic", rc(3)]]);
      expect(enable(one, 3, 0x1234n)).toBe(3);
      expect([references(one)[3], pinCount(one)]).toEqual(leaks ? [1, 1] : [0, 0]);
    }
  });
});

/** When the mock's queues do what: laws over random use, and everything that can be due at once. */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import {
  bench, enabled, fetched, flagsOf, NIB, ON, OTHER, QUEUE, send, TIMING, twoQueues, use, type Bench,
} from "./adapterBench.ts";

const SEEDS = Array.from({ length: 20 }, (_, seed) => seed);
const STEPS = 60;
/** What was written and raised, without the times. */
const whatOf = ({ heard }: Bench): string[] => heard.map((line) => line.slice(line.indexOf(" ")));

describe("over random use of two queues", () => {
  it("calls see everything that is due, in the order of its time, though the timer has not run out", () => {
    for (const seed of SEEDS) {
      const [prompt, late] = [twoQueues(), twoQueues(false)];
      expect(use(late, new Prng(seed), STEPS)).toEqual(use(prompt, new Prng(seed), STEPS));
      for (const { hardware } of [prompt, late]) hardware.tapq(QUEUE);
      expect(whatOf(late)).toEqual(whatOf(prompt));
    }
  });

  it("time that the host sleeps is time to a queue, and what comes in it comes at once", () => {
    for (const seed of SEEDS) {
      const [awake, asleep] = [twoQueues(), twoQueues()];
      const answers = use(awake, new Prng(seed), STEPS);
      expect(use(asleep, new Prng(seed), STEPS, (ns) => asleep.hardware.sleep(ns))).toEqual(answers);
      expect(whatOf(asleep)).toEqual(whatOf(awake));
      expect(asleep.time.now()).toBe(0n);
    }
  });

  it("the timer waits for what comes next in a queue that operates, and for nothing else", () => {
    const prng = new Prng(5);
    const one = twoQueues();
    let waits = 0;
    for (let step = 0; step < 1500; step++) {
      use(one, prng, 1);
      const { queues, timer } = one.hardware.save();
      const due = queues.filter(({ queue }) => queue.condition === "operating").flatMap(({ queue }) => [
        ...(queue.requests.length > 0 ? [queue.doneAt] : []), ...(queue.change ? [queue.change.at] : []),
        ...(queue.resetAt === null ? [] : [queue.resetAt]),
      ]);
      const next = due.length === 0 ? undefined : due.reduce((first, at) => (at < first ? at : first));
      expect([one.time.next(), timer?.due]).toEqual([next, next]);
      waits += Number(next !== undefined);
    }
    expect(waits).toBeGreaterThan(500);
  });
});

it("a request is worked on when it comes or when the one before it is done, whichever is later", () => {
  const prng = new Prng(6);
  const one = enabled(bench({ depth: 16 }));
  let free = 0n;
  const done: bigint[] = [];
  for (let n = 0; n < 100; n++) {
    one.time.pass(BigInt(prng.below(220)));
    while (fetched(one) >= 0);
    const now = one.time.now();
    if (send(one, n) === 0) done.push(free = (free > now ? free : now) + TIMING.serviceNs);
  }
  one.time.runUntil(free);
  expect(one.heard).toEqual(done.flatMap((at) => [`${at} write 7a000234`, `${at} gisa 12345900 isc 3`]));
});

it("what was due before an adapter goes or stops was done by then, though the timer has not run out", () => {
  const ends: ((one: Bench) => void)[] = [
    ({ hardware }) => hardware.unplug(5), ({ hardware }) => hardware.setCondition(5, "deconfigured"),
    ({ hardware }) => hardware.setCondition(5, "checkstopped"),
  ];
  for (const end of ends)
    for (const [ns, notices] of [[99n, 0], [100n, 2]] as const) {
      const one = enabled(bench({}, false));
      send(one, 1);
      one.time.pass(ns);
      end(one);
      one.time.pass(1n);
      one.hardware.tapq(QUEUE);
      expect(one.heard).toHaveLength(notices);
    }
});

describe("of what is due at one time", () => {
  const timing = { serviceNs: 100n, resetNs: 100n, interruptChangeNs: 100n };
  const atOnce = (...calls: ((one: Bench) => void)[]): Bench => {
    const one = bench({ timing });
    for (const call of calls) call(one);
    one.time.pass(100n);
    return one;
  };
  const turnOn = ({ hardware }: Bench): void => { hardware.aqic(QUEUE, ON, NIB); };
  const reset = ({ hardware }: Bench): void => { hardware.zapq(QUEUE); };
  const request = (one: Bench): void => { send(one, 1); };

  it("a change of interrupts comes before a reply, whichever was asked for first", () => {
    for (const calls of [[request, turnOn], [turnOn, request]]) {
      const one = atOnce(...calls);
      expect([flagsOf(one), one.heard.length]).toEqual(["RI0", 2]);
    }
  });

  it("a reset comes before both", () => {
    for (const calls of [[reset], [request, reset], [turnOn, reset], [turnOn, request, reset]]) {
      const one = atOnce(...calls);
      expect([flagsOf(one), one.heard]).toEqual(["E0", []]);
    }
  });

  it("the queue that was plugged first comes first", () => {
    for (const order of [[QUEUE, OTHER], [OTHER, QUEUE]] as const) {
      const one = bench({ timing });
      one.hardware.unplug(5);
      for (const apqn of order) one.hardware.plug(apqn);
      for (const apqn of [QUEUE, OTHER]) one.hardware.aqic(apqn, ON, BigInt(apqn));
      one.time.pass(100n);
      for (const apqn of [QUEUE, OTHER]) one.hardware.enqueue(apqn, { id: 1n, bytes: new Uint8Array(1) });
      one.time.pass(100n);
      expect(one.heard.filter((line) => line.includes("write")))
        .toEqual(order.map((apqn) => `200 write ${apqn.toString(16)}`));
    }
  });
});

it("what takes no time is done when the call returns", () => {
  const one = bench({ timing: { serviceNs: 0n, resetNs: 0n, interruptChangeNs: 0n } });
  one.hardware.aqic(QUEUE, ON, NIB);
  expect(flagsOf(one)).toBe("EI0");
  send(one, 1);
  expect([one.heard.length, flagsOf(one)]).toEqual([2, "RI0"]);
  one.hardware.rapq(QUEUE);
  expect([flagsOf(one), one.time.next()]).toEqual(["E0", undefined]);
});

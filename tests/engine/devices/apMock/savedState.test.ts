import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import {
  cryptoHardwareState, type CryptoHardwareState,
} from "../../../../src/engine/devices/apMock/state.ts";
import { responseOf } from "../../../../src/engine/uapi/ap.ts";
import {
  bench, fetched, flagsOf, message, OTHER, QUEUE, send, twoQueues, use, type Bench,
} from "./adapterBench.ts";

const decoded = (state: CryptoHardwareState) =>
  cryptoHardwareState.decode(cryptoHardwareState.version, cryptoHardwareState.encode(state));
/** Hardware that works on a request. */
function worked(): Bench {
  const one = bench();
  send(one, 1);
  return one;
}

describe("the mock's state", () => {
  it("is not changed by a save, comes back equal, and goes on the same, three times over", () => {
    for (let seed = 1; seed <= 30; seed++) {
      const one = twoQueues();
      use(one, new Prng(seed), 60);
      let copy = twoQueues();
      copy.time.runUntil(one.time.now());
      for (let cycle = 0; cycle < 3; cycle++) {
        const saved = (cycle === 0 ? one : copy).hardware.save();
        copy = twoQueues();
        copy.time.runUntil(one.time.now());
        expect(copy.hardware.load(saved)).toEqual({ ok: true, value: undefined });
        expect(copy.hardware.save()).toEqual(one.hardware.save());
      }
      one.heard.length = 0;
      expect(use(copy, new Prng(seed + 100), 60)).toEqual(use(one, new Prng(seed + 100), 60));
      expect(copy.heard).toEqual(one.heard);
    }
  });

  it("never holds more than its depth, and a reply comes for every request that was not reset away", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const one = bench();
      const prng = new Prng(seed);
      let accepted = 0, replies = 0;
      for (let step = 0; step < 100; step++) {
        if (prng.below(2)) accepted += Number(send(one, step & 63) === 0);
        else replies += Number(fetched(one) >= 0);
        one.time.pass(BigInt(prng.below(80)));
        const { queue: state } = one.hardware.save().queues[0]!;
        expect(state.requests.length + state.replies.length).toBe(accepted - replies);
        expect(accepted - replies).toBeLessThanOrEqual(8);
      }
      expect(accepted).toBeGreaterThan(20);
    }
  });

  it("is not decoded when it is no state of such hardware", () => {
    const one = bench();
    send(one, 1);
    const good = one.hardware.save();
    const [plugged] = good.queues;
    expect(decoded(good)).toEqual({ ok: true, value: good });
    const bad: readonly [CryptoHardwareState, string][] = [
      [{ ...good, queues: [plugged!, plugged!] }, "a queue is plugged twice"],
      [{ ...good, timer: null }, "something is under way, and no timer runs"],
    ];
    for (const [state, sentence] of bad)
      expect(decoded(state)).toEqual({ ok: false, error: `s390.ap.mock: ${sentence}` });
  });

  it("has times within 2^62 ns of the start, in every place of a queue", () => {
    const { queues: [plugged], timer } = worked().hardware.save();
    for (const sign of [1n, -1n])
      for (const over of [0n, 1n]) {
        const at = sign * ((1n << 62n) + over);
        for (const times of [{ doneAt: at }, { change: { at, to: null } }, { resetAt: at }])
          expect(decoded({ timer, queues: [{ ...plugged!, queue: { ...plugged!.queue, ...times } }] }).ok)
            .toBe(over === 0n);
      }
  });

  it("has a timer if anything is under way in any queue", () => {
    const kinds = [bench(), worked()].map((one) => one.hardware.save());
    const { timer } = kinds[1]!;
    for (const first of [0, 1])
      for (const second of [0, 1])
        for (const isRunning of [true, false]) {
          const queues = [first, second].map((kind, at) => ({ ...kinds[kind]!.queues[0]!, apqn: at }));
          expect(decoded({ queues, timer: isRunning ? timer : null }).ok)
            .toBe(isRunning || first + second === 0);
        }
  });

  it("takes the place of everything that was there, the timer too", () => {
    const [busy, idle, other] = [worked(), bench(), twoQueues()];
    const saved = busy.hardware.save();
    other.hardware.enqueue(OTHER, message(1));
    expect(other.hardware.load(saved).ok).toBe(true);
    expect(other.hardware.save()).toEqual(saved);
    expect(other.time.next()).toBe(100n);
    other.time.pass(100n);
    expect([fetched(other), responseOf(other.hardware.tapq(OTHER).status)]).toEqual([1, 1]);
    expect(busy.hardware.load(idle.hardware.save()).ok).toBe(true);
    expect([busy.time.next(), flagsOf(busy)]).toEqual([undefined, "E0"]);
  });

  it("is refused with a sentence when a queue is overfull, with requests, replies or both", () => {
    for (let requests = 0; requests <= 3; requests++)
      for (let replies = 0; replies <= 3; replies++)
        for (const isSecond of [true, false]) {
          const one = bench({ depth: 3 });
          const before = one.hardware.save();
          const full = twoQueues();
          const apqn = isSecond ? OTHER : QUEUE;
          for (let n = 0; n < replies; n++) full.hardware.enqueue(apqn, message(n));
          full.time.pass(1000n);
          for (let n = 0; n < requests; n++) full.hardware.enqueue(apqn, message(n));
          const saved = full.hardware.save();
          const isTooMuch = requests + replies > 3;
          expect(one.hardware.load(saved)).toEqual(isTooMuch
            ? { ok: false, error: "it has an AP queue with more than 3 messages" }
            : { ok: true, value: undefined });
          expect(one.hardware.save()).toEqual(isTooMuch ? before : saved);
        }
  });
});

import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import {
  CryptoHardware, type CryptoHardwareOptions,
} from "../../../../src/engine/devices/apMock/cryptoHardware.ts";
import {
  cryptoHardwareState, type CryptoHardwareState,
} from "../../../../src/engine/devices/apMock/state.ts";
import { SteppedTime } from "../../../../src/engine/deviceMachine/steppedTime.ts";
import {
  AQIC_ENABLE, encodeAqic, makeApqn, queueStatus, responseOf,
} from "../../../../src/engine/uapi/ap.ts";

const QUEUE = makeApqn(5, 4);
const NIB = 0x7a000234n;
const TIMING = { serviceNs: 100n, resetNs: 1000n, interruptChangeNs: 10n };
const ON = encodeAqic({ enable: true, guestIsc: 3, gisa: 0x12345900, isc: 5 });
const OFF = 0n;

interface Bench {
  readonly time: SteppedTime;
  readonly hardware: CryptoHardware;
  /** Notifications: time, and what was written or raised. */
  readonly heard: string[];
}

function bench(options: Partial<CryptoHardwareOptions> = {}): Bench {
  const time = new SteppedTime();
  const heard: string[] = [];
  const hardware = new CryptoHardware({
    time, timing: TIMING, notification: {
      writeIndicator: (address) => heard.push(`${time.now()} write ${address.toString(16)}`),
      interrupt: (gisa, isc) => heard.push(`${time.now()} gisa ${gisa.toString(16)} isc ${isc}`),
    }, ...options,
  });
  hardware.plug(QUEUE);
  return { time, hardware, heard };
}

const message = (n: number) => ({ id: BigInt(n), bytes: Uint8Array.of(n, n + 1) });
const send = ({ hardware }: Bench, n: number): number => responseOf(hardware.enqueue(QUEUE, message(n)));
const fetched = ({ hardware }: Bench): number => {
  const got = hardware.dequeue(QUEUE, 100);
  return got.ok ? Number(got.value.reply.id) : -responseOf(got.error);
};
const flagsOf = ({ hardware }: Bench): string => {
  const { status } = hardware.tapq(QUEUE);
  const { EMPTY, REPLIES_WAITING, FULL, INTERRUPTS_ENABLED } = queueStatus;
  const set = (flag: number, name: string): string => ((status & flag) !== 0 ? name : "");
  return set(EMPTY, "E") + set(REPLIES_WAITING, "R") + set(FULL, "F") + set(INTERRUPTS_ENABLED, "I")
    + responseOf(status).toString(16);
};
const enabled = (one: Bench): Bench => {
  expect(responseOf(one.hardware.aqic(QUEUE, ON, NIB))).toBe(0);
  one.time.pass(10n);
  return one;
};

describe("a mock crypto queue", () => {
  it("works on one request after the other and keeps their order", () => {
    const one = bench({ answer: (bytes) => bytes.map((byte) => byte ^ 0xff) });
    expect([send(one, 1), send(one, 2), flagsOf(one)]).toEqual([0, 0, "0"]);
    one.time.pass(99n);
    expect(fetched(one)).toBe(-0x10);
    one.time.pass(1n);
    expect(flagsOf(one)).toBe("R0");
    const got = one.hardware.dequeue(QUEUE, 2);
    expect(got.ok && got.value.reply).toEqual({ id: 1n, bytes: Uint8Array.of(0xfe, 0xfd) });
    one.time.pass(99n);
    expect(fetched(one)).toBe(-0x10);
    one.time.pass(1n);
    expect([fetched(one), flagsOf(one)]).toEqual([2, "E0"]);
  });

  it("is full at its depth, counting replies that nobody fetched", () => {
    const one = bench({ depth: 3 });
    expect([1, 2, 3, 4].map((n) => send(one, n))).toEqual([0, 0, 0, 0x10]);
    one.time.pass(1000n);
    expect([flagsOf(one), send(one, 5)]).toEqual(["RF0", 0x10]);
    expect([fetched(one), send(one, 6)]).toEqual([1, 0]);
    expect(Number(one.hardware.tapq(QUEUE).info & 15n)).toBe(2);
  });

  it("notifies for each reply while interrupts are on: the indicator first, then the ISC", () => {
    const one = enabled(bench());
    send(one, 1);
    send(one, 2);
    one.time.pass(200n);
    expect(one.heard).toEqual(["110 write 7a000234", "110 gisa 12345900 isc 3", "210 write 7a000234",
      "210 gisa 12345900 isc 3"]);
    expect(responseOf(one.hardware.aqic(QUEUE, OFF, 0n))).toBe(0);
    send(one, 3);
    one.time.pass(100n);
    expect([one.heard.length, flagsOf(one)]).toEqual([4, "R0"]);
  });

  it("answers AQIC by what it is asked to change", () => {
    const one = bench();
    const ask = (control: bigint, nib: bigint): number => responseOf(one.hardware.aqic(QUEUE, control, nib));
    expect([ask(OFF, 0n), ask(ON, 0n), ask(AQIC_ENABLE | 3n, NIB)]).toEqual([7, 6, 8]);
    expect([ask(ON, NIB), ask(ON, NIB), flagsOf(one)]).toEqual([0, 5, "E0"]);
    one.time.pass(10n);
    expect([flagsOf(one), ask(ON, NIB), ask(OFF, 0n)]).toEqual(["EI0", 7, 0]);
  });

  it("forgets everything by a reset, which takes its time and shows only at its end", () => {
    const one = enabled(bench());
    send(one, 1);
    expect(responseOf(one.hardware.zapq(QUEUE))).toBe(0);
    expect([flagsOf(one), send(one, 2), responseOf(one.hardware.rapq(QUEUE))]).toEqual(["I2", 2, 2]);
    one.hardware.sleep(999n);
    expect(flagsOf(one)).toBe("RI2");
    one.hardware.sleep(1n);
    expect([flagsOf(one), one.heard.length]).toEqual(["E0", 2]);
  });

  it("is busy as often as it was told, but for a test", () => {
    const one = bench();
    one.hardware.makeBusy(QUEUE, 2);
    expect([flagsOf(one), send(one, 1), fetched(one), send(one, 1)]).toEqual(["E0", 5, -5, 0]);
  });

  it("rests while its adapter is out of operation, and goes on", () => {
    const one = enabled(bench());
    send(one, 1);
    one.hardware.setCondition(5, "deconfigured");
    one.time.pass(500n);
    expect([flagsOf(one), send(one, 2), one.heard.length]).toEqual(["I3", 3, 0]);
    one.hardware.setCondition(5, "checkstopped");
    expect(fetched(one)).toBe(-4);
    one.hardware.setCondition(5, "operating");
    one.time.pass(0n);
    expect([fetched(one), one.heard.length]).toEqual([1, 2]);
  });

  it("is gone with its adapter, and never heard of again; another adapter stays", () => {
    const one = enabled(bench());
    const other = makeApqn(6, 4);
    one.hardware.plug(other);
    send(one, 1);
    one.hardware.unplug(5);
    one.time.pass(1000n);
    expect([flagsOf(one), send(one, 1), fetched(one), one.heard.length]).toEqual(["1", 1, -1, 0]);
    expect(responseOf(one.hardware.tapq(other).status)).toBe(0);
  });

  it("keeps a reply that does not fit and refuses a message that is too long", () => {
    const one = bench({ messageBytesMax: 2 });
    expect(responseOf(one.hardware.enqueue(QUEUE, { id: 1n, bytes: new Uint8Array(3) }))).toBe(0x15);
    send(one, 1);
    one.time.pass(100n);
    expect(one.hardware.dequeue(QUEUE, 1)).toMatchObject({ ok: false });
    expect(fetched(one)).toBe(1);
  });
});

/** Random use of two queues; what came back. */
function use({ hardware, time }: Bench, prng: Prng, steps: number): number[] {
  return Array.from({ length: steps }, () => {
    const apqn = prng.pick([QUEUE, makeApqn(6, 4)]);
    switch (prng.below(9)) {
      case 0: return hardware.aqic(apqn, prng.pick([ON, OFF]), prng.pick([NIB, 0n]));
      case 1: return prng.below(4) ? 0 : hardware.zapq(apqn);
      case 2: return (time.pass(BigInt(prng.below(300))), hardware.tapq(apqn).status);
      case 3: return (hardware.sleep(BigInt(prng.below(300))), 0);
      case 4: return (hardware.setCondition(apqn >> 8, prng.below(4) ? "operating" : "checkstopped"), 0);
      case 5: return (hardware.makeBusy(apqn, prng.below(2)), 0);
      case 6: case 7: return hardware.enqueue(apqn, message(prng.below(100)));
      default: {
        const got = hardware.dequeue(apqn, 100);
        return got.ok ? Number(got.value.reply.id) : -got.error;
      }
    }
  });
}
const twoQueues = (): Bench => {
  const one = bench();
  one.hardware.plug(makeApqn(6, 4));
  return one;
};

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
    const decoded = (state: CryptoHardwareState) =>
      cryptoHardwareState.decode(cryptoHardwareState.version, cryptoHardwareState.encode(state));
    expect(decoded(good)).toEqual({ ok: true, value: good });
    const bad: readonly [CryptoHardwareState, string][] = [
      [{ ...good, queues: [plugged!, plugged!] }, "a queue is plugged twice"],
      [{ ...good, timer: null }, "something is under way, and no timer runs"],
      [{ ...good, queues: [{ ...plugged!, queue: { ...plugged!.queue, doneAt: -(1n << 62n) - 1n } }] },
        "a time is centuries away"],
    ];
    for (const [state, sentence] of bad)
      expect(decoded(state)).toEqual({ ok: false, error: `s390.ap.mock: ${sentence}` });
  });

  it("is refused with a sentence when it is overfull", () => {
    const one = bench({ depth: 1 });
    const good = one.hardware.save();
    const full = bench();
    for (const n of [1, 2]) send(full, n);
    expect(one.hardware.load(full.hardware.save()).ok).toBe(false);
    expect(one.hardware.save()).toEqual(good);
  });
});

/** Mock AP hardware with virtual time and everything it notifies of, and ways to use it. */
import { expect } from "vitest";
import type { Prng } from "../../../../src/engine/base/prng.ts";
import {
  CryptoHardware, type CryptoHardwareOptions,
} from "../../../../src/engine/devices/apMock/cryptoHardware.ts";
import type { TimePort } from "../../../../src/engine/devices/ports.ts";
import { SteppedTime } from "../../../../src/engine/deviceMachine/steppedTime.ts";
import { encodeAqic, makeApqn, queueStatus, responseOf } from "../../../../src/engine/uapi/ap.ts";

export const QUEUE = makeApqn(5, 4);
export const OTHER = makeApqn(6, 4);
export const NIB = 0x7a000234n;
export const TIMING = { serviceNs: 100n, resetNs: 1000n, interruptChangeNs: 10n };
export const ON = encodeAqic({ enable: true, guestIsc: 3, gisa: 0x12345900, isc: 5 });
export const OFF = 0n;

export interface Bench {
  readonly time: SteppedTime;
  readonly hardware: CryptoHardware;
  /** Notifications: time, and what was written or raised. */
  readonly heard: string[];
}

/** Of a clock that tells the time, but where no timer ever runs out: what is due is seen by calls alone. */
const withoutTimers = (time: SteppedTime): TimePort => ({
  now: () => time.now(), after: () => 1, cancel: () => undefined, pending: () => undefined, resume: () => 1,
});

export function bench(options: Partial<CryptoHardwareOptions> = {}, hasTimers = true): Bench {
  const time = new SteppedTime();
  const heard: string[] = [];
  const hardware = new CryptoHardware({
    time: hasTimers ? time : withoutTimers(time), timing: TIMING, notification: {
      writeIndicator: (address) => heard.push(`${time.now()} write ${address.toString(16)}`),
      interrupt: (gisa, isc) => heard.push(`${time.now()} gisa ${gisa.toString(16)} isc ${isc}`),
    }, ...options,
  });
  hardware.plug(QUEUE);
  return { time, hardware, heard };
}

export const message = (n: number) => ({ id: BigInt(n), bytes: Uint8Array.of(n, n + 1) });
export const send = ({ hardware }: Bench, n: number): number =>
  responseOf(hardware.enqueue(QUEUE, message(n)));
export const fetched = ({ hardware }: Bench): number => {
  const got = hardware.dequeue(QUEUE, 100);
  return got.ok ? Number(got.value.reply.id) : -responseOf(got.error);
};
export const flagsOf = ({ hardware }: Bench): string => {
  const { status } = hardware.tapq(QUEUE);
  const { EMPTY, REPLIES_WAITING, FULL, INTERRUPTS_ENABLED } = queueStatus;
  const set = (flag: number, name: string): string => ((status & flag) !== 0 ? name : "");
  return set(EMPTY, "E") + set(REPLIES_WAITING, "R") + set(FULL, "F") + set(INTERRUPTS_ENABLED, "I")
    + responseOf(status).toString(16);
};
export const enabled = (one: Bench): Bench => {
  expect(responseOf(one.hardware.aqic(QUEUE, ON, NIB))).toBe(0);
  one.time.pass(10n);
  return one;
};

/** Takes the queue's adapter out and puts it back, with this queue alone. */
function replug(hardware: CryptoHardware, apqn: number): void {
  hardware.unplug(apqn >> 8);
  hardware.plug(apqn);
}

/** Random use of two queues; what came back. Time passes as `pass` lets it. */
export function use(
  { hardware, time }: Bench, prng: Prng, steps: number, pass = (ns: bigint) => time.pass(ns),
): number[] {
  return Array.from({ length: steps }, () => {
    const apqn = prng.pick([QUEUE, OTHER]);
    switch (prng.below(9)) {
      case 0: return hardware.aqic(apqn, prng.pick([ON, OFF]), prng.pick([NIB + BigInt(apqn), 0n]));
      case 1: return prng.below(4) ? hardware.tapq(apqn).status : hardware.zapq(apqn);
      case 2: return (pass(BigInt(prng.below(300))), 0);
      case 3: return (hardware.sleep(BigInt(prng.below(300))), 0);
      case 4: return (hardware.setCondition(apqn >> 8, prng.below(4) ? "operating" : "checkstopped"), 0);
      case 5: return (prng.below(4) ? hardware.makeBusy(apqn, prng.below(2)) : replug(hardware, apqn), 0);
      case 6: case 7: return hardware.enqueue(apqn, message(prng.below(100)));
      default: {
        const got = hardware.dequeue(apqn, 100);
        return got.ok ? Number(got.value.reply.id) : -got.error;
      }
    }
  });
}
export const twoQueues = (hasTimers = true): Bench => {
  const one = bench({}, hasTimers);
  one.hardware.plug(OTHER);
  return one;
};

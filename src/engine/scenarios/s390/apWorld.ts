/** The world of the AP scenarios: one passed-through mock adapter, a guest that asks for its interrupts. */
import {
  apDeviceMachine, passThrough, type ApDeviceMachine, type ApShape,
} from "../../deviceMachine/apDeviceMachine.ts";
import { SteppedTime } from "../../deviceMachine/steppedTime.ts";
import { apQuirks, type ApQuirks } from "../../devices/ap/apQuirks.ts";
import { CryptoHardware } from "../../devices/apMock/cryptoHardware.ts";
import type { QueueTiming } from "../../devices/apMock/cryptoQueue.ts";
import { AQIC_ENABLE, makeApqn } from "../../uapi/ap.ts";
import type { KernelQuirks } from "../../uapi/kernelProfile.ts";
import { kernelWith } from "./kernelWith.ts";

export const ADAPTER = 5, DOMAIN = 4;
export const QUEUE = makeApqn(ADAPTER, DOMAIN);
/** Guest address of the indicator, and the ISC. */
export const INDICATOR = 0x1234n;
export const ISC = 3;
/** Long enough for the mock to finish anything. */
export const A_WHILE = 50_000_000n;

export interface ApWorld {
  readonly time: SteppedTime;
  readonly machine: ApDeviceMachine<CryptoHardware>;
  /** What the calls of the steps returned. */
  readonly results: number[];
}

/** Matrix device M with queue 05.0004, open for the VM; the driver has exactly these defects. */
export function apWorld(
  quirks: Partial<ApQuirks> = {}, kernel: Partial<KernelQuirks> = {}, options: ApShape["options"] = {},
  timing: Partial<QueueTiming> = {},
): ApWorld {
  const time = new SteppedTime();
  const machine = apDeviceMachine(({ kvm }) => new CryptoHardware({ time, notification: kvm.ap, timing }), {
    profile: kernelWith(kernel), quirks: { ...apQuirks.none, ...quirks }, options: { time, ...options },
  });
  machine.hardware.plug(QUEUE);
  passThrough(machine, "M", ADAPTER, [DOMAIN]);
  return { time, machine, results: [] };
}

/** The guest's AQIC that enables interrupts; its response code is kept. */
export function enableInterrupts({ machine: { pqap, apCpu }, results, time }: ApWorld): void {
  pqap(0x03000000n | BigInt(QUEUE), AQIC_ENABLE | BigInt(ISC), INDICATOR);
  results.push(Number(apCpu.gr(1) >> 16n) & 0xff);
  time.pass(A_WHILE);
}

/** Pins of the VM's container and registrations of its GISA, all together. */
export const heldOf = ({ machine: { kvm } }: ApWorld): { pins: number; registrations: number } => ({
  pins: kvm.ap.container.save().pins.reduce((sum, { count }) => sum + count, 0),
  registrations: kvm.flic.gisa?.references.reduce((a, b) => a + b, 0) ?? 0,
});
export const NOTHING_HELD = { pins: 0, registrations: 0 };

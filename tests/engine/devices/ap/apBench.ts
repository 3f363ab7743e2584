/** A VM with one open matrix device on scripted hardware, and short ways to use it. */
import {
  apDeviceMachine, passThrough, type ApDeviceMachine, type ApShape,
} from "../../../../src/engine/deviceMachine/apDeviceMachine.ts";
import { ScriptedApHardware } from "../../../../src/engine/deviceMachine/scriptedApHardware.ts";
import { AQIC_ENABLE, makeApqn } from "../../../../src/engine/uapi/ap.ts";

export type ApBench = ApDeviceMachine<ScriptedApHardware>;
/** Queue 05.0004. */
export const Q4 = makeApqn(5, 4);
export const Q47 = makeApqn(5, 0x47);

/** Device M with adapter 5, domains 4 and 0x47, both queues bound, open; M2 empty. */
export function apBench(shape: ApShape = {}): ApBench {
  const machine = apDeviceMachine(() => new ScriptedApHardware(), shape);
  passThrough(machine, "M", 5, [4, 0x47]);
  machine.driver.createDevice("M2");
  return machine;
}

/** The guest's AQIC: response code of what it gets back. */
export function enable({ pqap, apCpu }: ApBench, isc: number, indicator: bigint, apqn = Q4): number {
  pqap(0x03000000n | BigInt(apqn), AQIC_ENABLE | BigInt(isc), indicator);
  return Number(apCpu.gr(1) >> 16n) & 0xff;
}
export function disable({ pqap, apCpu }: ApBench, apqn = Q4): number {
  pqap(0x03000000n | BigInt(apqn));
  return Number(apCpu.gr(1) >> 16n) & 0xff;
}

/** What a queue holds: indicator and ISC. */
export const held = ({ driver }: ApBench, apqn = Q4): readonly [bigint, number] => {
  const { savedIova, savedIsc } = driver.bound.get(apqn)!;
  return [savedIova, savedIsc];
};
export const references = ({ kvm }: ApBench): number[] => [...kvm.flic.gisa!.references];
export const pinCount = ({ kvm }: ApBench): number =>
  kvm.ap.container.save().pins.reduce((sum, { count }) => sum + count, 0);

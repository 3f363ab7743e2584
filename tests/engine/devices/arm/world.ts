/** An arm64 VM of two vCPUs in any shape that its attribute calls may find, and what they answer first. */
import { PlacedMemory } from "../../../../src/engine/deviceMachine/placedMemory.ts";
import { ArmKvm } from "../../../../src/engine/devices/arm/armKvm.ts";
import type { ArmVcpu, ArmVm } from "../../../../src/engine/devices/arm/armVm.ts";
import { armProfiles } from "../../../../src/engine/devices/arm/profile.ts";

export const HERE = 0x1000n;
export const NOWHERE = 0xdead_0000n;
export const both = [false, true];

export interface World {
  readonly vm: ArmVm;
  readonly vcpu: ArmVcpu;
  readonly other: ArmVcpu;
  readonly user: PlacedMemory;
  /** Eight bytes at HERE. */
  put(value: bigint): bigint;
}
export interface Shape {
  readonly isNew?: boolean;
  readonly hasFeature?: boolean;
  readonly gic?: "none" | "there" | "ready";
  readonly pmus?: number;
  readonly eventSpace?: 1024 | 65536;
  readonly schedulerInfo?: boolean;
}
export function world(shape: Shape = {}): World {
  const { isNew = true, hasFeature = true, gic = "ready", pmus = 2, schedulerInfo = true } = shape;
  const user = new PlacedMemory();
  const kvm = new ArmKvm({
    profile: armProfiles[isNew ? "linux-6.1" : "linux-4.13"], user, slots: [{ address: 0x4000n,
    size: 0x1000n }],
    host: {
      pmus: [{ type: 8, cpus: [0] }, { type: 9, cpus: [1] }].slice(0, pmus),
      eventSpace: shape.eventSpace ?? 1024, schedulerInfo,
    },
  });
  for (const vcpu of [0, 1]) {
    kvm.createVcpu();
    kvm.initVcpu(vcpu, false);
  }
  const [vcpu, other] = kvm.vm.vcpus as [ArmVcpu, ArmVcpu];
  vcpu.hasPmuFeature = hasFeature;
  if (gic !== "none") kvm.createGic({ version: 3, spis: 64 });
  if (gic === "ready") kvm.initGic();
  const put = (value: bigint): bigint => {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, value, true);
    return user.place(HERE, bytes);
  };
  return { vm: kvm.vm, vcpu, other, user, put };
}
/** The number of the first reason that holds, or 0. */
export const first = (...reasons: readonly (readonly [boolean, number])[]): number =>
  reasons.find(([holds]) => holds)?.[1] ?? 0;

/** KVM on arm64 for scripts, as far as vCPU attributes reach. */
import * as v from "valibot";
import type { ArmAttribute, ArmOptions, ArmVm as ArmVmApi } from "../../../../resources/scripts/api/arm.d.ts";
import type { BytesReply, Reply } from "../../../../resources/scripts/api/values.d.ts";
import { PlacedMemory } from "../../../engine/deviceMachine/placedMemory.ts";
import { SteppedTime } from "../../../engine/deviceMachine/steppedTime.ts";
import { ArmKvm, type AttributeCall } from "../../../engine/devices/arm/armKvm.ts";
import { armProfiles } from "../../../engine/devices/arm/profile.ts";
import { PpiLedger } from "../../../engine/ledger/ppiLedger.ts";
import * as arm from "../../../engine/uapi/arm.ts";
import { ScriptRefusal, type MethodTable } from "../hostObjects.ts";
import { bytes, nanoseconds, none, reply, u32, u64, wholeTo } from "./arguments.ts";
import { ArmVcpu } from "./armVcpu.ts";
import { WithBooks, booksMethods } from "./books.ts";
import { profile } from "./s390Methods.ts";

const ARGUMENT = 0x6000_0000n;
const VALUE = 0x6100_0000n;
const GUEST_BYTES = 0x10000n;
const VCPUS_MAX = 64;
/** Perf type of the default PMU. */
const PMU_TYPE = 8;

const { pmuAttr, timerAttr } = arm;
const named: Readonly<Record<string, readonly [group: number, attr: number]>> = {
  PMU_IRQ: [arm.KVM_ARM_VCPU_PMU_V3_CTRL, pmuAttr.IRQ],
  PMU_INIT: [arm.KVM_ARM_VCPU_PMU_V3_CTRL, pmuAttr.INIT],
  PMU_FILTER: [arm.KVM_ARM_VCPU_PMU_V3_CTRL, pmuAttr.FILTER],
  PMU_SET_PMU: [arm.KVM_ARM_VCPU_PMU_V3_CTRL, pmuAttr.SET_PMU],
  TIMER_VTIMER: [arm.KVM_ARM_VCPU_TIMER_CTRL, timerAttr.IRQ_VTIMER],
  TIMER_PTIMER: [arm.KVM_ARM_VCPU_TIMER_CTRL, timerAttr.IRQ_PTIMER],
  PVTIME_IPA: [arm.KVM_ARM_VCPU_PVTIME_CTRL, arm.KVM_ARM_VCPU_PVTIME_IPA],
};

export class ArmVm extends WithBooks implements ArmVmApi {
  private readonly user = new PlacedMemory();
  private readonly kvm: ArmKvm;
  private readonly time = new SteppedTime();
  private readonly ledgerOfPpis: PpiLedger;
  private readonly vcpus: ArmVcpu[] = [];

  constructor({ profile: name = "linux-6.1", pmus, eventSpace = 65536, schedulerInfo = true }: ArmOptions) {
    super();
    this.kvm = new ArmKvm({
      time: this.time,
      profile: armProfiles[name], user: this.user, slots: [{ address: 0n, size: GUEST_BYTES }],
      host: { pmus: pmus ?? [{ type: PMU_TYPE, cpus: [0, 1] }], eventSpace, schedulerInfo },
    });
    this.ledgerOfPpis = new PpiLedger(this.kvm.interrupts, () => this.time.now());
  }
  protected books(): PpiLedger {
    return this.ledgerOfPpis;
  }

  createVcpu(): Reply {
    const index = this.vcpus.length;
    if (index >= VCPUS_MAX) throw new ScriptRefusal(`A VM here has at most ${VCPUS_MAX} vCPUs.`);
    const result = this.kvm.createVcpu();
    if (result >= 0) {
      this.vcpus.push(new ArmVcpu(index, this.kvm.interrupts[index]!));
      this.ledgerOfPpis.listen();
    }
    return reply(result);
  }
  vcpu(index: number): ArmVcpu {
    const found = this.vcpus[index];
    if (!found) throw new ScriptRefusal(`There is no vCPU ${index}; this VM has ${this.vcpus.length}.`);
    return found;
  }
  passTime(nanoseconds: bigint): void {
    this.time.pass(nanoseconds);
  }
  now(): bigint {
    return this.time.now();
  }
  setVirtualOffset(ticks: bigint): void {
    this.kvm.setVirtualOffset(ticks);
  }
  initVcpu(vcpu: number, hasPmu: boolean): Reply {
    return reply(this.kvm.initVcpu(vcpu, hasPmu));
  }
  createGic(options: v.InferOutput<typeof gic> = {}): Reply {
    return reply(this.kvm.createGic({ version: 3, ...options }));
  }
  initGic(): Reply {
    return reply(this.kvm.initGic());
  }

  hasAttr(vcpu: number, attribute: ArmAttribute): Reply {
    return reply(this.call("has", vcpu, attribute, 0n));
  }
  getAttr(vcpu: number, attribute: ArmAttribute): BytesReply {
    this.user.place(VALUE, new Uint8Array(8));
    const result = this.call("get", vcpu, attribute, VALUE);
    const value = new DataView(this.user.at(VALUE).buffer);
    const isWide = attribute === "PVTIME_IPA";
    return {
      ...reply(result), bytes: this.user.at(VALUE).slice(),
      ...(result === 0 && { value: isWide ? value.getBigUint64(0, true) : value.getInt32(0, true) }),
    };
  }
  setAttr(vcpu: number, attribute: ArmAttribute, value?: Uint8Array | number | bigint): Reply {
    if (value === undefined) return reply(this.call("set", vcpu, attribute, 0n));
    return reply(this.call("set", vcpu, attribute, this.user.place(VALUE, littleEndian(value))));
  }

  run(
    vcpu: number, request: { immediateExit?: boolean; hostCpu?: number } = {},
  ): ReturnType<ArmVmApi["run"]> {
    const { result, entered, exit } = this.kvm.run(vcpu, request);
    return { ...reply(result), entered, ...(exit && { exit }) };
  }

  private call(call: AttributeCall, vcpu: number, attribute: ArmAttribute, addr: bigint): number {
    const [group, attr] = typeof attribute === "string"
      ? named[attribute]! : [attribute.group, attribute.attr] as const;
    const view = new DataView(new ArrayBuffer(24));
    view.setUint32(4, group, true);
    view.setBigUint64(8, BigInt(attr), true);
    view.setBigUint64(16, addr, true);
    return this.kvm.attribute(vcpu, call, this.user.place(ARGUMENT, new Uint8Array(view.buffer)));
  }
}

function littleEndian(value: Uint8Array | number | bigint): Uint8Array {
  if (value instanceof Uint8Array) return value;
  const view = new DataView(new ArrayBuffer(typeof value === "bigint" ? 8 : 4));
  if (typeof value === "bigint") view.setBigUint64(0, BigInt.asUintN(64, value), true);
  else view.setInt32(0, value, true);
  return new Uint8Array(view.buffer);
}

export const armOptions = v.strictObject({
  profile: v.optional(profile),
  pmus: v.optional(v.pipe(
    v.array(v.strictObject({ type: u32, cpus: v.pipe(v.array(wholeTo(255)), v.maxLength(256)) })),
    v.maxLength(16))),
  eventSpace: v.optional(v.picklist([1024, 65536])),
  schedulerInfo: v.optional(v.boolean()),
});
const gic = v.strictObject({
  version: v.optional(v.picklist([2, 3])), spis: v.optional(wholeTo(988)),
  bases: v.optional(v.picklist(["set", "unset", "overlapping"])),
});
const attribute = v.union([
  v.picklist([
    "PMU_IRQ", "PMU_INIT", "PMU_FILTER", "PMU_SET_PMU", "TIMER_VTIMER", "TIMER_PTIMER", "PVTIME_IPA",
  ]),
  v.strictObject({ group: u32, attr: u64 }),
]);
const vcpu = wholeTo(VCPUS_MAX);
const value = v.union([bytes, wholeTo(0x7fff_ffff, -0x8000_0000), v.bigint()]);

export const armVmMethods: MethodTable<ArmVmApi> = {
  ...booksMethods,
  createVcpu: none,
  vcpu: v.strictTuple([vcpu]),
  passTime: v.strictTuple([nanoseconds]),
  now: none,
  setVirtualOffset: v.strictTuple([u64]),
  initVcpu: v.strictTuple([vcpu, v.boolean()]),
  createGic: v.strictTuple([v.optional(gic)]),
  initGic: none,
  hasAttr: v.strictTuple([vcpu, attribute]),
  getAttr: v.strictTuple([vcpu, attribute]),
  setAttr: v.strictTuple([vcpu, attribute, v.optional(value)]),
  run: v.strictTuple([
    vcpu,
    v.optional(v.strictObject({ immediateExit: v.optional(v.boolean()), hostCpu: v.optional(wholeTo(255)) })),
  ]),
};

/**
 * An s390 machine of devices alone: RAM, CPUs that are only registers, a VMM's memory, and KVM between them.
 * Small enough to see through; tests, scenarios, conformance and scripts drive it call by call.
 */
import { hex } from "../base/hex.ts";
import type { Decision } from "../devices/flic/decision.ts";
import { S390Kvm, type S390KvmOptions } from "../devices/kvm/s390Kvm.ts";
import { FlicLedger } from "../ledger/flicLedger.ts";
import { GuestMemory } from "../memory/guestMemory.ts";
import type { MemoryWriter } from "../memory/memoryWriter.ts";
import { capability, enableCap } from "../uapi/capability.ts";
import { KVM_DEV_TYPE_FLIC, createDevice } from "../uapi/deviceAttr.ts";
import { ioctl } from "../uapi/ioctl.ts";
import { kernelProfiles, type KernelProfile } from "../uapi/kernelProfile.ts";
import { PlacedMemory } from "./placedMemory.ts";
import { RegisterCpu } from "./registerCpu.ts";

export interface S390Shape {
  /** Default: `linux-6.1`. */
  readonly profile?: KernelProfile;
  /** Adapter-interruption suppression is enabled. Default true. */
  readonly facility72?: boolean;
  /** Default 1; addresses count from 0. */
  readonly cpus?: number;
  /** The FLIC is there. Default true. */
  readonly flicCreated?: boolean;
  readonly options?: Partial<S390KvmOptions>;
}

/** Bytes of RAM. */
export const RAM = 0x200000;
const SCRATCH = 0x7000_0000n;
/** Writers that are KVM storing for a guest. Indicators are marked, or not, where they are set. */
const KVM_STORES: ReadonlySet<MemoryWriter> = new Set<MemoryWriter>(["interruption", "cpu-helper"]);

export interface S390DeviceMachine {
  readonly kvm: S390Kvm;
  readonly memory: GuestMemory;
  readonly user: PlacedMemory;
  readonly cpus: readonly RegisterCpu[];
  readonly cpuFds: readonly number[];
  /** -1 without a FLIC. */
  readonly flicFd: number;
  /** CPUs that were kicked, in order. */
  readonly kicks: number[];
  readonly decisions: Decision[];
  /** Its time is the number of decisions so far. */
  readonly ledger: FlicLedger;
}

export function s390DeviceMachine(shape: S390Shape = {}): S390DeviceMachine {
  const memory = GuestMemory.standalone(RAM);
  const user = new PlacedMemory();
  const kvm = new S390Kvm({
    profile: shape.profile ?? kernelProfiles["linux-6.1"], memory, user, ...shape.options,
  });
  memory.beforeWrite = (address, length, writer) => {
    if (!KVM_STORES.has(writer)) return;
    for (let page = address & ~4095; page < address + length; page += 4096) kvm.slots.markFrameOfRam(page);
  };
  const kicks: number[] = [];
  const decisions: Decision[] = [];
  kvm.flic.kick = (id) => kicks.push(id);
  const ledger = new FlicLedger(kvm.flic, () => BigInt(decisions.length));
  kvm.flic.onDecision = (decision) => {
    decisions.push(decision);
    ledger.note(decision);
  };
  if (shape.facility72 ?? true) {
    user.place(SCRATCH, enableCap.encode({ cap: capability.KVM_CAP_S390_AIS }));
    kvm.ioctl(kvm.vmFd, ioctl.KVM_ENABLE_CAP, SCRATCH);
  }
  const cpus = Array.from({ length: shape.cpus ?? 1 }, (_, id) => new RegisterCpu(id, memory));
  const cpuFds = cpus.map((cpu) => kvm.attachVcpu(cpu));
  let flicFd = -1;
  if (shape.flicCreated ?? true) {
    user.place(SCRATCH, createDevice.encode({ type: KVM_DEV_TYPE_FLIC, fd: 0xffffffff }));
    kvm.ioctl(kvm.vmFd, ioctl.KVM_CREATE_DEVICE, SCRATCH);
    flicFd = createDevice.decode(user.at(SCRATCH)).fd;
  }
  return { kvm, memory, user, cpus, cpuFds, flicFd, kicks, decisions, ledger };
}

/** struct kvm_s390_irq: a 32-bit type code (or 16 digits for a wider one), then the union's first bytes. */
export function irq(type: string, union = ""): Uint8Array {
  const bytes = new Uint8Array(72);
  bytes.set(hex(type.padStart(16, "0")), 0);
  bytes.set(hex(union), 8);
  return bytes;
}

/** POWER machines small enough to see through: RAM, a VMM's memory, KVM, and a pseries controller. */
import { PowerKvm, type PowerKvmOptions } from "../devices/kvm/powerKvm.ts";
import { XiveMonitor } from "../devices/kvm/xiveMonitor.ts";
import type { XiveNative } from "../devices/kvm/xiveNative.ts";
import type { XiveChip } from "../devices/xive/chip.ts";
import { queueMemory } from "../devices/xive/eventQueue.ts";
import { SpaprXive, type SpaprXiveOptions } from "../devices/xive/spaprXive.ts";
import { Xics } from "../devices/xics/xics.ts";
import { Ledger } from "../ledger/ledger.ts";
import { XiveLedger } from "../ledger/xiveLedger.ts";
import { GuestMemory } from "../memory/guestMemory.ts";
import {
  powerCreateDevice, powerEnableCap, powerIoctl,
} from "../uapi/powerIoctl.ts";
import type { UserMemory } from "../uapi/userMemory.ts";
import {
  KVM_CAP_IRQ_XICS, KVM_CAP_PPC_IRQ_XIVE, KVM_DEV_TYPE_XICS, KVM_DEV_TYPE_XIVE,
} from "../uapi/xive.ts";

export const RAM = 0x400000;
export const BAD_ADDRESS = 0xdead_0000_0000n;
/** Where the kit places arguments, and where the monitor does. */
const SCRATCH = 0x1000n;
export const BUFFER = 0x2000n;
const MONITOR_SCRATCH = 0x3000n;

/** 64 KiB of a process's memory from address 0; everything above faults. */
export class SmallUserMemory implements UserMemory {
  readonly bytes = new Uint8Array(0x10000);

  read(address: bigint, length: number): Uint8Array | undefined {
    const at = Number(address);
    return at + length <= this.bytes.length ? this.bytes.slice(at, at + length) : undefined;
  }
  write(address: bigint, bytes: Uint8Array): boolean {
    const at = Number(address);
    if (at + bytes.length > this.bytes.length) return false;
    this.bytes.set(bytes, at);
    return true;
  }
  place(address: bigint, bytes: Uint8Array): bigint {
    this.write(address, bytes);
    return address;
  }
  placeU64(address: bigint, value: bigint): bigint {
    new DataView(this.bytes.buffer).setBigUint64(Number(address), value, true);
    return address;
  }
  u64(address: bigint): bigint {
    return new DataView(this.bytes.buffer).getBigUint64(Number(address), true);
  }
}

export interface PowerMachine {
  readonly kvm: PowerKvm;
  readonly memory: GuestMemory;
  readonly user: SmallUserMemory;
  readonly deviceFd: number;
  /** Descriptors of two vCPUs, ids 0 and 1. */
  readonly vcpuFds: readonly number[];
  /** Of the host's XIVE, where the events of both devices travel. */
  readonly ledger: XiveLedger;
}

/** KVM with a device of that type and two vCPUs; `connect` of them are connected, as servers 0 and 1. */
export function powerMachine(
  type: "xive" | "xics", connect = 2, options: Partial<PowerKvmOptions> = {},
): PowerMachine {
  const memory = GuestMemory.standalone(RAM);
  const user = new SmallUserMemory();
  const kvm = new PowerKvm({ memory, user, ...options });
  const number = type === "xive" ? KVM_DEV_TYPE_XIVE : KVM_DEV_TYPE_XICS;
  user.place(SCRATCH, powerCreateDevice.encode({ type: number }));
  kvm.ioctl(kvm.vmFd, powerIoctl.KVM_CREATE_DEVICE, SCRATCH);
  const deviceFd = powerCreateDevice.decode(user.read(SCRATCH, 12)!).fd;
  const ledger = xiveLedger(kvm.host.chip, (nvt) => kvm.keptIpb(nvt));
  listenToXics(kvm, ledger);
  const vcpuFds = [kvm.createVcpu(0), kvm.createVcpu(1)];
  const machine = { kvm, memory, user, deviceFd, vcpuFds, ledger };
  for (let server = 0; server < connect; server++) connectVcpu(machine, server, server);
  return machine;
}

/** The books of a XIVE; their time is the number of lines written so far. */
export function xiveLedger(chip: XiveChip, keptIpb?: (nvt: number) => number): XiveLedger {
  const book = new Ledger();
  return new XiveLedger(chip, () => BigInt(book.written), keptIpb, book);
}

/** What an XICS device does is told to the books of the XIVE below it. */
export function listenToXics({ device }: PowerKvm, ledger: XiveLedger): void {
  if (device instanceof Xics) device.onStep = (step) => ledger.noteXics(step);
}

/** KVM_ENABLE_CAP of one vCPU for whichever device there is. */
export function connectVcpu(
  { kvm, user, vcpuFds, deviceFd }: PowerMachine, vcpu: number, server: number, fd = deviceFd,
): number {
  const cap = isNative(kvm) ? KVM_CAP_PPC_IRQ_XIVE : KVM_CAP_IRQ_XICS;
  const bytes = powerEnableCap.encode({ cap, fd: BigInt(fd), server: BigInt(server) });
  return kvm.ioctl(vcpuFds[vcpu]!, powerIoctl.KVM_ENABLE_CAP, user.place(SCRATCH, bytes));
}

const isNative = (kvm: PowerKvm): boolean => kvm.device !== undefined && "pages" in kvm.device;
export const native = ({ kvm }: PowerMachine): XiveNative => kvm.device as XiveNative;
export const xics = ({ kvm }: PowerMachine): Xics => kvm.device as Xics;

export interface PseriesMachine {
  readonly xive: SpaprXive;
  readonly memory: GuestMemory;
  /** Only where the sources are in the kernel. */
  readonly kernel: { readonly machine: PowerMachine; readonly monitor: XiveMonitor } | undefined;
  /** Of whichever XIVE the events travel through: the emulated one, or the host's. */
  readonly ledger: XiveLedger;
}

/** A pseries controller with vCPUs 0 and 1. */
export function pseries(hasKernel: boolean, options: Partial<SpaprXiveOptions> = {}): PseriesMachine {
  const machine = hasKernel ? powerMachine("xive", 2, { defects: options.defects }) : undefined;
  const monitor = machine && new XiveMonitor(native(machine), MONITOR_SCRATCH);
  const memory = machine?.memory ?? GuestMemory.standalone(RAM);
  const xive = new SpaprXive({ memory: queueMemory(memory), kernel: monitor, ...options });
  xive.connect(0);
  xive.connect(1);
  const ledger = machine?.ledger ?? xiveLedger(xive.chip);
  return { xive, memory, ledger, kernel: machine && { machine, monitor: monitor! } };
}

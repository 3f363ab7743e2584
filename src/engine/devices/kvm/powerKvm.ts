/**
 * KVM on POWER9 as a VMM sees it, for what concerns interrupts: the two controllers over the host's XIVE,
 * vCPUs connected to one of them, and their registers. Every call answers 0, a descriptor or a negative errno
 * in the kernel's order of checks (Documentation/virt/kvm/api.rst).
 */
import { errno } from "../../api/errno.ts";
import { refuse, type Result } from "../../base/result.ts";
import type { GuestMemory } from "../../memory/guestMemory.ts";
import { capability } from "../../uapi/capability.ts";
import { KVM_CREATE_DEVICE_TEST } from "../../uapi/deviceAttr.ts";
import {
  powerCreateDevice, powerDeviceAttr, powerDirtyLog, powerEnableCap, powerIoctl, powerIrqLevel, powerIrqfd,
  powerMemoryRegion, powerOneReg,
} from "../../uapi/powerIoctl.ts";
import type { Decoded, Fields, Struct } from "../../uapi/struct.ts";
import type { UserMemory } from "../../uapi/userMemory.ts";
import {
  KVM_CAP_IRQ_XICS, KVM_CAP_PPC_IRQ_XIVE, KVM_DEV_TYPE_XICS, KVM_DEV_TYPE_XIVE,
} from "../../uapi/xive.ts";
import { noDefects, type XiveDefects } from "../xive/defects.ts";
import { queueMemory } from "../xive/eventQueue.ts";
import { HostMemory } from "../xive/hostMemory.ts";
import { HostXive, type HostXiveOptions } from "../xive/hostXive.ts";
import { setKvmIrq } from "../xive/injection.ts";
import type { ConnectedVcpu } from "../xive/kvmXive.ts";
import { IPB } from "../xive/threadContext.ts";
import { Xics } from "../xics/xics.ts";
import { Doorbell } from "./doorbell.ts";
import type { EventFile } from "./files.ts";
import { GuestPages } from "./guestPages.ts";
import { Irqfds } from "./irqfds.ts";
import { getDirtyLog, setMemoryRegion } from "./memoryCalls.ts";
import { MemorySlots, USER_SLOTS, powerSlotRules } from "./memorySlots.ts";
import { oneRegister, type Direction, type RegisterOwner } from "./powerRegisters.ts";
import { mapXive, type XiveMapping } from "./xiveMapping.ts";
import { XiveNative } from "./xiveNative.ts";

export interface PowerKvmOptions extends Omit<HostXiveOptions, "memory"> {
  readonly memory: GuestMemory;
  readonly user: UserMemory;
  /** log2 of the page size behind guest memory. Default 16. */
  readonly pageShift?: number;
  /** The host has a XIVE whose queues firmware can save and restore. Default true. */
  readonly hasXive?: boolean;
  readonly singleEscalation?: boolean;
  readonly defects?: XiveDefects;
  readonly allocate?: (bytes: number) => boolean;
}

interface PowerVcpu {
  readonly kind: "vcpu";
  readonly id: number;
  readonly doorbell: Doorbell;
  /** By number: the controller that was loaded has other objects. */
  connection: { readonly device: Controller; readonly server: number } | undefined;
}
type Controller = XiveNative | Xics;
interface ControllerFile {
  readonly kind: "device";
  readonly device: Controller;
}
/** `other-device`: of KVM, but no interrupt controller of this VM; `regular`: no KVM device. */
interface OtherFile {
  readonly kind: "other-device" | "regular";
}
type PowerFile = PowerVcpu | ControllerFile | OtherFile | EventFile | { readonly kind: "vm" };

const { KVM_CAP_IRQFD, KVM_CAP_NR_MEMSLOTS, KVM_CAP_USER_MEMORY } = capability;
/** Routes are not among them: a GSI is the interrupt's number, and KVM_SET_GSI_ROUTING is no ioctl here. */
const ALWAYS: ReadonlySet<number> = new Set([KVM_CAP_IRQ_XICS, KVM_CAP_IRQFD, KVM_CAP_USER_MEMORY]);

const NO_VCPUS: readonly ConnectedVcpu[] = [];
/** Where the process has guest memory, unless it says else. */
const USER_RAM = 0x7fff_0000_0000n;

export class PowerKvm {
  readonly host: HostXive;
  readonly pages: GuestPages;
  /** Default: one logged slot with all of memory. */
  readonly slots: MemorySlots;
  readonly irqfds: Irqfds;
  readonly vmFd: number;
  private readonly options: PowerKvmOptions;
  private readonly memory: HostMemory;
  private readonly files = new Map<number, PowerFile>();
  private controller: Controller | undefined;

  constructor(options: PowerKvmOptions) {
    this.options = options;
    this.memory = new HostMemory(queueMemory(options.memory));
    this.host = new HostXive({ ...options, memory: this.memory });
    this.slots = MemorySlots.whole(options.memory.size, USER_RAM, powerSlotRules);
    this.pages = new GuestPages(options.memory.size, options.pageShift, this.slots);
    this.irqfds = new Irqfds(this.files, (irq, level) =>
      (this.controller ? setKvmIrq(this.controller, irq, level) : errno.ENODEV));
    this.vmFd = this.open({ kind: "vm" });
  }

  /** KVM_CREATE_VCPU. */
  createVcpu(id: number): number {
    const doorbell = new Doorbell(this.options.defects ?? noDefects);
    return this.open({ kind: "vcpu", id, doorbell, connection: undefined });
  }

  /** Another descriptor of the process, which connecting a vCPU refuses. */
  openOther(kind: OtherFile["kind"]): number {
    return this.open({ kind });
  }

  /** A new eventfd with its counter at 0. */
  openEventfd(): number {
    return this.open({ kind: "eventfd", count: 0n });
  }
  /** Adds 1 to an eventfd's counter; the caller runs `irqfds.runDue` when its worker would. */
  signalEventfd(fd: number): void {
    const file = this.files.get(fd);
    if (file?.kind === "eventfd") this.irqfds.signal(file);
  }

  /** The controller there is, if any. */
  get device(): Controller | undefined {
    return this.controller;
  }

  /** How a vCPU is connected, by its descriptor. */
  connection(fd: number): ConnectedVcpu | undefined {
    const file = this.files.get(fd);
    return file?.kind === "vcpu" ? connected(file)?.vcpu : undefined;
  }

  /** IPB in the registers kept of a virtual processor, by NVT index; 0 while a thread runs it. */
  keptIpb(nvt: number): number {
    for (const { vp, isPushed, saved } of this.controller?.vcpus.values() ?? NO_VCPUS)
      if (this.host.cam(vp) === nvt) return isPushed ? 0 : saved[IPB]!;
    return 0;
  }

  /** The doorbell of a vCPU, by its descriptor. */
  doorbell(fd: number): Doorbell | undefined {
    const file = this.files.get(fd);
    return file?.kind === "vcpu" ? file.doorbell : undefined;
  }

  /** One ioctl. `argument` is an unsigned 64-bit number, usually a user address. */
  ioctl(fd: number, request: number, argument: bigint): number {
    const file = this.files.get(fd);
    if (!file) return errno.EBADF;
    if (file.kind === "vm") return this.vmIoctl(request, argument);
    if (file.kind === "vcpu") return this.vcpuIoctl(file, request, argument);
    if (file.kind === "device") return this.deviceIoctl(file.device, request, argument);
    return errno.ENOTTY;
  }

  /** close(2). A controller goes with its descriptor, and another can be created. */
  close(fd: number): number {
    const file = this.files.get(fd);
    if (!file) return errno.EBADF;
    this.files.delete(fd);
    if (file.kind === "eventfd") this.irqfds.closed(file);
    if (file.kind !== "device") return 0;
    // There is one controller at a time, so no vCPU is connected to another.
    for (const other of this.files.values()) if (other.kind === "vcpu") other.connection = undefined;
    file.device.destroy();
    this.controller = undefined;
    return 0;
  }

  /** mmap(2) of a descriptor; offset and length in pages. */
  mmap(fd: number, pageOffset: number, pages: number): Result<XiveMapping, number> {
    const file = this.files.get(fd);
    if (!file) return refuse(errno.EBADF);
    const isNative = file.kind === "device" && file.device instanceof XiveNative;
    return isNative ? mapXive(pageOffset, pages) : refuse(errno.ENODEV);
  }

  private vmIoctl(request: number, argument: bigint): number {
    switch (request) {
      case powerIoctl.KVM_CHECK_EXTENSION: return this.checkExtension(Number(argument));
      case powerIoctl.KVM_CREATE_DEVICE: return this.createDevice(argument);
      case powerIoctl.KVM_IRQ_LINE: return this.setIrqLine(argument);
      case powerIoctl.KVM_IRQFD: {
        const wanted = this.copyIn(powerIrqfd, argument);
        return wanted ? this.irqfds.request(wanted, this.options.allocate ?? (() => true)) : errno.EFAULT;
      }
      case powerIoctl.KVM_SET_USER_MEMORY_REGION:
        return setMemoryRegion(this.slots, this.options.user, argument, powerMemoryRegion);
      case powerIoctl.KVM_GET_DIRTY_LOG:
        return getDirtyLog(this.slots, this.options.user, argument, powerDirtyLog);
      default: return errno.ENOTTY;
    }
  }

  private vcpuIoctl(vcpu: PowerVcpu, request: number, argument: bigint): number {
    switch (request) {
      case powerIoctl.KVM_ENABLE_CAP: return this.connect(vcpu, argument);
      case powerIoctl.KVM_GET_ONE_REG: return this.oneReg(vcpu, argument, "get");
      case powerIoctl.KVM_SET_ONE_REG: return this.oneReg(vcpu, argument, "set");
      default: return errno.ENOTTY;
    }
  }

  private deviceIoctl(device: Controller, request: number, argument: bigint): number {
    const isKnown = request === powerIoctl.KVM_SET_DEVICE_ATTR || request === powerIoctl.KVM_GET_DEVICE_ATTR
      || request === powerIoctl.KVM_HAS_DEVICE_ATTR;
    if (!isKnown) return errno.ENOTTY;
    const given = this.copyIn(powerDeviceAttr, argument);
    if (!given) return errno.EFAULT;
    const { group, attr, addr } = given;
    if (request === powerIoctl.KVM_SET_DEVICE_ATTR) return device.setAttr(group, attr, addr);
    if (request === powerIoctl.KVM_GET_DEVICE_ATTR) return device.getAttr(group, attr, addr);
    return device.hasAttr(group, attr);
  }

  private checkExtension(wanted: number): number {
    if (ALWAYS.has(wanted)) return 1;
    if (wanted === KVM_CAP_NR_MEMSLOTS) return USER_SLOTS;
    return wanted === KVM_CAP_PPC_IRQ_XIVE && this.hasXive ? 1 : 0;
  }

  private get hasXive(): boolean {
    return this.options.hasXive ?? true;
  }

  private createDevice(argument: bigint): number {
    const wanted = this.copyIn(powerCreateDevice, argument);
    if (!wanted) return errno.EFAULT;
    const isXive = wanted.type === KVM_DEV_TYPE_XIVE && this.hasXive;
    if (!isXive && wanted.type !== KVM_DEV_TYPE_XICS) return errno.ENODEV;
    if (wanted.flags & KVM_CREATE_DEVICE_TEST) return 0;
    if (this.controller) return errno.EEXIST;
    const { singleEscalation, defects, allocate, user } = this.options;
    if (!(allocate?.(4096) ?? true)) return errno.ENOMEM;
    const shared = { host: this.host, user, singleEscalation, defects, allocate };
    this.controller = isXive
      ? new XiveNative({ ...shared, pages: this.pages })
      : new Xics({ ...shared, memory: this.memory });
    const fd = this.open({ kind: "device", device: this.controller });
    return this.options.user.write(argument, powerCreateDevice.encode({ ...wanted, fd })) ? 0 : errno.EFAULT;
  }

  /** KVM_ENABLE_CAP of a vCPU: connects it to a controller as a server. */
  private connect(vcpu: PowerVcpu, argument: bigint): number {
    const wanted = this.copyIn(powerEnableCap, argument);
    if (!wanted) return errno.EFAULT;
    if (wanted.flags !== 0) return errno.EINVAL;
    const isXive = wanted.cap === KVM_CAP_PPC_IRQ_XIVE;
    if (!isXive && wanted.cap !== KVM_CAP_IRQ_XICS) return errno.EINVAL;
    const file = this.files.get(Number(BigInt.asIntN(32, wanted.fd)));
    if (!file) return errno.EBADF;
    if (isXive && !this.hasXive) return errno.ENXIO;
    const device = file.kind === "device" ? file.device : undefined;
    if (!device || device instanceof XiveNative !== isXive) return errno.EPERM;
    if (connected(vcpu)) return errno.EBUSY;
    const server = Number(BigInt.asUintN(32, wanted.server));
    const refused = device.connect(server);
    if (refused) return refused;
    vcpu.connection = { device, server };
    return 0;
  }

  private oneReg(vcpu: PowerVcpu, argument: bigint, direction: Direction): number {
    const wanted = this.copyIn(powerOneReg, argument);
    if (!wanted) return errno.EFAULT;
    const owner = { doorbell: vcpu.doorbell, connection: connected(vcpu) };
    return oneRegister(owner, this.options.user, wanted.id, wanted.addr, direction);
  }

  /** The result of raising is handed back in the structure; the call itself succeeds. */
  private setIrqLine(argument: bigint): number {
    const wanted = this.copyIn(powerIrqLevel, argument);
    if (!wanted) return errno.EFAULT;
    if (!this.controller) return errno.ENXIO;
    const result = setKvmIrq(this.controller, wanted.irq, wanted.level | 0);
    const reply = powerIrqLevel.encode({ ...wanted, irq: result >>> 0 });
    return this.options.user.write(argument, reply) ? 0 : errno.EFAULT;
  }

  private open(file: PowerFile): number {
    let fd = 3;
    while (this.files.has(fd)) fd++;
    this.files.set(fd, file);
    return fd;
  }

  private copyIn<F extends Fields>(layout: Struct<F>, address: bigint): Decoded<F> | undefined {
    const bytes = this.options.user.read(address, layout.size);
    return bytes && layout.decode(bytes);
  }
}

/** How a vCPU is connected now; not at all where a loaded controller knows no such server. */
function connected({ connection }: PowerVcpu): RegisterOwner["connection"] {
  const vcpu = connection?.device.vcpus.get(connection.server);
  return connection && vcpu && { device: connection.device, vcpu };
}

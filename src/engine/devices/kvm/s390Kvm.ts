/**
 * KVM on s390 as a VMM sees it: file descriptors, ioctl numbers and structures in the caller's memory,
 * answered with 0, a count or a negative errno in the kernel's order of checks
 * (Documentation/virt/kvm/api.rst).
 *
 * One instance is one VM. The machine's own devices use the controller behind it (`flic`) directly; both ways
 * meet there.
 */
import { errno } from "../../api/errno.ts";
import { capability, enableCap } from "../../uapi/capability.ts";
import {
  KVM_CREATE_DEVICE_TEST, KVM_DEV_TYPE_FLIC, createDevice, deviceAttr,
} from "../../uapi/deviceAttr.ts";
import { ioctl } from "../../uapi/ioctl.ts";
import {
  KVM_MAX_IRQ_ROUTES, irqRouting, irqRoutingEntry, irqfd,
} from "../../uapi/irqRouting.ts";
import { KVM_S390_IRQ_SIZE, irqState, s390Interrupt } from "../../uapi/s390Interrupt.ts";
import type { Decoded, Fields, Struct } from "../../uapi/struct.ts";
import type { UserMemory } from "../../uapi/userMemory.ts";
import type { ApFacilities } from "../ap/pqap.ts";
import { getFlicAttr, hasFlicAttr, setFlicAttr, type CallerPort } from "../flic/attrs.ts";
import { Flic } from "../flic/flic.ts";
import type { FlicOptions } from "../flic/flicOptions.ts";
import { decodeLocal, legacyFloating, legacyLocal } from "../flic/irqCodec.ts";
import { getIrqState, setIrqState } from "../flic/irqState.ts";
import { buildRoutes, type RoutingRequest } from "../flic/routes.ts";
import type { VcpuPort } from "../flic/vcpuPort.ts";
import { checkExtension } from "./capabilities.ts";
import { Files, type EventFile } from "./files.ts";
import { Irqfds } from "./irqfds.ts";
import { KvmApVm, type ApVmOptions } from "./kvmApVm.ts";
import { getCmmaBits, getDirtyLog, setMemoryRegion } from "./memoryCalls.ts";
import { MemorySlots } from "./memorySlots.ts";
import { StorageAttributes, type StorageAttributeQuirks } from "./storageAttributes.ts";
import { getVmAttribute, hasVmAttribute, setVmAttribute, type AttributedVm } from "./vmAttributes.ts";
import { VmFacilities, facilityNumber } from "./vmFacilities.ts";

export interface S390KvmOptions extends Omit<FlicOptions, "pages"> {
  /** The VMM's memory, for every structure an ioctl takes. */
  readonly user: UserMemory;
  /** Default: one slot with all of `memory`. */
  readonly slots?: MemorySlots;
  /** Facilities that the host lets a guest have, among those of `vmFacilities.ts` but AIS. Default: all. */
  readonly facilities?: readonly number[];
  readonly ap?: ApVmOptions;
  readonly storageQuirks?: StorageAttributeQuirks;
  /** False makes the kernel fail an allocation of so many bytes; for failure tests. */
  readonly allocate?: (bytes: number) => boolean;
}

/** Who calls: another process that inherited a descriptor gets -EIO. */
export type Caller = "owner" | "other-process";

export class S390Kvm {
  readonly flic: Flic;
  readonly files = new Files();
  readonly slots: MemorySlots;
  readonly irqfds: Irqfds;
  readonly vmFd: number;
  /** The VM has suffered a fatal error: every ioctl is -EIO. */
  dead = false;
  /** AP passthrough's view of this VM. */
  readonly ap: KvmApVm;
  readonly facilities: VmFacilities;
  readonly attributes: StorageAttributes;
  private readonly port: CallerPort;
  private hasFlic = false;
  private canCreateIrqchip = false;

  constructor(options: S390KvmOptions) {
    this.slots = options.slots ?? MemorySlots.whole(options.memory.size);
    this.flic = new Flic({ ...options, pages: this.slots });
    const { APFT, AQIC, MSA3 } = facilityNumber;
    this.facilities = new VmFacilities(options.facilities ?? [APFT, AQIC, MSA3]);
    this.ap = new KvmApVm(this.flic, this.slots, this.facilities.has(MSA3), options.ap);
    this.attributes = new StorageAttributes(this.slots, options.storageQuirks);
    this.irqfds = new Irqfds(this.files, (gsi, level) => this.flic.signalGsi(gsi, level));
    this.port = { user: options.user, allocate: options.allocate ?? (() => true) };
    this.vmFd = this.files.add({ kind: "vm" });
  }

  /** Attaches a CPU (KVM_CREATE_VCPU) and returns its descriptor. */
  attachVcpu(port: VcpuPort): number {
    this.flic.attachVcpu(port);
    return this.files.add({ kind: "vcpu", cpu: port.id });
  }

  /** A new eventfd with its counter at `count`. */
  openEventfd(count = 0n): number {
    return this.files.add({ kind: "eventfd", count });
  }

  /** Adds to an eventfd's counter; the caller runs `irqfds.runDue` when its worker would. */
  signalEventfd(fd: number): void {
    const file = this.files.get(fd);
    if (file?.kind === "eventfd") this.irqfds.signal(file);
  }

  eventfdGsis(fd: number): number[] {
    return this.irqfds.boundTo(this.files.get(fd) as EventFile);
  }

  /** One ioctl. `argument` is the third argument as an unsigned 64-bit number, usually a user address. */
  ioctl(fd: number, request: number, argument: bigint, caller: Caller = "owner"): number {
    const file = this.files.get(fd);
    if (!file) return errno.EBADF;
    if (file.kind === "eventfd" || file.kind === "regular") return errno.ENOTTY;
    if (this.dead || caller === "other-process") return errno.EIO;
    switch (file.kind) {
      case "vm": return this.vmIoctl(request, argument);
      case "vcpu": return this.vcpuIoctl(file.cpu, request, argument);
      case "flic": return this.flicIoctl(request, argument);
    }
  }

  /** What of AP the CPU model offers now. */
  apFacilities(): ApFacilities {
    const { APFT, AQIC } = facilityNumber;
    const { hostHasAp } = this.ap;
    return { hostHasAp, apft: this.facilities.has(APFT), aqic: this.facilities.has(AQIC) };
  }

  /** close(2). Closing the controller's descriptor leaves the controller. */
  close(fd: number): number {
    const file = this.files.get(fd);
    if (file?.kind === "eventfd") this.irqfds.closed(file);
    return this.files.close(fd);
  }

  /** mmap(2) of the controller's descriptor. */
  mmapFlic(): number {
    return errno.ENODEV;
  }

  /** KVM_SET_DEVICE_ATTR on the controller without the structure around it. */
  setAttr(group: number, attr: bigint, addr: bigint, flags = 0): number {
    return setFlicAttr(this.flic, this.port, { flags, group, attr, addr });
  }
  /** KVM_GET_DEVICE_ATTR likewise; GET_ALL_IRQS returns the number of entries. */
  getAttr(group: number, attr: bigint, addr: bigint, flags = 0): number {
    return getFlicAttr(this.flic, this.port, { flags, group, attr, addr });
  }
  /** KVM_HAS_DEVICE_ATTR likewise. */
  hasAttr(group: number): number {
    return hasFlicAttr(this.flic, group);
  }

  private flicIoctl(request: number, argument: bigint): number {
    const isKnown = request === ioctl.KVM_SET_DEVICE_ATTR || request === ioctl.KVM_GET_DEVICE_ATTR
      || request === ioctl.KVM_HAS_DEVICE_ATTR;
    if (!isKnown) return errno.ENOTTY;
    const attribute = this.copyIn(deviceAttr, argument);
    if (!attribute) return errno.EFAULT;
    if (request === ioctl.KVM_HAS_DEVICE_ATTR) return hasFlicAttr(this.flic, attribute.group);
    return request === ioctl.KVM_SET_DEVICE_ATTR
      ? setFlicAttr(this.flic, this.port, attribute)
      : getFlicAttr(this.flic, this.port, attribute);
  }

  private vmIoctl(request: number, argument: bigint): number {
    switch (request) {
      case ioctl.KVM_CHECK_EXTENSION: return checkExtension(this.flic.profile, Number(argument));
      case ioctl.KVM_ENABLE_CAP: return this.enableCapability(argument);
      case ioctl.KVM_CREATE_DEVICE: return this.createDevice(argument);
      case ioctl.KVM_CREATE_IRQCHIP:
        if (!this.canCreateIrqchip) return errno.EINVAL;
        this.flic.routes = new Map();
        return 0;
      case ioctl.KVM_SET_GSI_ROUTING: return this.setGsiRouting(argument);
      case ioctl.KVM_IRQFD: {
        const wanted = this.copyIn(irqfd, argument);
        return wanted ? this.irqfds.request(wanted, this.port.allocate) : errno.EFAULT;
      }
      case ioctl.KVM_S390_INTERRUPT: return this.injectLegacyFloating(argument);
      case ioctl.KVM_SET_DEVICE_ATTR:
      case ioctl.KVM_GET_DEVICE_ATTR:
      case ioctl.KVM_HAS_DEVICE_ATTR: return this.vmAttribute(request, argument);
      case ioctl.KVM_SET_USER_MEMORY_REGION: return setMemoryRegion(this.slots, this.port.user, argument);
      case ioctl.KVM_GET_DIRTY_LOG: return getDirtyLog(this.slots, this.port.user, argument);
      case ioctl.KVM_S390_GET_CMMA_BITS: return getCmmaBits(this.attributes, this.port.user, argument);
      default: return errno.ENOTTY;
    }
  }

  private vcpuIoctl(cpu: number, request: number, argument: bigint): number {
    switch (request) {
      case ioctl.KVM_S390_INTERRUPT: {
        const given = this.copyIn(s390Interrupt, argument);
        if (!given) return errno.EFAULT;
        const interrupt = legacyLocal(given.type, given.parm, given.parm64);
        return interrupt ? this.flic.injectLocal(cpu, interrupt) : errno.EINVAL;
      }
      case ioctl.KVM_S390_IRQ: {
        const bytes = this.port.user.read(argument, KVM_S390_IRQ_SIZE);
        if (!bytes) return errno.EFAULT;
        const interrupt = decodeLocal(bytes);
        return interrupt ? this.flic.injectLocal(cpu, interrupt) : errno.EINVAL;
      }
      case ioctl.KVM_S390_GET_IRQ_STATE:
      case ioctl.KVM_S390_SET_IRQ_STATE: {
        const state = this.copyIn(irqState, argument);
        if (!state) return errno.EFAULT;
        const move = request === ioctl.KVM_S390_GET_IRQ_STATE ? getIrqState : setIrqState;
        return move(this.flic, this.port, cpu, state.buf, state.len);
      }
      default: return errno.ENOTTY;
    }
  }

  private createDevice(argument: bigint): number {
    const wanted = this.copyIn(createDevice, argument);
    if (!wanted) return errno.EFAULT;
    if (wanted.type !== KVM_DEV_TYPE_FLIC) return errno.ENODEV;
    let { fd } = wanted;
    if (!(wanted.flags & KVM_CREATE_DEVICE_TEST)) {
      if (!this.port.allocate(256)) return errno.ENOMEM;
      if (this.hasFlic) return errno.EINVAL;
      const opened = this.files.add({ kind: "flic" });
      if (opened < 0) return opened;
      this.hasFlic = true;
      fd = opened;
    }
    const reply = createDevice.encode({ ...wanted, fd: fd >>> 0 });
    return this.port.user.write(argument, reply) ? 0 : errno.EFAULT;
  }

  private enableCapability(argument: bigint): number {
    const wanted = this.copyIn(enableCap, argument);
    if (!wanted) return errno.EFAULT;
    if (wanted.flags !== 0) return errno.EINVAL;
    if (wanted.cap === capability.KVM_CAP_S390_IRQCHIP) {
      this.canCreateIrqchip = true;
      return 0;
    }
    if (wanted.cap !== capability.KVM_CAP_S390_AIS) return errno.EINVAL;
    const result = this.facilities.enableAis(this.flic.vcpus.slots.length > 0);
    this.flic.facility72 = this.facilities.has(facilityNumber.AIS);
    return result;
  }

  private vmAttribute(request: number, argument: bigint): number {
    const attribute = this.copyIn(deviceAttr, argument);
    if (!attribute) return errno.EFAULT;
    const { crycb, hostHasAp } = this.ap;
    const hasCpus = this.flic.vcpus.slots.length > 0;
    const { facilities, attributes, port: { user } } = this;
    const vm: AttributedVm = { crycb, hostHasAp, facilities, attributes, hasCpus, user };
    if (request === ioctl.KVM_HAS_DEVICE_ATTR) return hasVmAttribute(vm, attribute);
    if (request === ioctl.KVM_GET_DEVICE_ATTR) return getVmAttribute(vm, attribute);
    const result = setVmAttribute(vm, attribute);
    this.flic.facility72 = this.facilities.has(facilityNumber.AIS);
    return result;
  }

  private setGsiRouting(argument: bigint): number {
    const header = this.copyIn(irqRouting, argument);
    if (!header) return errno.EFAULT;
    if (header.nr > KVM_MAX_IRQ_ROUTES || header.flags !== 0) return errno.EINVAL;
    const requests: RoutingRequest[] = [];
    if (header.nr > 0) {
      const length = header.nr * irqRoutingEntry.size;
      if (!this.port.allocate(length)) return errno.ENOMEM;
      const bytes = this.port.user.read(argument + BigInt(irqRouting.size), length);
      if (!bytes) return errno.EFAULT;
      for (let at = 0; at < length; at += irqRoutingEntry.size) requests.push(decodeRoute(bytes, at));
    }
    const table = buildRoutes(requests, this.slots, this.flic.profile);
    if (!table.ok) return table.error;
    this.flic.routes = table.value;
    return 0;
  }

  private injectLegacyFloating(argument: bigint): number {
    const given = this.copyIn(s390Interrupt, argument);
    if (!given) return errno.EFAULT;
    if (!this.port.allocate(s390Interrupt.size)) return errno.ENOMEM;
    const interrupt = legacyFloating(given.type, given.parm, given.parm64);
    return interrupt ? this.flic.enqueue(interrupt) : errno.EINVAL;
  }

  private copyIn<F extends Fields>(layout: Struct<F>, address: bigint): Decoded<F> | undefined {
    const bytes = this.port.user.read(address, layout.size);
    return bytes && layout.decode(bytes);
  }
}

function decodeRoute(bytes: Uint8Array, at: number): RoutingRequest {
  const entry = irqRoutingEntry.decode(bytes, at);
  return {
    gsi: entry.gsi, type: entry.type, flags: entry.flags, indAddress: entry["u.adapter.ind_addr"],
    summaryAddress: entry["u.adapter.summary_addr"], indOffset: entry["u.adapter.ind_offset"],
    summaryOffset: entry["u.adapter.summary_offset"], adapterId: entry["u.adapter.adapter_id"],
  };
}

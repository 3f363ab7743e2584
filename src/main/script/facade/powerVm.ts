/** KVM's VM on POWER9 for scripts: every call is an ioctl with its structure in the VMM's memory. */
import * as v from "valibot";
import type {
  EsbPage, PowerVm as PowerVmApi,
} from "../../../../resources/scripts/api/power.d.ts";
import type { BytesReply, Reply } from "../../../../resources/scripts/api/values.d.ts";
import { PlacedMemory } from "../../../engine/deviceMachine/placedMemory.ts";
import { listenToXics, xiveLedger } from "../../../engine/deviceMachine/powerDeviceMachine.ts";
import { PowerKvm, type PowerKvmOptions } from "../../../engine/devices/kvm/powerKvm.ts";
import { XiveMonitor } from "../../../engine/devices/kvm/xiveMonitor.ts";
import { XiveNative } from "../../../engine/devices/kvm/xiveNative.ts";
import { xicsRtas } from "../../../engine/devices/xics/rtas.ts";
import { Xics } from "../../../engine/devices/xics/xics.ts";
import type { XiveLedger } from "../../../engine/ledger/xiveLedger.ts";
import { GuestMemory } from "../../../engine/memory/guestMemory.ts";
import {
  powerCreateDevice, powerDeviceAttr, powerDirtyLog, powerIoctl, powerIrqLevel, powerIrqfd,
  powerMemoryRegion,
} from "../../../engine/uapi/powerIoctl.ts";
import * as xive from "../../../engine/uapi/xive.ts";
import { ScriptRefusal, type MethodTable } from "../hostObjects.ts";
import { bytes, length, name, nameOrNumber, none, reply, u32, wholeTo } from "./arguments.ts";
import { xicsGroups, xiveGroups } from "./attributeGroups.ts";
import { WithBooks, booksMethods, type KeptBooks } from "./books.ts";
import { bitmapBytes, framesOf } from "./dirtyBitmap.ts";
import { KvmDevice, type AttributePort } from "./kvmDevice.ts";
import { PowerVcpu, type VcpuOwner } from "./powerVcpu.ts";
import { irqfdShape, regionShape } from "./s390Methods.ts";
import { numberIn } from "./s390Vm.ts";

/** Bytes of guest memory. */
export const POWER_RAM = 0x400000;
/** Where arguments of calls, what they point to, and what a monitor of the device needs are placed. */
const ARGUMENT = 0x6000_0000n;
const BUFFER = 0x6100_0000n;
const MONITOR = 0x6200_0000n;
const MONITOR_BYTES = 64;
const BITMAP_BYTES_MAX = 0x1000;
const VCPUS_MAX = 64;
const EVENTFDS_MAX = 1000;
/** Bits of a frame number: pages of 64 KiB. */
const FRAME = 16n;
const capabilities = {
  KVM_CAP_IRQ_XICS: xive.KVM_CAP_IRQ_XICS, KVM_CAP_PPC_IRQ_XIVE: xive.KVM_CAP_PPC_IRQ_XIVE,
};
const types = { XIVE: xive.KVM_DEV_TYPE_XIVE, XICS: xive.KVM_DEV_TYPE_XICS };

/** Checked: beyond the memory is a sentence, not an assertion. */
export function within(address: number, size: number): void {
  if (address + size > POWER_RAM)
    throw new ScriptRefusal(`Guest memory has ${POWER_RAM} bytes; ${address} + ${size} is beyond them.`);
}

export class PowerVm extends WithBooks implements PowerVmApi, VcpuOwner {
  readonly fd: number;
  readonly user = new PlacedMemory();
  readonly kvm: PowerKvm;
  private readonly memory = GuestMemory.standalone(POWER_RAM);
  private readonly devices = new Set<KvmDevice>();
  private readonly ledgerOfHost: XiveLedger;
  private vcpus = 0;
  private eventfds = 0;

  constructor(options: Pick<PowerKvmOptions, "hasXive" | "singleEscalation" | "defects">) {
    super();
    this.kvm = new PowerKvm({ memory: this.memory, user: this.user, ...options });
    this.fd = this.kvm.vmFd;
    this.ledgerOfHost = xiveLedger(this.kvm.host.chip, (nvt) => this.kvm.keptIpb(nvt));
  }

  protected books(): KeptBooks {
    return this.ledgerOfHost;
  }

  checkExtension(capability: string | number): number {
    const number = numberIn(capabilities, capability, "capability");
    return this.kvm.ioctl(this.fd, powerIoctl.KVM_CHECK_EXTENSION, BigInt(number));
  }

  createDevice(type: "XIVE" | "XICS" | number, flags = 0): Reply & { device?: KvmDevice } {
    const number = numberIn(types, type, "device type");
    const answer = this.call(powerIoctl.KVM_CREATE_DEVICE, powerCreateDevice.encode({ type: number, flags }));
    const { fd } = powerCreateDevice.decode(this.user.read(ARGUMENT, powerCreateDevice.size)!);
    if (answer.result !== 0 || fd === 0) return answer;
    listenToXics(this.kvm, this.ledgerOfHost);
    const isXive = number === types.XIVE;
    const groups = isXive ? xiveGroups : xicsGroups;
    const device = new KvmDevice(fd, isXive ? "XIVE" : "XICS", groups, this.attributesOf(fd));
    this.devices.add(device);
    return { ...answer, device };
  }
  owns(device: KvmDevice): boolean {
    return this.devices.has(device);
  }

  createVcpu(id: number): PowerVcpu {
    if (this.vcpus === VCPUS_MAX) throw new ScriptRefusal(`A VM here has at most ${VCPUS_MAX} vCPUs.`);
    return new PowerVcpu(this, this.kvm.createVcpu(id), id, this.vcpus++);
  }

  irqLine(irq: number, level: number): Reply {
    const answer = this.call(powerIoctl.KVM_IRQ_LINE, powerIrqLevel.encode({ irq, level: level >>> 0 }));
    if (answer.result !== 0) return answer;
    return reply(powerIrqLevel.decode(this.user.read(ARGUMENT, powerIrqLevel.size)!).irq | 0);
  }

  openEventfd(): number {
    if (++this.eventfds > EVENTFDS_MAX)
      throw new ScriptRefusal(`A VM here has at most ${EVENTFDS_MAX} eventfds.`);
    return this.kvm.openEventfd();
  }
  irqfd(request: { fd: number; gsi: number; flags?: number; resamplefd?: number }): Reply {
    const answer = this.call(powerIoctl.KVM_IRQFD, powerIrqfd.encode(request));
    this.kvm.irqfds.runDue();
    return answer;
  }
  signalEventfd(fd: number): number[] {
    this.kvm.signalEventfd(fd);
    return this.kvm.irqfds.runDue();
  }

  setMemoryRegion(
    region: { slot: number; flags?: number; guestAddress: bigint; size: bigint; userAddress: bigint },
  ): Reply {
    return this.call(powerIoctl.KVM_SET_USER_MEMORY_REGION, powerMemoryRegion.encode({
      slot: region.slot, flags: region.flags ?? 0, guest_phys_addr: region.guestAddress,
      memory_size: region.size, userspace_addr: region.userAddress,
    }));
  }
  memoryRegions(): ReturnType<PowerVmApi["memoryRegions"]> {
    return this.kvm.slots.list().map((slot) => ({ ...slot }));
  }
  getDirtyLog(slot: number): BytesReply & { frames: bigint[] } {
    const region = this.kvm.slots.list().find((one) => one.slot === slot);
    // A slot beyond what the buffer has room for is larger than memory: its log faults.
    const size = Math.min(bitmapBytes(region, FRAME), BITMAP_BYTES_MAX);
    this.user.place(BUFFER, new Uint8Array(size));
    const answer = this.call(
      powerIoctl.KVM_GET_DIRTY_LOG, powerDirtyLog.encode({ slot, dirty_bitmap: BUFFER }));
    const bytes = this.user.read(BUFFER, size)!;
    return { ...answer, bytes, frames: framesOf(bytes, region, FRAME) };
  }

  mmap(fd: number, pageOffset: number, pages: number): Reply & { area?: "tima" | "esb" } {
    const mapping = this.kvm.mmap(fd, pageOffset, pages);
    return mapping.ok ? { ...reply(0), area: mapping.value.area } : reply(mapping.error);
  }

  loadEsb(irq: number, page: EsbPage, offset: number): number | undefined {
    return this.monitor().loadEsb(irq, page, offset);
  }
  storeEsb(irq: number, page: EsbPage, offset: number): boolean {
    return this.monitor().storeEsb(irq, page, offset);
  }

  rtas(call: string, args: readonly number[], results: number): number[] {
    const { device } = this.kvm;
    if (!(device instanceof Xics)) throw new ScriptRefusal("This VM has no XICS to make RTAS calls about.");
    const answer = xicsRtas(device, call, { args, results });
    if (!answer) throw new ScriptRefusal(`There is no RTAS call "${call}" about XICS.`);
    return [...answer];
  }

  readMemory(address: number, size: number): Uint8Array {
    within(address, size);
    return this.memory.read(address, size);
  }
  writeMemory(address: number, given: Uint8Array): void {
    within(address, given.length);
    this.memory.write(address, given, "loader");
  }
  takeDirtyFrames(): bigint[] {
    return this.kvm.pages.takeDirty();
  }
  close(fd: number): Reply {
    return reply(this.kvm.close(fd));
  }

  private monitor(): XiveMonitor {
    const { device } = this.kvm;
    if (!(device instanceof XiveNative))
      throw new ScriptRefusal("This VM has no XIVE device, so no pages of sources are mapped.");
    return new XiveMonitor(device, this.user.place(MONITOR, new Uint8Array(MONITOR_BYTES)));
  }

  private call(request: number, argument: Uint8Array): Reply {
    return reply(this.kvm.ioctl(this.fd, request, this.user.place(ARGUMENT, argument)));
  }

  private attributesOf(fd: number): AttributePort {
    const call = (request: number, group: number, attr: bigint, buffer: Uint8Array | undefined): number => {
      // Without a buffer the address faults.
      const addr = buffer ? this.user.place(BUFFER, buffer) : 0xdead_0000_0000n;
      const argument = powerDeviceAttr.encode({ group, attr, addr });
      return this.kvm.ioctl(fd, request, this.user.place(ARGUMENT, argument));
    };
    return {
      has: (group, attr) => call(powerIoctl.KVM_HAS_DEVICE_ATTR, group, attr, undefined),
      set: (group, attr, buffer) => call(powerIoctl.KVM_SET_DEVICE_ATTR, group, attr, buffer),
      get: (group, attr, buffer) => {
        const result = call(powerIoctl.KVM_GET_DEVICE_ATTR, group, attr, buffer);
        return { result, bytes: buffer ?? new Uint8Array() };
      },
    };
  }
}

export const esbPage = v.picklist(["trigger", "management"]);
export const esbOffset = wholeTo(0xffff);

export const powerVmMethods: MethodTable<PowerVmApi> = {
  ...booksMethods,
  checkExtension: v.strictTuple([nameOrNumber]),
  createDevice: v.strictTuple([v.union([v.picklist(["XIVE", "XICS"]), u32]), v.optional(u32)]),
  createVcpu: v.strictTuple([u32]),
  openEventfd: none,
  irqfd: v.strictTuple([irqfdShape]),
  signalEventfd: v.strictTuple([u32]),
  setMemoryRegion: v.strictTuple([regionShape]),
  memoryRegions: none,
  getDirtyLog: v.strictTuple([u32]),
  irqLine: v.strictTuple([u32, wholeTo(0x7fff_ffff, -3)]),
  mmap: v.strictTuple([u32, u32, u32]),
  loadEsb: v.strictTuple([u32, esbPage, esbOffset]),
  storeEsb: v.strictTuple([u32, esbPage, esbOffset]),
  rtas: v.strictTuple([name, v.pipe(v.array(u32), v.maxLength(16)), wholeTo(16)]),
  readMemory: v.strictTuple([u32, length]),
  writeMemory: v.strictTuple([u32, bytes]),
  takeDirtyFrames: v.strictTuple([]),
  close: v.strictTuple([u32]),
};

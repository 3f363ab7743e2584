/** KVM's VM on s390 for scripts: every call is an ioctl with its structure in the VMM's memory. */
import type {
  AdapterRoute, Gisa, KernelProfileName, RawRoute, S390Vm as S390VmApi,
} from "../../../../resources/scripts/api/s390.d.ts";
import type { BytesReply, Reply } from "../../../../resources/scripts/api/values.d.ts";
import { errno } from "../../../engine/api/errno.ts";
import { join } from "../../../engine/base/hex.ts";
import { RegisterCpu } from "../../../engine/deviceMachine/registerCpu.ts";
import { RAM, type S390DeviceMachine } from "../../../engine/deviceMachine/s390DeviceMachine.ts";
import { capability as capabilities, enableCap } from "../../../engine/uapi/capability.ts";
import { KVM_DEV_TYPE_FLIC, createDevice, deviceAttr } from "../../../engine/uapi/deviceAttr.ts";
import { ioctl } from "../../../engine/uapi/ioctl.ts";
import {
  KVM_IRQ_ROUTING_S390_ADAPTER, dirtyLog, irqRouting, irqRoutingEntry, irqfd, userMemoryRegion,
} from "../../../engine/uapi/irqRouting.ts";
import { CMMA_VALUES_MAX } from "../../../engine/devices/kvm/memoryCalls.ts";
import { KVM_S390_CMMA_PEEK, cmmaLog } from "../../../engine/uapi/s390Memory.ts";
import { s390Interrupt } from "../../../engine/uapi/s390Interrupt.ts";
import { ScriptRefusal } from "../hostObjects.ts";
import { reply } from "./arguments.ts";
import { typeNumber } from "./codecs.ts";
import { WithBooks, type KeptBooks } from "./books.ts";
import { flicGroups } from "./attributeGroups.ts";
import { bitmapBytes, framesOf } from "./dirtyBitmap.ts";
import { KvmDevice, type AttributePort } from "./kvmDevice.ts";
import { ARGUMENT, BUFFER, S390Vcpu } from "./s390Vcpu.ts";

const CPUS_MAX = 64;
/** Of an entry of a routing table. */
export const ROUTE_UNION_BYTES = 32;
/** In the VMM's memory, by `placeUser`, all together. */
const PLACED_BYTES_MAX = 4 * 2 ** 20;
/** Bits of a frame number. */
const FRAME = 12n;

export class S390Vm extends WithBooks implements S390VmApi {
  readonly fd: number;
  readonly profile: KernelProfileName;
  protected readonly machine: S390DeviceMachine;
  private readonly vcpus: S390Vcpu[];
  private placed = 0;

  constructor(machine: S390DeviceMachine) {
    super();
    this.machine = machine;
    this.fd = machine.kvm.vmFd;
    this.profile = machine.kvm.flic.profile.name;
    this.vcpus = machine.cpus.map((cpu, n) => new S390Vcpu(machine, cpu, machine.cpuFds[n]!));
  }

  checkExtension(capability: string | number): number {
    const number = numberIn(capabilities, capability, "capability");
    return this.machine.kvm.ioctl(this.fd, ioctl.KVM_CHECK_EXTENSION, BigInt(number));
  }

  capabilities(): Record<string, number> {
    return Object.fromEntries(Object.keys(capabilities).map((one) => [one, this.checkExtension(one)]));
  }

  enableCap(capability: string | number, flags = 0): Reply {
    const cap = numberIn(capabilities, capability, "capability");
    return this.call(ioctl.KVM_ENABLE_CAP, enableCap.encode({ cap, flags }));
  }

  createDevice(type: "FLIC" | number, flags = 0): Reply & { device?: KvmDevice } {
    const number = type === "FLIC" ? KVM_DEV_TYPE_FLIC : type;
    const answer = this.call(ioctl.KVM_CREATE_DEVICE, createDevice.encode({ type: number, flags }));
    const { fd } = createDevice.decode(this.machine.user.at(ARGUMENT));
    if (answer.result !== 0 || fd === 0) return answer;
    return { ...answer, device: new KvmDevice(fd, "FLIC", flicGroups, this.attributesOf(fd)) };
  }

  createVcpu(): S390Vcpu {
    const { kvm, memory } = this.machine;
    if (this.vcpus.length >= CPUS_MAX) throw new ScriptRefusal(`A VM here has at most ${CPUS_MAX} vCPUs.`);
    const cpu = new RegisterCpu(this.vcpus.length, memory);
    const vcpu = new S390Vcpu(this.machine, cpu, kvm.attachVcpu(cpu));
    this.vcpus.push(vcpu);
    return vcpu;
  }

  vcpu(address: number): S390Vcpu {
    const vcpu = this.vcpus[address];
    if (!vcpu) throw new ScriptRefusal(`There is no vCPU ${address}; this VM has ${this.vcpus.length}.`);
    return vcpu;
  }

  hasAttr(group: number, attr: bigint): Reply {
    return reply(this.attributesOf(this.fd).has(group, attr));
  }
  getAttr(group: number, attr: bigint, size: number): BytesReply {
    const { result, bytes } = this.attributesOf(this.fd).get(group, attr, new Uint8Array(size));
    return { ...reply(result), bytes };
  }
  setAttr(group: number, attr: bigint, bytes?: Uint8Array): Reply {
    return reply(this.attributesOf(this.fd).set(group, attr, bytes));
  }

  createIrqchip(): Reply {
    return reply(this.machine.kvm.ioctl(this.fd, ioctl.KVM_CREATE_IRQCHIP, 0n));
  }

  setGsiRouting(routes: readonly (AdapterRoute | RawRoute)[]): Reply {
    const nr = routes.length;
    return this.call(ioctl.KVM_SET_GSI_ROUTING, join(irqRouting.encode({ nr }), ...routes.map(routeEntry)));
  }

  openEventfd(): number {
    return this.machine.kvm.openEventfd();
  }
  irqfd(request: { fd: number; gsi: number; flags?: number; resamplefd?: number }): Reply {
    return this.ioctl(this.fd, ioctl.KVM_IRQFD, this.machine.user.place(ARGUMENT, irqfd.encode(request)));
  }
  signalEventfd(fd: number): number[] {
    this.machine.kvm.signalEventfd(fd);
    return this.machine.kvm.irqfds.runDue();
  }

  interrupt(type: string | number, parm = 0, parm64: bigint = 0n): Reply {
    const argument = s390Interrupt.encode({ type: typeNumber(type), parm, parm64 });
    return this.call(ioctl.KVM_S390_INTERRUPT, argument);
  }

  setMemoryRegion(
    region: { slot: number; flags?: number; guestAddress: bigint; size: bigint; userAddress: bigint },
  ): Reply {
    return this.call(ioctl.KVM_SET_USER_MEMORY_REGION, userMemoryRegion.encode({
      slot: region.slot, flags: region.flags ?? 0, guest_phys_addr: region.guestAddress,
      memory_size: region.size, userspace_addr: region.userAddress,
    }));
  }
  memoryRegions(): ReturnType<S390VmApi["memoryRegions"]> {
    return this.machine.kvm.slots.list().map((slot) => ({ ...slot }));
  }

  mapMemory(
    mappings: readonly { userAddress: bigint; size: bigint; address: number; writable?: boolean }[],
  ): void {
    for (const { address, size } of mappings) this.checkMemory(address, Number(size));
    this.machine.kvm.slots.mapUser(mappings.map(({ userAddress, size, address, writable = true }) =>
      ({ userAddress, size, ram: address, writable })));
  }

  getDirtyLog(slot: number): BytesReply & { frames: bigint[] } {
    const region = this.machine.kvm.slots.list().find((one) => one.slot === slot);
    this.machine.user.place(BUFFER, new Uint8Array(bitmapBytes(region, FRAME)));
    const answer = this.call(ioctl.KVM_GET_DIRTY_LOG, dirtyLog.encode({ slot, dirty_bitmap: BUFFER }));
    const bytes = this.machine.user.at(BUFFER).slice();
    return { ...answer, bytes, frames: framesOf(bytes, region, FRAME) };
  }

  setUsage(frame: bigint, value: number): void {
    this.machine.kvm.attributes.set(frame, value);
  }
  getCmmaBits(
    { startFrame, count, peek = false }: { startFrame: bigint; count: number; peek?: boolean },
  ): Reply & { startFrame: bigint; values: Uint8Array; remaining: bigint } {
    this.machine.user.place(BUFFER, new Uint8Array(Math.min(count, CMMA_VALUES_MAX)));
    const flags = peek ? KVM_S390_CMMA_PEEK : 0;
    const answer = this.call(
      ioctl.KVM_S390_GET_CMMA_BITS, cmmaLog.encode({ start_gfn: startFrame, count, flags, values: BUFFER }));
    const got = cmmaLog.decode(this.machine.user.at(ARGUMENT));
    const size = answer.result === 0 ? got.count : 0;
    const values = this.machine.user.at(BUFFER).slice(0, size);
    return { ...answer, startFrame: got.start_gfn, values, remaining: got.remaining };
  }

  readMemory(address: number, length: number): Uint8Array {
    this.checkMemory(address, length);
    return this.machine.memory.read(address, length);
  }
  writeMemory(address: number, bytes: Uint8Array): void {
    this.checkMemory(address, bytes.length);
    this.machine.memory.write(address, bytes, "loader");
  }
  private checkMemory(address: number, length: number): void {
    if (address + length > RAM)
      throw new ScriptRefusal(`Guest memory has ${RAM} bytes; ${address} + ${length} is beyond them.`);
  }

  placeUser(address: bigint, bytes: Uint8Array): void {
    this.placed += bytes.length;
    if (this.placed > PLACED_BYTES_MAX)
      throw new ScriptRefusal(`At most ${PLACED_BYTES_MAX} bytes can be placed for one VM; these are more.`);
    this.machine.user.place(address, bytes.slice());
  }
  readUser(address: bigint, length: number): Uint8Array | undefined {
    return this.machine.user.read(address, length);
  }
  ioctl(fd: number, request: string | number, argument: bigint = 0n): Reply {
    const { kvm } = this.machine;
    const answer = reply(kvm.ioctl(fd, numberIn(ioctl, request, "ioctl"), argument));
    kvm.irqfds.runDue();
    return answer;
  }
  close(fd: number): Reply {
    return reply(this.machine.kvm.close(fd));
  }

  gisa(): Gisa | undefined {
    const { gisa } = this.machine.kvm.flic;
    if (!gisa) return undefined;
    const { format, ipm, iam, alertMask, references, simm, nimm, inAlertList } = gisa;
    return { format, ipm, iam, alertMask, references: [...references], simm, nimm, inAlertList };
  }
  registerGisc(isc: number): Reply {
    return reply(this.machine.kvm.flic.registerGisc(isc));
  }
  unregisterGisc(isc: number): Reply {
    return reply(this.machine.kvm.flic.unregisterGisc(isc));
  }
  deviceInterrupt(isc: number): Reply {
    return reply(this.machine.kvm.flic.gisaAlert?.machineInterrupt(isc) ?? errno.ENODEV);
  }

  protected books(): KeptBooks {
    return this.machine.ledger;
  }
  kicks(): number[] {
    return [...this.machine.kicks];
  }

  private call(request: number, argument: Uint8Array): Reply {
    const { kvm, user } = this.machine;
    return reply(kvm.ioctl(this.fd, request, user.place(ARGUMENT, argument)));
  }

  private attributesOf(fd: number): AttributePort {
    const { kvm, user } = this.machine;
    const call = (request: number, group: number, attr: bigint, buffer: Uint8Array | undefined): number => {
      const addr = buffer ? user.place(BUFFER, buffer) : 0n;
      return kvm.ioctl(fd, request, user.place(ARGUMENT, deviceAttr.encode({ group, attr, addr })));
    };
    return {
      has: (group, attr) => call(ioctl.KVM_HAS_DEVICE_ATTR, group, attr, undefined),
      set: (group, attr, buffer) => call(ioctl.KVM_SET_DEVICE_ATTR, group, attr, buffer),
      get: (group, attr, buffer) => {
        const result = call(ioctl.KVM_GET_DEVICE_ATTR, group, attr, buffer);
        return { result, bytes: buffer ?? new Uint8Array() };
      },
    };
  }
}

function routeEntry(route: AdapterRoute | RawRoute): Uint8Array {
  const { gsi, type = KVM_IRQ_ROUTING_S390_ADAPTER, flags = 0 } = route;
  if ("union" in route) {
    const entry = irqRoutingEntry.encode({ gsi, type, flags });
    entry.set(route.union as Uint8Array, entry.length - ROUTE_UNION_BYTES);
    return entry;
  }
  return irqRoutingEntry.encode({
    gsi, type, flags,
    "u.adapter.ind_addr": BigInt(route.indicator), "u.adapter.summary_addr": BigInt(route.summary),
    "u.adapter.ind_offset": BigInt(route.indicatorBit), "u.adapter.summary_offset": route.summaryBit,
    "u.adapter.adapter_id": route.adapter,
  });
}

/** A number given as one, or by its name in the kernel's header. */
export function numberIn(
  table: Readonly<Record<string, number>>, given: string | number, what: string,
): number {
  if (typeof given === "number") return given;
  const found = Object.hasOwn(table, given) ? table[given] : undefined;
  if (found === undefined)
    throw new ScriptRefusal(`There is no ${what} "${given}"; there are ${Object.keys(table).join(", ")}.`);
  return found;
}

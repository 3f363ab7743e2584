/** A vCPU of a device-only POWER9 VM: connected to a controller, on a hardware thread or off it. */
import * as v from "valibot";
import type { HcallReply, PowerVcpu as PowerVcpuApi } from "../../../../resources/scripts/api/power.d.ts";
import type { BytesReply, Reply } from "../../../../resources/scripts/api/values.d.ts";
import { errno } from "../../../engine/api/errno.ts";
import type { PlacedMemory } from "../../../engine/deviceMachine/placedMemory.ts";
import type { PowerKvm } from "../../../engine/devices/kvm/powerKvm.ts";
import { H_TOO_HARD, hcall } from "../../../engine/devices/xive/hcallCodes.ts";
import type { ConnectedVcpu } from "../../../engine/devices/xive/kvmXive.ts";
import { TIMA_PAGE_OS, TIMA_PAGE_SHIFT } from "../../../engine/devices/xive/tima.ts";
import { cedeVcpu, pullVcpu, pushVcpu } from "../../../engine/devices/xive/vcpuContext.ts";
import { xicsHcall } from "../../../engine/devices/xics/xicsHcalls.ts";
import { Xics } from "../../../engine/devices/xics/xics.ts";
import { powerEnableCap, powerIoctl, powerOneReg } from "../../../engine/uapi/powerIoctl.ts";
import {
  KVM_CAP_IRQ_XICS, KVM_CAP_PPC_IRQ_XIVE, KVM_REG_PPC_ICP_STATE, KVM_REG_PPC_VP_STATE,
} from "../../../engine/uapi/xive.ts";
import { ScriptRefusal, type MethodTable } from "../hostObjects.ts";
import { bytes, name, nameOrNumber, none, reply, u32, u64, wholeTo } from "./arguments.ts";
import { KvmDevice } from "./kvmDevice.ts";
import { numberIn } from "./s390Vm.ts";

const ARGUMENT = 0x6000_0000n;
const VALUE = 0x6100_0000n;
const registers: Readonly<Record<string, bigint>> = {
  KVM_REG_PPC_VP_STATE: KVM_REG_PPC_VP_STATE, KVM_REG_PPC_ICP_STATE: KVM_REG_PPC_ICP_STATE,
};
/** Bytes of a register that is a number. */
const WORD = 8;
const wordAt = (word: Uint8Array): DataView => new DataView(word.buffer, word.byteOffset);
function bytesOfWord(value: bigint): Uint8Array {
  const word = new Uint8Array(WORD);
  wordAt(word).setBigUint64(0, value, true);
  return word;
}
/** Bits 55:52 of a register's number: log2 of its bytes. */
const bytesOf = (register: bigint): number => Math.min(256, 1 << Number((register >> 52n) & 15n));

/** The VM as its vCPUs see it. */
export interface VcpuOwner {
  readonly kvm: PowerKvm;
  readonly user: PlacedMemory;
  /** The device was made by this VM. */
  owns(device: KvmDevice): boolean;
}

export class PowerVcpu implements PowerVcpuApi {
  readonly fd: number;
  readonly id: number;
  private readonly vm: VcpuOwner;
  private readonly kvm: PowerKvm;
  private readonly user: PlacedMemory;
  /** Where its context is, or was last. */
  private thread: number;

  /** `thread`: the one it is put on unless a script says else. */
  constructor(vm: VcpuOwner, fd: number, id: number, thread: number) {
    this.vm = vm;
    this.kvm = vm.kvm;
    this.user = vm.user;
    this.fd = fd;
    this.id = id;
    this.thread = thread;
  }

  connect(device: KvmDevice, server: number): Reply {
    // Descriptors of another VM may have the same numbers here.
    if (!this.vm.owns(device)) return reply(errno.EPERM);
    const cap = device.type === "XIVE" ? KVM_CAP_PPC_IRQ_XIVE : KVM_CAP_IRQ_XICS;
    return this.call(powerIoctl.KVM_ENABLE_CAP, powerEnableCap.encode({
      cap, fd: BigInt(device.fd), server: BigInt(server),
    }));
  }

  getOneReg(register: string | bigint): BytesReply {
    const id = this.registerOf(register);
    const size = bytesOf(id);
    this.user.place(VALUE, new Uint8Array(size));
    const answer = this.call(powerIoctl.KVM_GET_ONE_REG, powerOneReg.encode({ id, addr: VALUE }));
    const read = this.user.read(VALUE, size)!;
    const isNumber = answer.result === 0 && size === WORD;
    return { ...answer, bytes: read, ...(isNumber && { value: wordAt(read).getBigUint64(0, true) }) };
  }
  setOneReg(register: string | bigint, value: Uint8Array | bigint): Reply {
    const id = this.registerOf(register);
    const size = bytesOf(id);
    if (!(value instanceof Uint8Array) && size !== WORD)
      throw new ScriptRefusal(`This register has ${size} bytes: give those; a number fills one of ${WORD}.`);
    this.user.place(VALUE, value instanceof Uint8Array ? value.slice(0, size) : bytesOfWord(value));
    return this.call(powerIoctl.KVM_SET_ONE_REG, powerOneReg.encode({ id, addr: VALUE }));
  }

  push(thread = this.thread): void {
    const { device, vcpu } = this.connected();
    if (vcpu.isPushed) throw new ScriptRefusal(`The context is on thread ${this.thread}: pull it first.`);
    this.thread = thread;
    pushVcpu(device, vcpu, thread);
  }
  pull(): void {
    const { device, vcpu } = this.connected();
    pullVcpu(device, vcpu, this.thread);
  }
  cede(): boolean {
    const { device, vcpu } = this.connected();
    return cedeVcpu(device, vcpu);
  }
  loadTima(offset: number, size: number, thread = this.thread): bigint | undefined {
    return this.kvm.host.chip.timaLoad(thread, (TIMA_PAGE_OS << TIMA_PAGE_SHIFT) | offset, size);
  }
  storeTima(offset: number, size: number, value: bigint, thread = this.thread): boolean {
    return this.kvm.host.chip.timaStore(thread, (TIMA_PAGE_OS << TIMA_PAGE_SHIFT) | offset, size, value);
  }

  hcall(call: string | number, ...args: bigint[]): HcallReply {
    const number = numberIn(hcall, call, "call");
    const { device } = this.kvm;
    const vcpu = this.kvm.connection(this.fd);
    if (!(device instanceof Xics) || !vcpu) return { status: H_TOO_HARD, outputs: [] };
    const { status, outputs } = xicsHcall(device, { vcpu, thread: this.thread }, number, args);
    return { status, outputs };
  }

  private connected(): { device: NonNullable<PowerKvm["device"]>; vcpu: ConnectedVcpu } {
    const { device } = this.kvm;
    const vcpu = this.kvm.connection(this.fd);
    if (!device || !vcpu) throw new ScriptRefusal("This vCPU has no controller: connect it first.");
    return { device, vcpu };
  }
  private registerOf(register: string | bigint): bigint {
    if (typeof register === "bigint") return register;
    const found = Object.hasOwn(registers, register) ? registers[register] : undefined;
    const known = Object.keys(registers).join(", ");
    if (found === undefined)
      throw new ScriptRefusal(`There is no register "${register}"; there are ${known}.`);
    return found;
  }
  private call(request: number, argument: Uint8Array): Reply {
    return reply(this.kvm.ioctl(this.fd, request, this.user.place(ARGUMENT, argument)));
  }
}

export const thread = v.optional(wholeTo(63));
export const accessSize = v.picklist([1, 2, 4, 8]);
/** In a page of 64 KiB; what is there comes again every 4 KiB. */
export const timaOffset = wholeTo(0xffff);
const registerName = v.union([name, u64]);
/** A call and up to five numbers. */
export const hcallArguments = v.pipe(
  v.tupleWithRest([nameOrNumber], u64),
  v.check((given) => given.length <= 6, "a call and at most five numbers"),
) as unknown as v.GenericSchema<unknown, [call: string | number, ...args: bigint[]]>;

export const powerVcpuMethods: MethodTable<PowerVcpuApi> = {
  connect: v.strictTuple([v.instance(KvmDevice), u32]),
  getOneReg: v.strictTuple([registerName]),
  setOneReg: v.strictTuple([registerName, v.union([bytes, u64])]),
  push: v.strictTuple([thread]), pull: none, cede: none,
  loadTima: v.strictTuple([timaOffset, accessSize, thread]),
  storeTima: v.strictTuple([timaOffset, accessSize, u64, thread]),
  hcall: hcallArguments,
};

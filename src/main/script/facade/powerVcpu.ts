/** A vCPU of a device-only POWER9 VM: connected to a controller, on a hardware thread or off it. */
import * as v from "valibot";
import type { HcallReply, PowerVcpu as PowerVcpuApi } from "../../../../resources/scripts/api/power.d.ts";
import type { BytesReply, Reply } from "../../../../resources/scripts/api/values.d.ts";
import type { SmallUserMemory } from "../../../engine/deviceMachine/powerDeviceMachine.ts";
import type { PowerKvm } from "../../../engine/devices/kvm/powerKvm.ts";
import { hcall } from "../../../engine/devices/xive/hcallCodes.ts";
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

const ARGUMENT = 0x1000n;
const VALUE = 0x2000n;
const registers: Readonly<Record<string, bigint>> = {
  KVM_REG_PPC_VP_STATE: KVM_REG_PPC_VP_STATE, KVM_REG_PPC_ICP_STATE: KVM_REG_PPC_ICP_STATE,
};
/** Bits 55:52 of a register's number: log2 of its bytes. */
const bytesOf = (register: bigint): number => Math.min(256, 1 << Number((register >> 52n) & 15n));

export class PowerVcpu implements PowerVcpuApi {
  readonly fd: number;
  readonly id: number;
  private readonly kvm: PowerKvm;
  private readonly user: SmallUserMemory;

  constructor(kvm: PowerKvm, user: SmallUserMemory, fd: number, id: number) {
    this.kvm = kvm;
    this.user = user;
    this.fd = fd;
    this.id = id;
  }

  connect(device: KvmDevice, server: number): Reply {
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
    return { ...answer, bytes: this.user.read(VALUE, size)! };
  }
  setOneReg(register: string | bigint, value: Uint8Array): Reply {
    const id = this.registerOf(register);
    this.user.place(VALUE, value.slice(0, bytesOf(id)));
    return this.call(powerIoctl.KVM_SET_ONE_REG, powerOneReg.encode({ id, addr: VALUE }));
  }

  push(thread = 0): void {
    const { device, vcpu } = this.connected();
    pushVcpu(device, vcpu, thread);
  }
  pull(thread = 0): void {
    const { device, vcpu } = this.connected();
    pullVcpu(device, vcpu, thread);
  }
  cede(): boolean {
    const { device, vcpu } = this.connected();
    return cedeVcpu(device, vcpu);
  }
  loadTima(offset: number, size: number, thread = 0): bigint | undefined {
    return this.kvm.host.chip.timaLoad(thread, (TIMA_PAGE_OS << TIMA_PAGE_SHIFT) | offset, size);
  }
  storeTima(offset: number, size: number, value: bigint, thread = 0): boolean {
    return this.kvm.host.chip.timaStore(thread, (TIMA_PAGE_OS << TIMA_PAGE_SHIFT) | offset, size, value);
  }

  hcall(call: string | number, ...args: bigint[]): HcallReply {
    const { device, vcpu } = this.connected();
    if (!(device instanceof Xics))
      throw new ScriptRefusal("These hypervisor calls are those of XICS; kvm.pseries() answers XIVE's.");
    const { status, outputs } = xicsHcall(device, { vcpu, thread: 0 }, numberIn(hcall, call, "call"), args);
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
export const timaOffset = wholeTo(0xfff);
const registerName = v.union([name, u64]);
/** A call and up to five numbers. */
export const hcallArguments = v.pipe(
  v.tupleWithRest([nameOrNumber], u64),
  v.check((given) => given.length <= 6, "A call and at most five numbers"),
) as unknown as v.GenericSchema<unknown, [call: string | number, ...args: bigint[]]>;

export const powerVcpuMethods: MethodTable<PowerVcpuApi> = {
  connect: v.strictTuple([v.instance(KvmDevice), u32]),
  getOneReg: v.strictTuple([registerName]),
  setOneReg: v.strictTuple([registerName, bytes]),
  push: v.strictTuple([thread]), pull: v.strictTuple([thread]), cede: none,
  loadTima: v.strictTuple([timaOffset, accessSize, thread]),
  storeTima: v.strictTuple([timaOffset, accessSize, u64, thread]),
  hcall: hcallArguments,
};

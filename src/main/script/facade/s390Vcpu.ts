/** A vCPU of a device-only s390 VM: registers that the script sets, and KVM's calls on its descriptor. */
import * as v from "valibot";
import type { IoInterruption, S390Vcpu as S390VcpuApi } from "../../../../resources/scripts/api/s390.d.ts";
import type { BytesReply, Reply, S390Irq } from "../../../../resources/scripts/api/values.d.ts";
import type { S390DeviceMachine } from "../../../engine/deviceMachine/s390DeviceMachine.ts";
import { PSW_ALL, type RegisterCpu } from "../../../engine/deviceMachine/registerCpu.ts";
import { ioctl } from "../../../engine/uapi/ioctl.ts";
import { irqState, s390Interrupt } from "../../../engine/uapi/s390Interrupt.ts";
import type { MethodTable } from "../hostObjects.ts";
import { bytes, length, nameOrNumber, none, reply, u32, u64 } from "./arguments.ts";
import { encodeInterrupt, encodeInterrupts, s390Irq, typeNumber } from "./codecs.ts";

/** Where arguments and buffers of calls lie in the VMM's memory. */
export const ARGUMENT = 0x6000_0000n;
export const BUFFER = 0x6100_0000n;

export class S390Vcpu implements S390VcpuApi {
  readonly fd: number;
  readonly address: number;
  private readonly machine: Pick<S390DeviceMachine, "kvm" | "user">;
  private readonly cpu: RegisterCpu;

  constructor(machine: Pick<S390DeviceMachine, "kvm" | "user">, cpu: RegisterCpu, fd: number) {
    this.machine = machine;
    this.cpu = cpu;
    this.fd = fd;
    this.address = cpu.id;
  }

  registers(): ReturnType<S390VcpuApi["registers"]> {
    const { psw, controls, prefixAddress, isStopped } = this.cpu;
    const { mask: pswMask, address: pswAddress } = psw;
    return { pswMask, pswAddress, controls: [...controls], prefix: prefixAddress, stopped: isStopped };
  }

  setRegisters(values: v.InferOutput<typeof registerValues>): void {
    const { cpu } = this;
    const { mask, address } = cpu.psw;
    cpu.psw = { mask: values.pswMask ?? mask, address: values.pswAddress ?? address };
    for (const [number, value] of Object.entries(values.controls ?? {})) cpu.controls[Number(number)] = value;
    cpu.prefixAddress = values.prefix ?? cpu.prefixAddress;
    cpu.isStopped = values.stopped ?? cpu.isStopped;
    cpu.clockDue = values.clockComparatorDue ?? cpu.clockDue;
    cpu.timerDue = values.cpuTimerDue ?? cpu.timerDue;
  }

  open(newPsws: "closed" | "open" = "closed"): void {
    this.cpu.open(newPsws === "open" ? PSW_ALL : 0);
  }
  enterIdle(): string {
    return this.machine.kvm.flic.enterIdle(this.cpu);
  }
  leaveIdle(): void {
    this.machine.kvm.flic.leaveIdle(this.cpu);
  }
  deliver(): { type: number; parm: string }[] {
    const { delivered } = this.machine.kvm.flic.deliverPending(this.cpu);
    return delivered.map(({ type, parm }) => ({ type, parm: String(parm) }));
  }

  tpi(address: bigint = 0n): ReturnType<S390VcpuApi["tpi"]> {
    const outcome = this.machine.kvm.flic.tpi(this.cpu, address);
    return "cc" in outcome ? { conditionCode: outcome.cc } : outcome;
  }
  tsch(gr1: bigint): IoInterruption | undefined {
    const taken = this.machine.kvm.flic.takeIoForSubchannel(gr1, this.address);
    return taken && {
      subchannel_id: taken.subchannelId, subchannel_nr: taken.subchannelNr, io_int_parm: taken.ioIntParm,
      io_int_word: taken.ioIntWord,
    };
  }

  interrupt(type: string | number, parm = 0, parm64: bigint = 0n): Reply {
    return this.call(ioctl.KVM_S390_INTERRUPT, s390Interrupt.encode({
      type: typeNumber(type), parm, parm64,
    }));
  }

  irq(interrupt: S390Irq | Uint8Array): Reply {
    const given = interrupt instanceof Uint8Array ? interrupt : encodeInterrupt(interrupt);
    return this.call(ioctl.KVM_S390_IRQ, given);
  }

  getIrqState(size: number): BytesReply {
    const { user } = this.machine;
    user.place(BUFFER, new Uint8Array(size));
    const answer = this.call(ioctl.KVM_S390_GET_IRQ_STATE, irqState.encode({ buf: BUFFER, len: size }));
    return { ...answer, bytes: user.at(BUFFER).slice(0, answer.result < 0 ? size : answer.result) };
  }

  setIrqState(irqs: Uint8Array | readonly S390Irq[]): Reply {
    const given = irqs instanceof Uint8Array ? irqs : encodeInterrupts(irqs);
    this.machine.user.place(BUFFER, given);
    return this.call(ioctl.KVM_S390_SET_IRQ_STATE, irqState.encode({ buf: BUFFER, len: given.length }));
  }

  private call(request: number, argument: Uint8Array): Reply {
    const { kvm, user } = this.machine;
    return reply(kvm.ioctl(this.fd, request, user.place(ARGUMENT, argument)));
  }
}

const registerValues = v.strictObject({
  pswMask: v.optional(u64),
  pswAddress: v.optional(u64),
  controls: v.optional(v.record(
    v.pipe(v.string(), v.regex(/^(\d|1[0-5])$/, "a register's number, 0 to 15")), u64)),
  prefix: v.optional(v.pipe(u32, v.check((at) => at % 8192 === 0, "a multiple of 8192"))),
  stopped: v.optional(v.boolean()),
  clockComparatorDue: v.optional(v.boolean()),
  cpuTimerDue: v.optional(v.boolean()),
});

export const s390VcpuMethods: MethodTable<S390VcpuApi> = {
  registers: none, setRegisters: v.strictTuple([registerValues]), enterIdle: none,
  open: v.strictTuple([v.optional(v.picklist(["closed", "open"]))]),
  tpi: v.strictTuple([v.optional(u64)]), tsch: v.strictTuple([u64]),
  leaveIdle: none, deliver: none,
  interrupt: v.strictTuple([nameOrNumber, v.optional(u32), v.optional(u64)]),
  irq: v.strictTuple([v.union([bytes, s390Irq])]),
  getIrqState: v.strictTuple([length]),
  setIrqState: v.strictTuple([v.union([bytes, v.array(s390Irq)])]),
};

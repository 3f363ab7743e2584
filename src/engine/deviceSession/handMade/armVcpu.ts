/** What the calls on an arm64 machine share: which vCPU, and what it answers where there is none. */
import type { HandField } from "../../api/handMade.ts";
import type { ArmDeviceMachine } from "../../deviceMachine/armDeviceMachine.ts";
import type { VcpuInterrupts } from "../../devices/arm/vcpuInterrupts.ts";
import type { Arguments, HandCall } from "./handMachine.ts";

export const vcpuField: HandField = { name: "vcpu", label: "vCPU", kind: "number", initial: "0", max: 511 };
export const choiceField = (name: string, label: string, options: readonly string[]): HandField =>
  ({ name, label, kind: "choice", initial: options[0]!, options });
export const numberField = (name: string, label: string, initial: string, max?: number): HandField =>
  ({ name, label, kind: "number", initial, ...(max !== undefined && { max }) });

type GuestCall = Omit<HandCall<ArmDeviceMachine>, "run"> & {
  readonly run: (vcpu: VcpuInterrupts, given: Arguments, machine: ArmDeviceMachine) => string;
};

/** A call by the guest of one vCPU, whose number is its first field. */
export const byGuest = ({ run, fields, ...call }: GuestCall): HandCall<ArmDeviceMachine> => ({
  ...call,
  fields: [vcpuField, ...fields],
  run: (machine, given) => {
    const vcpu = machine.kvm.interrupts[given.number("vcpu")];
    return vcpu ? run(vcpu, given, machine) : `there is no vCPU ${given.number("vcpu")}`;
  },
});

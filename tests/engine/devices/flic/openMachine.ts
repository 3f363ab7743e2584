/** A controller whose CPUs are open to interrupts, and short ways to call it. */
import { ioctl } from "../../../../src/engine/uapi/ioctl.ts";
import { flicMachine, toHex, type FlicMachine, type MachineShape } from "./flicMachine.ts";

export const opened = (newMask = 0, shape: MachineShape = {}): FlicMachine => {
  const machine = flicMachine(shape);
  for (const cpu of machine.cpus) cpu.open(newMask);
  return machine;
};
export const local = ({ kvm, user, cpuFds }: FlicMachine, bytes: Uint8Array, cpu = 0): number =>
  kvm.ioctl(cpuFds[cpu]!, ioctl.KVM_S390_IRQ, user.place(0x100n, bytes));
export const enqueue =
  ({ kvm, user }: FlicMachine, bytes: Uint8Array): number => kvm.setAttr(2, 72n, user.place(0x100n, bytes));
export const deliver = ({ kvm, cpus }: FlicMachine) => kvm.flic.deliverPending(cpus[0]!);
export const low = ({ memory, cpus }: FlicMachine, offset: number, length: number): string =>
  toHex(memory.read(cpus[0]!.prefixAddress + offset, length));

/** Random use of the floating interrupt controller, its ledger balanced after every operation. */
import {
  s390DeviceMachine, type S390DeviceMachine, type S390Shape,
} from "../deviceMachine/s390DeviceMachine.ts";
import { bitOfIsc, pendingBit } from "../devices/flic/interruptBits.ts";
import { kernelProfiles } from "../uapi/kernelProfile.ts";
import type { RandomUse } from "./figure.ts";
import { flicOperations } from "./flicOperations.ts";

const shapes: readonly S390Shape[] = [
  { cpus: 2 },
  { cpus: 2, options: { aiv: false } },
  { cpus: 3, options: { sigpInterpretation: true } },
  { cpus: 2, facility72: false },
  { cpus: 2, profile: kernelProfiles["linux-4.13"] },
];

export const flicUse: RandomUse<S390DeviceMachine> = {
  name: "floating interrupt controller",
  operations: flicOperations,
  create(seed) {
    const machine = s390DeviceMachine(shapes[seed % shapes.length]);
    // Only the ledger listens: the machine's own lists of decisions and kicks would only grow.
    machine.kvm.flic.onDecision = (decision) => machine.ledger.note(decision);
    machine.kvm.flic.kick = undefined;
    return machine;
  },
  breach: (machine) => machine.ledger.check() ?? listsBreach(machine),
};

/** Each list's pending bit is on exactly while the list holds something, and the count is the lists' sum. */
function listsBreach({ kvm: { flic: { floating } } }: S390DeviceMachine): string | undefined {
  let listed = 0;
  for (const [isc, list] of floating.io.entries()) {
    listed += list.length;
    if (isOn(floating.bits, bitOfIsc(isc)) !== list.length > 0) return `list and bit of ISC ${isc} disagree`;
  }
  if (listed !== floating.ioCount) return `${listed} I/O interrupts are listed, ${floating.ioCount} counted`;
  for (const [name, list] of [["VIRTIO", floating.virtio], ["PFAULT_DONE", floating.pfault]] as const)
    if (isOn(floating.bits, pendingBit[name]) !== list.length > 0) return `list and bit ${name} disagree`;
  return undefined;
}

const isOn = (mask: number, bit: number): boolean => (mask & (1 << bit)) !== 0;

/** The laws of the floating interrupt controller. */
import { copyRam } from "../../deviceMachine/copyRam.ts";
import {
  s390DeviceMachine, type S390DeviceMachine, type S390Shape,
} from "../../deviceMachine/s390DeviceMachine.ts";
import { flicState, type FlicSnapshot } from "../../devices/flic/state.ts";
import { kernelProfiles, noKernelQuirks, type KernelProfileName } from "../../uapi/kernelProfile.ts";
import { flicOperations } from "../flicOperations.ts";
import type { Operation } from "../figure.ts";
import { codecOf, device } from "./device.ts";

/** Documented to leave something behind although they fail: set indicators, an interrupt put back. */
const FAILS_LATE = new Set(["tpi", "signal"]);

const calls = flicOperations.map(({ name, run }): Operation<S390DeviceMachine> => ({
  name,
  run: (machine, prng) => {
    const result = run(machine, prng);
    return FAILS_LATE.has(name) && result < 0 ? "failed" : result;
  },
}));

function follow(to: S390DeviceMachine, from: S390DeviceMachine): void {
  copyRam(to.memory, from.memory);
  from.cpus.forEach(({ psw, controls, isStopped, clockDue, timerDue, prefixAddress }, index) => {
    const cpu = to.cpus[index]!;
    Object.assign(cpu, { psw, isStopped, clockDue, timerDue, prefixAddress });
    controls.forEach((value, n) => { cpu.controls[n] = value; });
  });
  to.kicks.length = 0;
  to.ledger.book.load(from.ledger.book.save());
}

/** Nothing floats any more, in lists, slots or GISA; everything else is as it was. */
const cleared = (saved: FlicSnapshot): FlicSnapshot => ({
  ...saved,
  floating: {
    masked: 0, slotBits: 0, io: saved.floating.io.map(() => []), pfault: [], virtio: [], serviceParams: 0,
    mchkCr14: 0n, mchkMcic: 0n, slotIds: { service: 0, serviceEvent: 0, machineCheck: 0 },
  },
  gisa: saved.gisa && { ...saved.gisa, ipm: 0, ids: saved.gisa.ids.map(() => 0) },
});

const onKernel = (name: KernelProfileName) => ({ ...kernelProfiles[name], quirks: noKernelQuirks });

const shapes: Readonly<Record<string, S390Shape>> = {
  "linux-6.1": { cpus: 3, profile: onKernel("linux-6.1") },
  "without GISA": { cpus: 3, profile: onKernel("linux-6.1"), options: { aiv: false } },
  "SIGP interpretation": { cpus: 3, profile: onKernel("linux-6.1"), options: { sigpInterpretation: true } },
  "without facility 72": { cpus: 2, profile: onKernel("linux-6.1"), facility72: false },
  "linux-4.13": { cpus: 3, profile: onKernel("linux-4.13") },
  "linux-4.12": { cpus: 1, profile: onKernel("linux-4.12") },
};

export const flicLaws = Object.entries(shapes).map(([name, shape]) => device<S390DeviceMachine>({
  folder: "flic", name: `floating interrupt controller, ${name}`,
  make: () => {
    const machine = s390DeviceMachine(shape);
    machine.kvm.flic.onDecision = (decision) => machine.ledger.note(decision);
    return machine;
  },
  calls, follow,
  codec: codecOf(flicState, ({ kvm }) => kvm.flic.save(), ({ kvm }, saved) => kvm.flic.load(saved)),
  // An interrupt that is refused has used up its identity.
  untouched: ({ kvm }) => ({ ...kvm.flic.save(), nextId: 0 }),
  heard: ({ kicks }) => kicks.splice(0).join(),
  breach: ({ ledger }) => ledger.check(),
  reset: {
    says: "a subsystem reset clears floating interruptions (Principles of Operation, chapter 4)",
    run: ({ kvm }) => { kvm.flic.clearFloating(); },
    documented: (fresh, { kvm }) => { fresh.kvm.flic.load(cleared(kvm.flic.save())); },
  },
}));

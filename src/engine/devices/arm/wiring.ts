/** Which line each source of a vCPU drives, from the vCPU's attributes and the claims of its first run. */
import type { ArmVcpu, ArmVm } from "./armVm.ts";
import { isEventAllowed } from "./pmu.ts";
import type { LineWiring } from "./vcpuInterrupts.ts";

/** A source is on from the step of the first run, or of INIT, that claims its line. Without a GIC none is. */
export const wiringOf = (vm: ArmVm, vcpu: ArmVcpu): LineWiring => ({
  intidOf(source) {
    if (!vm.gic) return undefined;
    if (source === "pmu") return vcpu.pmuCreated ? vcpu.pmuIrq : undefined;
    if (!vcpu.timerEnabled) return undefined;
    return source === "virtual timer" ? vcpu.virtualTimerIrq : vcpu.physicalTimerIrq;
  },
  owns: (source, intid) => vm.gic?.owns(vcpu.index, intid, source) ?? false,
  setSpi: (intid, isHigh) => vm.gic?.setSpi(intid, isHigh),
  isEventAllowed: (event) => isEventAllowed(vm, event),
});

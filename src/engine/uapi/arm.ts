/** vCPU device attributes of arm64 (arch/arm64/include/uapi/asm/kvm.h; kernel devices/vcpu.rst). */
import { struct } from "./struct.ts";

export const KVM_ARM_VCPU_PMU_V3_CTRL = 0;
export const KVM_ARM_VCPU_TIMER_CTRL = 1;
export const KVM_ARM_VCPU_PVTIME_CTRL = 2;

export const pmuAttr = { IRQ: 0, INIT: 1, FILTER: 2, SET_PMU: 3 } as const;
export const timerAttr = { IRQ_VTIMER: 0, IRQ_PTIMER: 1 } as const;
export const KVM_ARM_VCPU_PVTIME_IPA = 0;

export const KVM_PMU_EVENT_ALLOW = 0;
export const KVM_PMU_EVENT_DENY = 1;
/** `nevents` events from `base_event` on. Nobody looks at `pad`. */
export const pmuEventFilter = struct("struct kvm_pmu_event_filter", 8, {
  base_event: [0, 2], nevents: [2, 2], action: [4, 1], pad: [5, 3],
}, "little");

/** `exit_reason` FAIL_ENTRY and its `hardware_entry_failure_reason` for a CPU that the PMU is not on. */
export const KVM_EXIT_FAIL_ENTRY = 9;
export const KVM_EXIT_FAIL_ENTRY_CPU_UNSUPPORTED = 1;

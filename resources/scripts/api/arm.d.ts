import type { KernelProfileName } from "./s390.d.ts";
import type { BytesLike, BytesReply, Reply, U64 } from "./values.d.ts";

export interface ArmOptions {
  /** Default "linux-6.1". Orders of checks are derived from source. */
  readonly profile?: KernelProfileName;
  /** The host's PMUs: perf type and the host CPUs that have it. Default: one, type 8, CPUs 0 and 1. */
  readonly pmus?: readonly { readonly type: number; readonly cpus: readonly number[] }[];
  /** Events that the PMU's version knows. Default 65536. */
  readonly eventSpace?: 1024 | 65536;
  /** Steal time can be told. Default true. */
  readonly schedulerInfo?: boolean;
}
/** Group and attribute of a vCPU. */
export type ArmAttribute =
  | "PMU_IRQ" | "PMU_INIT" | "PMU_FILTER" | "PMU_SET_PMU" | "TIMER_VTIMER" | "TIMER_PTIMER" | "PVTIME_IPA"
  | { readonly group: number; readonly attr: U64 };

/** KVM on arm64 as far as vCPU attributes reach, with 64 KiB of guest memory at address 0. */
export interface ArmVm {
  /** KVM_CREATE_VCPU: its number, or -EBUSY once the GIC is initialised. */
  createVcpu(): Reply;
  /** KVM_ARM_VCPU_INIT, with the PMU feature or without. */
  initVcpu(vcpu: number, hasPmu: boolean): Reply;
  /** An in-kernel GIC; -EEXIST for a second one. */
  createGic(options?: { readonly version?: 2 | 3; readonly spis?: number; readonly bases?: "set" | "unset" | "overlapping" }): Reply;
  initGic(): Reply;
  /** KVM_HAS_DEVICE_ATTR, KVM_GET_DEVICE_ATTR and KVM_SET_DEVICE_ATTR of a vCPU. A number is stored as a 32-bit int, a bigint as 64 bits. */
  hasAttr(vcpu: number, attribute: ArmAttribute): Reply;
  getAttr(vcpu: number, attribute: ArmAttribute): BytesReply;
  setAttr(vcpu: number, attribute: ArmAttribute, value?: BytesLike | number | bigint): Reply;
  /** KVM_RUN up to the guest's entry. */
  run(vcpu: number, request?: { readonly immediateExit?: boolean; readonly hostCpu?: number }): Reply & { readonly entered: boolean; readonly exit?: { readonly reason: number; readonly failureReason: number; readonly cpu: number } };
}

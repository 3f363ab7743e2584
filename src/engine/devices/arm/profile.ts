/**
 * What changed in KVM for arm64 between the kernels that a machine can stand for. Orders of checks are
 * derived from source; where 5.6 lies between two readings, it has the older behaviour.
 */
import type { KernelProfileName } from "../../uapi/kernelProfile.ts";

export interface ArmProfile {
  readonly name: KernelProfileName;
  /** PMU checks that are common to all attributes come first, and FILTER and SET_PMU exist. */
  readonly pmuChecksFirst: boolean;
  readonly pvtime: boolean;
  /** The first KVM_RUN counts as made before its checks, so that they are not repeated after a failure. */
  readonly latchesFirstRun: boolean;
  /** A vCPU with the PMU feature and without INIT cannot run. */
  readonly pmuMustBeCreated: boolean;
  /** A first run that fails in the GIC's resources ends the whole VM: -EIO from then on. */
  readonly gicFailureIsFatal: boolean;
}

const old = {
  pmuChecksFirst: false, pvtime: false, latchesFirstRun: true, pmuMustBeCreated: false,
  gicFailureIsFatal: false,
};

export const armProfiles: Readonly<Record<KernelProfileName, ArmProfile>> = {
  "linux-4.12": { name: "linux-4.12", ...old },
  "linux-4.13": { name: "linux-4.13", ...old },
  "linux-5.6": { name: "linux-5.6", ...old, pvtime: true },
  "linux-6.1": {
    name: "linux-6.1", pmuChecksFirst: true, pvtime: true, latchesFirstRun: false, pmuMustBeCreated: true,
    gicFailureIsFatal: true,
  },
};

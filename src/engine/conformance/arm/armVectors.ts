/**
 * vCPU attributes of arm64 as data: what is there, what is called, what comes back. Ids are stable.
 *
 * Unless given: linux-6.1, PMUv3.1 (65536 events), an initialised GICv3 with 224 SPIs and its bases set,
 * vCPUs v0 and v1 initialised with the PMU feature, one host PMU. Results are errno names or 0.
 */
import type { ErrnoName } from "../../api/errno.ts";
import type { KernelProfileName } from "../../uapi/kernelProfile.ts";

/** A group and attribute of a vCPU; numbers where it has no name. */
export type AttributeName =
  | "pmu irq" | "pmu init" | "pmu filter" | "pmu choice" | "vtimer" | "ptimer" | "steal time"
  | readonly [group: number, attr: number];
export type ArmResult = 0 | ErrnoName;
/** What is at the address: a number (bigint: 8 bytes), a filter, or nothing at all. */
export type ArmValue = number | bigint | readonly [base: number, count: number, action: number] | "bad";
export type Vcpu = "v0" | "v1" | "v2";

/** Three numbers: exit reason, failure reason and host CPU of a KVM_RUN that returned 0 without the guest. */
export type ArmRunResult = "enters" | ErrnoName | readonly [number, number, number];

export type ArmStep =
  | readonly [vcpu: Vcpu, call: "set", attribute: AttributeName, value: ArmValue, result: ArmResult]
  /** `result`: the number that is got, or an errno name. */
  | readonly [vcpu: Vcpu, call: "get", attribute: AttributeName, result: number | bigint | ErrnoName]
  | readonly [vcpu: Vcpu, call: "get into bad", attribute: AttributeName, result: ErrnoName]
  | readonly [vcpu: Vcpu, call: "has", attribute: AttributeName, result: ArmResult]
  | readonly [vcpu: Vcpu, call: "unreadable", result: ErrnoName]
  | readonly [vcpu: Vcpu, call: "run", result: ArmRunResult]
  | readonly [vcpu: Vcpu, call: "create", result: ArmResult]
  | readonly [vcpu: Vcpu, call: "init", hasPmuFeature: boolean]
  | readonly ["init GIC"]
  /** Whether the guest may count these events. */
  | readonly ["allows", event: number, isAllowed: boolean];

export interface ArmVector {
  readonly id: string;
  readonly title: string;
  readonly profile?: KernelProfileName;
  readonly gic?: "none" | "v3 not initialised" | "v2 not initialised";
  readonly spis?: number;
  /** Of v0 and v1: with or without the PMU feature, or never initialised. */
  readonly vcpus?: readonly ("pmu" | "plain" | "not initialised")[];
  readonly eventSpace?: 1024;
  /** Perf types A on host CPU 0 and B on host CPU 1, in place of one on both. */
  readonly twoPmus?: true;
  readonly immediateExit?: true;
  readonly noSchedulerInfo?: true;
  /** A memory slot covers 0x0 to 0xffff. */
  readonly steps: readonly ArmStep[];
}

/** Perf types of the host's PMUs. */
export const PMU_A = 8;
export const PMU_B = 9;

const plain = ["plain", "plain"] as const;
const ALLOW = 0;
const DENY = 1;
/** All ones: never set. */
const UNSET = 0xffff_ffff_ffff_ffffn;

export const armVectors: readonly ArmVector[] = [
  { id: "ARM01", title: "one PPI for all vCPUs", steps: [
    ["v0", "set", "pmu irq", 23, 0], ["v1", "set", "pmu irq", 24, "EINVAL"]] },
  { id: "ARM02", title: "an SPI for each vCPU", steps: [
    ["v0", "set", "pmu irq", 40, 0], ["v1", "set", "pmu irq", 40, "EINVAL"], ["v1", "set", "pmu irq", 41,
      0]] },
  { id: "ARM03", title: "a PPI set again", steps: [
    ["v0", "set", "pmu irq", 23, 0], ["v0", "set", "pmu irq", 23, "EBUSY"],
    ["v0", "set", "pmu irq", 24, "EINVAL"]] },
  { id: "ARM04", title: "an SPI set again", steps: [
    ["v0", "set", "pmu irq", 40, 0], ["v0", "set", "pmu irq", 40, "EINVAL"],
    ["v0", "set", "pmu irq", 41, "EBUSY"]] },
  { id: "ARM05", title: "an SPI after a PPI is accepted", steps: [
    ["v0", "set", "pmu irq", 23, 0], ["v1", "set", "pmu irq", 40, 0]] },
  { id: "ARM06", title: "a PPI after an SPI is not", steps: [
    ["v0", "set", "pmu irq", 40, 0], ["v1", "set", "pmu irq", 23, "EINVAL"]] },
  { id: "ARM07a", title: "from the first PPI", steps: [
    ["v0", "set", "pmu irq", 15, "EINVAL"], ["v0", "set", "pmu irq", 16, 0]] },
  { id: "ARM07b", title: "to the last SPI", steps: [["v0", "set", "pmu irq", 1019, 0]] },
  { id: "ARM07c", title: "and not beyond", steps: [
    ["v0", "set", "pmu irq", 1020, "EINVAL"], ["v0", "set", "pmu irq", -1, "EINVAL"]] },
  { id: "ARM08", title: "no GIC: no interrupt", gic: "none", steps: [
    ["v0", "set", "pmu irq", 23, "EINVAL"], ["v0", "get", "pmu irq", "EINVAL"],
    ["v0", "set", "pmu irq", "bad", "EINVAL"]] },
  { id: "ARM09", title: "no GIC: created without an interrupt", gic: "none", vcpus: ["pmu",
    "not initialised"],
    steps: [["v0", "set", "pmu init", "bad", 0], ["v0", "run", "enters"]] },
  { id: "ARM10", title: "GIC not initialised", gic: "v3 not initialised", steps: [
    ["v0", "set", "pmu irq", 23, 0], ["v0", "set", "pmu init", "bad", "ENODEV"]] },
  { id: "ARM11", title: "INIT needs the interrupt, once", steps: [
    ["v0", "set", "pmu init", "bad", "ENXIO"], ["v0", "set", "pmu irq", 23, 0],
    ["v0", "set", "pmu init", "bad", 0], ["v0", "set", "pmu init", "bad", "EBUSY"]] },
  { id: "ARM12a", title: "created: busy before anything else", steps: [
    ["v0", "set", "pmu irq", 23, 0], ["v0", "set", "pmu init", "bad", 0],
    ["v0", "set", "pmu irq", "bad", "EBUSY"], ["v0", "set", [0, 9], 1, "EBUSY"]] },
  { id: "ARM12b", title: "created, older order", profile: "linux-4.13", steps: [
    ["v0", "set", "pmu irq", 23, 0], ["v0", "set", "pmu init", "bad", 0],
    ["v0", "set", "pmu irq", "bad", "EFAULT"], ["v0", "set", [0, 9], 1, "ENXIO"]] },
  { id: "ARM13a", title: "an SPI that this GIC has not", steps: [
    ["v0", "set", "pmu irq", 300, 0], ["v0", "set", "pmu init", "bad", "EINVAL"]] },
  { id: "ARM13b", title: "an SPI that this GIC has", spis: 480, steps: [
    ["v0", "set", "pmu irq", 300, 0], ["v0", "set", "pmu init", "bad", 0]] },
  { id: "ARM14a", title: "no PMU feature", vcpus: plain, steps: [
    ["v0", "set", "pmu irq", 23, "ENODEV"], ["v0", "set", "pmu init", "bad", "ENODEV"],
    ["v0", "get", "pmu irq", "ENODEV"], ["v0", "has", "pmu irq", "ENXIO"], ["v0", "set", [0, 9], 1,
      "ENODEV"]] },
  { id: "ARM14b", title: "no PMU feature, older order", profile: "linux-4.13", vcpus: plain, steps: [
    ["v0", "set", "pmu irq", 23, "ENODEV"], ["v0", "set", "pmu init", "bad", "ENXIO"],
    ["v0", "get", "pmu irq", "ENODEV"], ["v0", "has", "pmu irq", "ENXIO"], ["v0", "set", [0, 9], 1,
      "ENXIO"]] },
  { id: "ARM15", title: "a vCPU that was never initialised", vcpus: ["not initialised", "pmu"], steps: [
    ["v0", "has", "pmu init", "ENXIO"], ["v0", "set", "pmu irq", 23, "ENODEV"], ["v0", "get", "vtimer", 27],
    ["v0", "run", "ENOEXEC"]] },
  { id: "ARM16", title: "only the interrupt can be got", steps: [
    ["v0", "get", "pmu irq", "ENXIO"], ["v0", "set", "pmu irq", 23, 0], ["v0", "get", "pmu irq", 23],
    ["v0", "get", "pmu init", "ENXIO"], ["v0", "get", "pmu filter", "ENXIO"]] },
  { id: "ARM17a", title: "feature without INIT cannot run", steps: [["v0", "run", "EINVAL"]] },
  { id: "ARM17b", title: "feature without INIT, 4.13", profile: "linux-4.13", steps: [["v0", "run",
    "enters"]] },
  { id: "ARM18", title: "checks of the first run are repeated", steps: [
    ["v0", "set", "pmu irq", 23, 0], ["v0", "run", "EINVAL"], ["v0", "set", "pmu init", "bad", 0],
    ["v0", "run", "enters"]] },
  { id: "ARM19", title: "a failed run leaves the timers enabled", steps: [
    ["v0", "run", "EINVAL"], ["v0", "set", "vtimer", 20, "EBUSY"]] },
  { id: "ARM20", title: "bounds of a filter", steps: [
    ["v0", "set", "pmu filter", [0xffff, 1, ALLOW], 0], ["v0", "set", "pmu filter", [0xffff, 2, ALLOW],
      "EINVAL"],
    ["v0", "set", "pmu filter", [0, 0, DENY], 0], ["v0", "set", "pmu filter", [0, 1, 2], "EINVAL"]] },
  { id: "ARM21", title: "bounds of a filter, PMUv3.0", eventSpace: 1024, steps: [
    ["v0", "set", "pmu filter", [0x3ff, 1, ALLOW], 0], ["v0", "set", "pmu filter", [0x400, 1, ALLOW],
      "EINVAL"]] },
  { id: "ARM22", title: "first allowed, then denied: nothing is left", steps: [
    ["v0", "set", "pmu filter", [0x10, 4, ALLOW], 0], ["allows", 0x10, true], ["allows", 0x14, false],
    ["v0", "set", "pmu filter", [0x10, 4, DENY], 0], ["allows", 0x10, false], ["allows", 0x11, false],
    ["allows", 0x00, true], ["allows", 0x1e, true]] },
  { id: "ARM23", title: "first denied: all others are allowed", steps: [
    ["v0", "set", "pmu filter", [0x10, 4, DENY], 0], ["allows", 0x0f, true], ["allows", 0x10, false],
    ["allows", 0x13, false], ["allows", 0x14, true]] },
  { id: "ARM24", title: "after a vCPU ran", steps: [
    ["v0", "set", "pmu irq", 23, 0], ["v0", "set", "pmu init", "bad", 0], ["v0", "run", "enters"],
    ["v1", "set", "pmu filter", [0, 1, ALLOW], "EBUSY"], ["v1", "set", "pmu filter", [0, 1, 2], "EINVAL"],
    ["v1", "set", "pmu choice", PMU_A, "EBUSY"], ["v1", "set", "pmu choice", 99, "ENXIO"]] },
  { id: "ARM25", title: "a filter holds the PMU", twoPmus: true, steps: [
    ["v0", "set", "pmu choice", PMU_B, 0], ["v0", "set", "pmu filter", [0, 1, ALLOW], 0],
    ["v0", "set", "pmu choice", PMU_B, 0], ["v0", "set", "pmu choice", PMU_A, "EBUSY"]] },
  { id: "ARM26", title: "a filter fixes the default", twoPmus: true, steps: [
    ["v0", "set", "pmu filter", [0, 1, ALLOW], 0], ["v0", "set", "pmu choice", PMU_B, "EBUSY"]] },
  { id: "ARM27", title: "chosen after another vCPU's INIT", twoPmus: true, steps: [
    ["v1", "set", "pmu irq", 23, 0], ["v1", "set", "pmu init", "bad", 0], ["v0", "set", "pmu choice", PMU_B,
      0],
    ["v1", "set", "pmu choice", PMU_B, "EBUSY"]] },
  { id: "ARM28", title: "run on a CPU without the PMU", twoPmus: true, steps: [
    ["v0", "set", "pmu choice", PMU_B, 0], ["v0", "set", "pmu irq", 23, 0], ["v0", "set", "pmu init", "bad",
      0],
    ["v0", "run", [9, 1, 0]]] },
  { id: "ARM29", title: "one vCPU sets the timer of all", vcpus: plain, steps: [
    ["v0", "set", "vtimer", 20, 0], ["v1", "get", "vtimer", 20], ["v1", "get", "ptimer", 30]] },
  { id: "ARM30", title: "the other timer is carried along", vcpus: plain, steps: [
    ["v0", "set", "vtimer", 20, 0], ["v1", "set", "ptimer", 21, 0], ["v0", "get", "vtimer", 20],
    ["v0", "get", "ptimer", 21]] },
  { id: "ARM31", title: "one PPI for two timers, the wrong remedy", vcpus: plain, steps: [
    ["v0", "set", "vtimer", 30, 0], ["v0", "run", "EINVAL"], ["v0", "set", "vtimer", 27, 0],
    ["v0", "run", "EINVAL"]] },
  { id: "ARM32", title: "one PPI for two timers, the right remedy", vcpus: plain, steps: [
    ["v0", "set", "vtimer", 30, 0], ["v0", "run", "EINVAL"], ["v0", "set", "ptimer", 29, 0],
    ["v0", "run", "enters"]] },
  { id: "ARM33", title: "timers are PPIs", vcpus: plain, steps: [
    ["v0", "set", "vtimer", 15, "EINVAL"], ["v0", "set", "vtimer", 16, 0], ["v0", "set", "vtimer", 31, 0],
    ["v0", "set", "vtimer", 32, "EINVAL"]] },
  { id: "ARM34", title: "an unknown timer is found last", vcpus: plain, steps: [
    ["v0", "set", [1, 5], 20, "ENXIO"], ["v0", "set", [1, 5], 40, "EINVAL"], ["v0", "set", [1, 5], "bad",
      "EFAULT"],
    ["v0", "get", [1, 5], "ENXIO"], ["v0", "has", [1, 5], "ENXIO"]] },
  { id: "ARM35", title: "another vCPU changes the number of one that ran", vcpus: plain, steps: [
    ["v0", "run", "enters"], ["v0", "set", "vtimer", 20, "EBUSY"], ["v0", "set", [1, 5], 20, "EBUSY"],
    ["v1", "set", "vtimer", 20, 0], ["v0", "get", "vtimer", 20]] },
  { id: "ARM36", title: "a later vCPU has the defaults", gic: "v3 not initialised", vcpus: plain, steps: [
    ["v0", "set", "vtimer", 20, 0], ["v2", "create", 0], ["v2", "init", false], ["init GIC"],
    ["v2", "create", "EBUSY"], ["v0", "run", "EINVAL"], ["v2", "get", "vtimer", 27], ["v2", "set", "vtimer",
      20, 0],
    ["v0", "run", "enters"]] },
  { id: "ARM37", title: "immediate exit comes after the first run's checks", vcpus: plain,
    immediateExit: true,
    steps: [["v0", "run", "EINTR"], ["v0", "set", "vtimer", 20, "EBUSY"]] },
  { id: "ARM38", title: "timers without a GIC", gic: "none", vcpus: plain, steps: [
    ["v0", "set", "vtimer", 20, "EINVAL"], ["v0", "get", "vtimer", 27], ["v0", "has", "vtimer", 0],
    ["v0", "get into bad", "vtimer", "EFAULT"]] },
  { id: "ARM39", title: "the PMU owns the timer's PPI", steps: [
    ["v0", "set", "pmu irq", 27, 0], ["v0", "set", "pmu init", "bad", 0], ["v0", "run", "EINVAL"]] },
  { id: "ARM40", title: "the timer owns the PMU's PPI", steps: [
    ["v0", "set", "pmu irq", 27, 0], ["v0", "run", "EINVAL"], ["v0", "set", "pmu init", "bad", "EEXIST"]] },
  { id: "ARM41", title: "GICv3 not initialised at the first run", gic: "v3 not initialised", vcpus: plain,
    steps: [
    ["v0", "run", "EBUSY"], ["v0", "get", "vtimer", "EIO"]] },
  { id: "ARM42", title: "GICv2 is initialised on the way", gic: "v2 not initialised", vcpus: plain, steps: [
    ["v0", "run", "enters"]] },
  { id: "ARM43", title: "steal time: alignment before being set", vcpus: plain, steps: [
    ["v0", "get", "steal time", UNSET], ["v0", "set", "steal time", 0x1000n, 0],
    ["v0", "set", "steal time", 0x1001n, "EINVAL"], ["v0", "set", "steal time", 0x2000n, "EEXIST"],
    ["v0", "get", "steal time", 0x1000n]] },
  { id: "ARM44", title: "steal time: being set before the slot", vcpus: plain, steps: [
    ["v0", "set", "steal time", 0x10000n, "EINVAL"], ["v0", "set", "steal time", 0xffc0n, 0],
    ["v0", "set", "steal time", 0x10000n, "EEXIST"]] },
  { id: "ARM45", title: "steal time: the attribute before its address", vcpus: plain, steps: [
    ["v0", "set", "steal time", "bad", "EFAULT"], ["v0", "set", [2, 1], "bad", "ENXIO"],
    ["v0", "has", [2, 1], "ENXIO"]] },
  { id: "ARM46", title: "steal time on a host that cannot tell it", vcpus: plain, noSchedulerInfo: true,
    steps: [
    ["v0", "has", "steal time", "ENXIO"], ["v0", "set", "steal time", 0x1001n, "ENXIO"],
    ["v0", "get", "steal time", "ENXIO"]] },
  { id: "ARM47", title: "a group that is not there, and no structure", steps: [
    ["v0", "set", [3, 0], 1, "ENXIO"], ["v0", "get", [3, 0], "ENXIO"], ["v0", "has", [3, 0], "ENXIO"],
    ["v0", "unreadable", "EFAULT"]] },
];

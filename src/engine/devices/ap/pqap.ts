/**
 * Interception of PQAP by KVM: which checks come before the passthrough driver is asked, and in which order.
 * Only AQIC gets here while AP instructions are interpreted; the other functions are the machine's own
 * (`interpretedAp.ts`). Derived from the source of Linux 6.1.
 */
import { errno } from "../../api/errno.ts";
import { apResponse, pqapFunction, responseOf, statusWord } from "../../uapi/ap.ts";
import type { ApVm } from "./apVm.ts";
import { handleAqic } from "./aqicHook.ts";
import type { VfioAp } from "./vfioAp.ts";

/** The CPU whose instruction was intercepted. Registers are unsigned 64-bit numbers. */
export interface ApCpu {
  gr(n: number): bigint;
  setGr(n: number, value: bigint): void;
  setConditionCode(code: number): void;
  readonly problemState: boolean;
  /** ECA.AIV: takes adapter interrupts from a GISA. */
  readonly aiv: boolean;
}

/** What the VM's CPU model offers. */
export interface ApFacilities {
  /** The host has AP instructions at all. */
  readonly hostHasAp: boolean;
  /** Facility 15: the T bit of TAPQ. */
  readonly apft: boolean;
  /** Facility 65: AQIC. */
  readonly aqic: boolean;
}

/** `userspace`: -EOPNOTSUPP, the VMM gets the instruction; `program`: a program interruption; else done. */
export type PqapOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "userspace"; readonly errno: number }
  | { readonly kind: "program"; readonly code: number };

const PRIVILEGED_OPERATION = 0x02;
const SPECIFICATION = 0x06;
const RESERVED = 0x007f0000n;
const TEST_FACILITIES = 0x00800000n;
/** Adapter or domain bits that need extended addressing: adapters from 64, domains from 16. */
const EXTENDED_NUMBERS = 0x0000c0f0n;
const LOW_WORD = 0xffffffffn;

export function interceptPqap(
  cpu: ApCpu, vm: ApVm, facilities: ApFacilities, driver: VfioAp,
): PqapOutcome {
  const gr0 = cpu.gr(0);
  const functionCode = Number(gr0 >> 24n) & 0xff;
  const isOurs = facilities.hostHasAp && vm.crycb.interpreted && functionCode === pqapFunction.AQIC;
  if (!isOurs) return { kind: "userspace", errno: errno.EOPNOTSUPP };
  if (cpu.problemState) return { kind: "program", code: PRIVILEGED_OPERATION };
  const isMalformed =
    (gr0 & RESERVED) !== 0n
    || (!facilities.apft && (gr0 & TEST_FACILITIES) !== 0n)
    || (!vm.crycb.hasExtendedAddressing && (gr0 & EXTENDED_NUMBERS) !== 0n)
    || !facilities.aqic;
  if (isMalformed) return { kind: "program", code: SPECIFICATION };
  if (vm.hook === undefined) return refuseWithoutHook(cpu, driver);
  const answer = handleAqic(driver, vm, { gr0, gr1: cpu.gr(1), gr2: cpu.gr(2), aiv: cpu.aiv });
  if (!answer.ok) return { kind: "userspace", errno: answer.error };
  cpu.setGr(1, BigInt(answer.value));
  // A normal response leaves the condition code of whatever came before.
  if (responseOf(answer.value) !== 0) cpu.setConditionCode(3);
  return { kind: "done" };
}

function refuseWithoutHook(cpu: ApCpu, { host }: VfioAp): PqapOutcome {
  const status = BigInt(statusWord(apResponse.Q_NOT_AVAIL));
  cpu.setGr(1, host.quirks.statusInHighWord ? (status << 32n) | (cpu.gr(1) & LOW_WORD) : status);
  cpu.setConditionCode(3);
  return { kind: "done" };
}

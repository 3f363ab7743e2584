/**
 * PROGRAM RETURN (Principles of Operation, chapter 10): back to where BRANCH AND STACK or PROGRAM CALL made
 * the last entry of the linkage stack, for the latter with key mask, extended index and address spaces.
 *
 * Invariant: the spaces are found, and the entry is taken off the stack, before any register changes.
 */
import type { HelperCpu } from "./helperCpu.ts";
import { Program } from "./instruction.ts";
import {
  At, ENTRY_BYTES, PROGRAM_CALL_STATE, entryStart, fetch, lastEntry, restore, setNextSize,
} from "./linkageStack.ts";
import { PswMask, addressBitsOf } from "./pswMask.ts";
import * as S from "./spaceNumber.ts";
import { modeSwitch, programReturn, putTraceEntry, requireRoom, type TraceEntry } from "./tracing.ts";

/** CR8 bits 32-47: extended authorization index. */
const EXTENDED_INDEX = 0xffff_0000n;

/** The caller's spaces and authority. */
interface Caller {
  readonly keyMask: number;
  readonly extendedIndex: number;
  /** Undefined if it is the current primary space. */
  readonly primary: S.PrimarySpace | undefined;
  readonly secondary: number;
  readonly secondaryElement: bigint;
}

/** Finds the spaces by their numbers; the secondary one needs the authority of the primary one's index. */
function findCaller(cpu: HelperCpu, entry: DataView): Caller {
  const [keyMask, secondary, extendedIndex, number] = [0, 2, 4, 6].map((offset) =>
    entry.getUint16(At.authority + offset),
  ) as [number, number, number, number];
  const isCurrent = number === S.primaryNumber(cpu);
  if (!isCurrent || secondary !== number) S.requireTranslation(cpu);
  const primary = isCurrent ? undefined : S.readPrimary(cpu, number, S.translateNumber(cpu, number));
  const element = primary?.element ?? cpu.cr(1);
  const caller = { keyMask, extendedIndex, primary, secondary };
  if (secondary === number) return { ...caller, secondaryElement: element };
  const aste = S.translateNumber(cpu, secondary);
  S.requireSecondary(cpu, aste, primary?.authorizationIndex ?? S.authorizationIndex(cpu), secondary);
  return { ...caller, secondaryElement: S.elementOf(cpu, aste) };
}

/** Answers what a space-switch event tells, or undefined. */
function goBack(cpu: HelperCpu, to: Caller): number | undefined {
  cpu.setCr(8, (cpu.cr(8) & ~EXTENDED_INDEX) | BigInt(to.extendedIndex * 0x1_0000));
  const event = to.primary && S.enterPrimary(cpu, to.primary);
  S.setSecondary(cpu, to.keyMask, to.secondary, to.secondaryElement);
  return event;
}

/** The entry of a return to a PSW: to a caller, or to where BRANCH AND STACK said. */
function tracedReturn(
  cpu: HelperCpu, caller: Caller | undefined, mask: bigint, address: bigint,
): TraceEntry | undefined {
  const bits = addressBitsOf(mask);
  if (!caller) return modeSwitch(cpu, bits);
  const number = caller.primary?.number ?? S.primaryNumber(cpu);
  return programReturn(cpu, number, address, bits, (mask & PswMask.problem) !== 0n);
}

export function pr(cpu: HelperCpu): void {
  const { at, type } = lastEntry(cpu, true);
  const entry = fetch(cpu, entryStart(at), ENTRY_BYTES);
  const caller = type === PROGRAM_CALL_STATE ? findCaller(cpu, entry) : undefined;
  const [mask, address] = [entry.getBigUint64(At.psw), entry.getBigUint64(At.address)];
  const traced = tracedReturn(cpu, caller, mask, address);
  requireRoom(cpu, traced);
  const preceding = BigInt.asUintN(64, at - BigInt(ENTRY_BYTES));
  setNextSize(cpu, preceding, 0);
  putTraceEntry(cpu, traced);
  restore(cpu, entry, 2, 14, true);
  cpu.setCr(15, preceding);
  const event = caller && goBack(cpu, caller);
  cpu.control.loadPsw((mask & ~PswMask.per) | (cpu.control.pswMask() & PswMask.per), address);
  if (event !== undefined) cpu.complete(Program.spaceSwitch, event);
}

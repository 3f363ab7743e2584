/**
 * Where qemu-system-s390x 7.2 does otherwise than the Principles of Operation, or not at all. A case that one
 * of these applies to is not compared; which it is follows from the case and what we answer, never from the
 * peer's answer.
 */
import type { BareCase, BareResult } from "./bareCase.ts";
import { Mask } from "./bareDraft.ts";
import { CODE, SEGMENT_LARGE } from "./bareStorage.ts";

export interface PeerFault {
  readonly reason: string;
  readonly applies: (one: BareCase, ours: BareResult) => boolean;
}

const named = (one: BareCase, names: RegExp): boolean => names.test(one.source.split(/\s/)[0]!);
const inProblemState = (one: BareCase): boolean => (one.mask & Mask.problem) !== 0n;
const conditionCode = (ours: BareResult): number => Number((ours.mask >> 44n) & 3n);

const eventAddress = (ours: BareResult): bigint => ours.identification.readBigUInt64BE(8);
/** The instruction there is the text that is none. */
const isShort = (one: BareCase, address: bigint): boolean =>
  address === BigInt(CODE) + (one.source.startsWith(".short") ? 0n : 4n) && one.source.includes(".short");
const isRecorded = (one: BareCase): boolean => (one.mask & Mask.per) !== 0n;
const isLarge = (address: bigint): boolean => (address & 0xffff_ffffn) >> 21n === SEGMENT_LARGE >> 21n;

export const peerFaults: readonly PeerFault[] = [
  {
    reason: "IPK, SAC, IAC, EPAR, ESAR, ESEA, IVSK, PFMF, STRAG, MVCK, MVCSK and MVCDK are not there",
    applies: (one) => named(one, /^(ipk|sac|iac|epar|esar|esea|ivsk|pfmf|strag|mvck|mvcsk|mvcdk)$/),
  },
  {
    reason: "reserved bits of a system mask or PSW give no early specification exception",
    applies: (one, ours) =>
      named(one, /^(ssm|stosm|stnsm|lpswe)$/) && ours.code === 6 && ours.end === "interrupted",
  },
  {
    reason: "LPSW leaves bit 12 on and takes bit 32 for a bit of the address",
    applies: (one, ours) =>
      named(one, /^lpsw$/) && (ours.end === "completed" || [1, 6].includes(ours.code) || ours.code >= 0x10),
  },
  { reason: "SACF knows no access-register mode", applies: (one) => /^sacf (512|0x200)/.test(one.source) },
  { reason: "SPKA is privileged", applies: (one) => named(one, /^spka$/) && inProblemState(one) },
  { reason: "SSKE ignores its mask", applies: (one) => /^sske %r3,%r2,[1-9]/.test(one.source) },
  {
    reason: "TPROT is not privileged, looks at no key and leaves a translation-exception identification",
    applies: (one, ours) => named(one, /^tprot$/) && (inProblemState(one) || conditionCode(ours) !== 0),
  },
  {
    reason: "LRA with DAT off does not translate; else it answers no code 1 or 2, changes bits 0-31 with code"
      + " 3 and in the shorter modes, and takes addressing exceptions for code 3",
    applies: (one, ours) => /lra/.test(one.source) && !(
      one.mask & Mask.dat && one.mask & (1n << 32n) && ours.end === "completed" && conditionCode(ours) === 0
    ),
  },
  {
    reason: "LURA and STURA want no boundary",
    applies: (one, ours) => named(one, /^(lura|lurag|stura|sturg)$/) && ours.code === 6,
  },
  {
    reason: "STCKE stores what it can before an exception",
    applies: (one, ours) => named(one, /^stcke$/) && ours.end === "interrupted",
  },
  { reason: "IPTE without ranges", applies: (one) => /^ipte [^\n]*,[^\n]*,%r4/.test(one.source) },
  {
    reason: "TEST BLOCK leaves general register 0",
    applies: (one, ours) => named(one, /^tb$/) && ours.end === "completed",
  },
  {
    reason: "MVPG answers by condition code what is no page-translation exception",
    applies: (one, ours) =>
      named(one, /^mvpg$/) &&
      (one.registers[0]! & 0x100n) !== 0n &&
      (ours.end === "interrupted" || conditionCode(ours) === 1),
  },
  {
    reason: "MVCP and MVCS are privileged",
    applies: (one) => named(one, /^mvc[ps]$/) && inProblemState(one),
  },
  {
    reason: "MVCOS gives addressing exceptions in the problem state",
    applies: (one) => named(one, /^mvcos$/) && inProblemState(one),
  },
  {
    reason: "no SSM-suppression control; SACF without its secondary-space control",
    applies: (one, ours) => named(one, /^(ssm|sacf)$/) && ours.code === 0x13,
  },
  {
    reason: "no large segments (enhanced DAT)",
    applies: (one) => named(one, /^(lra|lrag|lray|tprot)$/) && isLarge(one.registers[2]!),
  },
  {
    reason: "PER: an operation exception tells of no fetching event",
    applies: (one, ours) => isRecorded(one) && (ours.code & 0x80) !== 0 && isShort(one, eventAddress(ours)),
  },
  {
    reason: "PER: the old PSW of a branching event is that of the next instruction in sequence",
    applies: (one, ours) => isRecorded(one) && ours.code === 0x80 && (ours.identification[6]! & 0x80) !== 0,
  },
  {
    reason: "PER: the old PSW of the event of a supervisor call is two bytes behind its new PSW",
    applies: (one, ours) => isRecorded(one) && ours.end === "interrupted" && (ours.mask & Mask.per) === 0n,
  },
  {
    reason: "PER: storage alteration stops the store, or is told at a later instruction",
    applies: (one) => isRecorded(one) && one.control[9] === 0x2000_0000n && !/stur/.test(one.source),
  },
];

/** Codes of exceptions whose identification both sides define. */
const identified = [0x04, 0x10, 0x11, 0x38, 0x39, 0x3a, 0x3b];

/** What differs, in words; nothing if the two are the same where they are defined. */
export function difference(one: BareCase, ours: BareResult, peer: BareResult): string | undefined {
  const found: string[] = [];
  const hex = (v: bigint | number): string => v.toString(16);
  const compare = (what: string, a: bigint | number | string, b: bigint | number | string): void => {
    const shown = (v: bigint | number | string): string => (typeof v === "string" ? v : hex(v));
    if (a !== b) found.push(`${what} ${shown(a)}, peer ${shown(b)}`);
  };
  compare("end", `${ours.end} ${hex(ours.code)}/${ours.ilc}`, `${peer.end} ${hex(peer.code)}/${peer.ilc}`);
  compare("mask", ours.mask, peer.mask);
  compare("address", ours.address, peer.address);
  if (ours.code & 0x80 && ours.end === "interrupted") {
    compare("event", ours.identification.readUInt16BE(6), peer.identification.readUInt16BE(6));
    compare("event address", eventAddress(ours), eventAddress(peer));
  }
  ours.registers.forEach((v, n) => compare(`r${n}`, v, peer.registers[n]!));
  ours.control.forEach((v, n) => compare(`c${n}`, v, peer.control[n]!));
  ours.access.forEach((v, n) => compare(`a${n}`, v, peer.access[n]!));
  compare("prefix", ours.prefix, peer.prefix);
  // Reference and change bits are the peer's own matter: its buffers record them once.
  ours.keys.forEach((v, n) => compare(`key ${n}`, v & 0xf8, peer.keys[n]! & 0xf8));
  const changes = (r: BareResult): string =>
    `${r.changeCount}: ${r.changes.map(([at, v]) => `${hex(at)} ${hex(storedBits(one, v))}`).join(", ")}`;
  compare("storage", changes(ours), changes(peer));
  if (ours.end === "interrupted" && identified.includes(ours.code)) {
    // Fetch or store: for the interlocked ones either is right.
    const mask = named(one, /^csp/) ? ~0xc00n : ~0n;
    const of = (r: BareResult): bigint => r.identification.readBigUInt64BE(0x18) & mask;
    compare("identification", of(ours), of(peer));
    compare("operand access", ours.identification[0x12]!, peer.identification[0x12]!);
  }
  return found.length > 0 ? found.join("; ") : undefined;
}

/** STIDP: the version, and on ours the machine type, are each side's own. */
const storedBits = (one: BareCase, stored: bigint): bigint => (named(one, /^stidp$/) ? 0n : stored);

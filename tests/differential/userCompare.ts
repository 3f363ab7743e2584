/**
 * What of a user program's outcome must agree with the peer, and which instructions cannot be compared, each
 * with the reason.
 */
import type { Instruction } from "../../src/engine/isa/s390/instruction.ts";
import { areas, type UserState } from "./userPeer.ts";

const SIGILL = 4;
const SIGSEGV = 11;

/** Not comparable by their definition. */
const byDefinition: readonly (readonly [RegExp, string])[] = [
  [
    /^((mv|cl)cle?|cksm|cu(12|21|14|24|41|42)|tre|tr[ot][ot]|srstu?|clst|mvst)$/,
    "ends with condition code 3, or is interrupted, after an amount that the CPU chooses",
  ],
  [/^bic$/, "may or may not reach for its operand when the condition is not met"],
  [/^(clc|clm|clmy|clmh)$/, "may or may not reach for bytes behind the first unequal one"],
  [/^(unpka|unpku)$/, "the result is unpredictable when the operands overlap"],
  [/^vstrs$/, "the result is unpredictable when the substring is longer than 16 bytes"],
  [/^epsw$/, "tells the emulator's PSW"],
  [/^(ex|exrl)$/, "is not a subject but how other instructions are run"],
  [/^(vflr|vlede|vfpso|vftci)$/, "parts of the result are unpredictable"],
  [/^svc$/, "calls the emulator's host"],
  [/^(stck|stckf|stcke|ptff|ectg)$/, "reads a clock"],
  [
    /^(stfle|ecag|km|kmc|kmac|kimd|klmd|kmf|kmo|kmctr|kma|kdsa|pcc|pckmo|prno|ppno)$/,
    "tells the machine's facilities",
  ],
  [/^(mc|dp)$/, "the emulator ends at its interruption"],
  [
    /^(bsm|bassm|sam24|sam31|sam64|pr|pc|pt|bakr)$/,
    "leaves the addressing mode or the space of a user program",
  ],
];
/**
 * Where the peer (version 7.2) lacks an instruction or has it wrong, found by reading the manual at every
 * difference.
 */
const byPeer: readonly (readonly [RegExp, string])[] = [
  [
    /^(ap|sp|zap|cp|mp|srp|ed|edmk|cvb|cvby|cvbg|cvdg)$/,
    "operation exception: decimal arithmetic is missing",
  ],
  [/^(didbr|diebr|tbdr|tbedr|thder|thdr)$/, "operation exception"],
  [/^(lmd|plo|cuse|cfc|upt|trte|trtre|ts|cpya|tar|cmpsc|rp|trap[24])$/, "operation exception"],
  [
    /^(e[ps]ar|esea|eregg?|[em]sta|ivsk|iac|ipk|spka|sacf?|ssar|bakr|bs[ag]|mvc([psk]|os|sk|dk)|tprot)$/,
    "operation exception: nothing that names an address space or key is there in user mode",
  ],
  [
    /^(loc|locg|locfh|stoc|stocg|stocfh)$/,
    "reaches its operand when the condition is not met; the manual leaves that open",
  ],
  [/^(mvclu|clclu)$/, "takes odd lengths"],
  [/^(mxdb|mxdbr|mdeb|mdebr)$/, "takes the first operand in the format of the result"],
  [/^(l|lgf|llgf|lg|st|stg|c|cg|cgf|cl|clg|clgf)rl$/, "does not ask for alignment"],
  [
    /^(lam|lamy|stam|stamy|lm|lmy|lmh|lmg|stm|stmy|stmg|icm|icmy|icmh|stcm|stcmy|stcmh|tr)$/,
    "leaves a part of the result behind when it is nullified",
  ],
  [/^(vcsfp|vclfp|vcfps|vcfpl|vfi)$/, "sets the inexact flag where it is suppressed, and not with a NaN"],
  [/^cdsg$/, "takes an odd R3"],
  [/^spm$/, "the peer does not know the fixed-point overflow that the program mask then allows"],
  [/^vfnm[as]$/, "changes the sign before it rounds"],
  [/^(pka|pku)$/, "drops the leftmost digit"],
  [/^vcksm$/, "adds the carries once more"],
  [/^(rnsbg|rosbg|rxsbg|tp|csst|mvpg|unpk)$/, "the emulator itself ends at some operands"],
  [/^lt[edx]br$/, "signals a signaling NaN"],
  [
    /^(c[lfg]+[edx]bra?|m[as][ed]br?|l[de]xbra|vfm[as])$/,
    "other NaN, inexact flag or register check; tests/engine/isa/floating compares the rest",
  ],
  [/^mvcrl$/, "moves one byte too few"],
  [/^stmh$/, "stores the low words"],
];
const exclusions = [...byDefinition, ...byPeer];
/**
 * The peer has no hexadecimal and no decimal floating point but the loads and stores that leave the value
 * alone.
 */
const missingFormat = (i: Instruction): boolean =>
  i.floating === "dfp" ||
  i.floating === "implied" ||
  (i.floating === "hfp" &&
    !/^(l[ed]y?|l[edx]r|st[ed]y?|lz[edx]r|ldgr|lgdr|cpsdr|l[cnp]dfr)$/.test(i.mnemonic));

export const comparable = (i: Instruction): boolean =>
  !i.privileged && !missingFormat(i) && !exclusions.some(([names]) => names.test(i.mnemonic));

/** Lines that say what is left out and why. */
export function notCompared(all: readonly Instruction[]): string[] {
  const out = all.filter((i) => !comparable(i));
  const reasons = new Map<string, string[]>();
  for (const i of out) {
    const reason =
      exclusions.find(([names]) => names.test(i.mnemonic))?.[1] ??
      (i.privileged ? "privileged" : "hexadecimal and decimal floating point are missing");
    reasons.set(reason, [...(reasons.get(reason) ?? []), i.mnemonic]);
  }
  return [...reasons].map(
    ([reason, names]) => `  ${reason}: ${names.length > 40 ? `${names.length} entries` : names.join(" ")}`,
  );
}

function addressInAreas(offset: number): number {
  for (const [at, bytes] of areas) {
    if (offset < bytes) return at + offset;
    offset -= bytes;
  }
  return -1;
}

export function compareStates(ours: UserState, theirs: UserState): string | undefined {
  const words: string[] = [];
  const hex = (v: number | bigint | undefined): string => (v === undefined ? "none" : v.toString(16));
  const pair = (name: string, a: number | bigint | undefined, b: number | bigint | undefined): void => {
    if (a !== b) words.push(`${name}: ${hex(a)}, peer ${hex(b)}`);
  };
  for (let i = 0; i < Math.max(ours.events.length, theirs.events.length); i++) {
    const [a, b] = [ours.events[i], theirs.events[i]];
    // An operand that is neither aligned nor accessible: the manual does not say which exception goes first.
    if (a?.signal === SIGILL && b?.signal === SIGSEGV && [4, 6].includes(a.address - b.address)) continue;
    pair(`signal ${i}`, a?.signal, b?.signal);
    pair(`address of signal ${i}`, a?.address, b?.address);
  }
  pair("cc and program mask", ours.code, theirs.code);
  pair("fpc", ours.fpc, theirs.fpc);
  ours.general.forEach((v, i) => pair(`r${i}`, v, theirs.general[i]));
  ours.access.forEach((v, i) => pair(`a${i}`, v, theirs.access[i]));
  ours.vectors.forEach((v, i) => pair(`v${i}`, v, theirs.vectors[i]));
  if (ours.storage.compare(theirs.storage) !== 0) {
    const at = ours.storage.findIndex((byte, i) => byte !== theirs.storage[i]);
    pair(`storage at ${hex(addressInAreas(at))}`, ours.storage[at], theirs.storage[at]);
  }
  return words.length ? words.join("; ") : undefined;
}

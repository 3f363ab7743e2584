/**
 * The H_INT_* hypervisor calls: H_FUNCTION without the negotiated option, then flags, then each call's own
 * checks in their order. Arguments are R4 and on as unsigned 64-bit numbers. A refused call changes nothing.
 */
import { EAS_VALID_MASKED } from "./eas.ts";
import { END_NVT_INDEX, endPriority } from "./end.ts";
import { ESB_PAGE_SHIFT, esbPlace } from "./esb.ts";
import {
  ESB_STORE, H_FUNCTION, H_HARDWARE, H_P2, H_P3, H_P4, H_PARAMETER, SOURCE_LSI, SOURCE_MASK,
  SOURCE_NEEDS_H_INT_ESB, SOURCE_SET_EISN, SOURCE_STORE_EOI, hcall, hcallDone, hcallRefused,
  type HcallResult,
} from "./hcallCodes.ts";
import { getQueueConfig, getQueueInfo, setQueueConfig } from "./queueHcalls.ts";
import { ESB_BASE, NVT_BASE, RESERVED_PRIORITY, type SpaprXive } from "./spaprXive.ts";

type Call = (xive: SpaprXive, args: readonly bigint[]) => HcallResult;

interface Entry {
  /** Flags (R4) that may be set. */
  readonly flags: bigint;
  /** R5 is a claimed LISN. */
  readonly ofSource: boolean;
  readonly run: Call;
}

const ALL_ONES = 0xffff_ffff_ffff_ffffn;
/** One byte past the last page a source's pair of pages and the next one's reach; equal is allowed. */
const ESB_OFFSET_MAX = 0x20000n;

const entries: ReadonlyMap<number, Entry> = new Map<number, Entry>([
  [hcall.H_INT_GET_SOURCE_INFO, { flags: 0n, ofSource: true, run: getSourceInfo }],
  [hcall.H_INT_SET_SOURCE_CONFIG, { flags: 3n, ofSource: true, run: setSourceConfig }],
  [hcall.H_INT_GET_SOURCE_CONFIG, { flags: 0n, ofSource: true, run: getSourceConfig }],
  [hcall.H_INT_GET_QUEUE_INFO, { flags: 0n, ofSource: false, run: getQueueInfo }],
  [hcall.H_INT_SET_QUEUE_CONFIG, { flags: 1n, ofSource: false, run: setQueueConfig }],
  [hcall.H_INT_GET_QUEUE_CONFIG, { flags: 1n, ofSource: false, run: getQueueConfig }],
  [hcall.H_INT_ESB, { flags: 1n, ofSource: true, run: accessEsb }],
  [hcall.H_INT_SYNC, { flags: 0n, ofSource: true, run: sync }],
  [hcall.H_INT_RESET, { flags: 0n, ofSource: false, run: reset }],
]);

/** Carries out one call; H_FUNCTION for everything that is not here. Arguments that are missing are 0. */
export function xiveHcall(xive: SpaprXive, number: number, given: readonly bigint[]): HcallResult {
  const entry = entries.get(number);
  if (!entry || !xive.isNegotiated) return hcallRefused(H_FUNCTION);
  const args = Array.from({ length: 5 }, (_, i) => BigInt.asUintN(64, given[i] ?? 0n));
  if (args[0]! & ~entry.flags) return hcallRefused(H_PARAMETER);
  if (entry.ofSource && !xive.hasLisn(Number(args[1]))) return hcallRefused(H_P2);
  return entry.run(xive, args);
}

function getSourceInfo(xive: SpaprXive, [, lisn]: readonly bigint[]): HcallResult {
  const source = Number(lisn);
  const { sources } = xive.chip;
  const storeEoi = sources.storeEoi ? SOURCE_STORE_EOI : 0;
  const needsHcall = sources.isLsi(source);
  const flags = storeEoi | (needsHcall ? SOURCE_LSI | SOURCE_NEEDS_H_INT_ESB : 0);
  const management = needsHcall ? ALL_ONES : xive.esbAddress(source, "management");
  const trigger = needsHcall ? ALL_ONES : xive.esbAddress(source, "trigger");
  return hcallDone(BigInt(flags), management, trigger, BigInt(ESB_PAGE_SHIFT));
}

function setSourceConfig(xive: SpaprXive, args: readonly bigint[]): HcallResult {
  const [flags, , target, wide, eisnArgument] = args as [bigint, bigint, bigint, bigint, bigint];
  const lisn = Number(args[1]);
  const { eas } = xive.chip;
  if (wide === 0xffn) {
    // The kernel is not told: its source stays routed until it is configured again.
    eas.set(lisn, EAS_VALID_MASKED);
    return hcallDone();
  }
  const priority = Number(wide & 0xffn);
  const server = Number(BigInt.asUintN(32, target));
  if (priority >= RESERVED_PRIORITY) return hcallRefused(H_P4);
  if (!xive.hasVcpu(server)) return hcallRefused(H_P3);
  const isMasked = (flags & BigInt(SOURCE_MASK)) !== 0n;
  const setsEisn = (flags & BigInt(SOURCE_SET_EISN)) !== 0n;
  const eisn = setsEisn ? Number(BigInt.asUintN(31, eisnArgument)) : eas.data(lisn);
  const refused = xive.kernel?.configureSource(lisn, { server, priority, isMasked, eisn }) ?? 0;
  if (refused) return hcallRefused(H_HARDWARE);
  eas.route(lisn, xive.endIndex(server, priority), eisn, isMasked);
  return hcallDone();
}

function getSourceConfig(xive: SpaprXive, [, argument]: readonly bigint[]): HcallResult {
  const lisn = Number(argument);
  const { eas, ends } = xive.chip;
  const end = eas.endIndex(lisn);
  // A queue that was never configured has NVT index 0, which lies below the first.
  const target = ((ends.word(end, 6) & END_NVT_INDEX) - NVT_BASE) >>> 0;
  const priority = eas.isMasked(lisn) ? 0xff : endPriority(ends.word(end, 7));
  return hcallDone(BigInt(target), BigInt(priority), BigInt(eas.data(lisn)));
}

/** The offset is from the management page, so it also reaches the pages of the next number. */
function accessEsb(xive: SpaprXive, [flags, lisn, offset]: readonly bigint[]): HcallResult {
  if (offset! > ESB_OFFSET_MAX) return hcallRefused(H_P3);
  const place = esbPlace(xive.esbAddress(Number(lisn), "management") - ESB_BASE + offset!);
  if (place.source >= xive.irqs || place.offset % 8 !== 0) return hcallRefused(H_HARDWARE);
  if (flags! & BigInt(ESB_STORE)) {
    xive.storeEsb(place.source, place.page, place.offset);
    return hcallDone(ALL_ONES);
  }
  const value = xive.loadEsb(place.source, place.page, place.offset);
  return hcallDone(value === undefined ? ALL_ONES : BigInt(value));
}

function sync(xive: SpaprXive, [, lisn]: readonly bigint[]): HcallResult {
  return xive.kernel?.syncSource(Number(lisn)) ? hcallRefused(H_HARDWARE) : hcallDone();
}

function reset(xive: SpaprXive): HcallResult {
  return xive.resetTables() ? hcallRefused(H_HARDWARE) : hcallDone();
}

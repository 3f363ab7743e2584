/**
 * Thread interrupt management area (TIMA): four pages of 64 KiB over one thread's rings, from most to least
 * privileged. Bits 17:16 of the offset (bit 0 the least significant) select the page. Offset bit 11 selects
 * the special operations, which compare bits 11:0; a raw access to the rings uses bits 5:0.
 *
 * A raw access of 4 or 8 bytes reads and writes the bytes that the page's mask allows, and does nothing else:
 * no clamping of CPPR, no new PIPR or NSR. Values are big endian. Undefined is a failed load (all ones).
 */
import {
  CAM_LINE, CONTEXT_VALID, IPB, RING_OS, RING_PHYS, RING_POOL, WORD_2, type ThreadContext,
} from "./threadContext.ts";
import { xiveStep } from "./observer.ts";

export const TIMA_PAGE_SHIFT = 16;
export const TIMA_SIZE = 4 << TIMA_PAGE_SHIFT;
export const TIMA_PAGE_HW = 0;
export const TIMA_PAGE_HV = 1;
export const TIMA_PAGE_OS = 2;
export const TIMA_PAGE_USER = 3;
/** Offsets within a page. */
export const TIMA_OS_CPPR = 0x011;
export const TIMA_PUSH_OS = 0x018;
export const TIMA_ACK_OS = 0x810;
export const TIMA_SET_OS_PENDING = 0x812;
export const TIMA_PULL_OS = 0x818;

/** Per page and byte of the rings USER, OS, POOL, PHYS: 1 written, 2 read, 3 both. */
const accessMasks: readonly string[] = [
  "3000000033330000 3333330233330000 0033000033330000 3333030230033330",
  "3000000033330000 3333330233330000 0033000003330000 3333030230030000",
  "3000000033330000 2322220200000000 0000000000000000 0000000000000000",
  "3000000000000000 0000000000000000 0000000000000000 0000000000000000",
].map((rings) => rings.replaceAll(" ", ""));
const WRITES = 1;
const READS = 2;

/** What a context push needs of the virtual processors: the backlog of an NVT, which is then empty. */
export interface BacklogPort {
  takeBacklog(nvt: number): number;
}

interface SpecialLoad {
  /** The least privileged page that has it. */
  readonly page: number;
  readonly offset: number;
  readonly sizes: readonly number[];
  run(context: ThreadContext): number;
}
interface SpecialStore {
  readonly page: number;
  readonly offset: number;
  readonly sizes: readonly number[];
  run(context: ThreadContext, value: number, backlog: BacklogPort): void;
}

const specialLoads: readonly SpecialLoad[] = [
  { page: TIMA_PAGE_HV, offset: 0x038, sizes: [1], run: ({ registers }) => registers[RING_PHYS + WORD_2]! },
  { page: TIMA_PAGE_OS, offset: TIMA_ACK_OS, sizes: [2], run: (context) => context.acknowledge(RING_OS) },
  { page: TIMA_PAGE_HV, offset: TIMA_PULL_OS, sizes: [4, 8], run: pullOs },
  { page: TIMA_PAGE_HV, offset: 0x828, sizes: [4, 8], run: pullPool },
  { page: TIMA_PAGE_HV, offset: 0x830, sizes: [2], run: (context) => context.acknowledge(RING_PHYS) },
];

const specialStores: readonly SpecialStore[] = [
  {
    page: TIMA_PAGE_OS, offset: TIMA_OS_CPPR, sizes: [1],
    run: (context, value) => context.setCppr(RING_OS, value),
  },
  { page: TIMA_PAGE_HV, offset: TIMA_PUSH_OS, sizes: [4], run: pushOs },
  {
    page: TIMA_PAGE_HV, offset: 0x031, sizes: [1],
    run: (context, value) => context.setCppr(RING_PHYS, value),
  },
  {
    page: TIMA_PAGE_HV, offset: 0x038, sizes: [1],
    run: ({ registers }, value) => { registers[RING_PHYS + WORD_2] = value; },
  },
  {
    page: TIMA_PAGE_OS, offset: TIMA_SET_OS_PENDING, sizes: [1],
    run: (context, value) => context.setPending(value),
  },
];

/** Installs a virtual processor; its backlog becomes pending. */
function pushOs(context: ThreadContext, word2: number, backlog: BacklogPort): void {
  context.setWord2(RING_OS, word2);
  if (!(word2 & CONTEXT_VALID)) return;
  const nvt = word2 & CAM_LINE;
  const bits = backlog.takeBacklog(nvt);
  if (bits) context.onStep?.(xiveStep("dispatched", "NVT.IPB", { target: context.thread, value: nvt }));
  context.addPending(RING_OS, bits);
}

/** Takes the virtual processor off; returns word 2 as it was. NSR, IPB and PIPR stay. */
function pullOs(context: ThreadContext): number {
  const word2 = context.word2(RING_OS);
  context.setWord2(RING_OS, (word2 & ~CONTEXT_VALID) >>> 0);
  context.setLine(RING_OS, false);
  return word2;
}

/** Returns word 2 as it is afterwards. */
function pullPool(context: ThreadContext): number {
  const word2 = (context.word2(RING_POOL) & ~CONTEXT_VALID) >>> 0;
  context.setWord2(RING_POOL, word2);
  return word2;
}

/** Load of `size` bytes at `offset` of the whole area. */
export function timaLoad(context: ThreadContext, offset: number, size: number): bigint | undefined {
  if (!isAligned(offset, size)) return undefined;
  const page = pageOf(offset);
  const special = specialLoads.find((operation) => matches(operation, page, offset, size));
  if (special) return BigInt(special.run(context));
  const mask = rawMask(page, offset, size, READS);
  if (!mask) return undefined;
  const start = offset & 0x3f;
  return mask.reduce((value, reads, i) => {
    return (value << 8n) | (reads ? BigInt(context.registers[start + i]!) : 0n);
  }, 0n);
}

/** Store of `size` bytes at `offset` of the whole area; false if it was ignored as an error. */
export function timaStore(
  context: ThreadContext,
  backlog: BacklogPort,
  offset: number,
  size: number,
  value: bigint,
): boolean {
  if (!isAligned(offset, size)) return false;
  const page = pageOf(offset);
  const special = specialStores.find((operation) => matches(operation, page, offset, size));
  if (special) {
    special.run(context, Number(BigInt.asUintN(8 * size, value)), backlog);
    return true;
  }
  const mask = rawMask(page, offset, size, WRITES);
  if (!mask) return false;
  const start = offset & 0x3f;
  mask.forEach((writes, i) => {
    if (writes) context.registers[start + i] = Number((value >> BigInt(8 * (size - 1 - i))) & 0xffn);
  });
  const ring = start & 0x30;
  if (mask[ring + IPB - start])
    context.onStep?.(xiveStep("set", "IPB", { target: context.thread, value: ring }));
  return true;
}

/** What a failed load of `size` bytes reads as. */
export const allOnes = (size: number): bigint => (1n << BigInt(8 * size)) - 1n;

const isAligned = (offset: number, size: number): boolean =>
  [1, 2, 4, 8].includes(size) && offset >= 0 && offset < TIMA_SIZE && offset % size === 0;

const pageOf = (offset: number): number => (offset >>> TIMA_PAGE_SHIFT) & 3;

const matches = (
  operation: Pick<SpecialLoad, "page" | "offset" | "sizes">,
  page: number,
  offset: number,
  size: number,
): boolean =>
  page <= operation.page && (offset & 0xfff) === operation.offset && operation.sizes.includes(size);

/** Which bytes of a raw access count; undefined where none does, or the access is refused as a whole. */
function rawMask(page: number, offset: number, size: number, kind: number): boolean[] | undefined {
  const start = offset & 0x3f;
  const isUserRing = start < RING_OS;
  if (size < 4 || isUserRing || offset & 0x800) return undefined;
  const digits = accessMasks[page]!.slice(start, start + size);
  const mask = [...digits].map((digit) => (Number(digit) & kind) !== 0);
  return mask.includes(true) ? mask : undefined;
}

/**
 * Event state buffer (ESB): the two bits P and Q in front of every interrupt source of a POWER9 XIVE, and the
 * loads and stores that move them. P says that an event was sent and waits for its EOI, Q that another came
 * since; PQ = 01 is off. A state is P * 2 + Q, as loads return it.
 *
 * Each source has two pages of 64 KiB: the even one triggers, the odd one manages. Accesses are 8 bytes; the
 * value is big endian, so PQ is in the last byte. Only bits 11:0 of the offset (bit 0 the least significant)
 * select the operation.
 */

export const ESB_RESET = 0b00;
export const ESB_OFF = 0b01;
export const ESB_PENDING = 0b10;
export const ESB_QUEUED = 0b11;
export type Pq = 0 | 1 | 2 | 3;

/** What one event or EOI does: the state after it, and whether an event goes on to routing. */
export interface PqStep {
  readonly pq: Pq;
  readonly forwards: boolean;
}

/** Indexed by the state before. */
const afterTrigger: readonly PqStep[] = [
  { pq: ESB_PENDING, forwards: true },
  { pq: ESB_OFF, forwards: false },
  { pq: ESB_QUEUED, forwards: false },
  { pq: ESB_QUEUED, forwards: false },
];
/** An EOI never unmasks. */
const afterEoi: readonly PqStep[] = [
  { pq: ESB_RESET, forwards: false },
  { pq: ESB_OFF, forwards: false },
  { pq: ESB_RESET, forwards: false },
  { pq: ESB_PENDING, forwards: true },
];

/** One event arrives. */
export const triggerPq = (pq: Pq): PqStep => afterTrigger[pq]!;
/** The end of an interrupt, by a load of 0x000-0x7ff or by Store-EOI. */
export const eoiPq = (pq: Pq): PqStep => afterEoi[pq]!;

export type EsbPage = "trigger" | "management";

/** What an access asks for. `set` is written to; a load of it also returns the state before. */
export type EsbOperation =
  | { readonly kind: "eoi" | "get" | "trigger" | "inject" | "store-eoi" | "refused" }
  | { readonly kind: "set"; readonly pq: Pq };

const EOI: EsbOperation = { kind: "eoi" };
const GET: EsbOperation = { kind: "get" };
const TRIGGER: EsbOperation = { kind: "trigger" };
const INJECT: EsbOperation = { kind: "inject" };
const STORE_EOI: EsbOperation = { kind: "store-eoi" };
const REFUSED: EsbOperation = { kind: "refused" };
const SET: readonly EsbOperation[] = ([0, 1, 2, 3] as const).map((pq) => ({ kind: "set", pq }));

/** Offset bit 0x40 of a load: it is ordered after the stores before it. It selects no other operation. */
export const ESB_LOAD_AFTER_STORES = 0x40;
/** Offsets of the operations on the management page. */
export const ESB_STORE_EOI = 0x400;
export const ESB_GET = 0x800;
export const ESB_SET_PQ = (pq: Pq): number => 0xc00 | (pq << 8);

/** `offset` in bytes from the start of the page; only bits 11:0 count. `size` in bytes. */
export function decodeEsbLoad(page: EsbPage, offset: number, size = 8): EsbOperation {
  if (page === "trigger" || size !== 8) return REFUSED;
  const operation = offset & 0xfff;
  if (operation < 0x800) return EOI;
  if (operation < 0xc00) return GET;
  return SET[(operation >> 8) & 3]!;
}

/** As for loads. Whether Store-EOI is there is the source's matter; the data of a store never counts. */
export function decodeEsbStore(page: EsbPage, offset: number, size = 8): EsbOperation {
  if (size !== 8) return REFUSED;
  if (page === "trigger") return TRIGGER;
  const operation = offset & 0xfff;
  if (operation < 0x400) return TRIGGER;
  if (operation < 0x800) return STORE_EOI;
  if (operation < 0xc00) return INJECT;
  return SET[(operation >> 8) & 3]!;
}

/** log2 of the bytes of one ESB page. */
export const ESB_PAGE_SHIFT = 16;
export const ESB_PAGE_SIZE = 1 << ESB_PAGE_SHIFT;

/** Address of a source's page, where the pages of source 0 begin at `base`. */
export function esbPageAddress(base: bigint, source: number, page: EsbPage): bigint {
  const index = 2n * BigInt(source) + (page === "management" ? 1n : 0n);
  return base + (index << BigInt(ESB_PAGE_SHIFT));
}

/** Which source, page and offset lie `offset` bytes after the first page of source 0. */
export function esbPlace(offset: bigint): { source: number; page: EsbPage; offset: number } {
  const index = Number(offset >> BigInt(ESB_PAGE_SHIFT));
  return {
    source: Math.floor(index / 2),
    page: index % 2 === 1 ? "management" : "trigger",
    offset: Number(offset & BigInt(ESB_PAGE_SIZE - 1)),
  };
}

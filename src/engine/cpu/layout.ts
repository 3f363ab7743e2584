/**
 * Where the engine keeps what in its WebAssembly memory. Host byte offsets; one running vCPU's registers lie
 * at fixed low addresses (a parked vCPU's are copied away), so compiled code reaches them with constant
 * offsets.
 *
 *   0x0000  registers and PSW parts of the running vCPU (Reg)
 *   0x1000  scratch entries for executed (EX) and page-crossing instructions
 *   banks   one per translation mode: data TLB, instruction TLB, jump cache
 *   pages   predecoded pages, 16 bytes per halfword
 *   frames  what the engine knows of each frame of guest RAM
 *   top     guest RAM, reversed, up to the end of memory
 */
export const Reg = {
  gpr: 0x000,
  /** Always zero: what base or index register 0 reads. */
  zero: 0x080,
  ar: 0x0c0,
  cr: 0x100,
  /**
   * Vector registers as little-endian 128-bit integers: floating-point register n is the high half of vector
   * register n.
   */
  vr: 0x180,
  pc: 0x380,
  ccOp: 0x388,
  ccA: 0x390,
  ccB: 0x398,
  /** Instructions left in this slice. */
  ic: 0x3a0,
  /** Set by the slow path: 1 access exception (code in `pgm`), 2 code was changed by a store. */
  fault: 0x3a4,
  fpc: 0x3a8,
  prefix: 0x3ac,
  /** Mask of the addressing mode. */
  addressMask: 0x3b0,
  pgm: 0x3b8,
  tlb: 0x3bc,
  pageBase: 0x3c0,
  programMask: 0x3c4,
  pageVirtual: 0x3c8,
  /** Predecode heat at which the interpreter asks for a compilation. */
  heatLimit: 0x3d4,
  exTarget: 0x3d8,
  /** Instructions that ran in compiled regions. */
  compiledCount: 0x3e0,
  cpuAddress: 0x3e8,
  itlb: 0x3ec,
  jumpCache: 0x3f0,
  /** Link bits that BASR and friends store in bits 32 of a link in 31-bit mode. */
  linkOr: 0x3f8,
  dxc: 0x400,
  /**
   * Length of the EXECUTE under which an instruction runs; its own address is then `exTarget`, else that
   * equals pc.
   */
  exLength: 0x404,
  /** PSW bits 0-31 without condition code and program mask. */
  pswHigh: 0x408,
  /** Not 0: an interruption is pending that only masks hold back; whoever opens a mask must leave. */
  pending: 0x40c,
  end: 0x410,
} as const;

/** Not of one vCPU: raised whenever translations or code that something was derived from may have changed. */
export const CODE_EPOCH = 0x800;

export const SCRATCH = 0x1000;
export const SCRATCH_ENTRIES = 4096;

/** EXECUTE cache: target i64, r1 byte | bank << 8 i32, epoch i32, scratch entry i32. */
export const EXECUTE_CACHE = 0x20000;
export const EXECUTE_CACHE_ENTRY = 32;
export const EXECUTE_CACHE_ENTRIES = 1024;

// ---- TLB
/**
 * Entry: read tag i64, write tag i64, addend i32 (host = addend - low 32 bits of the virtual address), frame
 * i32, guarded tag i64: of a page that may be written where its frame holds no code and where low-address
 * protection does not reach.
 */
export const TLB_ENTRY = 32;
export const TLB_ENTRIES = 2048;
/** Entries of a page table: as many pages on, the page index (bits 44-51 of an address) is the same. */
export const PAGE_INDEXES = 256;
export const TLB_READ = 0;
export const TLB_WRITE = 8;
export const TLB_ADDEND = 16;
export const TLB_FRAME = 20;
export const TLB_GUARDED = 24;
/** An access of n bytes at A is at host (addend - A) + (TLB_BIAS - n). */
export const TLB_BIAS = 16;

// ---- instruction TLB: page tag i64, predecoded page i32
export const ITLB_ENTRY = 16;
export const ITLB_ENTRIES = 1024;

// ---- jump cache: pc i64, region slot i32; behind it how many entries were filled, and their host offsets
export const JUMP_ENTRY = 16;
export const JUMP_ENTRIES = 4096;
export const JUMP_LOG = JUMP_ENTRY * JUMP_ENTRIES;
export const JUMP_LOG_ENTRIES = 1023;

export const BANKS = 0x40000;
export const BANK_TLB = 0;
/** The second-level TLB: as many entries of the same form at hashed places. See `secondLevel.ts`. */
export const BANK_TLB2 = TLB_ENTRY * TLB_ENTRIES;
export const BANK_ITLB = BANK_TLB2 + TLB_ENTRY * TLB_ENTRIES;
export const BANK_JUMP = BANK_ITLB + ITLB_ENTRY * ITLB_ENTRIES;
export const BANK_SIZE = BANK_JUMP + JUMP_LOG + 4 + 4 * JUMP_LOG_ENTRIES;
export const BANK_COUNT = 16;

// ---- predecoded pages
export const ENTRY = 16;
export const ENTRY_HANDLER = 0;
/** u16: times this entry was reached by a branch. */
export const ENTRY_HEAT = 6;
/** 2048 entries and three that stop what runs over the page's end. */
export const PAGE_ENTRIES = 2051;
/** Behind the entries: i32 per entry, region slot << 12 | the handler that the entry had before. */
export const PAGE_SLOTS = PAGE_ENTRIES * ENTRY;
/** Then two i32: code epochs at which the crossing instructions at 0xffc and 0xffe were checked. */
export const PAGE_EPOCHS = PAGE_SLOTS + PAGE_ENTRIES * 4;
export const PAGE_BYTES = (PAGE_EPOCHS + 8 + 15) & ~15;
export const PAGES = (BANKS + BANK_SIZE * BANK_COUNT + 0xffff) & ~0xffff;
export const PAGE_POOL = 1600;
/** Behind the pages: a byte per slot of the region table, the number of its entry in its region. */
export const SLOT_ENTRY = (PAGES + PAGE_POOL * PAGE_BYTES + 0xffff) & ~0xffff;
export const SLOTS_MAX = 1 << 20;
/** A word per frame of guest RAM, see `CodeFrames`; then guest RAM. */
export const FRAME_INFO = SLOT_ENTRY + SLOTS_MAX;
export const frameInfoBytes = (ramSize: number): number => ((ramSize >>> 10) + 0xffff) & ~0xffff;

/** Special handlers; those of instructions follow. */
export const Handler = {
  undecoded: 0,
  enter: 1,
  pageEnd: 2,
  cross: 3,
  program: 4,
  helper: 5,
  execute: 6,
  executeRelative: 7,
  first: 8,
} as const;

/**
 * What an operation function returns, and with what the interpreter leaves. Positive: bytes to the next
 * entry. Zero: it branched, the target is in `pc`. Negative: leave, because …
 */
export const Exit = {
  branched: 0,
  /** Program interruption `pgm`; pc is the instruction. */
  program: -1,
  /** Completed, pc is the next instruction; mode or interruptions must be looked at. */
  done: -2,
  /** The slice is over. */
  slice: -3,
  /** pc lies in a page that the instruction TLB does not know. */
  fetch: -4,
  /** pc's entry is not decoded yet. */
  decode: -5,
  /** pc's entry is hot. */
  compile: -6,
  /** pc's entry crosses into the next page and must be checked again. */
  cross: -7,
} as const;

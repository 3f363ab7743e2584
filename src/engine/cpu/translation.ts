/**
 * Dynamic address translation by the tables in guest storage (Principles of Operation, chapter 3, "Dynamic
 * address translation"). Virtual addresses and ASCEs come as two unsigned 32-bit words, because this runs at
 * every TLB miss. Table addresses are taken as absolute.
 */
const PROTECTED = 0x200;
const INVALID_REGION = 0x20;
const INVALID_PAGE = 0x400;
const FORMAT_CONTROL = 0x400;
const REAL_SPACE = 0x20;
const PRIVATE_SPACE = 0x100;
const COMMON_SEGMENT = 0x10;

const ASCE_TYPE = 0x38;
const TRANSLATION_SPECIFICATION = 0x12;
const ADDRESSING = 0x05;
/** Exception by level: segment 0, region third 1, second 2, first 3. */
const LEVEL_EXCEPTION = [0x10, 0x3b, 0x3a, 0x39] as const;
const PAGE_EXCEPTION = 0x11;

/** Reads the doubleword at an absolute address: `low` and `high` of the last read are left in the reader. */
export interface TableReader {
  /** False if the address is outside storage. */
  read(absoluteHigh: number, absoluteLow: number): boolean;
  high: number;
  low: number;
}

export interface Walk {
  /** 0, or the program interruption code. */
  exception: number;
  /** Address of the 4 KiB page: high word and low word (low 12 bits zero). */
  pageHigh: number;
  page: number;
  /** The page is in a segment frame: its address is absolute, and prefixing does not move it. Else real. */
  isAbsolute: boolean;
  protected: boolean;
  /** The same by the tables above the page table alone. */
  protectedAbove: boolean;
  /**
   * Absolute address of the table entry that was looked at last; high word is 0. For LRA's condition code 3.
   */
  entry: number;
  /** Of that entry: -1 page table, 0 segment table, 1 to 3 region third to first table; 4 none. */
  level: number;
}

export class Translator {
  readonly result: Walk = {
    exception: 0, pageHigh: 0, page: 0, isAbsolute: false, protected: false, protectedAbove: false, entry: 0,
    level: 4,
  };
  private readonly reader: TableReader;
  edat1 = true;

  constructor(reader: TableReader) {
    this.reader = reader;
  }

  private fail(code: number): Walk {
    this.result.exception = code;
    return this.result;
  }

  /** Walks the tables of an ASCE; the result object is reused by the next walk. */
  walk(asceHigh: number, asceLow: number, high: number, low: number): Walk {
    const r = this.result;
    r.exception = 0;
    r.isAbsolute = false;
    r.protected = false;
    r.protectedAbove = false;
    r.entry = 0;
    r.level = 4;
    if (asceLow & REAL_SPACE) {
      r.pageHigh = high;
      r.page = (low & ~0xfff) >>> 0;
      return r;
    }
    const type = (asceLow >>> 2) & 3;
    const index = [
      (low >>> 20) & 0x7ff,
      ((high & 0x3ff) << 1) | (low >>> 31),
      (high >>> 10) & 0x7ff,
      high >>> 21,
    ] as const;
    for (let level = 3; level > type; level--)
      if (index[level as 1 | 2 | 3] !== 0) return this.fail(ASCE_TYPE);
    let tableHigh = asceHigh;
    let tableLow = (asceLow & ~0xfff) >>> 0;
    let offset = 0;
    let length = asceLow & 3;
    for (let level = type; level >= 0; level--) {
      const i = index[level as 0 | 1 | 2 | 3];
      if (i >>> 9 < offset || i >>> 9 > length) return this.fail(LEVEL_EXCEPTION[level as 0 | 1 | 2 | 3]);
      if (!this.readEntry(tableHigh, tableLow, i, level)) return this.fail(ADDRESSING);
      const entryHigh = this.reader.high;
      const entryLow = this.reader.low;
      if (entryLow & INVALID_REGION) return this.fail(LEVEL_EXCEPTION[level as 0 | 1 | 2 | 3]);
      if (((entryLow >>> 2) & 3) !== level) return this.fail(TRANSLATION_SPECIFICATION);
      if (this.edat1 || level === 0) r.protectedAbove ||= (entryLow & PROTECTED) !== 0;
      r.protected = r.protectedAbove;
      if (level > 0) {
        tableHigh = entryHigh;
        tableLow = (entryLow & ~0xfff) >>> 0;
        offset = (entryLow >>> 6) & 3;
        length = entryLow & 3;
        continue;
      }
      if (entryLow & COMMON_SEGMENT && asceLow & PRIVATE_SPACE) return this.fail(TRANSLATION_SPECIFICATION);
      if (this.edat1 && entryLow & FORMAT_CONTROL) {
        r.isAbsolute = true;
        r.pageHigh = entryHigh;
        r.page = ((entryLow & 0xfff00000) | (low & 0x000ff000)) >>> 0;
        return r;
      }
      return this.page(entryHigh, (entryLow & ~0x7ff) >>> 0, (low >>> 12) & 0xff);
    }
    return r;
  }

  private page(tableHigh: number, tableLow: number, i: number): Walk {
    if (!this.readEntry(tableHigh, tableLow, i, -1)) return this.fail(ADDRESSING);
    const low = this.reader.low;
    if (low & INVALID_PAGE) return this.fail(PAGE_EXCEPTION);
    if (low & 0x800) return this.fail(TRANSLATION_SPECIFICATION);
    const r = this.result;
    r.protected ||= (low & PROTECTED) !== 0;
    r.pageHigh = this.reader.high;
    r.page = (low & ~0xfff) >>> 0;
    return r;
  }

  private readEntry(tableHigh: number, tableLow: number, index: number, level: number): boolean {
    const low = tableLow + index * 8;
    this.result.entry = low;
    this.result.level = level;
    return this.reader.read(tableHigh + (low > 0xffffffff ? 1 : 0), low >>> 0);
  }
}

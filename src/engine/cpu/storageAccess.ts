/**
 * From a virtual address to a host offset, with every check on the way: space selection, DAT, prefixing,
 * existence, key and low-address protection. Fills the data TLB with what was allowed (Principles of
 * Operation, chapter 3).
 *
 * A page that holds predecoded code or lies under low-address protection gets no write tag; its stores come
 * here unless its guarded tag lets the runtime's slow path do them. Everything in access-register mode and
 * every store in PER mode comes here.
 */
import { DirtyLog } from "../memory/dirtyLog.ts";
import type { MemoryWriter } from "../memory/memoryWriter.ts";
import { AccessRegisterTranslation } from "./accessRegister.ts";
import type { Banks } from "./banks.ts";
import { linesOf } from "./codeFrames.ts";
import type { CodePages } from "./codePages.ts";
import type { EngineMemory } from "./engineMemory.ts";
import {
  CODE_EPOCH, Reg, TLB_ADDEND, TLB_BIAS, TLB_ENTRIES, TLB_ENTRY, TLB_FRAME, TLB_GUARDED, TLB_WRITE,
} from "./layout.ts";
import type { Mode } from "./mode.ts";
import { secondPlace } from "./secondLevel.ts";
import { Translator, type Walk } from "./translation.ts";
import type { Vcpu } from "./vcpu.ts";
import { WATCHED, type Watchpoints } from "./watchpoints.ts";

const LOW_ADDRESS_PROTECTION = 0x10000000;
const EDAT = 0x00800000;
const FETCH_OVERRIDE = 0x02000000;
const STORAGE_OVERRIDE = 0x01000000;
const PRIVATE_SPACE = 0x100;
/** Change bit of a storage key. */
const CHANGED = 2;
/** Half of a tag that matches no page. */
const NO_PAGE = 0xffffffff;
const CONTROL_OF_SPACE = [1, -1, 7, 13] as const;

export type Access = 0 | 1 | 2;
export const READ: Access = 0;
export const WRITE: Access = 1;
export const FETCH: Access = 2;

export class StorageAccess {
  private readonly memory: EngineMemory;
  readonly translator: Translator;
  private readonly accessRegister: AccessRegisterTranslation;
  /** Access register of the operand being resolved, 0 outside access-register mode. */
  private accessNumber = 0;
  readonly keys: Uint8Array;
  mode!: Mode;
  vcpu!: Vcpu;
  banks!: Banks;
  code!: CodePages;
  /**
   * Of the last successful `resolve`: absolute and real address of the byte; whether prefixing moved it; may
   * stores to its page be cached, and if so, only beyond the reach of low-address protection?
   */
  viaPrefix = false;
  private cacheWrite = false;
  private isLow = false;
  absolute = 0;
  real = 0;
  /** One byte per frame: 1 if some TLB entry, of data or of instructions, may refer to it. */
  readonly cached: Uint8Array;
  readonly dirty: DirtyLog;
  /** Who is storing now. */
  private writer: MemoryWriter = "cpu";
  /** Storage alteration in PER mode; `base` as in `resolve`. */
  onAlter!: (high: number, low: number, size: number, base: number) => void;
  misses = 0;
  /** Who watches storage for a debugger, if anybody does. */
  watching: () => Watchpoints | undefined = () => undefined;

  constructor(memory: EngineMemory) {
    this.memory = memory;
    this.keys = new Uint8Array(memory.ramSize >>> 12);
    this.cached = new Uint8Array(memory.ramSize >>> 12);
    this.dirty = new DirtyLog(memory.ramSize >>> 12);
    const reader = {
      high: 0,
      low: 0,
      read: (high: number, low: number): boolean => {
        if (high !== 0 || low > memory.ramSize - 8) return false;
        const at = (memory.top - low - 8) >>> 2;
        reader.low = memory.u32[at]!;
        reader.high = memory.u32[at + 1]!;
        return true;
      },
    };
    this.translator = new Translator(reader);
    this.accessRegister = new AccessRegisterTranslation(memory, (real) => this.toAbsolute(real));
  }

  /** Bits 32-63 of the address-space-control element that the last `resolve` with translation went by. */
  get elementLow(): number {
    return this.accessRegister.asceLow;
  }
  cr(n: number, high: boolean): number {
    return this.memory.u32[((Reg.cr + n * 8) >> 2) + (high ? 1 : 0)]!;
  }
  get prefix(): number {
    return this.memory.u32[Reg.prefix >> 2]!;
  }
  /** Prefixing of a real address below 4 GiB. It swaps two areas, so it also leads back. */
  toAbsolute(real: number): number {
    const prefix = this.prefix;
    if (real < 0x2000) {
      this.viaPrefix = true;
      return real + prefix;
    }
    if ((real & ~0x1fff) >>> 0 === prefix) {
      this.viaPrefix = true;
      return real - prefix;
    }
    return real;
  }

  /**
   * Resolves one byte's page. Returns 0 with `absolute` set, or the exception code. `base` is the slot offset
   * of the base register (access-register mode), `space` overrides the PSW's address space, `key` its key.
   */
  resolve(high: number, low: number, access: Access, base: number, space: number, key: number): number {
    this.cacheWrite = true;
    this.isLow = false;
    this.accessNumber = 0;
    const mode = this.mode;
    let pageHigh = high;
    let page = low;
    let protectedPage = false;
    const cr0 = this.cr(0, false);
    let privateSpace = false;
    if (mode.dat || space >= 0) {
      const asc = space >= 0 ? space : access === FETCH && mode.addressSpace !== 3 ? 0 : mode.addressSpace;
      const { accessRegister } = this;
      let isFetchOnly = false;
      if (asc === 1) {
        this.accessNumber = base === Reg.zero ? 0 : base >>> 3;
        const code = accessRegister.translate(base);
        if (code) return this.exception(code, high, low, access, asc);
        isFetchOnly = accessRegister.fetchOnly;
      } else accessRegister.take(CONTROL_OF_SPACE[asc as 0 | 2 | 3]);
      this.translator.edat1 = (cr0 & EDAT) !== 0;
      const { asceHigh, asceLow } = accessRegister;
      privateSpace = (asceLow & PRIVATE_SPACE) !== 0;
      const w = this.translator.walk(asceHigh, asceLow, high, low);
      if (w.exception) return this.exception(w.exception, high, low, access, asc);
      pageHigh = w.pageHigh;
      page = (this.realPage(w) | (low & 0xfff)) >>> 0;
      protectedPage = w.protected || isFetchOnly;
      if (access === WRITE && protectedPage) return this.exception(0x104, high, low, access, asc);
      if (asc === 1) this.cacheWrite = false;
    }
    if (cr0 & LOW_ADDRESS_PROTECTION && !privateSpace && high === 0 && low < 0x2000 && access !== FETCH) {
      this.isLow = true;
      if (access === WRITE && (low & 0xfff) < 512) return this.exception(4, high, low, access, 0);
    }
    if (protectedPage) this.cacheWrite = false;
    this.viaPrefix = false;
    if (pageHigh !== 0) return this.exception(5, high, low, access, 0);
    const absolute = this.toAbsolute(page);
    if (absolute >= this.memory.ramSize) return this.exception(5, high, low, access, 0);
    this.absolute = absolute;
    this.real = page;
    const frame = absolute >>> 12;
    const storageKey = this.keys[frame]!;
    if (key !== 0) {
      const code = this.keyCheck(storageKey, key, access, high, low, cr0, privateSpace);
      if (code) return this.exception(code, high, low, access, 0);
    }
    this.keys[frame] = storageKey | (access === WRITE ? 6 : 4);
    // What is fetched stays known to instruction TLB, crossing entries or the EXECUTE cache.
    if (access === FETCH) this.cached[frame] = 1;
    return 0;
  }

  private keyCheck(
    storageKey: number,
    key: number,
    access: Access,
    high: number,
    low: number,
    cr0: number,
    privateSpace: boolean,
  ): number {
    if (storageKey >>> 4 === key) return 0;
    if (cr0 & STORAGE_OVERRIDE && storageKey >>> 4 === 9) return 0;
    if (!(storageKey & 8)) {
      // Readable by all keys; a store must fault each time.
      this.cacheWrite = false;
      return access === WRITE ? 4 : 0;
    }
    if (access === WRITE || !(cr0 & FETCH_OVERRIDE) || privateSpace || high !== 0 || low >= 2048) return 4;
    this.cacheWrite = false;
    return 0;
  }

  private exception(code: number, high: number, low: number, access: Access, asc: number): number {
    const datProtection = code === 0x104;
    const indication = access === WRITE ? 0x400 : 0x800;
    const page = (BigInt(high) << 32n) | BigInt((low & ~0xfff) >>> 0);
    this.vcpu.teid = page | BigInt(indication | (datProtection ? 4 : 0) | asc);
    this.vcpu.exceptionAccess = this.accessNumber;
    return code & 0xff;
  }

  /** The low word of the real address of a translated page. */
  realPage({ pageHigh, page, isAbsolute }: Walk): number {
    return isAbsolute && pageHigh === 0 ? this.toAbsolute(page) : page;
  }

  /** DAT by an explicit ASCE, without key or existence checks. */
  walk(asce: bigint, virtual: bigint): Walk {
    this.translator.edat1 = (this.cr(0, false) & EDAT) !== 0;
    const word = (v: bigint): number => Number(v & 0xffffffffn);
    return this.translator.walk(word(asce >> 32n), word(asce), word(virtual >> 32n), word(virtual));
  }

  /** The engine's slow path: see `engineImports.translate`. */
  translate(high: number, low: number, size: number, write: number, base: number): number {
    this.misses++;
    high >>>= 0;
    low >>>= 0;
    const key = (this.vcpu.maskHigh >>> 20) & 15;
    let code = this.resolve(high, low, write ? WRITE : READ, base, -1, key);
    const m = this.memory;
    const watch = this.watching();
    if (!code && watch && !watch.admits(high, low, size, write !== 0)) code = WATCHED;
    if (code) {
      m.u32[Reg.pgm >> 2] = code;
      m.u32[Reg.fault >> 2] = 1;
      return -1;
    }
    const absolute = this.absolute;
    const mode = this.mode;
    if (write) this.stored(absolute, size);
    if (mode.per) {
      this.cacheWrite = false;
      if (write) this.onAlter(high, low, size, base);
    }
    const allowed = watch?.allows(high, low, this.real, absolute);
    if (allowed && !allowed.writes) this.cacheWrite = false;
    if (mode.addressSpace !== 1 && allowed?.reads !== false) this.fillTlb(high, low, absolute, write !== 0);
    return m.top - 1 - absolute;
  }

  private fillTlb(high: number, low: number, absolute: number, write: boolean): void {
    const m = this.memory;
    const at = this.banks.current.base + ((low >>> 12) & (TLB_ENTRIES - 1)) * TLB_ENTRY;
    const word = at >> 2;
    const page = (low & ~0xfff) >>> 0;
    const frame = (absolute & ~0xfff) >>> 0;
    m.u32[word] = page;
    m.u32[word + 1] = high;
    // Writing may go by unseen only once a store has set the change bit and is known to whoever asked.
    const seen = write || ((this.keys[frame >>> 12]! & CHANGED) !== 0 && this.dirty.isMarked(frame >>> 12));
    const guarded = seen && this.cacheWrite;
    const writable = guarded && !this.isLow && !this.code.frames.hasCode(frame >>> 12);
    m.u32[word + (TLB_WRITE >> 2)] = writable ? page : NO_PAGE;
    m.u32[word + (TLB_WRITE >> 2) + 1] = writable ? high : NO_PAGE;
    m.u32[word + (TLB_GUARDED >> 2)] = guarded ? page : NO_PAGE;
    m.u32[word + (TLB_GUARDED >> 2) + 1] = guarded ? high : NO_PAGE;
    m.u32[word + (TLB_ADDEND >> 2)] = m.top - frame + page - TLB_BIAS;
    m.u32[word + (TLB_FRAME >> 2)] = frame;
    const second = this.banks.current.base + secondPlace(low);
    m.u32.copyWithin(second >> 2, word, (at + TLB_ENTRY) >> 2);
    this.cached[frame >>> 12] = 1;
    for (const entry of [at, second]) {
      this.banks.noteFilled(entry);
      if (this.viaPrefix) this.banks.notePrefixed(entry);
    }
  }

  /** Everything that follows a store of the CPU at an absolute address before its bytes are changed. */
  stored(absolute: number, size: number): void {
    const frame = absolute >>> 12;
    const { frames } = this.code;
    if (frames.hasCode(frame)) {
      const lines = linesOf(absolute & 0xfff, size);
      const hit = frames.isCode(frame, lines) && this.code.overwritten(absolute, size);
      if (!hit) frames.missed(frame);
      if (hit) this.memory.u32[Reg.fault >> 2] = 2;
      if (hit || frames.isWatched(frame, lines)) this.memory.u32[CODE_EPOCH >> 2]!++;
    }
    this.dirty.mark(frame, this.writer);
  }
  /** Everything that follows a write of anybody else, before it is made. */
  willWrite(address: number, length: number, writer: MemoryWriter): void {
    this.writer = writer;
    for (let at = address, here = 0; at < address + length; at += here) {
      here = Math.min(4096 - (at & 0xfff), address + length - at);
      this.stored(at, here);
    }
    this.writer = "cpu";
    this.watching()?.wrote(address, length, writer);
  }
}

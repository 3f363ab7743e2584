/**
 * The CPU engine: memory, generated interpreter, predecoded pages, translation, and the running vCPU. It executes a number of
 * instructions and says why it stopped; interruptions other than program and supervisor-call ones are the machine's.
 */
import { assert } from "../base/assert.ts";
import { instructions } from "../isa/s390/instructions.ts";
import { lengthOf } from "../isa/s390/format.ts";
import { GuestMemory } from "../memory/guestMemory.ts";
import { Banks } from "./banks.ts";
import { CodePages, type Decoded } from "./codePages.ts";
import { EngineMemory } from "./engineMemory.ts";
import { numberHandlers, type HandlerTable } from "./handlers.ts";
import { buildInterpreter } from "./interpreter.ts";
import {
  CODE_EPOCH, ENTRY, ENTRY_HANDLER, EXECUTE_CACHE, EXECUTE_CACHE_ENTRIES, EXECUTE_CACHE_ENTRY, Exit, Handler, ITLB_ENTRIES,
  ITLB_ENTRY, PAGE_SLOTS, Reg,
} from "./layout.ts";
import { PSW_BA, PswBit, modeOf, type Mode } from "./mode.ts";
import { S390Cpu, programSignal, type MachinePort } from "./s390Cpu.ts";
import { FETCH, StorageAccess } from "./storageAccess.ts";
import { tiering } from "./tiering.ts";
import { Vcpu } from "./vcpu.ts";

/** Why `run` came back. */
export type RunEnd =
  /** The instructions are used up. */
  | "slice"
  /** Mode, masks, timers or devices changed: look at interruptions. */
  | "attention";

/** Compiles the region at a hot entry; see regionCompiler. */
export interface RegionCompiler {
  compile(page: import("./codePages.ts").CodePage, offset: number): void;
  dropAll(): void;
}

interface Exports {
  run(): number;
  ccCalc(kind: number, a: bigint, b: bigint): number;
}

let cachedModule: { count: number; module: WebAssembly.Module; limits: string } | undefined;

export class Core {
  readonly memory: EngineMemory;
  readonly ram: GuestMemory;
  readonly handlers: HandlerTable;
  readonly code: CodePages;
  readonly banks: Banks;
  readonly storage: StorageAccess;
  readonly cpu: S390Cpu;
  readonly vcpus: Vcpu[];
  readonly operations: WebAssembly.Table;
  readonly regions: WebAssembly.Table;
  readonly instance: WebAssembly.Instance;
  private readonly exports: Exports;
  /** Heat at which entries are compiled; goes into every vCPU's register block. */
  heatLimit = 0x10000;
  machine: MachinePort | undefined;
  compiler: RegionCompiler | undefined;
  vcpu: Vcpu;
  mode!: Mode;
  /** Program interruptions taken; observers (trace, ledger). */
  onProgram: ((code: number, pc: bigint) => void) | undefined;

  constructor(ramSize: number, cpus: number) {
    this.memory = new EngineMemory(ramSize);
    this.ram = new GuestMemory(this.memory.wasm.buffer, this.memory.top, ramSize);
    this.handlers = numberHandlers(instructions);
    this.code = new CodePages(this.memory, this.handlers);
    this.banks = new Banks(this.memory);
    this.storage = new StorageAccess(this.memory);
    this.storage.banks = this.banks;
    this.storage.code = this.code;
    this.code.onNewCodeFrame = (frame) => this.banks.writeProtectFrame(frame);
    this.ram.onWrite = (address, length) => this.wroteRam(address, length);
    this.cpu = new S390Cpu(this);
    this.vcpus = Array.from({ length: cpus }, (_, i) => new Vcpu(i));
    this.vcpu = this.vcpus[0]!;
    this.operations = new WebAssembly.Table({ initial: this.handlers.count, element: "anyfunc" });
    this.regions = new WebAssembly.Table({ initial: 1, element: "anyfunc" });
    this.instance = new WebAssembly.Instance(this.interpreterModule(), { e: this.imports() });
    this.exports = this.instance.exports as unknown as Exports;
    this.memory.u8.set(this.vcpu.parked, 0);
    this.vcpu.registers = this.memory.u32;
    this.memory.u32[Reg.heatLimit >> 2] = 0x10000;
    this.storage.vcpu = this.vcpu;
    this.refreshMode();
    // Without instructions left the loop returns at once; this only has it compiled.
    tiering.optimized(() => this.exports.run());
  }

  private interpreterModule(): WebAssembly.Module {
    const limits = JSON.stringify(this.memory.limits);
    if (cachedModule?.limits !== limits) {
      const bytes = buildInterpreter(this.handlers, this.memory.limits);
      cachedModule = { count: this.handlers.count, module: new WebAssembly.Module(bytes), limits };
    }
    return cachedModule.module;
  }

  private imports(): WebAssembly.ModuleImports {
    return {
      memory: this.memory.wasm,
      t0: this.regions,
      t1: this.operations,
      translate: (high: number, low: number, size: number, write: number, base: number) => this.storage.translate(high, low, size, write, base),
      help: (entry: number) => this.help(this.code.decodedAt(this.memory.u32[(entry + 8) >> 2]!), (d) => d.instruction.helper!),
      exact: (entry: number) => this.help(this.code.decodedAtEntry(entry), (d) => d.instruction.slow!),
      execute: (entry: number) => this.execute(entry),
    };
  }

  // ---- vCPUs
  switchTo(next: Vcpu): void {
    if (next === this.vcpu) return;
    const u8 = this.memory.u8;
    this.vcpu.parked.set(u8.subarray(0, Reg.end));
    this.vcpu.registers = new Uint32Array(this.vcpu.parked.buffer);
    u8.set(next.parked, 0);
    next.registers = this.memory.u32;
    this.memory.u32[Reg.heatLimit >> 2] = this.heatLimit;
    this.vcpu = next;
    this.storage.vcpu = next;
    this.banks.flushPrefixed();
    this.raiseEpoch();
    this.refreshMode();
  }
  private raiseEpoch(): void {
    this.memory.u32[CODE_EPOCH >> 2]!++;
  }

  /** Of the present slice; exact inside helpers. */
  get instructionsLeft(): number {
    return this.memory.i32[Reg.ic >> 2]!;
  }
  /** Instructions that ran in compiled regions, of all vCPUs. */
  get compiledInstructions(): bigint {
    let sum = this.memory.u64[Reg.compiledCount >> 3]!;
    for (const v of this.vcpus) if (v !== this.vcpu) sum += new DataView(v.parked.buffer).getBigUint64(Reg.compiledCount, true);
    return sum;
  }
  /** Tells compiled code that an interruption waits behind a mask. */
  setPending(isPending: boolean): void {
    this.memory.u32[Reg.pending >> 2] = isPending ? 1 : 0;
  }
  get pc(): bigint {
    return this.memory.u64[Reg.pc >> 3]!;
  }
  set pc(value: bigint) {
    this.memory.u64[Reg.pc >> 3] = value;
  }
  conditionCode(): number {
    const m = this.memory;
    return this.exports.ccCalc(m.i32[Reg.ccOp >> 2]!, m.u64[Reg.ccA >> 3]!, m.u64[Reg.ccB >> 3]!);
  }

  /** Call after any change of PSW bits or control registers. */
  refreshMode(): void {
    const { maskHigh, maskLow } = this.vcpu;
    const s = this.storage;
    const cr0 = s.cr(0, false);
    const mode = modeOf(maskHigh, maskLow, cr0);
    this.mode = mode;
    s.mode = mode;
    const m = this.memory;
    m.u64[Reg.addressMask >> 3] = mode.addressBits === 64 ? 0xffff_ffff_ffff_ffffn : mode.addressBits === 31 ? 0x7fff_ffffn : 0xff_ffffn;
    m.u64[Reg.linkOr >> 3] = mode.addressBits === 31 ? 0x8000_0000n : 0n;
    const space = mode.addressSpace === 3 ? 13 : mode.addressSpace === 2 ? 7 : 1;
    const asce = mode.dat ? `${s.cr(space, true)},${s.cr(space, false)},${s.cr(1, false)}` : "";
    const context = `${asce};${maskHigh & 0x00f00000};${cr0 & 0x13800000}`;
    if (!this.banks.select(mode.key, context)) {
      this.dropCode();
      this.banks.select(mode.key, context);
    }
    this.lastContext = context;
    if (this.banks.dropped) this.raiseEpoch();
  }
  private lastContext = "";

  /** Forgets all predecoded and compiled code. */
  dropCode(): void {
    this.compiler?.dropAll();
    this.code.dropAll();
    this.banks.flushAll();
    this.banks.reset();
    this.banks.select(this.mode.key, this.lastContext);
    this.raiseEpoch();
  }

  setPrefix(value: number): void {
    this.memory.u32[Reg.prefix >> 2] = value;
    this.banks.flushAll();
    this.raiseEpoch();
  }
  purge(_page: bigint | undefined): void {
    this.banks.flushAll();
    this.storage.cached.fill(0);
    this.raiseEpoch();
  }
  keysChanged(frame: number): void {
    if (this.storage.cached[frame]) this.purge(undefined);
  }
  private wroteRam(address: number, length: number): void {
    for (let at = address; at < address + length;) {
      const here = Math.min(4096 - (at & 0xfff), address + length - at);
      this.storage.stored(at, here);
      at += here;
    }
  }

  // ---- PSW
  pswMask(): bigint {
    const v = this.vcpu;
    const high = (v.maskHigh & ~0x3f00) | (this.conditionCode() << 12) | (this.memory.u32[Reg.programMask >> 2]! << 8);
    return (BigInt(high >>> 0) << 32n) | BigInt(v.maskLow >>> 0);
  }
  /** Loads a PSW. False if it is one that gives an early specification exception (it is loaded all the same). */
  setPsw(mask: bigint, address: bigint): boolean {
    const high = Number(mask >> 32n);
    const low = Number(mask & 0xffffffffn);
    const v = this.vcpu;
    const m = this.memory;
    v.maskHigh = (high & ~0x3f00) >>> 0;
    v.maskLow = (low & PSW_BA) >>> 0;
    m.u32[Reg.ccOp >> 2] = 0;
    m.u64[Reg.ccA >> 3] = BigInt((high >>> 12) & 3);
    m.u32[Reg.programMask >> 2] = (high >>> 8) & 15;
    this.pc = address;
    this.refreshMode();
    const ea = (high & PswBit.ea) !== 0;
    const ba = (low & PSW_BA) !== 0;
    const limit = ea ? 1n << 64n : ba ? 1n << 31n : 1n << 24n;
    return !(high & 0xb80800fe) && !(low & 0x7fffffff) && !(ea && !ba) && address < limit;
  }
  loadPsw(mask: bigint, address: bigint): void {
    if (!this.setPsw(mask, address)) {
      this.memory.u32[Reg.pgm >> 2] = 6;
      this.interruptProgram(6, 0, true);
    }
  }
  /** Stores the old PSW at one real address of the prefix area, loads the new one from another. */
  swapPsw(old: number, fresh: number): void {
    const prefix = this.storage.prefix;
    this.ram.setU64(prefix + old, this.pswMask(), "interruption");
    this.ram.setU64(prefix + old + 8, this.pc, "interruption");
    if (!this.setPsw(this.ram.u64(prefix + fresh), this.ram.u64(prefix + fresh + 8))) this.earlySpecification();
  }
  private earlyDepth = 0;
  private earlySpecification(): void {
    // A program new PSW that is itself invalid would loop: the CPU check-stops.
    if (this.earlyDepth > 0) {
      this.vcpu.state = "check-stop";
      return;
    }
    this.earlyDepth++;
    this.interruptProgram(6, 0, true);
    this.earlyDepth--;
  }

  /** Length in bytes of the instruction at pc, from storage; 0 if it cannot be reached. */
  private lengthAtPc(): number {
    const pc = this.pc;
    const code = this.storage.resolve(Number(pc >> 32n), Number(pc & 0xffffffffn), FETCH, Reg.zero, -1, 0);
    return code ? 0 : lengthOf(this.memory.halfword(this.storage.absolute & ~1));
  }
  /** Virtual address after the current instruction (under EXECUTE: after the EXECUTE). */
  nextAddress(): bigint {
    const length = this.lengthAtPc() || 2;
    return (this.pc + BigInt(length)) & this.memory.u64[Reg.addressMask >> 3]!;
  }

  /** Takes a program interruption for the instruction at pc. `early`: pc is already right and the length is 0. */
  interruptProgram(code: number, ilc: number, early = false): void {
    const lowcore = this.storage.prefix;
    const v = this.vcpu;
    this.onProgram?.(code, this.pc);
    const nullified = (code >= 0x10 && code <= 0x11) || (code >= 0x38 && code <= 0x3b) || (code >= 0x28 && code <= 0x2d);
    const { teid, exceptionAccess } = v;
    if (!nullified && !early) this.pc = (this.pc + BigInt(ilc)) & this.memory.u64[Reg.addressMask >> 3]!;
    const ram = this.ram;
    ram.setU16(lowcore + 0x8c, ilc, "interruption");
    ram.setU16(lowcore + 0x8e, code, "interruption");
    if (code === 7 || code === 0x1b) {
      const dxc = this.memory.u32[Reg.dxc >> 2]!;
      ram.setU32(lowcore + 0x90, dxc, "interruption");
      if (this.mode.afp) this.cpu.fpc = (this.cpu.fpc & ~0xff00) | (dxc << 8);
    }
    if (nullified || code === 4) {
      ram.setU64(lowcore + 0xa8, teid, "interruption");
      ram.setU8(lowcore + 0xa0, exceptionAccess, "interruption");
    }
    if (code === 0x40) {
      ram.setU16(lowcore + 0x94, v.monitorClass, "interruption");
      ram.setU64(lowcore + 0xb0, v.monitorCode, "interruption");
    }
    this.swapPsw(0x150, 0x1d0);
  }
  supervisorCall(number: number): void {
    const lowcore = this.storage.prefix;
    const exLength = this.underExecute();
    this.ram.setU16(lowcore + 0x88, exLength || 2, "interruption");
    this.ram.setU16(lowcore + 0x8a, number, "interruption");
    this.pc = (this.pc + BigInt(exLength || 2)) & this.memory.u64[Reg.addressMask >> 3]!;
    this.swapPsw(0x140, 0x1c0);
  }
  /** Length of the EXECUTE in progress, or 0. */
  private underExecute(): number {
    const m = this.memory;
    return m.u64[Reg.exTarget >> 3] === m.u64[Reg.pc >> 3] ? 0 : m.u32[Reg.exLength >> 2]!;
  }

  cpuTimer(v: Vcpu): bigint {
    const now = this.machine?.now() ?? 0n;
    // One timer unit is 2^-12 microseconds.
    const elapsed = v.state === "operating" ? ((now - v.cpuTimerAt) * 4096n) / 1000n : 0n;
    return BigInt.asUintN(64, v.cpuTimerBase - elapsed);
  }

  // ---- running
  /** Executes up to `count` instructions of the current vCPU. */
  run(count: number): RunEnd {
    const m = this.memory;
    m.i32[Reg.ic >> 2] = count;
    m.u32[Reg.fault >> 2] = 0;
    for (;;) {
      const code = this.exports.run();
      switch (code) {
        case Exit.slice: return "slice";
        case Exit.done: return "attention";
        case Exit.program: {
          m.u32[Reg.fault >> 2] = 0;
          const length = this.lengthAtPc() || 2;
          this.interruptProgram(m.u32[Reg.pgm >> 2]!, length);
          return "attention";
        }
        case Exit.fetch:
          if (!this.fetchPage()) return "attention";
          break;
        case Exit.decode: {
          const page = this.code.pageAt(m.u32[Reg.pageBase >> 2]!);
          this.code.decodeFrom(page, Number(this.pc & 0xfffn));
          break;
        }
        case Exit.cross:
          if (!this.crossing()) return "attention";
          break;
        case Exit.compile: this.compiler?.compile(this.code.pageAt(m.u32[Reg.pageBase >> 2]!), Number(this.pc & 0xfffn)); break;
        default: assert(false, `interpreter left with ${code}`);
      }
    }
  }

  /** Makes the page of pc known to the instruction TLB; false if that raised a program interruption. */
  private fetchPage(): boolean {
    const pc = this.pc;
    const high = Number(pc >> 32n);
    const low = Number(pc & 0xffffffffn);
    if (low & 1) {
      this.interruptProgram(6, 0, true);
      return false;
    }
    const key = (this.vcpu.maskHigh >>> 20) & 15;
    const code = this.storage.resolve(high, low, FETCH, Reg.zero, -1, key);
    if (code) {
      this.interruptProgram(code, 2);
      return false;
    }
    const frame = (this.storage.absolute & ~0xfff) >>> 0;
    const virtual = (low & ~0xfff) >>> 0;
    let page = this.code.find(frame, high, virtual, this.mode);
    if (!page) {
      this.dropCode();
      page = this.code.find(frame, high, virtual, this.mode);
      assert(page, "the page pool is empty after dropping all code");
    }
    const m = this.memory;
    const item = (m.u32[Reg.itlb >> 2]! + ((low >>> 12) & (ITLB_ENTRIES - 1)) * ITLB_ENTRY) >> 2;
    m.u32[item] = virtual;
    m.u32[item + 1] = high;
    m.u32[item + 2] = page.base;
    m.u32[Reg.pageBase >> 2] = page.base;
    m.u32[Reg.pageVirtual >> 2] = virtual;
    m.u32[(Reg.pageVirtual >> 2) + 1] = high;
    return true;
  }

  /** Checks and decodes an instruction that runs into the next page. */
  private crossing(): boolean {
    const m = this.memory;
    const page = this.code.pageAt(m.u32[Reg.pageBase >> 2]!);
    const offset = Number(this.pc & 0xfffn);
    const next = ((this.pc & ~0xfffn) + 4096n) & m.u64[Reg.addressMask >> 3]!;
    const key = (this.vcpu.maskHigh >>> 20) & 15;
    const code = this.storage.resolve(Number(next >> 32n), Number(next & 0xffffffffn), FETCH, Reg.zero, -1, key);
    if (code) {
      this.interruptProgram(code, lengthOf(m.halfword(page.frame + offset)));
      return false;
    }
    const frame = (this.storage.absolute & ~0xfff) >>> 0;
    // The frame must be known as code, so that a store to it raises the epoch.
    const neighbour = this.code.find(frame, Number(next >> 32n), Number(next & 0xfffff000n), this.mode);
    if (!neighbour) {
      this.dropCode();
      return true;
    }
    this.code.decodeCrossing(page, offset, [m.halfword(frame), m.halfword(frame + 2)], m.u32[CODE_EPOCH >> 2]!);
    return true;
  }

  /** A helper instruction: see `engineImports.help`. */
  private help(decoded: Decoded, which: (d: Decoded) => NonNullable<Decoded["instruction"]["helper"]>): number {
    const m = this.memory;
    const { fields, length } = decoded;
    const cpu = this.cpu;
    cpu.branched = false;
    cpu.attention = false;
    try {
      which(decoded)(cpu, fields);
    } catch (signal) {
      if (signal !== programSignal) throw signal;
      return Exit.program;
    }
    if (cpu.branched) return cpu.attention ? Exit.done : Exit.branched;
    if (cpu.attention || m.u32[Reg.fault >> 2] === 2) {
      m.u32[Reg.fault >> 2] = 0;
      const advance = this.underExecute() || length;
      this.pc = (this.pc + BigInt(advance)) & m.u64[Reg.addressMask >> 3]!;
      return Exit.done;
    }
    return (length * ENTRY) / 2;
  }

  /** Reads the instruction at a virtual address; 0 or the exception code. */
  private fetchText(address: bigint, text: [number, number, number]): number {
    const m = this.memory;
    const high = Number(address >> 32n);
    const low = Number(address & 0xffffffffn);
    const key = (this.vcpu.maskHigh >>> 20) & 15;
    let code = this.storage.resolve(high, low, FETCH, Reg.zero, -1, key);
    if (code) return code;
    let absolute = this.storage.absolute;
    text[0] = m.halfword(absolute);
    const length = lengthOf(text[0]);
    for (let i = 1; i * 2 < length; i++) {
      absolute += 2;
      if ((absolute & 0xfff) === 0) {
        const next = (address + BigInt(2 * i)) & m.u64[Reg.addressMask >> 3]!;
        code = this.storage.resolve(Number(next >> 32n), Number(next & 0xffffffffn), FETCH, Reg.zero, -1, key);
        if (code) return code;
        absolute = this.storage.absolute;
      }
      text[i as 1 | 2] = m.halfword(absolute);
    }
    return 0;
  }

  /** EXECUTE: finds the target's entry. */
  private execute(entry: number): number {
    const m = this.memory;
    const { instruction, fields, length } = this.code.decodedAt(m.u32[(entry + 12) >> 2]!);
    const mask = m.u64[Reg.addressMask >> 3]!;
    const pc = this.pc;
    const target = instruction.format.length === 4 ? this.cpu.address(fields.b2, fields.d2, fields.x2) : (pc + BigInt(fields.ri2) * 2n) & mask;
    const fail = (code: number): 0 => {
      m.u32[Reg.pgm >> 2] = code;
      return 0;
    };
    if (m.u64[Reg.exTarget >> 3] !== pc) return fail(3);
    if (target & 1n) return fail(6);
    const text: [number, number, number] = [0, 0, 0];
    const code = this.fetchText(target, text);
    if (code) return fail(code);
    if (fields.r1 !== 0) text[0] |= m.u32[fields.r1 * 2]! & 0xff;
    const scratch = this.code.scratchEntry(text, this.mode);
    const handler = m.u16[scratch >> 1];
    if (handler === Handler.execute || handler === Handler.executeRelative) return fail(3);
    this.cacheExecute(target, fields.r1 === 0 ? 0 : m.u32[fields.r1 * 2]! & 0xff, scratch);
    m.u64[Reg.exTarget >> 3] = target;
    m.u32[Reg.exLength >> 2] = length;
    return scratch;
  }

  /** The runtime's EXECUTE finds this target by itself until the epoch changes; see executeFunction. */
  private cacheExecute(target: bigint, byte: number, scratch: number): void {
    const m = this.memory;
    const frame = (this.storage.absolute & ~0xfff) >>> 0;
    if (((target & 0xfffn) > 4090n) || !this.code.watch(frame)) return;
    const low = Number(target & 0xffffffffn);
    const at = (EXECUTE_CACHE + ((((low >>> 1) ^ (byte << 2)) & (EXECUTE_CACHE_ENTRIES - 1)) * EXECUTE_CACHE_ENTRY)) >> 2;
    m.u64[at >> 1] = target;
    m.u32[at + 2] = byte | (m.u32[Reg.tlb >> 2]! << 8);
    m.u32[at + 3] = m.u32[CODE_EPOCH >> 2]!;
    m.u32[at + 4] = scratch;
  }

  /** Replaces an entry by the entry of a region; the interpreter calls slot from then on. */
  enterAt(pageBase: number, offset: number, slot: number): void {
    const m = this.memory;
    const entry = (pageBase + (offset >> 1) * ENTRY + ENTRY_HANDLER) >> 1;
    const at = (pageBase + PAGE_SLOTS + (offset >> 1) * 4) >> 2;
    const handler = m.u16[entry] === Handler.enter ? m.u32[at]! & 0xfff : m.u16[entry]!;
    m.u32[at] = (slot << 12) | handler;
    m.u16[entry] = Handler.enter;
  }
  /** Undoes `enterAt` unless the entry was cleared meanwhile. */
  leaveAt(pageBase: number, offset: number): void {
    const m = this.memory;
    const entry = (pageBase + (offset >> 1) * ENTRY + ENTRY_HANDLER) >> 1;
    if (m.u16[entry] === Handler.enter) m.u16[entry] = m.u32[(pageBase + PAGE_SLOTS + (offset >> 1) * 4) >> 2]! & 0xfff;
  }
}

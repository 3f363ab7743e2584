/**
 * The CPU engine: memory, generated interpreter, predecoded pages, translation, and the running vCPU. It
 * executes a number of instructions and says why it stopped; interruptions other than program and
 * supervisor-call ones are the machine's.
 */
import { assert } from "../base/assert.ts";
import { instructions } from "../isa/s390/instructions.ts";
import { GuestMemory } from "../memory/guestMemory.ts";
import { Banks } from "./banks.ts";
import { CodePages } from "./codePages.ts";
import type { RegionCompiler, RunEnd } from "./coreTypes.ts";
import { callHelper } from "./helperCall.ts";
import { EngineMemory } from "./engineMemory.ts";
import { numberHandlers, type HandlerTable } from "./handlers.ts";
import { InstructionFetch } from "./instructionFetch.ts";
import { interpreterModule } from "./interpreter.ts";
import { Interruption } from "./interruption.ts";
import { CODE_EPOCH, Exit, PAGE_INDEXES, Reg } from "./layout.ts";
import { PSW_BA, PswBit, modeOf, type Mode } from "./mode.ts";
import type { MachinePort } from "./machinePort.ts";
import { ProgramEvents } from "./programEvents.ts";
import { RecordedRun } from "./recordedRun.ts";
import { S390Cpu } from "./s390Cpu.ts";
import { StorageAccess } from "./storageAccess.ts";
import { tiering } from "./tiering.ts";
import { Vcpu } from "./vcpu.ts";
import { WATCHED, type Watchpoints } from "./watchpoints.ts";

interface Exports {
  run(): number;
  ccCalc(kind: number, a: bigint, b: bigint): number;
}

export class Core {
  readonly memory: EngineMemory;
  readonly ram: GuestMemory;
  readonly handlers: HandlerTable;
  readonly code: CodePages;
  readonly banks: Banks;
  readonly storage: StorageAccess;
  readonly cpu: S390Cpu;
  readonly interruption = new Interruption(this);
  readonly events: ProgramEvents;
  private readonly fetch = new InstructionFetch(this);
  private readonly recordedRun = new RecordedRun(this, this.fetch);
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
  /** Set while a debugger watches something. */
  watch: Watchpoints | undefined;
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
    this.storage.watching = () => this.watch;
    // A page with a write tag is not asked about again: all go.
    this.storage.dirty.onTake = () => this.purge(undefined);
    this.code.frames.onNewCodeFrame = (frame) => this.banks.writeProtectFrame(frame);
    this.ram.beforeWrite = (address, length, writer) => this.storage.willWrite(address, length, writer);
    this.events = new ProgramEvents(this);
    this.cpu = new S390Cpu(this);
    this.vcpus = Array.from({ length: cpus }, (_, i) => new Vcpu(i));
    this.vcpu = this.vcpus[0]!;
    this.operations = new WebAssembly.Table({ initial: this.handlers.count, element: "anyfunc" });
    this.regions = new WebAssembly.Table({ initial: 1, element: "anyfunc" });
    this.instance = new WebAssembly.Instance(interpreterModule(this.handlers), {
      e: this.imports(),
    });
    this.exports = this.instance.exports as unknown as Exports;
    this.memory.u8.set(this.vcpu.parked, 0);
    this.vcpu.registers = this.memory.u32;
    this.memory.u32[Reg.heatLimit >> 2] = 0x10000;
    this.storage.vcpu = this.vcpu;
    this.refreshMode();
    // Without instructions left the loop returns at once; this only has it compiled.
    tiering.optimized(() => this.exports.run());
  }

  private imports(): WebAssembly.ModuleImports {
    return {
      memory: this.memory.wasm,
      t0: this.regions,
      t1: this.operations,
      translate: (high: number, low: number, size: number, write: number, base: number) =>
        this.storage.translate(high, low, size, write, base),
      help: (entry: number) =>
        callHelper(this,
          this.code.texts.decodedAt(this.memory.u32[(entry + 8) >> 2]!),
          (d) => d.instruction.helper!,
        ),
      exact: (entry: number) => callHelper(this, this.code.decodedAtEntry(entry), (d) => d.instruction.slow!),
      execute: (entry: number) => this.fetch.execute(entry),
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
    return this.memory.i32[Reg.ic >> 2]! + (this.watch?.held ?? 0);
  }
  /** Instructions that ran in compiled regions, of all vCPUs. */
  get compiledInstructions(): bigint {
    let sum = this.memory.u64[Reg.compiledCount >> 3]!;
    for (const v of this.vcpus)
      if (v !== this.vcpu) sum += new DataView(v.parked.buffer).getBigUint64(Reg.compiledCount, true);
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
  /** Of the running vCPU, or of the parked one whose register block is given. */
  conditionCode(block: DataView = this.memory.view): number {
    const operand = (at: number): bigint => block.getBigUint64(at, true);
    return this.exports.ccCalc(block.getInt32(Reg.ccOp, true), operand(Reg.ccA), operand(Reg.ccB));
  }

  /** Call after any change of PSW bits or control registers. */
  refreshMode(): void {
    const { maskHigh, maskLow } = this.vcpu;
    const s = this.storage;
    const cr0 = s.cr(0, false);
    const programMask = this.memory.u32[Reg.programMask >> 2]!;
    const mode = modeOf(maskHigh, maskLow, programMask, cr0, s.cr(9, false));
    const { key, dat, addressSpace, addressBits } = mode;
    this.mode = mode;
    s.mode = mode;
    const { u64 } = this.memory;
    u64[Reg.addressMask >> 3] =
      addressBits === 64 ? 0xffff_ffff_ffff_ffffn : addressBits === 31 ? 0x7fff_ffffn : 0xff_ffffn;
    u64[Reg.linkOr >> 3] = addressBits === 31 ? 0x8000_0000n : 0n;
    const space = addressSpace === 3 ? 13 : addressSpace === 2 ? 7 : 1;
    const { wanted } = this.banks;
    wanted[0] = dat ? s.cr(space, true) : 0;
    wanted[1] = dat ? s.cr(space, false) : 0;
    // Instructions come from the home space there, else from the primary one: its ASCE counts only where code
    // or data use it.
    wanted[2] = dat && addressSpace !== 3 ? s.cr(1, false) : 0;
    wanted[3] = ((maskHigh & 0x00f00000) >>> 16) | (cr0 & 0x13800000);
    if (!this.banks.select(key)) this.dropCode();
    if (this.banks.dropped) this.raiseEpoch();
  }

  /** Forgets all predecoded and compiled code. */
  dropCode(): void {
    this.compiler?.dropAll();
    this.code.dropAll();
    this.banks.flushAll();
    this.banks.reset();
    this.banks.select(this.mode.key);
    this.raiseEpoch();
  }

  setPrefix(value: number): void {
    this.memory.u32[Reg.prefix >> 2] = value;
    this.banks.flushAll();
    this.raiseEpoch();
  }
  /** Forgets translations: all, or those of the pages whose index is that of one virtual address. */
  purge(page: bigint | undefined): void {
    if (page === undefined) {
      this.banks.flushAll();
      this.storage.cached.fill(0);
    } else this.banks.forgetIndex(Number(page >> 12n) & (PAGE_INDEXES - 1));
    this.raiseEpoch();
  }
  keysChanged(frame: number): void {
    if (this.storage.cached[frame]) this.purge(undefined);
  }

  // ---- PSW
  pswMask(): bigint {
    const v = this.vcpu;
    const high =
      (v.maskHigh & ~0x3f00) | (this.conditionCode() << 12) | (this.memory.u32[Reg.programMask >> 2]! << 8);
    return (BigInt(high >>> 0) << 32n) | BigInt(v.maskLow >>> 0);
  }
  /**
   * Loads a PSW. False if it is one that gives an early specification exception (it is loaded all the same).
   */
  setPsw(mask: bigint, address: bigint): boolean {
    const high = Number(mask >> 32n);
    const low = Number(mask & 0xffffffffn);
    const v = this.vcpu;
    const m = this.memory;
    v.maskHigh = (high & ~0x3f00) >>> 0;
    v.maskLow = low;
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
      this.interruption.program(6, 0, true);
    }
  }
  cpuTimer(v: Vcpu): bigint {
    const now = this.machine?.now() ?? 0n;
    // One timer unit is 2^-12 microseconds.
    const elapsed = v.state === "operating" ? ((now - v.cpuTimerAt) * 4096n) / 1000n : 0n;
    return BigInt.asUintN(64, v.cpuTimerBase - elapsed);
  }

  /** Frames that hold data now need not be watched any more. Only between runs: no code is executing. */
  private releaseIdleFrames(): void {
    this.code.releaseIdleFrames();
    this.banks.flushAllCode();
    this.raiseEpoch();
  }

  // ---- running
  /** Executes up to `count` instructions of the current vCPU. */
  run(count: number): RunEnd {
    return this.watch ? this.watch.run(count) : this.execute(count);
  }
  execute(count: number): RunEnd {
    const m = this.memory;
    m.i32[Reg.ic >> 2] = count;
    m.u32[Reg.fault >> 2] = 0;
    if (this.code.frames.hasIdle) this.releaseIdleFrames();
    if (this.mode.per) return this.recordedRun.run();
    for (;;) {
      const exit = this.exports.run();
      switch (exit) {
        case Exit.slice: return "slice";
        case Exit.done: return "attention";
        case Exit.program: {
          m.u32[Reg.fault >> 2] = 0;
          const code = m.u32[Reg.pgm >> 2]!;
          if (code === WATCHED) return "watched";
          this.watch?.suppressed(code);
          this.interruption.ofInstruction(this.interruption.lengthAtPc() || 2);
          return "attention";
        }
        case Exit.fetch: if (!this.fetch.page()) return "attention"; break;
        case Exit.decode: {
          const page = this.code.pageAt(m.u32[Reg.pageBase >> 2]!);
          if (this.code.breakpoints?.meets(this.pc)) return "breakpoint";
          this.code.decodeFrom(page, Number(this.pc & 0xfffn));
          break;
        }
        case Exit.cross: if (!this.fetch.crossing()) return "attention"; break;
        case Exit.compile:
          this.compiler?.compile(this.code.pageAt(m.u32[Reg.pageBase >> 2]!), Number(this.pc & 0xfffn));
          break;
        default:
          assert(false, `interpreter left with ${exit}`);
      }
    }
  }
}

/**
 * Two engines on the same sequence: one interprets instruction by instruction, the other compiles what it
 * meets and runs in slices. After every slice and every interruption all that a program could see must be the
 * same.
 */
import { Core } from "../../../src/engine/cpu/core.ts";
import { Reg } from "../../../src/engine/cpu/layout.ts";
import { RegionCompiler } from "../../../src/engine/cpu/regionCompiler.ts";
import { Watchpoints } from "../../../src/engine/cpu/watchpoints.ts";
import { Prng } from "../../../src/engine/base/prng.ts";
import { MachineStub } from "./machineStub.ts";
import type { Sequence } from "./sequence.ts";
import { CODE, CODE_BYTES, RAM_BYTES, TABLES, makeTemplate } from "./storageMap.ts";

const INSTRUCTIONS_MAX = 100;
const EVENTS_MAX = 20;

export interface Outcome {
  /** What differs, or undefined. */
  readonly difference: string | undefined;
  readonly instructions: number;
  readonly compiled: number;
  /** Addresses at which instructions began, and whether each completed. */
  readonly trace: readonly { readonly at: number; readonly code: number }[];
}

interface Halt {
  /** Instructions since the slice began. */
  readonly ran: number;
  readonly attention: boolean;
}

export class SequenceCore {
  readonly core = new Core(RAM_BYTES, 1);
  readonly stub = new MachineStub();
  /** Host image of storage, reversed as the engine keeps it. */
  private readonly image: Buffer;
  readonly ram: Buffer;
  /** Of the last run: program interruption code and address of the instruction. */
  interruption: number | undefined;
  interruptionAt = 0n;
  private compiledBefore = 0n;

  constructor(template: Uint8Array, compiles: boolean) {
    const { core } = this;
    core.machine = this.stub;
    if (compiles) core.compiler = new RegionCompiler(core, () => 0);
    core.onProgram = (code, pc) => {
      this.interruption = code;
      this.interruptionAt = pc;
    };
    this.ram = Buffer.from(core.memory.wasm.buffer, core.memory.top - RAM_BYTES, RAM_BYTES);
    this.image = Buffer.from(template).reverse();
    this.watchTables();
  }

  /**
   * A run ends behind an instruction that stored into translation tables, and what was known of them is
   * purged there. Without a purge it is up to an engine which translations go on: a slice looks up that of
   * its code where it begins, and one that steps begins at each instruction.
   */
  private watchTables(): void {
    const watch = new Watchpoints(this.core, () => true, () => undefined, () => undefined);
    const ranges = TABLES.map(([from, to]) => ({
      space: "absolute" as const, first: BigInt(from), length: to - from, reads: false, writes: true,
    }));
    watch.set(ranges, []);
  }

  /** The state a sequence starts from. */
  load(s: Sequence): void {
    const { core } = this;
    const { memory, vcpu } = core;
    this.stub.reset();
    this.image.copy(this.ram);
    for (const { address, bytes } of [...s.patches, ...s.code])
      for (let i = 0; i < bytes.length; i++) this.ram[RAM_BYTES - 1 - address - i] = bytes[i]!;
    core.storage.keys.set(s.keys);
    memory.u8.fill(0, 0, Reg.ic);
    core.cpu.fpc = s.fpc;
    s.registers.forEach((v, n) => core.cpu.setGr(n, v));
    s.access.forEach((v, n) => core.cpu.setAr(n, v));
    s.vectors.forEach((v, n) => core.cpu.setVr(n, v));
    s.control.forEach((v, n) => (memory.u64[(Reg.cr >> 3) + n] = v));
    memory.u32[Reg.prefix >> 2] = s.prefix;
    memory.u32[Reg.dxc >> 2] = 0;
    memory.u32[Reg.heatLimit >> 2] = core.compiler ? s.heat : 0x10000;
    core.heatLimit = memory.u32[Reg.heatLimit >> 2]!;
    vcpu.clockComparator = 0n;
    vcpu.cpuTimerBase = 0n;
    vcpu.cpuTimerAt = 0n;
    vcpu.todProgrammable = 0;
    vcpu.teid = 0n;
    vcpu.exceptionAccess = 0;
    vcpu.state = "operating";
    core.setPsw(s.mask, BigInt(s.entry));
    if (s.keepsCode) this.overwriteCode();
    else core.dropCode();
    core.purge(undefined);
    this.compiledBefore = core.compiledInstructions;
  }

  /** Tells the engine that all code was written over, as the loading of another program would. */
  private overwriteCode(): void {
    const { code, storage } = this.core;
    for (let frame = 0; frame < this.core.memory.ramSize >>> 12; frame++)
      if (code.frames.hasCode(frame)) storage.stored(frame * 4096, 4096);
    this.core.memory.u32[Reg.fault >> 2] = 0;
  }

  run(count: number): Halt {
    this.interruption = undefined;
    const end = this.core.run(count);
    if (end === "watchpoint") this.core.purge(undefined);
    const attention = end === "attention" || this.interruption !== undefined || this.wantsAttention;
    return { ran: count - this.core.instructionsLeft, attention };
  }
  /** Whether the last helper asked that interruptions be looked at. */
  get wantsAttention(): boolean {
    return this.core.cpu.attention;
  }
  get compiled(): number {
    return Number(this.core.compiledInstructions - this.compiledBefore);
  }

  /** Registers, address and PSW fields as bytes, and the other things a program can see as a line. */
  get block(): Buffer {
    return Buffer.from(this.core.memory.wasm.buffer, 0, Reg.ccOp);
  }
  get rest(): string {
    const { core } = this;
    const { vcpu, memory } = core;
    const words = [Reg.fpc, Reg.prefix, Reg.programMask, Reg.addressMask].map((at) => memory.u32[at >> 2]!);
    return [
      ...words,
      core.conditionCode(),
      vcpu.maskHigh,
      vcpu.maskLow,
      vcpu.clockComparator,
      vcpu.cpuTimerBase,
      vcpu.todProgrammable,
      vcpu.state,
      this.interruption,
    ].join();
  }

  /** The same in words. */
  registers(): string {
    const { core } = this;
    const { cpu, vcpu, memory } = core;
    const hex = (v: bigint | number): string => v.toString(16);
    const list = (n: number, of: (i: number) => bigint | number): string =>
      Array.from({ length: n }, (_, i) => hex(of(i))).join(" ");
    return [
      `psw ${hex(core.pswMask())} ${hex(core.pc)}`,
      `gr ${list(16, (i) => cpu.gr(i))}`,
      `ar ${list(16, (i) => cpu.ar(i))}`,
      `cr ${list(16, (i) => cpu.cr(i))}`,
      `vr ${list(32, (i) => cpu.vr(i))}`,
      `fpc ${hex(cpu.fpc)}`,
      `prefix ${hex(core.storage.prefix)}`,
      `zero ${hex(memory.u64[Reg.zero >> 3]!)}`,
      `key ${hex(vcpu.maskHigh)} ${hex(vcpu.maskLow)}`,
      `timers ${hex(vcpu.clockComparator)} ${hex(vcpu.cpuTimerBase)} ${hex(vcpu.todProgrammable)}`,
      `state ${vcpu.state}`,
      `interruption ${this.interruption ?? "none"}`,
      `bits ${core.mode.addressBits}`,
    ].join("\n");
  }
}

/**
 * Address where a run goes on after an interruption: behind the instruction that caused it, if it is one of
 * the sequence.
 */
export function resumeAt(s: Sequence, at: number): number | undefined {
  const found = s.code.find((i) => i.address === at && !i.executed);
  return found && at + found.instruction.format.length;
}

export class TwinCores {
  readonly plain: SequenceCore;
  readonly compiling: SequenceCore;

  constructor(seed: number) {
    const template = makeTemplate(new Prng(seed));
    this.plain = new SequenceCore(template, false);
    this.compiling = new SequenceCore(template, true);
  }

  run(s: Sequence): Outcome {
    const { plain, compiling } = this;
    const trace: { at: number; code: number }[] = [];
    plain.load(s);
    compiling.load(s);
    let instructions = 0;
    let difference: string | undefined;
    for (let events = 0; events < EVENTS_MAX && instructions < INSTRUCTIONS_MAX && !difference;) {
      const halt = compiling.run(s.slice);
      const same = this.follow(halt, trace);
      instructions += halt.ran;
      difference = same ?? this.compare();
      if (difference) break;
      const at = trace.at(-1)?.at ?? s.entry;
      if (Number(plain.core.pc) === s.end && !halt.attention) break;
      if (!halt.attention) continue;
      events++;
      if (plain.core.vcpu.state !== "operating") break;
      if (
        plain.interruption === undefined &&
        plain.core.vcpu.maskHigh === compiling.core.vcpu.maskHigh &&
        s.code.some((i) => i.address === Number(plain.core.pc))
      )
        continue;
      const resume = resumeAt(s, at);
      if (resume === undefined || resume === s.end) break;
      for (const twin of [plain, compiling]) twin.core.setPsw(s.mask, BigInt(resume));
    }
    difference ??= this.compareStorage();
    return { difference, instructions, compiled: compiling.compiled, trace };
  }

  /**
   * Interprets as far as the other ran; says where they part. That a slice ends is no difference by itself: a
   * helper that stores into code ends it only where that code has been decoded, and the compiling one decodes
   * ahead. What helpers themselves ask for is compared.
   */
  private follow(halt: Halt, trace: { at: number; code: number }[]): string | undefined {
    const { plain, compiling } = this;
    let ran = 0;
    plain.interruption = undefined;
    // An interruption in fetching counts no instruction.
    const isBehind = (): boolean => ran === halt.ran && compiling.interruption !== undefined;
    while (ran < halt.ran || isBehind()) {
      const at = Number(plain.core.pc);
      ran += plain.run(1).ran;
      trace.push({ at, code: plain.interruption ?? 0 });
      if (plain.interruption !== undefined) break;
    }
    if (ran !== halt.ran) return `interpreter: ${ran} instructions; compiled: ${halt.ran}`;
    const [one, other] = [plain.wantsAttention, compiling.wantsAttention];
    return one === other ? undefined : `attention: interpreter ${one}, compiled ${other}`;
  }

  private compare(): string | undefined {
    const { plain, compiling } = this;
    if (plain.block.compare(compiling.block) === 0 && plain.rest === compiling.rest) return undefined;
    const a = plain.registers();
    const b = compiling.registers();
    const other = b.split("\n");
    return a
      .split("\n")
      .flatMap((line, i) => (line === other[i] ? [] : [differingWords(line, other[i]!)]))
      .join("; ");
  }

  private compareStorage(): string | undefined {
    const { plain, compiling } = this;
    if (plain.ram.compare(compiling.ram) !== 0) {
      for (let a = 0; a < RAM_BYTES; a++) {
        const [x, y] = [plain.ram[RAM_BYTES - 1 - a]!, compiling.ram[RAM_BYTES - 1 - a]!];
        if (x !== y)
          return `storage at ${a.toString(16)}: interpreter ${x.toString(16)}, compiled ${y.toString(16)}`;
      }
    }
    // Reference recording of instruction fetches need not be exact: a slice looks at a page once, a step each
    // time.
    const fetched = (frame: number): number =>
      frame >= CODE >>> 12 && frame < (CODE + CODE_BYTES) >>> 12 ? 4 : 0;
    const keys = plain.core.storage.keys.findIndex(
      (k, i) => ((k ^ compiling.core.storage.keys[i]!) & ~fetched(i)) !== 0,
    );
    if (keys < 0) return undefined;
    const [x, y] = [plain.core.storage.keys[keys]!, compiling.core.storage.keys[keys]!];
    return `key of frame ${keys.toString(16)}: interpreter ${x.toString(16)}, compiled ${y.toString(16)}`;
  }
}

function differingWords(a: string, b: string): string {
  const other = b.split(" ");
  const name = a.split(" ")[0]!;
  return a
    .split(" ")
    .flatMap((w, i) => (w === other[i] ? [] : [`${name}${i - 1}: interpreter ${w}, compiled ${other[i]}`]))
    .join(", ");
}

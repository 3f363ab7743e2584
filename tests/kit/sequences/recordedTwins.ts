/**
 * Two engines on the same sequence, instruction by instruction: one as always, the other with every event of
 * program-event recording asked for. The second must do the same, and tell of each instruction what the first
 * was seen to do.
 */
import { Prng } from "../../../src/engine/base/prng.ts";
import { PswBit } from "../../../src/engine/cpu/mode.ts";
import { effectsOf } from "../../../src/engine/cpu/effects.ts";
import { decode } from "../../../src/engine/isa/s390/decode.ts";
import { fieldsOf, type Text } from "../../../src/engine/isa/s390/format.ts";
import type { Instruction } from "../../../src/engine/isa/s390/instruction.ts";
import type { Sequence } from "./sequence.ts";
import { PREFIX, RAM_BYTES, makeTemplate } from "./storageMap.ts";
import { SequenceCore, resumeAt } from "./twinCores.ts";

const STEPS_MAX = 60;
const PER_MASK = 1n << 62n;
const ALL_EVENTS = 0xe800_0000n;
/** PER code: branching, fetching, alteration, real store. */
const [BRANCH, FETCH, ALTERATION, REAL_STORE] = [0x80, 0x40, 0x20, 0x08] as const;
const ASSIGNED_BYTES = 0x2000;
/** Interruptions by an instruction that could not be fetched tell of no event. */
const fetchCodes = [4, 5, 6, 0x10, 0x11, 0x38, 0x39, 0x3a, 0x3b];

/** They store at real or absolute addresses, or beside their operands. */
const storesReal = /^(stura|sturg|ipte|idte|crdte|tb|pfmf|stfl|trace|tracg|servc|bsa|bsg)$/;
const branchHelper = /^(bal|balr|bassm|bsm|bakr|bsa|bsg|pc|pr|pt|pti|rp|trap[24])$/;

/** From and to: what the sequence itself stores to, and what the CPU reads beside its operands. */
const operandAreas = [
  [ASSIGNED_BYTES, PREFIX],
  [PREFIX + ASSIGNED_BYTES, RAM_BYTES],
] as const;
const controlAreas = [
  [0x1a0, 0x200],
  [0x4000, PREFIX],
  [PREFIX + 0x1a0, PREFIX + 0x200],
  [PREFIX + ASSIGNED_BYTES, PREFIX + 0x4000],
] as const;

const hex = (value: bigint | number): string => value.toString(16);

export class RecordedTwins {
  /** Address of the instruction of this step. */
  private from = 0n;
  private text: Text = [0, 0, 0];
  /** Storage of the first before this step. */
  private readonly before = Buffer.alloc(RAM_BYTES);
  readonly plain: SequenceCore;
  readonly recorded: SequenceCore;
  /** Instructions and events, to show that something was looked at. */
  readonly counts = { instructions: 0, branches: 0, alterations: 0, realStores: 0, combined: 0 };

  constructor(seed: number) {
    const template = makeTemplate(new Prng(seed));
    this.plain = new SequenceCore(template, false);
    this.recorded = new SequenceCore(template, false);
  }

  /** Whether a sequence does not look at the control registers in which the two differ. */
  static canRun(s: Sequence): boolean {
    return !s.code.some(({ instruction }) => /^stct[lg]$/.test(instruction.mnemonic));
  }

  /** What differs, or undefined. */
  run(s: Sequence): string | undefined {
    // Entries of the trace table are no operands, and their storage is not told: without tracing.
    const untraced = s.control.with(12, 0n);
    const recording = { ...s, control: untraced, mask: s.mask | PER_MASK, keepsCode: false };
    const control = [...untraced];
    control.splice(9, 3, ALL_EVENTS, 0n, 0xffff_ffff_ffff_ffffn);
    this.plain.load(recording);
    this.recorded.load({ ...recording, control });
    for (let steps = 0; steps < STEPS_MAX; steps++) {
      const { core } = this.plain;
      const isOver = (core.vcpu.maskHigh & PswBit.per) === 0 || core.mode.per || !this.recorded.core.mode.per;
      if (isOver || Number(core.pc) === s.end) break;
      const at = core.pc;
      const { before } = this;
      this.plain.ram.copy(before);
      this.advance(at);
      // New PSWs and translation tables that a sequence writes over are not looked at in the same moment.
      if (this.hasChanged(before, controlAreas)) break;
      const wrong = this.checkTold(at, before) ?? this.compare();
      if (wrong) return `at ${hex(at)}: ${wrong}`;
      if (core.vcpu.state !== "operating") break;
      if (this.plain.interruption === undefined) continue;
      const resume = resumeAt(s, Number(at));
      if (resume === undefined) break;
      for (const twin of [this.plain, this.recorded]) twin.core.setPsw(recording.mask, BigInt(resume));
    }
    return this.isStorageSame() ? undefined : "storage differs at the end";
  }

  private isStorageSame(): boolean {
    return !this.hasChanged(this.recorded.ram, operandAreas);
  }
  private byte(at: number): number {
    return this.plain.ram[RAM_BYTES - 1 - at]!;
  }
  /** The instruction at an address where that is a real one, with DAT off or mapped to itself. */
  private textAt(at: bigint): Text {
    const start = Number(at % BigInt(RAM_BYTES - 8));
    const halfword = (i: number): number => (this.byte(start + i) << 8) | this.byte(start + i + 1);
    return [halfword(0), halfword(2), halfword(4)];
  }

  private advance(at: bigint): void {
    this.from = at;
    this.text = this.textAt(at);
    this.plain.run(1);
    this.recorded.run(1);
    this.counts.instructions++;
  }

  private checkTold(at: bigint, before: Buffer): string | undefined {
    const { plain, recorded, counts } = this;
    // Without events the engine has found already that the next instruction cannot be fetched.
    const told = recorded.interruption ?? 0;
    const isNext = plain.interruption !== undefined && plain.interruptionAt !== at && told === 0x80;
    const own = isNext ? 0 : (plain.interruption ?? 0);
    const { core } = recorded;
    const lowcore = core.storage.prefix;
    if (told === own && fetchCodes.includes(own)) return undefined;
    if (told !== (own | 0x80)) return `interruption ${hex(told)} instead of ${hex(own)} with an event`;
    if (own) counts.combined++;
    const address = core.ram.u64(lowcore + 0x98);
    if (address !== at) return `event address ${hex(address)}`;
    const code = core.ram.u8(lowcore + 0x96);
    if (!own) core.setPsw(core.ram.u64(lowcore + 0x150), core.ram.u64(lowcore + 0x158));
    if (isNext) recorded.run(1);
    else recorded.interruption = plain.interruption;
    return this.checkEvents(code, before, own);
  }

  /** Checks the PER code against what changed in the plain engine. */
  private checkEvents(code: number, before: Buffer, own: number): string | undefined {
    const { counts, plain, text } = this;
    if (code & ~(BRANCH | FETCH | ALTERATION | REAL_STORE) || !(code & FETCH)) return `code ${hex(code)}`;
    if (code & BRANCH) counts.branches++;
    if (code & ALTERATION) counts.alterations++;
    if (code & REAL_STORE) counts.realStores++;
    const instruction = decode(text);
    if (!instruction || /^ex/.test(instruction.mnemonic)) return undefined;
    const { mnemonic, format } = instruction;
    if (!own) {
      const isRealStore = /^stur[ag]$/.test(mnemonic);
      if ((code & REAL_STORE) !== 0 !== isRealStore) return `${mnemonic}: real store ${hex(code)}`;
      const moved = plain.core.pc !== BigInt.asUintN(64, this.from + BigInt(format.length));
      if (code & BRANCH && !branches(instruction, text)) return `${mnemonic} told as a branch`;
      if (!(code & BRANCH) && moved && branches(instruction, text)) return `${mnemonic}: branch not told`;
    }
    const isTold = (code & ALTERATION) !== 0 || storesReal.test(mnemonic);
    if (!isTold && this.hasChanged(before, operandAreas)) return `${mnemonic}: alteration not told`;
    return undefined;
  }
  private hasChanged(before: Buffer, areas: readonly (readonly [number, number])[]): boolean {
    const { ram } = this.plain;
    return areas.some(([from, to]) => {
      const [a, b] = [RAM_BYTES - to, RAM_BYTES - from];
      return ram.compare(before, a, b, a, b) !== 0;
    });
  }

  /** Registers and PSW; then makes the assigned locations of both the same again. */
  private compare(): string | undefined {
    const { plain, recorded } = this;
    const blocks = [plain, recorded].map((twin) => {
      const block = Buffer.from(twin.block);
      block.fill(0, 0x100 + 9 * 8, 0x100 + 12 * 8);
      return block;
    });
    if (!blocks[0]!.equals(blocks[1]!) || plain.rest !== recorded.rest)
      return `state:\n${plain.registers()}\n${recorded.registers()}`;
    for (const from of [0, PREFIX])
      this.copyAssigned(RAM_BYTES - from);
    return undefined;
  }
  /** `end`: host offset behind the area. */
  private copyAssigned(end: number): void {
    this.plain.ram.copy(this.recorded.ram, end - ASSIGNED_BYTES, end - ASSIGNED_BYTES, end);
  }
}

/** Whether an instruction is one of those that can branch. */
function branches(instruction: Instruction, text: Text): boolean {
  if (instruction.helper) return branchHelper.test(instruction.mnemonic);
  return effectsOf(instruction, fieldsOf(instruction.format, text)).branches.length > 0;
}

/**
 * Sequences of instructions with everything they start from. A step is an instruction, mostly with a LOAD
 * MULTIPLE before it that gives the registers contents under which it does something; some steps run under
 * EXECUTE, some store over later ones. The same seed gives the same sequence.
 */
import { Prng } from "../../../src/engine/base/prng.ts";
import type { Instruction } from "../../../src/engine/isa/s390/instruction.ts";
import { instructionNamed } from "../../../src/engine/isa/s390/instructions.ts";
import { bytesOf, encode } from "../../../src/engine/isa/s390/operands.ts";
import { floatingValue } from "./edgeValues.ts";
import { goesRelative, goesToAddress, upsetsMode } from "./operandRoles.ts";
import { modes, unprivileged, user, usual, type SequenceMode } from "./sequenceModes.ts";
import { StepMaker, type Patch, type Step, type StepPlace } from "./stepMaker.ts";
import {
  CODE,
  DATA,
  IMAGES,
  IMAGE_BYTES,
  PREFIX,
  PRIMARY_ASCE,
  RAM_BYTES,
  SECONDARY_ASCE,
  USER_ASCE,
  keyOfFrame,
  usersPage,
} from "./storageMap.ts";

export interface PlacedInstruction {
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly instruction: Instruction;
  /** Out of line, the target of an EXECUTE. */
  readonly executed: boolean;
}

export interface Sequence {
  readonly seed: number;
  readonly mode: string;
  readonly mask: bigint;
  readonly entry: number;
  readonly end: number;
  readonly registers: readonly bigint[];
  readonly access: readonly number[];
  readonly control: readonly bigint[];
  readonly vectors: readonly bigint[];
  readonly fpc: number;
  readonly prefix: number;
  readonly keys: Uint8Array;
  readonly patches: readonly Patch[];
  readonly code: readonly PlacedInstruction[];
  readonly slice: number;
  readonly heat: number;
  /** The code of the sequence before was written over; otherwise all was forgotten. */
  readonly keepsCode: boolean;
}

/** Branch, mode and ASN tracing by 9 bits of chance, with a table near the end of the second data page. */
const traceControls = (chance: bigint): bigint =>
  ((chance & 3n) << 62n) | BigInt(DATA + 0x1f40) | (((chance >> 2n) & 31n) << 2n) | ((chance >> 7n) & 3n);

const leads = (mnemonic: string): boolean =>
  goesToAddress(mnemonic) || /^(ex|bcr|basr|balr|bctr|bctgr|bic)$/i.test(mnemonic);

class SequenceMaker {
  private readonly prng: Prng;
  private readonly all: readonly Instruction[];
  private readonly patches: Patch[] = [];
  private readonly code: PlacedInstruction[] = [];
  private readonly chosen: SequenceMode;
  private readonly control: bigint[];

  constructor(made: { prng: Prng; all: readonly Instruction[]; chosen: SequenceMode }) {
    const { prng, all, chosen } = made;
    this.prng = prng;
    this.all = all;
    this.chosen = chosen;
    this.control = Array.from({ length: 16 }, (_, n) =>
      n === 8 || n === 2 ? BigInt(prng.below(0x10000)) : 0n,
    );
    this.control[0] = chosen.cr0;
    this.control[1] = this.control[13] = PRIMARY_ASCE;
    if (chosen === user) this.control[1] = USER_ASCE;
    this.control[7] = SECONDARY_ASCE;
    this.control[3] = 0xffff_0000n | BigInt(prng.below(4));
    this.control[4] = 3n;
    this.control[14] = 0xff000000n;
    if (chosen !== user && this.control[2]! % 6n === 0n) this.control[12] = traceControls(this.control[8]!);
  }

  private filler(): Instruction {
    for (;;) {
      const i = this.prng.pick(this.all);
      if (!upsetsMode(i.mnemonic) || this.prng.below(12) === 0) return i;
    }
  }

  make(seed: number, subject: Instruction, count = 4 + this.prng.below(9)): Sequence {
    const { prng, chosen } = this;
    const place = prng.below(count);
    const chain = Array.from({ length: count }, (_, i) => (i === place ? subject : this.filler()));
    const reload = chain.map((_, i) => (i === place ? prng.below(8) > 0 : prng.below(2) === 0));
    const execute = chain.map(() => (prng.below(9) === 0 ? prng.pick([4, 6]) : 0));
    // A peer takes relative branches under EXECUTE from the wrong place.
    if (chosen === user) chain.forEach((i, k) => (execute[k] = goesRelative(i.mnemonic) ? 0 : execute[k]!));
    // A user's sequence does not go where old registers lead.
    if (chosen === user) chain.forEach((i, k) => (reload[k] ||= execute[k] === 4 || leads(i.mnemonic)));
    const total = chain.reduce((sum, i, k) => sum + (execute[k] || i.format.length) + (reload[k] ? 6 : 0), 0);
    const entry = prng.below(3)
      ? CODE + 2 * prng.below(0x6f0)
      : CODE + 0x1000 - 2 * prng.below(Math.ceil(total / 2) + 1);
    const starts: number[] = [];
    let at = entry;
    chain.forEach((i, k) => {
      starts.push(at);
      at += (execute[k] || i.format.length) + (reload[k] ? 6 : 0);
    });
    const end = at;
    const targets = [...starts, end];
    // A user's sequence always comes to its end: it only goes forward.
    const after = (k: number): readonly number[] => (chosen === user ? targets.slice(k + 1) : targets);
    let aside = (end + 64 + 7) & ~7;
    let first: Step | undefined;
    chain.forEach((instruction, k) => {
      const where = starts[k]! + (reload[k] ? 6 : 0);
      const out = execute[k] ? aside : where;
      const step = this.step(
        {
          prng,
          addressBits: chosen.bits,
          mask: chosen.mask,
          control: this.control,
          at: out,
          forward: chosen === user,
          targets: after(k),
        },
        instruction,
      );
      first ??= step;
      const registers = [...step.registers];
      const used = new Set(step.used);
      if (execute[k]) {
        aside += 8;
        this.put(out, step.instruction, step.fields, true);
        const spread = instruction.format.opcode;
        this.executeAt(
          where,
          execute[k] === 4,
          out,
          registers,
          used,
          chosen !== user || spread === 8 || spread === 40,
        );
      } else this.put(where, step.instruction, step.fields, false);
      if (reload[k]) this.reload(starts[k]!, k, registers, used);
      this.patches.push(...step.patches);
    });
    return this.finish(seed, entry, end, first!);
  }

  private step(place: StepPlace, instruction: Instruction): Step {
    const { prng } = this;
    const step = new StepMaker(place, instruction).make();
    // Now and then a base leads to the code that follows.
    const b = step.fields.b1 ?? step.fields.b2;
    if (b && this.chosen !== user && prng.below(14) === 0) {
      const registers = [...step.registers];
      const d = BigInt((step.fields.b1 === b ? step.fields.d1 : step.fields.d2) ?? 0);
      registers[b] = BigInt.asUintN(64, BigInt(prng.pick(place.targets) + 2 * prng.below(4)) - d);
      return { ...step, registers };
    }
    return step;
  }

  private put(address: number, instruction: Instruction, fields: Step["fields"], executed: boolean): void {
    this.code.push({
      address,
      instruction,
      executed,
      bytes: bytesOf(encode(instruction, fields), instruction.format.length),
    });
  }

  private executeAt(
    at: number,
    short: boolean,
    target: number,
    registers: bigint[],
    used: Set<number>,
    modify: boolean,
  ): void {
    const { prng } = this;
    const named = (name: string): Instruction =>
      (instructionNamed(name) ?? instructionNamed(name.toUpperCase()))!;
    const free = Array.from({ length: 15 }, (_, n) => n + 1).filter((n) => !used.has(n));
    const base = free.length ? prng.pick(free) : 1 + prng.below(15);
    // A modified opcode may be one that the peer does not know.
    const r1 = prng.below(3) || !modify ? 0 : prng.below(16);
    if (!short) {
      this.put(at, named("exrl"), { r1, ri2: (target - at) / 2 }, false);
      return;
    }
    const d2 = prng.below(64);
    registers[base] = BigInt(target - d2);
    used.add(base);
    this.put(at, named("ex"), { r1, b2: base, x2: 0, d2 }, false);
  }

  /** LMG of the shortest run of registers that holds all the step cares for. */
  private reload(at: number, k: number, registers: readonly bigint[], used: ReadonlySet<number>): void {
    let best = { from: 0, count: 17 };
    for (let from = 0; from < 16; from++) {
      let count = 1;
      for (let i = 0; i < 16; i++) if (used.has((from + i) & 15)) count = i + 1;
      if (count < best.count) best = { from, count };
    }
    const r3 = (best.from + best.count - 1) & 15;
    const image = IMAGES + k * IMAGE_BYTES;
    const bytes = new Uint8Array(8 * best.count);
    for (let i = 0; i < best.count; i++)
      new DataView(bytes.buffer).setBigUint64(8 * i, registers[(best.from + i) & 15]!);
    this.patches.push({ address: image, bytes });
    this.put(at, instructionNamed("lmg")!, { r1: best.from, r3, b2: 0, d2: image }, false);
  }

  private finish(seed: number, entry: number, end: number, first: Step): Sequence {
    const { prng, chosen } = this;
    const keys = new Uint8Array(RAM_BYTES >>> 12).map((_, frame) => keyOfFrame(frame, chosen.dataKey));
    return {
      seed,
      mode: chosen.name,
      entry,
      end,
      keys,
      // A peer does not know every exception that the program mask allows.
      mask: chosen.mask | (BigInt(chosen === user ? prng.below(4) << 4 : prng.below(64)) << 40n),
      registers: first.registers,
      access: Array.from({ length: 16 }, () =>
        chosen.name === "access registers" ? prng.pick([0, 0, 0, 1, 1, 2]) : prng.u32(),
      ),
      control: this.control,
      vectors: Array.from({ length: 32 }, () => floatingValue(prng)),
      // A peer does not scale the results of trapped overflows.
      fpc:
        chosen === user || prng.below(3)
          ? prng.pick([0, 1, 2, 3, 7, 0x10, 0x70])
          : (prng.below(32) * 0x8000000) | prng.below(4),
      prefix: chosen !== user && prng.below(6) === 0 ? PREFIX : 0,
      patches: chosen === user ? this.patches.filter(inUsersPages) : this.patches,
      code: this.code,
      slice: prng.pick([1000, 1000, 3, 7, 12, 2]),
      heat: prng.pick([1, 1, 1, 2, 3]),
      keepsCode: prng.below(3) === 0,
    };
  }
}

const inUsersPages = ({ address, bytes }: Patch): boolean =>
  [address, address + bytes.length - 1].every((at) => usersPage(at & ~0xfff));

/** The sequence of a seed about one instruction, with others of the table around it. */
export function makeSequence(seed: number, subject: Instruction, all: readonly Instruction[]): Sequence {
  const prng = new Prng(seed);
  const set = subject.privileged || prng.below(4) ? usual : unprivileged;
  return new SequenceMaker({ prng, all, chosen: modes[prng.pick(set)]! }).make(seed, subject);
}

/**
 * The same for what a user program may do: problem state, its own pages only, no way back. `count` is the
 * number of steps.
 */
export function makeUserSequence(
  seed: number,
  subject: Instruction,
  all: readonly Instruction[],
  count?: number,
): Sequence {
  return new SequenceMaker({ prng: new Prng(seed), all, chosen: user }).make(seed, subject, count);
}

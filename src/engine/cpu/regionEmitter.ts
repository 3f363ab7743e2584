/** Writes one region as a WebAssembly function: slot of the region table → exit code. */
import { FunctionBuilder, type Label } from "../wasm/function.ts";
import type { ModuleBuilder } from "../wasm/module.ts";
import * as E from "../wasm/value.ts";
import { I32, I64, k32, k64 } from "../wasm/value.ts";
import { addressIn, type CodePage } from "./codePage.ts";
import { ROOT, structure, type Structure } from "./controlGraph.ts";
import { REGION_TABLE } from "./tables.ts";
import { BANK_JUMP, ENTRY, JUMP_ENTRIES, JUMP_ENTRY, Reg, SLOT_ENTRY } from "./layout.ts";
import { RegionBuilder } from "./regionBuilder.ts";
import { SLOT_JUMP, SLOT_RETURN } from "./regionExit.ts";
import type { RegionLocals } from "./regionRegisters.ts";
import type { Block, Plan } from "./regionPlan.ts";
import type { Fields } from "../isa/s390/semantics.ts";
import type { Runtime } from "./runtimeFunctions.ts";

const ZERO = k32(0);

export interface EmitContext {
  readonly module: ModuleBuilder;
  readonly runtime: Runtime;
  readonly page: CodePage;
  /** Host offset of the mode's bank. */
  readonly bank: number;
  /** Region-table slot of an offset in the page. */
  slotOf(offset: number): number;
}

export class RegionEmitter {
  private readonly c: EmitContext;
  private readonly blocks: ReadonlyMap<number, Block>;
  private readonly entries: number[];
  private readonly fn = new FunctionBuilder([I32], [I32]);
  private readonly locals: RegionLocals;
  private readonly builder: RegionBuilder;
  private readonly state: number;
  private readonly shape: Structure;
  private readonly labels = new Map<number, Label>();
  private readonly loops = new Map<number, Label>();
  private readonly longest = new Map<number, number>();
  private root!: Label;
  private exit!: Label;

  constructor(context: EmitContext, plan: Plan) {
    this.c = context;
    this.blocks = plan.blocks;
    this.entries = [...plan.entries];
    this.shape = this.makeStructure();
    let used = 0;
    let written = 0;
    let writtenHigh = 0;
    let usesCc = false;
    /** Low-word accesses less whole ones, by register. */
    const leaning = new Int32Array(16);
    for (const b of plan.blocks.values()) {
      for (const { effects } of b.instructions) {
        used |= effects.used;
        written |= effects.written;
        writtenHigh |= effects.writtenHigh;
        for (const r of effects.lows) leaning[r]!++;
        for (const r of effects.wholes) leaning[r]!--;
        usesCc ||= effects.usesCc;
      }
    }
    const { fn } = this;
    const gprs = new Int32Array(16).fill(-1);
    const lows = new Int32Array(16).fill(-1);
    const highs = new Int32Array(16).fill(-1);
    for (let r = 0; r < 16; r++) {
      if (!(used & (1 << r))) continue;
      if (leaning[r]! > 0) {
        lows[r] = fn.local(I32);
        highs[r] = fn.local(I32);
      } else gprs[r] = fn.local(I64);
    }
    this.locals = {
      gprs,
      lows,
      highs,
      writtenHigh,
      ccOp: fn.local(I32),
      ccA: fn.local(I64),
      ccB: fn.local(I64),
      ic: fn.local(I32),
      pc: fn.local(I64),
      page: fn.local(I64),
      slot: fn.local(I32),
      result: fn.local(I32),
      changed: fn.local(I32),
    };
    this.state = 0;
    const operationType = context.module.type([I32], [I32]);
    this.builder = new RegionBuilder(
      fn,
      context.runtime,
      context.page.mode,
      context.bank,
      this.locals,
      written,
      usesCc,
      operationType,
    );
  }

  private successors(node: number): readonly number[] {
    if (node === ROOT) return this.entries;
    return [...new Set(this.blocks.get(node)!.successors.filter((s) => this.blocks.has(s)))];
  }
  private makeStructure(): Structure {
    for (;;) {
      const made = structure((node) => this.successors(node));
      const missing = made.irreducible.filter((node) => !this.entries.includes(node));
      if (missing.length === 0) return made.structure;
      this.entries.push(...missing);
    }
  }

  /** Emits everything, as export `region`; returns the page offsets of its entries in their order. */
  emit(): readonly number[] {
    const { fn, locals, builder } = this;
    fn.set(this.state, this.entries.length > 1 ? E.load8u(fn.get(this.state), SLOT_ENTRY) : ZERO);
    fn.set(locals.ic, E.load32(ZERO, Reg.ic));
    fn.set(locals.page, E.and64(E.load64(ZERO, Reg.pc), k64(-4096)));
    builder.reload();
    this.exit = fn.block();
    builder.exit = this.exit;
    this.root = fn.loop();
    this.within(ROOT, [...this.shape.mergeChildren(ROOT)]);
    fn.end();
    fn.unreachable();
    fn.end();
    this.exitBlock();
    // Only now are all imports known, which come before functions in the index space.
    const region = this.c.module.add(fn, "region");
    const address = addressIn(this.c.page, this.entries[0]!).toString(16);
    this.c.module.nameForProfile(region, `region ${address}`);
    return this.entries;
  }

  private exitBlock(): void {
    const { fn, locals } = this;
    const type = this.c.module.type([I32], [I32]);
    this.builder.writeBack();
    fn.store32(ZERO, fn.get(locals.ic), Reg.ic);
    fn.store64(ZERO, fn.get(locals.pc), Reg.pc);
    fn.if(E.ges32(fn.get(locals.slot), k32(0)), () =>
      fn.returnCallIndirect(type, fn.get(locals.slot), REGION_TABLE, fn.get(locals.slot)),
    );
    fn.if(E.eq32(fn.get(locals.slot), k32(SLOT_JUMP)), () => {
      const item = fn.let(
        E.and32(E.shl32(E.wrap(fn.get(locals.pc)), k32(3)), k32((JUMP_ENTRIES - 1) * JUMP_ENTRY)),
      );
      const base = this.c.bank + BANK_JUMP;
      fn.if(E.eq64(E.load64(item, base), fn.get(locals.pc)), () => {
        const slot = fn.let(E.load32(item, base + 8));
        fn.returnCallIndirect(type, slot, REGION_TABLE, slot);
      });
    });
    fn.return_(fn.get(locals.result));
    fn.unreachable();
  }

  /** Where the countdown is tested: every cycle and every way in goes through one of these. */
  private isCheckpoint(node: number): boolean {
    return this.shape.headers.has(node) || this.entries.includes(node);
  }
  /**
   * Instructions on the longest way from a block to the next checkpoint or out. A checkpoint that has fewer
   * left leaves to the interpreter, which steps to the exact end of the slice; blocks between only count.
   */
  private longestFrom(node: number): number {
    let longest = this.longest.get(node);
    if (longest === undefined) {
      longest = 0;
      for (const s of this.successors(node))
        if (!this.isCheckpoint(s)) longest = Math.max(longest, this.longestFrom(s));
      longest += this.blocks.get(node)!.instructions.length;
      this.longest.set(node, longest);
    }
    return longest;
  }

  // ---- structured control
  private tree(node: number): void {
    const merges = [...this.shape.mergeChildren(node)];
    if (!this.shape.headers.has(node)) {
      this.within(node, merges);
      return;
    }
    this.loops.set(node, this.fn.loop());
    this.builder.kind = -1;
    this.within(node, merges);
    this.fn.end();
  }
  private within(node: number, merges: number[]): void {
    const [outer, ...rest] = merges;
    if (outer !== undefined) {
      this.labels.set(outer, this.fn.block());
      this.within(node, rest);
      this.fn.end();
      this.builder.kind = -1;
      this.tree(outer);
      return;
    }
    if (node === ROOT) {
      const targets = this.entries.map((e) => this.labels.get(e)!);
      this.fn.brTable(targets, this.exit, this.fn.get(this.state));
      return;
    }
    this.block(node);
  }
  /** Continues at a page offset. */
  private go(from: number, offset: number): void {
    if (!this.blocks.has(offset)) {
      const slot = offset >= 0 && offset < 4096 ? this.c.slotOf(offset) : SLOT_JUMP;
      this.builder.leaveTo(this.builder.addressOf(offset), slot);
      return;
    }
    if (!this.shape.isBack(from, offset)) {
      if (this.shape.merges.has(offset)) this.fn.br(this.labels.get(offset)!);
      else this.tree(offset);
      return;
    }
    if (this.shape.dominates(offset, from)) this.fn.br(this.loops.get(offset)!);
    else {
      this.fn.set(this.state, k32(this.entries.indexOf(offset)));
      this.fn.br(this.root);
    }
  }

  private block(node: number): void {
    const { fn, builder, locals } = this;
    const block = this.blocks.get(node)!;
    const count = block.instructions.length;
    if (this.isCheckpoint(node)) {
      const most = this.longestFrom(node);
      fn.if(E.lts32(fn.get(locals.ic), k32(most)), () =>
        builder.leaveTo(builder.addressOf(node), SLOT_RETURN),
      );
    }
    fn.set(locals.ic, E.sub32(fn.get(locals.ic), k32(count)));
    block.instructions.forEach((i, k) => {
      builder.instruction = i.decoded.instruction;
      builder.at = i.offset;
      builder.after = count - 1 - k;
      builder.operation = { handler: i.handler, entry: this.c.page.base + (i.offset >> 1) * ENTRY };
      fn.scope(() => {
        builder.begin(i.effects.probes);
        if (i.decoded.instruction.meaning)
          i.decoded.instruction.meaning(builder, i.decoded.fields as unknown as Fields);
        else builder.callOperation();
        builder.finish();
        if (builder.hasSlowStore) this.leaveIfChanged(i.offset + i.decoded.length);
        if (k === count - 1) this.terminate(node, block, i.offset);
      });
    });
  }
  private leaveIfChanged(next: number): void {
    const { fn, builder, locals } = this;
    fn.if(fn.get(locals.changed), () => {
      if (builder.after > 0) fn.set(locals.ic, E.add32(fn.get(locals.ic), k32(builder.after)));
      builder.leaveTo(builder.addressOf(next), SLOT_RETURN);
    });
  }
  private terminate(node: number, block: Block, lastOffset: number): void {
    const { fn, builder } = this;
    const { term } = builder;
    if (!term) {
      this.go(node, block.end);
      return;
    }
    const taken = (): void => {
      if (term.distance === undefined) builder.leaveTo(term.target!, SLOT_JUMP);
      else this.go(node, lastOffset + term.distance);
    };
    if (!term.cond) {
      taken();
      return;
    }
    const { kind } = builder;
    fn.if(term.cond, taken);
    builder.kind = kind;
    this.go(node, block.end);
  }
}


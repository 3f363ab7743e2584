/**
 * Compiles hot code into regions and links them: each entry has a slot of the region table; the interpreter's
 * entry is replaced by `enter`, other regions jump through the slot. A slot without a region holds a stub
 * that returns to the interpreter.
 */
import { assert } from "../base/assert.ts";
import { ModuleBuilder } from "../wasm/module.ts";
import { FunctionBuilder } from "../wasm/function.ts";
import { I32, I64, V128, k32 } from "../wasm/value.ts";
import type { CodePage, CompiledRegion } from "./codePage.ts";
import type { Core } from "./core.ts";
import type { RegionCompiler as Compiler } from "./coreTypes.ts";
import { RegionEmitter } from "./regionEmitter.ts";
import { Planner } from "./regionPlan.ts";
import { Reg, SLOTS_MAX, SLOT_ENTRY } from "./layout.ts";
import { routineBuilders } from "./routines/routines.ts";
import type { Runtime } from "./runtimeFunctions.ts";

/** Branches to an entry before it is compiled. */
const HEAT_LIMIT = 4000;
const TABLE_GROWTH = 1024;

const runtimeFunctions = {
  ccCalc: [[I32, I64, I64], [I32]],
  slowLoad: [[I64, I32, I32], [I64]],
  slowStore: [[I64, I32, I32, I64], []],
  slowLoad128: [[I64, I32], [V128]],
  slowStore128: [[I64, I32, V128], []],
  probe: [[I64, I32, I32, I32], []],
  hostFor: [[I64, I32, I32, I32], [I32]],
} as const;

export class RegionCompiler implements Compiler {
  private readonly core: Core;
  private readonly planner: Planner;
  private readonly slots = new Map<CodePage, Map<number, number>>();
  private nextSlot = 1;
  private readonly freeSlots: number[] = [];
  private readonly stub: unknown;
  private readonly imports: WebAssembly.ModuleImports;
  regionsCompiled = 0;
  instructionsCompiled = 0;
  compileMs = 0;
  /** Wall-clock for statistics; the engine itself has no clock. */
  private readonly clock: () => number;

  constructor(core: Core, clock: () => number) {
    this.core = core;
    this.clock = clock;
    this.planner = new Planner(core.memory, core.code);
    this.imports = {
      ...core.instance.exports,
      memory: core.memory.wasm,
      t0: core.regions,
      t1: core.operations,
    } as WebAssembly.ModuleImports;
    this.stub = this.makeStub();
    core.regions.set(0, this.stub);
    core.memory.u32[Reg.heatLimit >> 2] = HEAT_LIMIT;
    core.heatLimit = HEAT_LIMIT;
    core.code.onRegionDead = (region) => this.unlink(region);
    core.code.onPageGone = (page) => this.releaseSlots(page);
  }

  private makeStub(): unknown {
    const m = new ModuleBuilder(this.core.memory.limits, 2);
    const fn = new FunctionBuilder([I32], [I32]);
    fn.return_(k32(0));
    fn.unreachable();
    m.add(fn, "stub");
    return this.instantiate(m).stub;
  }
  private instantiate(m: ModuleBuilder): WebAssembly.Exports {
    return new WebAssembly.Instance(new WebAssembly.Module(m.finish()), { e: this.imports }).exports;
  }

  private slotOf(page: CodePage, offset: number): number {
    let ofPage = this.slots.get(page);
    if (!ofPage) this.slots.set(page, (ofPage = new Map()));
    let slot = ofPage.get(offset);
    if (slot === undefined) {
      slot = this.freeSlots.pop() ?? this.nextSlot++;
      assert(slot < SLOTS_MAX, "entries of more pages than the pool has");
      const { regions } = this.core;
      if (slot >= regions.length) regions.grow(TABLE_GROWTH, this.stub);
      regions.set(slot, this.stub);
      ofPage.set(offset, slot);
    }
    return slot;
  }

  compile(page: CodePage, offset: number): void {
    const { mode } = page;
    // Access-register mode names a space per register, PER looks at every instruction: both stay with the
    // interpreter.
    if (mode.addressSpace === 1 || mode.per) return;
    const start = this.clock();
    const plan = this.planner.plan(page, offset);
    if (plan) this.install(page, plan);
    this.compileMs += this.clock() - start;
  }

  private install(page: CodePage, plan: NonNullable<ReturnType<Planner["plan"]>>): void {
    const m = new ModuleBuilder(this.core.memory.limits, 2);
    const runtime = importRuntime(m);
    const emitter = new RegionEmitter(
      {
        module: m,
        runtime,
        page,
        bank: this.core.banks.current.base,
        slotOf: (at) => this.slotOf(page, at),
      },
      plan,
    );
    const entries = emitter.emit();
    const { region } = this.instantiate(m);
    const linked = entries.map((offset, i) => {
      const slot = this.slotOf(page, offset);
      this.core.memory.u8[SLOT_ENTRY + slot] = i;
      this.core.regions.set(slot, region);
      this.core.code.enterRegion(page, offset, slot);
      return { offset, slot };
    });
    const ends = [...plan.blocks.values()].map((b) => b.end);
    page.regions.add({ page, from: Math.min(...plan.blocks.keys()), to: Math.max(...ends), entries: linked });
    this.regionsCompiled++;
    for (const b of plan.blocks.values()) this.instructionsCompiled += b.instructions.length;
  }

  private unlink(region: CompiledRegion): void {
    for (const { offset, slot } of region.entries) {
      this.core.regions.set(slot, this.stub);
      this.core.code.leaveRegion(region.page, offset);
    }
  }

  private releaseSlots(page: CodePage): void {
    for (const slot of this.slots.get(page)?.values() ?? []) {
      this.core.regions.set(slot, this.stub);
      this.freeSlots.push(slot);
    }
    this.slots.delete(page);
  }

  dropAll(): void {
    this.freeSlots.length = 0;
    for (let i = 1; i < this.nextSlot; i++) this.core.regions.set(i, this.stub);
    this.slots.clear();
    this.nextSlot = 1;
  }
}

/** Imports a function when code first asks for its index: most regions need two or three. */
function importRuntime(m: ModuleBuilder): Runtime {
  const runtime = {} as Record<keyof typeof runtimeFunctions, number>;
  for (const [name, [params, results]] of Object.entries(runtimeFunctions)) {
    let index: number | undefined;
    Object.defineProperty(runtime, name, { get: () => (index ??= m.import(name, params, results)) });
  }
  const routines = new Map<string, { index: number; result: boolean }>();
  const lookup = {
    get(name: string) {
      let found = routines.get(name);
      const builder = found ? undefined : routineBuilders.find((r) => r.name === name);
      if (builder) {
        const index = m.import(`r_${name}`, builder.params, builder.result ? [I64] : []);
        routines.set(name, (found = { index, result: builder.result }));
      }
      return found;
    },
  };
  return Object.assign(runtime, { routines: lookup });
}

/**
 * Generates the runtime module: slow paths, one operation function per handler, and the interpreter loop, a
 * single function around one `br_table` in which the frequent handlers are inlined (measured: 2–4 times
 * faster than threading in V8).
 *
 * The loop counts down `ic` before every instruction, so a slice ends at an exact instruction. A branch
 * target's heat is counted in its entry; a target with a compiled region has handler `enter`, which calls it.
 */
import { FunctionBuilder } from "../wasm/function.ts";
import { ModuleBuilder, type MemoryLimits } from "../wasm/module.ts";
import * as E from "../wasm/value.ts";
import { I32, k32, k64, type Val } from "../wasm/value.ts";
import type { HandlerTable, HandlerVariant } from "./handlers.ts";
import { writeMeaning } from "./handlerMeaning.ts";
import { InterpreterBuilder } from "./interpreterBuilder.ts";
import { loopFunction } from "./interpreterLoop.ts";
import { OPERATION_TABLE } from "./tables.ts";
import {
  CODE_EPOCH,
  ENTRY,
  ENTRY_HANDLER,
  EXECUTE_CACHE,
  EXECUTE_CACHE_ENTRIES,
  EXECUTE_CACHE_ENTRY,
  Exit,
  Handler,
  Reg,
} from "./layout.ts";
import { routineBuilders } from "./routines/routines.ts";
import * as R from "./runtime.ts";
import type { Runtime } from "./runtimeFunctions.ts";
import { knownHost } from "./secondLevel.ts";

/** What operation functions call besides. */
interface InterpreterRuntime extends Runtime {
  readonly help: number;
  readonly execute: number;
}

const ZERO = k32(0);

export function buildRuntime(m: ModuleBuilder): InterpreterRuntime {
  const imported = Object.entries(R.engineImports).map(
    ([name, [params, results]]) => [name, m.import(name, params, results)] as const,
  );
  const index = Object.fromEntries(imported) as Record<keyof typeof R.engineImports, number>;
  const translation = { translate: index.translate, knownHost: knownHost(m) };
  const slowLoad = R.slowLoad(m, translation);
  const slowStore = R.slowStore(m, translation);
  const probe = R.probe(m, translation);
  const base = {
    ccCalc: R.conditionCode(m),
    slowLoad,
    slowStore,
    probe,
    slowLoad128: R.slowLoad128(m, slowLoad),
    slowStore128: R.slowStore128(m, slowStore, probe),
    hostFor: R.hostFor(m, translation),
  };
  const routines = new Map<string, { index: number; result: boolean }>();
  for (const r of routineBuilders) {
    const made = r.build(m, base);
    m.export(`r_${r.name}`, made);
    routines.set(r.name, { index: made, result: r.result });
  }
  return { ...base, routines, exact: index.exact, help: index.help, execute: index.execute };
}

/** A host may have the module from its build: making it takes longer than all else at a machine's start. */
export const prebuilt: { module: WebAssembly.Module | undefined } = { module: undefined };

/** One for all machines of a thread. */
export const interpreterModule = (handlers: HandlerTable): WebAssembly.Module =>
  (prebuilt.module ??= new WebAssembly.Module(buildInterpreter(handlers)));

/** Memories of every size fit. */
const MEMORY: MemoryLimits = { min: 1, max: 0x10000 };

export function buildInterpreter(handlers: HandlerTable): Uint8Array<ArrayBuffer> {
  const m = new ModuleBuilder(MEMORY, 2);
  const runtime = buildRuntime(m);
  const operations: number[] = new Array<number>(handlers.count).fill(-1);
  const failing = m.add(trapFunction());
  operations[Handler.helper] = m.add(forwarding(runtime.help));
  operations[Handler.execute] = m.add(executeFunction(m, runtime.execute, false));
  operations[Handler.executeRelative] = m.add(executeFunction(m, runtime.execute, true));
  operations[Handler.program] = m.add(programFunction());
  for (const v of handlers.variants) operations[v.id] = m.add(operationFunction(runtime, v));
  m.element(
    OPERATION_TABLE,
    0,
    operations.map((f) => (f < 0 ? failing : f)),
  );
  m.nameForProfile(m.add(loopFunction(m, runtime, handlers), "run"), "interpreter");
  return m.finish();
}

function trapFunction(): FunctionBuilder {
  const fn = new FunctionBuilder([I32], [I32]);
  fn.unreachable();
  return fn;
}

function forwarding(target: number): FunctionBuilder {
  const fn = new FunctionBuilder([I32], [I32]);
  fn.return_(E.callVal(target, I32, fn.get(0)));
  fn.unreachable();
  return fn;
}

/** An entry whose fields are wrong for its instruction: the program interruption code is in the entry. */
function programFunction(): FunctionBuilder {
  const fn = new FunctionBuilder([I32], [I32]);
  fn.store32(ZERO, E.load32(fn.get(0), 8), Reg.pgm);
  fn.store32(ZERO, E.load32(fn.get(0), 12), Reg.dxc);
  fn.return_(k32(Exit.program));
  fn.unreachable();
  return fn;
}

/** EXECUTE: the engine finds the target's entry; its result counts with the EXECUTE's own length. */
function executeFunction(m: ModuleBuilder, execute: number, relative: boolean): FunctionBuilder {
  const fn = new FunctionBuilder([I32], [I32]);
  const type = m.type([I32], [I32]);
  const entry = fn.get(0);
  const field = (slot: number): Val => E.load8u(entry, slot);
  // Slots as the formats RX-a and RIL-b place them: r1 2, x2 3, b2 4, d2 or ri2 8.
  const pc = fn.let(E.load64(ZERO, Reg.pc));
  const sum = relative
    ? E.add64(pc, E.shl64(E.exts(E.load32(entry, 8)), k64(1)))
    : E.add64(E.add64(E.load64(field(4)), E.load64(field(3))), E.exts(E.load32(entry, 8)));
  const address = fn.let(E.and64(sum, E.load64(ZERO, Reg.addressMask)));
  const r1 = fn.let(field(2));
  const byte = fn.let(E.select(r1, E.load8u(r1), k32(0)));
  const hash = E.and32(
    E.xor32(E.shru32(E.wrap(address), k32(1)), E.shl32(byte, k32(2))),
    k32(EXECUTE_CACHE_ENTRIES - 1),
  );
  const item = fn.let(E.shl32(hash, k32(Math.log2(EXECUTE_CACHE_ENTRY))));
  const tag = E.or32(byte, E.shl32(E.load32(ZERO, Reg.tlb), k32(8)));
  const target = fn.let(E.load32(item, EXECUTE_CACHE + 16));
  const known = E.and32(
    E.and32(E.eq64(E.load64(item, EXECUTE_CACHE), address), E.eq32(E.load32(item, EXECUTE_CACHE + 8), tag)),
    E.and32(
      E.eq32(E.load32(item, EXECUTE_CACHE + 12), E.load32(ZERO, CODE_EPOCH)),
      E.eq64(E.load64(ZERO, Reg.exTarget), pc),
    ),
  );
  const found = fn.local(I32);
  fn.if(
    known,
    () => {
      fn.store64(ZERO, address, Reg.exTarget);
      fn.store32(ZERO, k32(relative ? 6 : 4), Reg.exLength);
      fn.set(found, target);
    },
    () => {
      fn.set(found, E.callVal(execute, I32, entry));
      fn.if(E.eqz32(fn.get(found)), () => fn.return_(k32(Exit.program)));
    },
  );
  fn.callIndirect(type, E.load16u(fn.get(found), ENTRY_HANDLER), OPERATION_TABLE, fn.get(found));
  const result = fn.local(I32);
  fn.popTo(result);
  const advance = E.shl32(E.load32(ZERO, Reg.exLength), k32(Math.log2(ENTRY / 2)));
  fn.return_(E.select(E.gts32(fn.get(result), k32(0)), advance, fn.get(result)));
  fn.unreachable();
  return fn;
}

function operationFunction(runtime: Runtime, v: HandlerVariant): FunctionBuilder {
  const fn = new FunctionBuilder([I32], [I32]);
  const b = new InterpreterBuilder(fn, runtime);
  writeMeaning(b, v);
  fn.return_(k32((v.instruction.format.length * ENTRY) / 2));
  fn.unreachable();
  return fn;
}

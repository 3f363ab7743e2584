/** Routines of the runtime module that meanings reach by name (`Builder.routine`). */
import type { ModuleBuilder } from "../../wasm/module.ts";
import type { Ty } from "../../wasm/value.ts";
import type { Runtime } from "../runtimeFunctions.ts";
import { storageRoutines } from "./storage.ts";
import { wideRoutines } from "./wide.ts";

/** What a routine may call: the slow paths; the fast path it inlines itself. */
export type RoutineBase = Omit<Runtime, "routines">;

export interface RoutineBuilder {
  readonly name: string;
  readonly params: readonly Ty[];
  /** False: returns nothing; true: one i64. */
  readonly result: boolean;
  /** Adds the function to the module and returns its index. */
  build(m: ModuleBuilder, base: RoutineBase): number;
}

export const routineBuilders: readonly RoutineBuilder[] = [...storageRoutines, ...wideRoutines];

/**
 * Assembles functions, imports, tables and exports into one WebAssembly module (core specification 2.0,
 * section 5.5).
 */
import { assert } from "../base/assert.ts";
import { ByteSink } from "./byteSink.ts";
import type { FunctionBuilder } from "./function.ts";
import type { Ty } from "./value.ts";

interface Import {
  readonly name: string;
  readonly type: number;
}
export interface MemoryLimits {
  /** In 64 KiB pages. */
  readonly min: number;
  readonly max: number;
}

export class ModuleBuilder {
  private readonly types: string[] = [];
  private readonly typeList: (readonly [readonly Ty[], readonly Ty[]])[] = [];
  private readonly imports: Import[] = [];
  private readonly functions: {
    type: number;
    builder: FunctionBuilder | undefined;
    name: string | undefined;
  }[] = [];
  private readonly debugNames: { index: number; name: string }[] = [];
  private readonly extraExports: { name: string; index: number }[] = [];
  private readonly elements: { table: number; offset: number; functions: number[] }[] = [];
  private readonly memory: MemoryLimits;
  /** Number of function tables imported as `t0`, `t1` … */
  private readonly tables: number;

  constructor(memory: MemoryLimits, tables: number) {
    this.memory = memory;
    this.tables = tables;
  }

  type(params: readonly Ty[], results: readonly Ty[]): number {
    const key = `${params.join()}>${results.join()}`;
    const found = this.types.indexOf(key);
    if (found >= 0) return found;
    this.types.push(key);
    this.typeList.push([params, results]);
    return this.types.length - 1;
  }
  /** Imports `e.name`; all imports come before the first function. */
  import(name: string, params: readonly Ty[], results: readonly Ty[]): number {
    assert(this.functions.length === 0, "imports come first");
    this.imports.push({ name, type: this.type(params, results) });
    return this.imports.length - 1;
  }
  /** Reserves an index so that functions may call each other before they are built. */
  declare(params: readonly Ty[], results: readonly Ty[], name?: string): number {
    this.functions.push({ type: this.type(params, results), builder: undefined, name });
    return this.imports.length + this.functions.length - 1;
  }
  define(index: number, builder: FunctionBuilder): void {
    this.functions[index - this.imports.length]!.builder = builder;
  }
  /** Adds a function; a name exports it. */
  add(builder: FunctionBuilder, name?: string): number {
    const index = this.declare(builder.params, builder.results, name);
    this.define(index, builder);
    return index;
  }
  /** Names a function for profilers; call in rising order of index. */
  nameForProfile(index: number, name: string): void {
    this.debugNames.push({ index, name });
  }
  /** Exports a function under one more name. */
  export(name: string, index: number): void {
    this.extraExports.push({ name, index });
  }
  element(table: number, offset: number, functions: number[]): void {
    this.elements.push({ table, offset, functions });
  }

  finish(): Uint8Array<ArrayBuffer> {
    const out = new ByteSink(8192);
    for (const byte of [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) out.u8(byte);
    this.section(out, 1, (s) => {
      s.u32(this.typeList.length);
      for (const [params, results] of this.typeList) {
        s.u8(0x60);
        for (const list of [params, results]) {
          s.u32(list.length);
          for (const ty of list) s.u8(ty);
        }
      }
    });
    this.section(out, 2, (s) => this.importSection(s));
    this.section(out, 3, (s) => {
      s.u32(this.functions.length);
      for (const f of this.functions) s.u32(f.type);
    });
    this.section(out, 7, (s) => {
      const named = this.functions
        .map((f, i) => [f.name, i + this.imports.length] as const)
        .filter(([name]) => name !== undefined);
      s.u32(named.length + this.extraExports.length);
      for (const [name, index] of named) {
        s.text(name!);
        s.u8(0);
        s.u32(index);
      }
      for (const { name, index } of this.extraExports) {
        s.text(name);
        s.u8(0);
        s.u32(index);
      }
    });
    if (this.elements.length > 0) this.section(out, 9, (s) => this.elementSection(s));
    this.section(out, 10, (s) => {
      s.u32(this.functions.length);
      for (const f of this.functions) {
        assert(f.builder, "a declared function was never defined");
        f.builder.finish(s);
      }
    });
    if (this.debugNames.length > 0) this.section(out, 0, (s) => this.nameSection(s));
    return out.take();
  }

  /** Function names for profilers and stack traces (core specification, appendix "Custom sections"). */
  private nameSection(s: ByteSink): void {
    s.text("name");
    const names = new ByteSink();
    names.u32(this.debugNames.length);
    for (const { index, name } of this.debugNames) {
      names.u32(index);
      names.text(name);
    }
    s.u8(1);
    s.u32(names.length);
    s.append(names);
  }

  private importSection(s: ByteSink): void {
    s.u32(this.imports.length + 1 + this.tables);
    for (const i of this.imports) {
      s.text("e");
      s.text(i.name);
      s.u8(0);
      s.u32(i.type);
    }
    s.text("e");
    s.text("memory");
    s.u8(2);
    s.u8(1);
    s.u32(this.memory.min);
    s.u32(this.memory.max);
    for (let t = 0; t < this.tables; t++) {
      s.text("e");
      s.text(`t${t}`);
      s.u8(1);
      s.u8(0x70);
      s.u8(0);
      s.u32(0);
    }
  }

  private elementSection(s: ByteSink): void {
    s.u32(this.elements.length);
    for (const e of this.elements) {
      s.u32(2);
      s.u32(e.table);
      s.u8(0x41);
      s.s32(e.offset);
      s.u8(0x0b);
      s.u8(0);
      s.u32(e.functions.length);
      for (const f of e.functions) s.u32(f);
    }
  }

  private section(out: ByteSink, id: number, body: (s: ByteSink) => void): void {
    const s = new ByteSink(1024);
    body(s);
    out.u8(id);
    out.u32(s.length);
    out.append(s);
  }
}

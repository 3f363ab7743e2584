/**
 * Two-pass assembler for a GNU-as-like subset, driven by the instruction tables.
 *
 * The first pass reads statements and gives every one its offset in its section (nothing is ever relaxed, so sizes are known at
 * once); then sections get their addresses; the second pass renders bytes. Sections follow one another from the origin:
 * .text, .data, others as they first came, .bss. Invariant: source is hostile; errors are values, room is bounded.
 */
import { ok, refuse, type Result } from "../../base/result.ts";
import { executable, segmentsMax, type Segment } from "./assembleElf.ts";
import { directiveNamed, offsetIn, type DirectivePort, type Render } from "./assembleDirectives.ts";
import { encodeTerms, readOperands } from "./assembleOperands.ts";
import { SourceReader, type Place, type SourceHost, type Statement } from "./assembleSource.ts";
import { Cursor, evaluate, readExpression, type Complaint, type Expression, type Scope, type Value } from "./expression.ts";
import { mnemonicNamed } from "./mnemonics.ts";

/** What is wrong, where, what came and what is allowed there. `message` says all of it in one sentence. */
export interface AssemblyError extends Place {
  readonly came: string;
  readonly allowed: string;
  readonly message: string;
}

export interface ListingLine {
  readonly address: bigint;
  readonly bytes: Uint8Array;
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

export interface AssembledProgram {
  /** ELF64 big-endian s390 executable. */
  readonly elf: Uint8Array;
  /** Address of `_start`, or of .text if there is no such label. */
  readonly entry: bigint;
  /** Labels and .equ symbols; addresses or numbers as unsigned 64 bits. */
  readonly symbols: ReadonlyMap<string, bigint>;
  /** One line per statement that made bytes. */
  readonly listing: readonly ListingLine[];
  readonly segments: readonly Segment[];
}

export interface AssembleOptions {
  /** Address of .text; 0 unless given. */
  readonly origin?: number;
  /** Name of the source in errors and listing. */
  readonly name?: string;
  /** Text for `.include "name"`. */
  readonly include?: (name: string) => string | undefined;
}

interface Section {
  readonly name: string;
  size: number;
  alignment: number;
  readonly items: Item[];
}

interface Item {
  readonly statement: Statement;
  readonly offset: number;
  readonly size: number;
  /** Undefined for room that is only zeros. */
  readonly render: Render | undefined;
  readonly loaded: boolean;
}

interface SymbolEntry {
  readonly expression: Expression;
  readonly statement: Statement;
  /** Labels and .equ cannot be defined twice with different meanings; .set can. */
  readonly label: boolean;
}

const errorsMax = 100;
const renderedBytesMax = 64 << 20;
const sectionBytesMax = 2 ** 31;
const definitionDepthMax = 64;
/** How many names the first pass looks up: definitions that mention others twice, again and again, would never end. */
const lookupsMax = 2_000_000;
/** Zeros shorter than this are written into the file instead of starting a new segment. */
const gapBytesMin = 4096;

class Assembler implements DirectivePort, SourceHost {
  readonly errors: AssemblyError[] = [];
  readonly symbols = new Map<string, SymbolEntry>();
  readonly sections = new Map<string, Section>();
  private section: Section;
  private statement: Statement = { file: "", line: 1, indent: 0, text: "" };
  private readonly options: AssembleOptions;
  private readonly numericLabels = new Map<string, number>();
  private readonly exported = new Map<string, Statement>();
  private rendered = 0;
  private depth = 0;
  private lookups = 0;
  /** Values of names once addresses are known. */
  private readonly values = new Map<string, Value>();
  private addresses: Map<string, bigint> | undefined;

  constructor(options: AssembleOptions) {
    this.options = options;
    this.section = this.sectionNamed(".text");
  }

  // ---- SourceHost
  include(name: string): string | undefined {
    return this.options.include?.(name);
  }

  defined(name: string): boolean {
    return this.symbols.has(name);
  }

  complain(statement: Statement, column: number, came: string, allowed: string): void {
    if (this.errors.length >= errorsMax) return;
    const { file, line, indent } = statement;
    const message = `${file}:${line}:${indent + column}: ${came} is not allowed here; allowed: ${allowed}`;
    this.errors.push({ file, line, column: indent + column, came, allowed, message });
  }

  number(cursor: Cursor): bigint | undefined {
    return this.known(cursor, (value) => (value.section === undefined ? value.offset : undefined), "a number known at this point");
  }

  // ---- NameContext and DirectivePort
  here(): Value {
    return { section: this.section.name, offset: BigInt(this.section.size) };
  }

  numericLabel(number: string, direction: "b" | "f"): string {
    const seen = this.numericLabels.get(number) ?? 0;
    return `${number}\u0002${direction === "b" ? seen : seen + 1}`;
  }

  current(name: string): Value | undefined {
    const entry = this.symbols.get(name);
    if (!entry || entry.label) return undefined;
    const value = evaluate(entry.expression, this.scope);
    return value.ok ? value.value : undefined;
  }

  get offset(): number {
    return this.section.size;
  }

  get code(): boolean {
    return this.section.name.startsWith(".text");
  }

  enter(name: string): void {
    this.section = this.sectionNamed(name);
  }

  define(name: string, expression: Expression, column: number): void {
    const before = this.symbols.get(name);
    if (before?.label) this.complain(this.statement, column, name, `a new name: line ${before.statement.line} defines it`);
    else this.symbols.set(name, { expression, statement: this.statement, label: false });
  }

  export(name: string): void {
    if (!this.exported.has(name)) this.exported.set(name, this.statement);
  }

  emit(size: number, render: Render): void {
    if (this.section.name.startsWith(".bss"))
      return this.complain(this.statement, 1, this.statement.text, ".space and .align in .bss, which only holds zeros");
    this.rendered += size;
    if (this.rendered > renderedBytesMax) return this.tooLarge(`${renderedBytesMax} bytes of code and data in all`);
    this.place(size, render, true);
  }

  reserve(size: number, loaded: boolean): void {
    this.place(size, undefined, loaded);
  }

  align(boundary: number): void {
    this.section.alignment = Math.max(this.section.alignment, boundary);
  }

  offsetOf(cursor: Cursor): bigint | undefined {
    const { name } = this.section;
    return this.known(cursor, (value) => offsetIn(value, name), "a number or a place in this section, known at this point");
  }

  // ---- first pass
  read(name: string, source: string): void {
    const reader = new SourceReader(name, source, this);
    for (let statement = reader.next(); statement; statement = reader.next()) {
      if (this.errors.length >= errorsMax) return;
      this.statement = statement;
      this.readStatement(new Cursor(statement.text));
    }
  }

  private readStatement(cursor: Cursor): void {
    for (let label = cursor.match(/([A-Za-z_.$][\w.$]*|\d+)\s*:/y); label; label = cursor.match(/([A-Za-z_.$][\w.$]*|\d+)\s*:/y))
      this.label(label[1]!, cursor.column - label[0].length);
    const assignment = cursor.match(/([A-Za-z_.$][\w.$]*)\s*=(?!=)/y);
    if (assignment) {
      const expression = readExpression(cursor, this);
      if (expression) this.define(assignment[1]!, expression, 1);
    } else if (!cursor.atEnd()) this.operation(cursor);
    if (!cursor.complaint && !cursor.atEnd()) cursor.complain("the end of the statement");
    if (cursor.complaint) this.complainAt(this.statement, cursor.complaint);
  }

  private label(name: string, column: number): void {
    let inner = name;
    if (/^\d/.test(name)) {
      const count = (this.numericLabels.get(name) ?? 0) + 1;
      this.numericLabels.set(name, count);
      inner = `${name}\u0002${count}`;
    }
    const before = this.symbols.get(inner);
    if (before) return this.complain(this.statement, column, name, `a new name: line ${before.statement.line} defines it`);
    this.symbols.set(inner, { expression: { kind: "here", value: this.here() }, statement: this.statement, label: true });
  }

  private operation(cursor: Cursor): void {
    const { column } = cursor;
    const name = cursor.match(/[A-Za-z_.][\w.]*/y)?.[0].toLowerCase();
    if (name === undefined) return cursor.complain("a label, an instruction or a directive");
    const directive = directiveNamed(name);
    if (directive) return directive(this, cursor);
    const mnemonic = mnemonicNamed(name);
    if (!mnemonic) return this.complain(this.statement, column, name, "the name of an instruction, directive or macro");
    const here = this.here();
    const terms = readOperands(mnemonic, cursor, this);
    if (!terms) return;
    if (this.section.size % 2 === 1)
      return this.complain(this.statement, column, `${name} at an odd address`, ".align 2 before it");
    const { length } = mnemonic.instruction.format;
    this.emit(length, (scope, complain) => {
      const bytes = encodeTerms(mnemonic, terms, scope.placed(here).offset, scope);
      if (bytes.ok) return bytes.value;
      complain(bytes.error.column, bytes.error.came, bytes.error.allowed);
      return new Uint8Array(length);
    });
  }

  private sectionNamed(name: string): Section {
    let section = this.sections.get(name);
    if (!section) this.sections.set(name, section = { name, size: 0, alignment: 8, items: [] });
    return section;
  }

  private place(size: number, render: Render | undefined, loaded: boolean): void {
    if (size === 0) return;
    const { section, statement } = this;
    if (section.size + size > sectionBytesMax) return this.tooLarge(`${sectionBytesMax} bytes in a section`);
    section.items.push({ statement, offset: section.size, size, render, loaded });
    section.size += size;
  }

  private tooLarge(limit: string): void {
    if (this.errors.at(-1)?.allowed !== limit) this.complain(this.statement, 1, this.statement.text, limit);
  }

  private known(cursor: Cursor, pick: (value: Value) => bigint | undefined, allowed: string): bigint | undefined {
    cursor.skipBlanks();
    const { at } = cursor;
    const expression = readExpression(cursor, this);
    if (!expression) return undefined;
    const value = evaluate(expression, this.scope);
    const picked = value.ok ? pick(value.value) : undefined;
    if (picked !== undefined) return picked;
    if (!value.ok) cursor.complaint ??= value.error;
    else {
      cursor.at = at;
      cursor.complain(allowed);
    }
    return undefined;
  }

  complainAt(statement: Statement, { column, came, allowed }: Complaint): void {
    this.complain(statement, column, came, allowed);
  }

  // ---- values
  readonly scope: Scope = {
    symbol: (name, column) => {
      const known = this.values.get(name);
      if (known) return ok(known);
      const value = this.definition(name, column);
      if (value.ok && this.addresses) this.values.set(name, value.value);
      return value;
    },
    placed: (value) => {
      const address = value.section === undefined ? undefined : this.addresses?.get(value.section);
      return address === undefined ? value : { section: undefined, offset: address + value.offset };
    },
  };

  private definition(name: string, column: number): Result<Value, Complaint> {
    const entry = this.symbols.get(name);
    const came = name.replace(/\u0002.*/, "");
    if (!entry) return refuse({ column, came, allowed: "a symbol that the source defines (before this, where room depends on it)" });
    if (this.depth >= definitionDepthMax)
      return refuse({ column, came, allowed: `a definition that does not go through itself or ${definitionDepthMax} others` });
    if (++this.lookups > lookupsMax) return refuse({ column, came, allowed: `${lookupsMax} names in all` });
    this.depth++;
    const value = evaluate(entry.expression, this.scope);
    this.depth--;
    // A complaint about the definition belongs to the place where the name is used.
    return value.ok ? value : refuse({ ...value.error, column });
  }

  // ---- layout and second pass
  layOut(): Section[] {
    const rank = (name: string): number => (name === ".text" ? 0 : name === ".data" ? 1 : name.startsWith(".bss") ? 3 : 2);
    const order = [...this.sections.values()].sort((a, b) => rank(a.name) - rank(b.name));
    const addresses = new Map<string, bigint>();
    let end = BigInt(this.options.origin ?? 0);
    for (const section of order) {
      const step = BigInt(section.alignment);
      if (section.name !== ".text" && section.size > 0) end = (end + step - 1n) / step * step;
      addresses.set(section.name, end);
      end += BigInt(section.size);
    }
    this.addresses = addresses;
    this.lookups = 0;
    return order;
  }

  /** Renders everything; also complains about exported names nobody defines. */
  render(order: readonly Section[]): ListingLine[] {
    for (const [name, statement] of this.exported)
      if (!this.symbols.has(name)) this.complain(statement, 1, name, "a symbol that the source defines");
    const listing: ListingLine[] = [];
    for (const section of order)
      for (const { statement, offset, render } of section.items) {
        if (!render) continue;
        const bytes = render(this.scope, (column, came, allowed) => this.complain(statement, column, came, allowed));
        const address = this.addresses!.get(section.name)! + BigInt(offset);
        listing.push({ address, bytes, file: statement.file, line: statement.line, text: statement.text });
      }
    return listing;
  }

  symbolValues(): Map<string, bigint> {
    const values = new Map<string, bigint>();
    for (const [name, entry] of this.symbols) {
      const value = evaluate(entry.expression, this.scope);
      if (!value.ok) this.complainAt(entry.statement, value.error);
      else if (!name.includes("\u0002")) values.set(name, BigInt.asUintN(64, value.value.offset));
    }
    return values;
  }

  addressOf(section: string): bigint {
    return this.addresses?.get(section) ?? 0n;
  }
}

interface Room {
  readonly address: bigint;
  readonly end: bigint;
  readonly zeros: boolean;
}

/** Segments for the rendered lines: gaps of `gap` bytes or more are not in the file. */
function segmentsOf(listing: readonly ListingLine[], rooms: readonly Room[], gap: bigint): Segment[] {
  const runs: { address: bigint; end: bigint; memoryEnd: bigint }[] = [];
  const parts = [
    ...listing.map((line) => ({ address: line.address, end: line.address + BigInt(line.bytes.length), zeros: false })), ...rooms,
  ].sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
  for (const part of parts) {
    const last = runs.at(-1);
    if (part.zeros && last && last.memoryEnd === part.address) last.memoryEnd = part.end;
    else if (last && !part.zeros && part.address - last.end < gap) last.end = last.memoryEnd = part.end;
    else runs.push({ address: part.address, end: part.zeros ? part.address : part.end, memoryEnd: part.end });
  }
  const segments = runs.map((run) => ({
    address: run.address, bytes: new Uint8Array(Number(run.end - run.address)), memoryBytes: run.memoryEnd - run.address,
  }));
  let index = 0;
  for (const line of [...listing].sort((a, b) => (a.address < b.address ? -1 : 1))) {
    while (line.address >= segments[index]!.address + segments[index]!.memoryBytes) index++;
    segments[index]!.bytes.set(line.bytes, Number(line.address - segments[index]!.address));
  }
  return segments;
}

/**
 * Assembles a source. Errors (at most 100) come in the order they were found.
 */
export function assemble(source: string, options: AssembleOptions = {}): Result<AssembledProgram, AssemblyError[]> {
  const assembler = new Assembler(options);
  assembler.read(options.name ?? "source", source);
  if (assembler.errors.length) return refuse(assembler.errors);
  const order = assembler.layOut();
  const listing = assembler.render(order);
  const symbols = assembler.symbolValues();
  if (assembler.errors.length) return refuse(assembler.errors);
  const rooms: Room[] = order.flatMap((section) => section.items.filter((item) => !item.render && item.loaded).map((item) => {
    const address = assembler.addressOf(section.name) + BigInt(item.offset);
    return { address, end: address + BigInt(item.size), zeros: true };
  }));
  let segments = segmentsOf(listing, rooms, BigInt(gapBytesMin));
  for (let gap = 2n * BigInt(gapBytesMin); segments.length > segmentsMax; gap *= 2n) segments = segmentsOf(listing, rooms, gap);
  const entry = symbols.get("_start") ?? assembler.addressOf(".text");
  return ok({ elf: executable(entry, segments), entry, symbols, listing, segments });
}

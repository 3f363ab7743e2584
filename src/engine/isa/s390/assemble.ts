/**
 * Two-pass assembler for a GNU-as-like subset, driven by the instruction tables.
 *
 * The first pass reads statements and gives every one its offset in its section (nothing is ever relaxed, so
 * sizes are known at once); then sections get their addresses; the second pass renders bytes. Sections follow
 * one another from the origin: .text, .data, others as they first came, .bss. Invariant: source is hostile;
 * errors are values, room is bounded.
 */
import { ok, refuse, type Result } from "../../base/result.ts";
import { directiveNamed, offsetIn, type DirectivePort, type Render } from "./assembleDirectives.ts";
import { executable, segmentsOf, type LoadedRange } from "./assembleElf.ts";
import { encodeTerms, readOperands } from "./assembleOperands.ts";
import type { AssembledProgram, AssembleOptions, AssemblyError, ListingLine } from "./assembledProgram.ts";
import { SourceReader, type SourceHost } from "./assembleSource.ts";
import type { Statement } from "./assembleStatements.ts";
import { SymbolTable } from "./assembleSymbols.ts";
import { Cursor, type Complaint } from "./cursor.ts";
import { evaluate, readExpression, type Expression, type Value } from "./expression.ts";
import { mnemonicNamed } from "./mnemonics.ts";

interface Item {
  readonly statement: Statement;
  readonly offset: number;
  readonly size: number;
  /** Undefined for room that is only zeros. */
  readonly render: Render | undefined;
  /** False for a gap that the program leaves as the machine has it. */
  readonly loaded: boolean;
}

interface Section {
  readonly name: string;
  size: number;
  alignment: number;
  readonly items: Item[];
}

const errorsMax = 100;
const renderedBytesMax = 64 << 20;
const sectionBytesMax = 2 ** 31;

class Assembler implements DirectivePort, SourceHost {
  readonly errors: AssemblyError[] = [];
  readonly symbols = new SymbolTable();
  private readonly sections = new Map<string, Section>();
  private section: Section;
  private statement: Statement = { file: "", line: 1, indent: 0, text: "" };
  private readonly options: AssembleOptions;
  private readonly exported = new Map<string, Statement>();
  private rendered = 0;

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
    const absolute = ({ section, offset }: Value): bigint | undefined =>
      section === undefined ? offset : undefined;
    return this.known(cursor, absolute, "a number known at this point");
  }

  // ---- NameContext and DirectivePort
  here(): Value {
    return { section: this.section.name, offset: BigInt(this.section.size) };
  }

  numericLabel(number: string, direction: "b" | "f"): string {
    return this.symbols.numericLabel(number, direction);
  }

  current(name: string): Value | undefined {
    return this.symbols.current(name);
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
    this.onlyOnce(name, column, this.symbols.define(name, expression, this.statement));
  }

  export(name: string): void {
    if (!this.exported.has(name)) this.exported.set(name, this.statement);
  }

  emit(size: number, render: Render): void {
    const { text } = this.statement;
    if (this.section.name.startsWith(".bss"))
      return this.complain(this.statement, 1, text, ".space and .align in .bss, which only holds zeros");
    this.rendered += size;
    if (this.rendered > renderedBytesMax)
      return this.tooLarge(`${renderedBytesMax} bytes of code and data in all`);
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
    const allowed = "a number or a place in this section, known at this point";
    return this.known(cursor, (value) => offsetIn(value, name), allowed);
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
    const nextLabel = (): RegExpExecArray | undefined => cursor.match(/([A-Za-z_.$][\w.$]*|\d+)\s*:/y);
    for (let label = nextLabel(); label; label = nextLabel()) {
      const name = label[1]!;
      const result = this.symbols.label(name, this.here(), this.statement);
      this.onlyOnce(name, cursor.column - label[0].length, result);
    }
    const assignment = cursor.match(/([A-Za-z_.$][\w.$]*)\s*=(?!=)/y);
    if (assignment) {
      const expression = readExpression(cursor, this);
      if (expression) this.define(assignment[1]!, expression, 1);
    } else if (!cursor.atEnd()) this.operation(cursor);
    if (!cursor.complaint && !cursor.atEnd()) cursor.complain("the end of the statement");
    if (cursor.complaint) this.complainAt(this.statement, cursor.complaint);
  }

  private operation(cursor: Cursor): void {
    const { column } = cursor;
    const name = cursor.match(/[A-Za-z_.][\w.]*/y)?.[0].toLowerCase();
    if (name === undefined) return cursor.complain("a label, an instruction or a directive");
    const directive = directiveNamed(name);
    if (directive) return directive(this, cursor);
    const mnemonic = mnemonicNamed(name);
    if (!mnemonic) {
      cursor.at = cursor.text.length;
      return this.complain(this.statement, column, name, "the name of an instruction, directive or macro");
    }
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

  private onlyOnce(name: string, column: number, result: Result<undefined, Statement>): void {
    if (result.ok) return;
    this.complain(this.statement, column, name, `a new name: line ${result.error.line} defines it`);
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

  private known(
    cursor: Cursor, pick: (value: Value) => bigint | undefined, allowed: string,
  ): bigint | undefined {
    cursor.skipBlanks();
    const { at } = cursor;
    const expression = readExpression(cursor, this);
    if (!expression) return undefined;
    const value = evaluate(expression, this.symbols);
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

  // ---- layout and second pass
  /** Gives every section its address; the sections in the order of their addresses. */
  layOut(): { section: Section; address: bigint }[] {
    const rank = (name: string): number =>
      name === ".text" ? 0 : name === ".data" ? 1 : name.startsWith(".bss") ? 3 : 2;
    const order = [...this.sections.values()].sort((a, b) => rank(a.name) - rank(b.name));
    let end = BigInt(this.options.origin ?? 0);
    const placed = order.map((section) => {
      const step = BigInt(section.alignment);
      if (section.name !== ".text" && section.size > 0) end = (end + step - 1n) / step * step;
      const address = end;
      end += BigInt(section.size);
      return { section, address };
    });
    this.symbols.settle(new Map(placed.map(({ section, address }) => [section.name, address])));
    return placed;
  }

  /** Renders a section; room that is only zeros comes back as ranges. */
  render({ items }: Section, start: bigint): { listing: ListingLine[]; zeros: LoadedRange[] } {
    const listing: ListingLine[] = [];
    const zeros: LoadedRange[] = [];
    for (const { statement, offset, size, render, loaded } of items) {
      const address = start + BigInt(offset);
      if (render) {
        const bytes = render(this.symbols, (...complaint) => this.complain(statement, ...complaint));
        listing.push({ address, bytes, file: statement.file, line: statement.line, text: statement.text });
      } else if (loaded) zeros.push({ address, size: BigInt(size), bytes: undefined });
    }
    return { listing, zeros };
  }

  checkExports(): void {
    for (const [name, statement] of this.exported)
      if (!this.symbols.has(name)) this.complain(statement, 1, name, "a symbol that the source defines");
  }
}

/**
 * Assembles a source. Errors (at most 100) come in the order they were found.
 */
export function assemble(
  source: string, options: AssembleOptions = {},
): Result<AssembledProgram, AssemblyError[]> {
  const assembler = new Assembler(options);
  assembler.read(options.name ?? "source", source);
  if (assembler.errors.length) return refuse(assembler.errors);
  const placed = assembler.layOut();
  assembler.checkExports();
  const parts = placed.map(({ section, address }) => assembler.render(section, address));
  const symbols = assembler.symbols.values((...complaint) => assembler.complainAt(...complaint));
  if (assembler.errors.length) return refuse(assembler.errors);
  const listing = parts.flatMap((part) => part.listing);
  const ranges = listing.map(({ address, bytes }) => ({ address, size: BigInt(bytes.length), bytes }));
  const segments = segmentsOf([...ranges, ...parts.flatMap((part) => part.zeros)]);
  const text = placed.find(({ section }) => section.name === ".text");
  const entry = symbols.get("_start") ?? text?.address ?? 0n;
  return ok({ elf: executable(entry, segments), entry, symbols, listing, segments });
}

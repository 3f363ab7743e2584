/**
 * Labels and .equ symbols of an assembly (GNU as manual, chapter "Symbols").
 *
 * Until sections have addresses a label's value is a place in its section; afterwards it is absolute.
 * Invariant: definitions are hostile; following them is bounded in depth and in number, and a cycle is a
 * complaint.
 */
import { ok, refuse, type Result } from "../../base/result.ts";
import type { Statement } from "./assembleStatements.ts";
import type { Complaint } from "./cursor.ts";
import { evaluate, type Expression, type Scope, type Value } from "./expression.ts";

interface SymbolEntry {
  readonly expression: Expression;
  readonly statement: Statement;
  /** A label has one place; other symbols can be redefined. */
  readonly label: boolean;
}

const definitionDepthMax = 64;
/** Definitions that mention others twice, again and again, would else be followed without end. */
const lookupsMax = 2_000_000;
/** Stands between the number and the count in the inner name of a numeric label. */
const countMark = "\u0002";

export class SymbolTable implements Scope {
  private readonly entries = new Map<string, SymbolEntry>();
  private readonly numericLabels = new Map<string, number>();
  private addresses: ReadonlyMap<string, bigint> | undefined;
  /** Values of names once addresses are known. */
  private readonly settled = new Map<string, Value>();
  private depth = 0;
  private lookups = 0;

  has(name: string): boolean {
    return this.entries.has(name);
  }

  /** Inner name of "1b" or "1f" at this point. */
  numericLabel(number: string, direction: "b" | "f"): string {
    const seen = this.numericLabels.get(number) ?? 0;
    return `${number}${countMark}${direction === "b" ? seen : seen + 1}`;
  }

  /** Defines a label; refuses with the statement that already defines it. */
  label(name: string, value: Value, statement: Statement): Result<undefined, Statement> {
    let inner = name;
    if (/^\d/.test(name)) {
      inner = this.numericLabel(name, "f");
      this.numericLabels.set(name, (this.numericLabels.get(name) ?? 0) + 1);
    }
    const before = this.entries.get(inner);
    if (before) return refuse(before.statement);
    this.entries.set(inner, { expression: { kind: "here", value }, statement, label: true });
    return ok(undefined);
  }

  /** Defines or redefines a symbol; refuses with the statement that defines it as a label. */
  define(name: string, expression: Expression, statement: Statement): Result<undefined, Statement> {
    const before = this.entries.get(name);
    if (before?.label) return refuse(before.statement);
    this.entries.set(name, { expression, statement, label: false });
    return ok(undefined);
  }

  /** What a redefinable symbol stands for now, if that is known. */
  current(name: string): Value | undefined {
    const entry = this.entries.get(name);
    if (!entry || entry.label) return undefined;
    const value = evaluate(entry.expression, this);
    return value.ok ? value.value : undefined;
  }

  symbol(name: string, column: number): Result<Value, Complaint> {
    const known = this.settled.get(name);
    if (known) return ok(known);
    const value = this.follow(name, column);
    if (value.ok && this.addresses) this.settled.set(name, value.value);
    return value;
  }

  placed(value: Value): Value {
    const address = value.section === undefined ? undefined : this.addresses?.get(value.section);
    return address === undefined ? value : { section: undefined, offset: address + value.offset };
  }

  /** From here on every place is absolute. */
  settle(addresses: ReadonlyMap<string, bigint>): void {
    this.addresses = addresses;
    this.lookups = 0;
  }

  /** All names but numeric labels, as unsigned 64-bit values. */
  values(complain: (statement: Statement, complaint: Complaint) => void): Map<string, bigint> {
    const values = new Map<string, bigint>();
    for (const [name, entry] of this.entries) {
      const value = evaluate(entry.expression, this);
      if (!value.ok) complain(entry.statement, value.error);
      else if (!name.includes(countMark)) values.set(name, BigInt.asUintN(64, value.value.offset));
    }
    return values;
  }

  private follow(name: string, column: number): Result<Value, Complaint> {
    const refused = (allowed: string): Result<Value, Complaint> =>
      refuse({ column, came: name.split(countMark)[0]!, allowed });
    const entry = this.entries.get(name);
    if (!entry) return refused("a symbol that the source defines (before this, where room depends on it)");
    if (this.depth >= definitionDepthMax)
      return refused(`a definition that does not go through itself or ${definitionDepthMax} others`);
    if (++this.lookups > lookupsMax) return refused(`${lookupsMax} names in all`);
    this.depth++;
    const value = evaluate(entry.expression, this);
    this.depth--;
    // A complaint about the definition belongs to the place where the name is used.
    return value.ok ? value : refuse({ ...value.error, column });
  }
}

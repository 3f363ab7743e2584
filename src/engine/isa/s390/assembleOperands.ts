/**
 * Operands of one instruction in assembler source → field values → instruction bytes
 * (Principles of Operation, chapter 5 "Instruction formats"; operand notation as GNU as takes it for s390).
 *
 * Invariant: a value that does not fit its field is a complaint with the range that is allowed, never cut.
 */
import { assert } from "../../base/assert.ts";
import { ok, refuse, type Result } from "../../base/result.ts";
import type { Complaint, Cursor } from "./cursor.ts";
import { evaluate, readExpression, type Expression, type NameContext, type Scope } from "./expression.ts";
import type { FieldName, RawFields } from "./format.ts";
import type { Mnemonic } from "./mnemonics.ts";
import {
  bytesOf, encode, fieldRange, fieldSpec, type AddressOperand, type Operand, type RegisterLetter,
} from "./operands.ts";

/**
 * A field with the expression that was written for it. Lengths are written one more than they are encoded.
 */
export interface FieldTerm {
  readonly field: FieldName;
  readonly kind: "plain" | "length" | "relative";
  readonly expression: Expression;
  readonly column: number;
}

const registerNames: { readonly [letter in RegisterLetter]: string } = {
  r: "%r0 … %r15 or 0 … 15",
  f: "%f0 … %f15 or 0 … 15",
  a: "%a0 … %a15 or 0 … 15",
  c: "%c0 … %c15 or 0 … 15",
  v: "%v0 … %v31 or 0 … 31",
};

const number = (value: number): Expression => ({ kind: "number", value: BigInt(value) });

function readRegister(cursor: Cursor, names: NameContext, letter: RegisterLetter): Expression | undefined {
  cursor.skipBlanks();
  if (cursor.text[cursor.at] !== "%") return readExpression(cursor, names);
  const found = /^%([rfacv])(\d{1,2})(?![\w.$])/.exec(cursor.text.slice(cursor.at));
  if (!found || found[1] !== letter || Number(found[2]) > (letter === "v" ? 31 : 15))
    return cursor.complain(registerNames[letter]);
  cursor.at += found[0].length;
  return number(Number(found[2]));
}

/** What stands in the parentheses after a displacement: [inner] [,] [base]. */
function readParentheses(
  cursor: Cursor,
  names: NameContext,
  operand: AddressOperand,
): FieldTerm[] | undefined {
  const { inner, base } = operand;
  const terms: FieldTerm[] = [];
  const term = (field: FieldName, kind: FieldTerm["kind"], letter: RegisterLetter): boolean => {
    cursor.skipBlanks();
    const { column } = cursor;
    const length = kind === "length";
    const expression = length ? readExpression(cursor, names) : readRegister(cursor, names, letter);
    if (expression) terms.push({ field, kind, expression, column });
    return expression !== undefined;
  };
  if (!inner) return term(base, "plain", "r") && cursor.expect(")") ? terms : undefined;
  const kind = inner.kind === "length" ? "length" : "plain";
  if (inner.kind === "index" || inner.kind === "vectorIndex") {
    if (cursor.take(",")) return term(base, "plain", "r") && cursor.expect(")") ? terms : undefined;
    const vector = cursor.text.startsWith("%v", cursor.at);
    const alone = !/^[^()]*,/.test(cursor.text.slice(cursor.at));
    // A single register is the base, as everywhere in s390 assembler; a single vector register can only be
    // the index.
    if (alone && !vector) return term(base, "plain", "r") && cursor.expect(")") ? terms : undefined;
  }
  if (!term(inner.field, kind, inner.kind === "vectorIndex" ? "v" : "r")) return undefined;
  if (cursor.take(",") && !term(base, "plain", "r")) return undefined;
  return cursor.expect(")") ? terms : undefined;
}

function readAddress(cursor: Cursor, names: NameContext, operand: AddressOperand): FieldTerm[] | undefined {
  cursor.skipBlanks();
  const { column } = cursor;
  const implicit = /^\(\s*%/.test(cursor.text.slice(cursor.at));
  const expression = implicit ? number(0) : readExpression(cursor, names);
  if (!expression) return undefined;
  const displacement: FieldTerm = { field: operand.displacement, kind: "plain", expression, column };
  if (cursor.take("(")) {
    const inside = readParentheses(cursor, names, operand);
    return inside && [displacement, ...inside];
  }
  if (operand.inner?.kind === "length" || operand.inner?.kind === "register")
    return cursor.complain(`(${operand.inner.kind},base register) after the displacement`);
  return [displacement];
}

function readOperand(cursor: Cursor, names: NameContext, operand: Operand): FieldTerm[] | undefined {
  if (operand.kind === "address") return readAddress(cursor, names, operand);
  cursor.skipBlanks();
  const { column } = cursor;
  const expression = operand.kind === "register"
    ? readRegister(cursor, names, operand.letter)
    : readExpression(cursor, names);
  const kind = operand.kind === "relative" ? "relative" : "plain";
  return expression && [{ field: operand.field, kind, expression, column }];
}

/** How an operand is written, for messages. */
export function operandNotation(operand: Operand): string {
  switch (operand.kind) {
    case "register": return registerNames[operand.letter];
    case "relative": return "a branch target or relative address";
    case "value": return `a number (${operand.field.toUpperCase()})`;
    case "address": {
      const inner = operand.inner ? `${operand.inner.field.toUpperCase()},` : "";
      return `${operand.displacement.toUpperCase()}(${inner}${operand.base.toUpperCase()})`;
    }
  }
}

/** Reads all operands of a statement up to its end. Undefined after a complaint in the cursor. */
export function readOperands(name: Mnemonic, cursor: Cursor, names: NameContext): FieldTerm[] | undefined {
  const terms: FieldTerm[] = [];
  for (const [index, operand] of name.operands.entries()) {
    if (operand.optional && cursor.atEnd()) return terms;
    const wanted = `${operandNotation(operand)} as operand ${index + 1}`;
    if (index > 0 && !cursor.take(",")) return cursor.complain(`a comma and ${wanted}`);
    if (cursor.atEnd()) return cursor.complain(wanted);
    const read = readOperand(cursor, names, operand);
    if (!read) return undefined;
    terms.push(...read);
  }
  return cursor.atEnd() ? terms : cursor.complain("the end of the statement");
}

/** Value of the field a term stands for, at the address of the instruction. */
function fieldValue(
  term: FieldTerm, name: Mnemonic, address: bigint, scope: Scope,
): Result<number, Complaint> {
  const spec = fieldSpec(name.instruction, term.field);
  assert(spec, `${name.name} has no field ${term.field}`);
  const refused = (came: string, allowed: string): Result<number, Complaint> =>
    refuse({ column: term.column, came, allowed });
  const value = evaluate(term.expression, scope);
  if (!value.ok) return value;
  const written = value.value.offset;
  const { least, most: whole } = fieldRange(spec);
  const fixed = name.fixed.find((f) => f.field === term.field);
  const most = fixed ? whole & ~fixed.mask : whole;
  if (term.kind === "length") {
    // Length 0 is written for fields meant for EXECUTE; it encodes like 1.
    if (written < 0n || written > BigInt(most + 1))
      return refused(`${written}`, `a length of 1 to ${most + 1}`);
    return ok(Math.max(0, Number(written) - 1));
  }
  if (term.kind === "plain") {
    if (written >= BigInt(least) && written <= BigInt(most)) return ok(Number(written));
    return refused(`${written}`, `${least} to ${most}`);
  }
  const distance = BigInt.asIntN(64, written - address);
  if (distance & 1n) return refused(`the odd distance ${distance}`, "a target at an even distance");
  if (distance / 2n < BigInt(least) || distance / 2n > BigInt(most))
    return refused(`a distance of ${distance} bytes`, `${least * 2} to ${most * 2}`);
  return ok(Number(distance / 2n));
}

/** Bytes of an instruction once every name has its value. */
export function encodeTerms(
  name: Mnemonic, terms: readonly FieldTerm[], address: bigint, scope: Scope,
): Result<Uint8Array, Complaint> {
  const fields: Partial<RawFields> = {};
  for (const { field, value, mask } of name.fixed) fields[field] = value & mask;
  for (const term of terms) {
    const value = fieldValue(term, name, address, scope);
    if (!value.ok) return value;
    // The name may stand for some bits of a field whose other bits are an operand.
    fields[term.field] = (fields[term.field] ?? 0) + value.value;
  }
  return ok(bytesOf(encode(name.instruction, fields), name.instruction.format.length));
}

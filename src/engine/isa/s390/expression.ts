/**
 * Expressions of assembler source: reading and evaluating (GNU as manual, chapter "Expressions").
 *
 * Values are 64-bit two's complement, with the section a label belongs to. Precedence is GNU as's, not C's:
 * `* / % << >>` bind tightest, then `| & ^ !`, then `+ -`, then comparisons, then `&&`, then `||`. Division,
 * remainder are signed, shifts unsigned, a true comparison is -1. Invariant: source is hostile; nesting is
 * bounded and nothing here throws.
 */
import { ok, refuse, type Result } from "../../base/result.ts";
import { readEscape, type Complaint, type Cursor } from "./cursor.ts";

export type Expression =
  | { readonly kind: "number"; readonly value: bigint }
  | { readonly kind: "symbol"; readonly name: string; readonly column: number }
  | { readonly kind: "here"; readonly value: Value }
  | { readonly kind: "unary"; readonly operator: string; readonly operand: Expression }
  | {
      readonly kind: "binary"; readonly operator: string; readonly column: number;
      readonly left: Expression; readonly right: Expression;
    };

/** A number (section undefined) or a place in a section whose address may not be known yet. */
export interface Value {
  readonly section: string | undefined;
  readonly offset: bigint;
}

/** What names stand for while a line is read. */
export interface NameContext {
  /** Where `.` is. */
  here(): Value;
  /** The inner name of the numeric label "1b" or "1f". */
  numericLabel(number: string, direction: "b" | "f"): string;
  /**
   * What a symbol that can be redefined stands for at this point, if that is known; labels need not be
   * answered.
   */
  current(name: string): Value | undefined;
}

/** What names stand for when an expression is evaluated. */
export interface Scope {
  symbol(name: string, column: number): Result<Value, Complaint>;
  /** The same place, absolute once the section's address is known. */
  placed(value: Value): Value;
}

const nestingMax = 64;
export const symbolPattern = /[A-Za-z_.$][\w.$]*/y;
function readCharacter(cursor: Cursor): Expression | undefined {
  let value = cursor.text.codePointAt(cursor.at);
  if (value === undefined) return cursor.complain("a character after '");
  cursor.at += value > 0xffff ? 2 : 1;
  if (value === 92) value = readEscape(cursor);
  if (value === undefined) return undefined;
  if (cursor.text[cursor.at] === "'") cursor.at++;
  return { kind: "number", value: BigInt(value) };
}

function readNumber(cursor: Cursor, names: NameContext): Expression | undefined {
  const local = cursor.match(/(\d+)([bf])(?![\w.$])/y);
  if (local) {
    const name = names.numericLabel(local[1]!, local[2] as "b" | "f");
    return { kind: "symbol", name, column: cursor.column - local[0].length };
  }
  const digits = cursor.match(/0[xX][0-9a-fA-F]+|0[bB][01]+|\d+/y)?.[0];
  if (digits === undefined) return undefined;
  const octal = /^0\d/.test(digits);
  if (octal && /[89]/.test(digits)) return cursor.complain("octal digits 0 … 7 after a leading 0", digits);
  const value = BigInt(octal ? `0o${digits}` : digits);
  if (value >= 1n << 64n) return cursor.complain("a number below 2^64", digits);
  return { kind: "number", value: BigInt.asIntN(64, value) };
}

function readPrimary(cursor: Cursor, names: NameContext, depth: number): Expression | undefined {
  if (depth > nestingMax) return cursor.complain(`at most ${nestingMax} nested parentheses or signs`);
  const sign = cursor.match(/[-~!+]/y)?.[0];
  if (sign) {
    const operand = readPrimary(cursor, names, depth + 1);
    return operand && { kind: "unary", operator: sign, operand };
  }
  if (cursor.take("(")) {
    const inner = readBinary(cursor, names, 0, depth + 1);
    return inner && cursor.expect(")") ? inner : undefined;
  }
  if (cursor.take("'")) return readCharacter(cursor);
  cursor.skipBlanks();
  if (/\d/.test(cursor.text[cursor.at] ?? "")) return readNumber(cursor, names);
  const { column } = cursor;
  const symbol = cursor.match(symbolPattern)?.[0];
  if (symbol === ".") return { kind: "here", value: names.here() };
  if (symbol !== undefined) {
    const value = names.current(symbol);
    return value ? { kind: "here", value } : { kind: "symbol", name: symbol, column };
  }
  return cursor.complain("a number, a label, a character constant, . or (");
}

/** Loosest first. */
const operatorLevels: readonly RegExp[] = [
  /\|\|/y, /&&/y, /==|!=|<>|<=|>=|<(?!<)|>(?!>)/y, /\+|-/y,
  /\|(?!\|)|&(?!&)|\^|!(?!=)/y, /<<|>>|\*|\/|%(?![rfacv]\d)/y,
];

function readBinary(
  cursor: Cursor, names: NameContext, level: number, depth: number,
): Expression | undefined {
  const pattern = operatorLevels[level];
  if (!pattern) return readPrimary(cursor, names, depth);
  let left = readBinary(cursor, names, level + 1, depth);
  while (left) {
    const operator = cursor.match(pattern)?.[0];
    if (operator === undefined) return left;
    const column: number = cursor.column - operator.length;
    const right = readBinary(cursor, names, level + 1, depth);
    left = right && { kind: "binary", operator, column, left, right };
  }
  return undefined;
}

/** Reads one expression; undefined after a complaint. */
export const readExpression = (cursor: Cursor, names: NameContext): Expression | undefined =>
  readBinary(cursor, names, 0, 0);

const wrap = (value: bigint): bigint => BigInt.asIntN(64, value);
const truth = (condition: boolean): bigint => (condition ? -1n : 0n);

function combine(operator: string, a: bigint, b: bigint): bigint | undefined {
  switch (operator) {
    case "*": return wrap(a * b);
    case "/": return b === 0n ? undefined : wrap(a / b);
    case "%": return b === 0n ? undefined : wrap(a % b);
    case "<<": return b < 0n || b > 63n ? 0n : wrap(a << b);
    case ">>": return b < 0n || b > 63n ? 0n : wrap(BigInt.asUintN(64, a) >> b);
    case "|": return a | b;
    case "&": return a & b;
    case "^": return a ^ b;
    case "!": return a | ~b;
    case "+": return wrap(a + b);
    case "-": return wrap(a - b);
    case "==": return truth(a === b);
    case "!=": case "<>": return truth(a !== b);
    case "<": return truth(a < b);
    case ">": return truth(a > b);
    case "<=": return truth(a <= b);
    case ">=": return truth(a >= b);
    case "&&": return a !== 0n && b !== 0n ? 1n : 0n;
    default: return a !== 0n || b !== 0n ? 1n : 0n;
  }
}

function evaluateBinary(e: Expression & { kind: "binary" }, scope: Scope): Result<Value, Complaint> {
  const left = evaluate(e.left, scope);
  if (!left.ok) return left;
  const right = evaluate(e.right, scope);
  if (!right.ok) return right;
  const [a, b] = [left.value, right.value];
  let section: string | undefined;
  if (a.section !== b.section || a.section !== undefined) {
    const sameSection = a.section === b.section && /^(-|==|!=|<>|<|>|<=|>=)$/.test(e.operator);
    const moved = (e.operator === "+" && (a.section === undefined || b.section === undefined)) ||
      (e.operator === "-" && b.section === undefined);
    if (!sameSection && !moved)
      return refuse({
        column: e.column, came: `${e.operator} with an address`,
        allowed: "address + number, address - number, or a difference of two labels of one section",
      });
    if (moved) section = a.section ?? b.section;
  }
  const offset = combine(e.operator, a.offset, b.offset);
  if (offset === undefined)
    return refuse({ column: e.column, came: "a divisor of 0", allowed: "a divisor other than 0" });
  return ok({ section, offset });
}

/** Value of an expression in a scope. */
export function evaluate(e: Expression, scope: Scope): Result<Value, Complaint> {
  switch (e.kind) {
    case "number": return ok({ section: undefined, offset: e.value });
    case "here": return ok(scope.placed(e.value));
    case "symbol": return scope.symbol(e.name, e.column);
    case "binary": return evaluateBinary(e, scope);
    case "unary": {
      const operand = evaluate(e.operand, scope);
      if (!operand.ok || e.operator === "+") return operand;
      const { section, offset } = operand.value;
      if (section !== undefined)
        return refuse({ column: 1, came: `${e.operator} before an address`, allowed: "a number after it" });
      if (e.operator === "-") return ok({ section, offset: wrap(-offset) });
      return ok({ section, offset: e.operator === "~" ? ~offset : offset === 0n ? 1n : 0n });
    }
  }
}

/**
 * Assembler directives: sections, symbols, alignment, data (GNU as manual, chapter "Assembler Directives").
 *
 * Invariant: how much room a directive takes is known when it is read; what fills the room may wait for
 * labels.
 */
import { readString, type Cursor } from "./cursor.ts";
import {
  evaluate, readExpression, symbolPattern, type Expression, type NameContext, type Scope, type Value,
} from "./expression.ts";

/** Says bytes once every address is known; a complaint goes through `complain`. */
export type Render = (scope: Scope, complain: Complain) => Uint8Array;
type Complain = (column: number, came: string, allowed: string) => void;

/** What directives ask of the assembler. */
export interface DirectivePort extends NameContext {
  /** Bytes in the current section before this point. */
  readonly offset: number;
  /** In code, padding is `nopr`. */
  readonly code: boolean;
  enter(section: string): void;
  define(name: string, expression: Expression, column: number): void;
  export(name: string): void;
  emit(size: number, render: Render): void;
  /** Room filled with zeros; `loaded` false for a gap that .org leaves as it is. */
  reserve(size: number, loaded: boolean): void;
  align(boundary: number): void;
  /** A number known by now; undefined after a complaint. */
  number(cursor: Cursor): bigint | undefined;
  /** A place in this section or a number: bytes from the start of the section. */
  offsetOf(cursor: Cursor): bigint | undefined;
}

const roomMax = 1n << 30n;

/** A number from 0 to `most`. */
function count(port: DirectivePort, cursor: Cursor, most: bigint = roomMax): number | undefined {
  cursor.skipBlanks();
  const { at } = cursor;
  const value = port.number(cursor);
  if (value === undefined) return undefined;
  if (value >= 0n && value <= most) return Number(value);
  cursor.at = at;
  return cursor.complain(`0 to ${most}`, `${value}`);
}

/** Big-endian bytes of a value that fits `size` bytes, signed or unsigned. */
function valueBytes(value: bigint, size: number, column: number, complain: Complain): Uint8Array {
  const bits = BigInt(size * 8);
  const bytes = new Uint8Array(size);
  if (size < 8 && (value < -(1n << (bits - 1n)) || value >= 1n << bits))
    complain(column, `${value}`, `${-(1n << (bits - 1n))} to ${(1n << bits) - 1n}`);
  for (let i = 0; i < size; i++) bytes[i] = Number((value >> BigInt(8 * (size - 1 - i))) & 0xffn);
  return bytes;
}

function data(port: DirectivePort, cursor: Cursor, size: number): void {
  if (cursor.atEnd()) return;
  do {
    cursor.skipBlanks();
    const { column } = cursor;
    const expression = readExpression(cursor, port);
    if (!expression) return;
    port.emit(size, (scope, complain) => {
      const value = evaluate(expression, scope);
      if (value.ok) return valueBytes(value.value.offset, size, column, complain);
      complain(value.error.column, value.error.came, value.error.allowed);
      return new Uint8Array(size);
    });
  } while (cursor.take(","));
}

function text(port: DirectivePort, cursor: Cursor, terminated: boolean): void {
  do {
    const bytes = readString(cursor);
    if (!bytes) return;
    if (terminated) bytes.push(0);
    port.emit(bytes.length, () => new Uint8Array(bytes));
  } while (cursor.take(","));
}

/** .fill repeat, size, value */
function fill(port: DirectivePort, cursor: Cursor): void {
  const repeat = count(port, cursor);
  if (repeat === undefined) return;
  const size = cursor.take(",") ? count(port, cursor, 4n) : 1;
  if (size === undefined) return;
  const value = cursor.take(",") ? port.number(cursor) : 0n;
  if (value === undefined) return;
  const unit = new Uint8Array(size);
  for (let i = 0; i < size; i++) unit[size - 1 - i] = Number((value >> BigInt(8 * i)) & 0xffn);
  filled(port, repeat, unit);
}

function filled(port: DirectivePort, repeat: number, unit: Uint8Array): void {
  const size = repeat * unit.length;
  if (unit.every((byte) => byte === 0)) return port.reserve(size, true);
  port.emit(size, () => {
    const bytes = new Uint8Array(size);
    for (let i = 0; i < size; i++) bytes[i] = unit[i % unit.length]!;
    return bytes;
  });
}

/** .space size, value */
function space(port: DirectivePort, cursor: Cursor): void {
  const size = count(port, cursor);
  if (size === undefined) return;
  const value = cursor.take(",") ? count(port, cursor, 255n) : 0;
  if (value !== undefined) filled(port, size, new Uint8Array([value]));
}

function align(port: DirectivePort, cursor: Cursor, power: boolean): void {
  cursor.skipBlanks();
  const { at } = cursor;
  const written = count(port, cursor, power ? 20n : 1n << 20n);
  if (written === undefined) return;
  const boundary = power ? 2 ** written : Math.max(written, 1);
  if (boundary & (boundary - 1)) {
    cursor.at = at;
    return cursor.complain("a power of two", `${boundary}`);
  }
  const given = cursor.take(",") && !/^\s*,/.test(cursor.text.slice(cursor.at));
  const own = given ? count(port, cursor, 255n) : undefined;
  const most = cursor.take(",") ? count(port, cursor) : undefined;
  const size = (boundary - (port.offset % boundary)) % boundary;
  port.align(boundary);
  if (most !== undefined && size > most) return;
  // 0x0707 is NOPR.
  filled(port, size, new Uint8Array([own ?? (port.code ? 7 : 0)]));
}

/** .org place, value: `place` counts from the start of the section. */
function org(port: DirectivePort, cursor: Cursor): void {
  cursor.skipBlanks();
  const { at } = cursor;
  const target = port.offsetOf(cursor);
  if (target === undefined) return;
  const value = cursor.take(",") ? count(port, cursor, 255n) : undefined;
  const size = target - BigInt(port.offset);
  if (size < 0n || size > roomMax) {
    cursor.at = at;
    const allowed = `0x${port.offset.toString(16)} or more: .org only goes forward`;
    return cursor.complain(allowed, `0x${target.toString(16)}`);
  }
  if (value === undefined) port.reserve(Number(size), false);
  else filled(port, Number(size), new Uint8Array([value]));
}

function symbol(cursor: Cursor): string | undefined {
  return cursor.match(symbolPattern)?.[0] ?? cursor.complain("a symbol");
}

function equate(port: DirectivePort, cursor: Cursor): void {
  cursor.skipBlanks();
  const { column } = cursor;
  const name = symbol(cursor);
  if (name === undefined || !cursor.expect(",")) return;
  const expression = readExpression(cursor, port);
  if (expression) port.define(name, expression, column);
}

function globals(port: DirectivePort, cursor: Cursor): void {
  do {
    const name = symbol(cursor);
    if (name !== undefined) port.export(name);
  } while (cursor.take(","));
}

function section(port: DirectivePort, cursor: Cursor): void {
  const name = symbol(cursor);
  // Flags and type say nothing here: the name alone decides.
  cursor.at = cursor.text.length;
  if (name !== undefined) port.enter(name);
}

/** `.error "text"`: the source itself complains. */
function stop(cursor: Cursor): void {
  const bytes = readString(cursor);
  if (bytes) cursor.complain("other settings", new TextDecoder().decode(new Uint8Array(bytes)));
}

type Directive = (port: DirectivePort, cursor: Cursor) => void;
const sized = (size: number): Directive => (port, cursor) => data(port, cursor, size);
const ignored: Directive = (_port, cursor) => { cursor.at = cursor.text.length; };

const directives: { readonly [name: string]: Directive } = {
  ".text": (port) => port.enter(".text"),
  ".data": (port) => port.enter(".data"),
  ".bss": (port) => port.enter(".bss"),
  ".section": section,
  ".globl": globals, ".global": globals,
  ".equ": equate, ".set": equate,
  ".org": org,
  ".align": (port, cursor) => align(port, cursor, false),
  ".balign": (port, cursor) => align(port, cursor, false),
  ".p2align": (port, cursor) => align(port, cursor, true),
  ".byte": sized(1), ".short": sized(2), ".hword": sized(2), ".word": sized(2), ".2byte": sized(2),
  ".long": sized(4), ".int": sized(4), ".4byte": sized(4), ".quad": sized(8), ".8byte": sized(8),
  ".ascii": (port, cursor) => text(port, cursor, false),
  ".asciz": (port, cursor) => text(port, cursor, true),
  ".string": (port, cursor) => text(port, cursor, true),
  ".space": space, ".skip": space, ".zero": space,
  ".fill": fill,
  ".error": (_port, cursor) => stop(cursor),
  ".type": ignored, ".size": ignored, ".file": ignored, ".ident": ignored,
  ".machine": ignored, ".machinemode": ignored,
};

/** The directive of this name (".long"), or undefined. */
export const directiveNamed = (name: string): Directive | undefined =>
  Object.hasOwn(directives, name) ? directives[name] : undefined;

/** Offset of a value within `name`, for directives that move the location. */
export const offsetIn = (value: Value, name: string): bigint | undefined =>
  value.section === undefined || value.section === name ? value.offset : undefined;

/**
 * Assembler operands of an instruction: which fields stand where, and how each is written
 * (Principles of Operation, chapter 5 "Instruction formats"; operand notation as GNU as writes it for s390).
 *
 * Invariant: for every operand list, formatting fields and parsing the result gives the fields back.
 */
import { assert } from "../../base/assert.ts";
import { opcodeText } from "./decode.ts";
import type { FieldName, FieldSpec, RawFields, Text } from "./format.ts";
import type { Instruction } from "./instruction.ts";

/** Which register set a register operand names; the letter is what stands after the percent sign. */
export type RegisterLetter = "r" | "f" | "a" | "c" | "v";

/** What stands before the base register in the parentheses of an address. */
export interface InnerOperand {
  readonly kind: "index" | "vectorIndex" | "length" | "register";
  readonly field: FieldName;
}

export interface RegisterOperand {
  readonly kind: "register";
  readonly letter: RegisterLetter;
  readonly field: FieldName;
  readonly optional: boolean;
}

export interface AddressOperand {
  readonly kind: "address";
  readonly displacement: FieldName;
  readonly base: FieldName;
  readonly inner: InnerOperand | undefined;
  readonly optional: boolean;
}

/** A relative address, or a number: immediate or mask. */
export interface NumberOperand {
  readonly kind: "relative" | "value";
  readonly field: FieldName;
  readonly optional: boolean;
}

export type Operand = RegisterOperand | AddressOperand | NumberOperand;

/** Mnemonics with operands in another register set than the general one, and the fields that are. */
const otherRegisters: { readonly [mnemonic: string]: string } = {
  lam: "a1 a3", lamy: "a1 a3", stam: "a1 a3", stamy: "a1 a3", cpya: "a1 a2", sar: "a1", ear: "a2", tar: "a1",
  ldgr: "f1", lgdr: "f2", lctl: "c1 c3", lctlg: "c1 c3", stctl: "c1 c3", stctg: "c1 c3",
};

/**
 * Floating-point instructions with a general register among their operands: conversions to and from integers.
 */
const generalOperand: readonly (readonly [RegExp, readonly FieldName[]])[] = [
  [/^c(l?)[fg][edx](b|t)?r(a?)$/, ["r1"]],
  [/^c[edx](l?)[fg](b|t)?r(a?)$/, ["r2"]],
  [/^(cgdt|cgxt|cudt|csdt|cuxt|csxt|eedt|eext|esdt|esxt)ra?$/, ["r1"]],
  [/^(cdgt|cxgt|cdut|cdst|cxut|cxst|iedt|iext|rrdt|rrxt)ra?$/, ["r2"]],
  [/^(efpc|sfpc|sfasr)$/, ["r1", "r2"]],
];

function letterOf(instruction: Instruction, letter: string, digit: string): RegisterLetter {
  if (letter !== "r") return letter as RegisterLetter;
  for (const item of (otherRegisters[instruction.mnemonic] ?? "").split(" "))
    if (item[1] === digit) return item[0] as RegisterLetter;
  const { floating } = instruction;
  if (instruction.mnemonic in otherRegisters) return "r";
  if (floating === undefined || floating === "vector") return "r";
  const general = generalOperand.find(([names]) => names.test(instruction.mnemonic))?.[1] ?? [];
  return general.includes(`r${digit}` as FieldName) ? "r" : "f";
}

/** Both halves of "r1,r2[,m3]": the operands, those from the bracket on optional. */
function splitSyntax(syntax: string): { text: string; optional: boolean }[] {
  const bracket = syntax.indexOf("[");
  const split = (part: string): string[] => part.replace(/[[\]]/g, "").split(/,(?![^(]*\))/).filter(Boolean);
  const end = bracket < 0 ? syntax.length : bracket;
  const required = split(syntax.slice(0, end)).map((text) => ({ text, optional: false }));
  return required.concat(split(syntax.slice(end)).map((text) => ({ text, optional: true })));
}

function parseOperand(instruction: Instruction, text: string, optional: boolean): Operand {
  const address = /^(d\d)\((?:([xvlr]\d),)?(b\d)\)$/.exec(text);
  if (address) {
    const [, displacement, inner, base] = address;
    const kinds = { x: "index", v: "vectorIndex", l: "length", r: "register" } as const;
    return {
      kind: "address", displacement: displacement as FieldName, base: base as FieldName, optional,
      inner: inner ? { kind: kinds[inner[0] as keyof typeof kinds], field: inner as FieldName } : undefined,
    };
  }
  const register = /^([rfacv])(\d)$/.exec(text);
  if (register) {
    const [, letter, digit] = register as unknown as [string, string, string];
    const field = (letter === "v" ? `v${digit}` : `r${digit}`) as FieldName;
    return { kind: "register", letter: letterOf(instruction, letter, digit), field, optional };
  }
  const field = text as FieldName;
  return /^ri\d$/.test(text) ? { kind: "relative", field, optional } : { kind: "value", field, optional };
}

const knownOperands = new Map<string, readonly Operand[]>();

/**
 * Operands in the order they are written. `syntax` replaces the table entry's own, for extended mnemonics.
 */
export function operandsOf(
  instruction: Instruction, syntax: string = instruction.syntax,
): readonly Operand[] {
  const key = `${instruction.mnemonic} ${syntax}`;
  const known = knownOperands.get(key);
  if (known) return known;
  const operands = splitSyntax(syntax).map((part) => parseOperand(instruction, part.text, part.optional));
  for (const operand of operands)
    for (const field of fieldsIn(operand))
      assert(fieldSpec(instruction, field), `${instruction.mnemonic}: its format has no field ${field}`);
  knownOperands.set(key, operands);
  return operands;
}

export function fieldsIn(operand: Operand): readonly FieldName[] {
  if (operand.kind !== "address") return [operand.field];
  const { displacement, base, inner } = operand;
  return inner ? [displacement, inner.field, base] : [displacement, base];
}

export const fieldSpec = (instruction: Instruction, field: FieldName): FieldSpec | undefined =>
  instruction.format.fields.find((spec) => spec.name === field);

/** Smallest and largest value of a field, both allowed. */
export function fieldRange(spec: FieldSpec): { readonly least: number; readonly most: number } {
  if (spec.long20) return { least: -0x80000, most: 0x7ffff };
  if (spec.kind === "signed" && !spec.name.startsWith("d"))
    return { least: -(2 ** (spec.width - 1)), most: 2 ** (spec.width - 1) - 1 };
  return { least: 0, most: 2 ** (spec.width + (spec.rxb ? 1 : 0)) - 1 };
}

/** Instruction text with these field values; the inverse of `fieldsOf`. Values must be in their ranges. */
export function encode(instruction: Instruction, fields: Partial<RawFields>): Text {
  const text: [number, number, number] = [...opcodeText(instruction)];
  const put = (start: number, width: number, value: bigint): void => {
    for (let bit = 0; bit < width; bit++)
      if ((value >> BigInt(width - 1 - bit)) & 1n)
        text[(start + bit) >> 4]! |= 0x8000 >> ((start + bit) & 15);
  };
  for (const spec of instruction.format.fields) {
    const value = fields[spec.name] ?? 0;
    const { least, most } = fieldRange(spec);
    assert(value >= least && value <= most, `${instruction.mnemonic}: ${spec.name} = ${value}`);
    const bits = BigInt.asUintN(64, BigInt(value));
    if (spec.long20) {
      put(20, 12, bits & 0xfffn);
      put(32, 8, (bits >> 12n) & 0xffn);
    } else {
      put(spec.start, spec.width, bits);
      if (spec.rxb && value & 16) text[2] |= 0x1000 >> spec.rxb;
    }
  }
  return text;
}

/** The bytes of a text, as many as its instruction is long. */
export function bytesOf(text: Text, length: 2 | 4 | 6): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i += 2) {
    bytes[i] = text[i >> 1]! >> 8;
    bytes[i + 1] = text[i >> 1]! & 0xff;
  }
  return bytes;
}

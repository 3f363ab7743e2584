/**
 * Extended mnemonics: names for an instruction with some of its fields fixed (Principles of Operation,
 * appendix C "Condition-code settings" and the programming notes of each instruction; names as GNU as and
 * objdump use them).
 *
 * A family is one line of a table here. Invariant: of all names that fit an instruction, the disassembler
 * prints the one that fixes the most bits, and never one that is only a synonym.
 */
import { assert } from "../../base/assert.ts";
import type { FieldName, RawFields } from "./format.ts";
import type { Instruction } from "./instruction.ts";
import { instructionNamed, instructions } from "./instructions.ts";
import { fieldSpec, operandsOf, type Operand } from "./operands.ts";
import { vectorMnemonics } from "./vectorMnemonics.ts";

/** Bits of a field that the name stands for: (field & mask) = value. */
export interface FixedField {
  readonly field: FieldName;
  readonly value: number;
  readonly mask: number;
}

/** One name: the base mnemonic of a table entry (nothing fixed) or an extended one. */
export interface Mnemonic {
  readonly name: string;
  readonly instruction: Instruction;
  readonly fixed: readonly FixedField[];
  readonly operands: readonly Operand[];
  /** False for a synonym the disassembler never prints. */
  readonly printed: boolean;
}

/** By mask 0 … 15, bit 8 for condition code 0; 0 and 15 are named apart. */
const branchConditions = [
  "", "o", "h", "nle", "l", "nhe", "lh", "ne", "e", "nlh", "he", "nl", "le", "nh", "no", "",
];
const branchSynonyms: { readonly [suffix: string]: number } = { p: 2, m: 4, nz: 7, z: 8, nm: 11, np: 13 };
const compareConditions: { readonly [suffix: string]: number } = { h: 2, l: 4, ne: 6, e: 8, nl: 10, nh: 12 };
const compareSynonyms: { readonly [suffix: string]: number } = {
  nle: 2, nhe: 4, lh: 6, nlh: 8, he: 10, le: 12,
};

/** Base, pattern of the name, mask field. */
const branchFamilies = [
  ["bc", "b*", "m1"], ["bcr", "b*r", "m1"], ["brc", "j*", "m1"], ["brcl", "jg*", "m1"], ["bic", "bi*", "m1"],
  ["loc", "loc*", "m3"], ["locg", "locg*", "m3"], ["locfh", "locfh*", "m3"],
  ["stoc", "stoc*", "m3"], ["stocg", "stocg*", "m3"], ["stocfh", "stocfh*", "m3"],
  ["locr", "locr*", "m3"], ["locgr", "locgr*", "m3"], ["locfhr", "locfhr*", "m3"],
  ["lochi", "lochi*", "m3"], ["locghi", "locghi*", "m3"], ["lochhi", "lochhi*", "m3"],
  ["selr", "selr*", "m4"], ["selgr", "selgr*", "m4"], ["selfhr", "selfhr*", "m4"],
] as const;
const branchSynonymFamilies = [["brc", "br*", "m1"], ["brcl", "br*l", "m1"]] as const;

const compareFamilies = (
  "crj cgrj clrj clgrj cij cgij clij clgij crb cgrb clrb clgrb cib cgib clib clgib " +
  "crt cgrt clrt clgrt cit cgit clfit clgit clt clgt"
).split(" ");

/**
 * Name, base, fixed fields ("m1=15", "i4&c0=80" in hexadecimal), own operands or "" for the base's without
 * the fixed ones.
 */
const singles = [
  ["b", "bc", "m1=f", ""], ["nop", "bc", "m1=0", "[d2(x2,b2)]"],
  ["br", "bcr", "m1=f", ""], ["nopr", "bcr", "m1=0", "[r2]"],
  ["j", "brc", "m1=f", ""], ["jnop", "brc", "m1=0", ""],
  ["jg", "brcl", "m1=f", ""], ["jgnop", "brcl", "m1=0", ""],
  ["bi", "bic", "m1=f", ""], ["cuutf", "cu21", "m3=0", ""], ["cutfu", "cu12", "m3=0", ""],
  ["risbgz", "risbg", "i4&c0=80", ""], ["risbgnz", "risbgn", "i4&c0=80", ""],
] as const;

/**
 * Names from before the floating-point extension facility, which gave these instructions two more masks: both
 * 0, or the second.
 */
const withoutMasks = (
  "ledbra ldxbra lexbra cefbra cdfbra cxfbra cegbra cdgbra cxgbra cdgtra cxgtra"
).split(" ");
const withoutSecondMask = (
  "fiebra fidbra fixbra cfebra cfdbra cfxbra cgebra cgdbra cgxbra cgdtra cgxtra " +
  "mdtra ddtra adtra sdtra mxtra dxtra axtra sxtra"
).split(" ");

/** Names for the same thing that are read but never printed. */
const synonyms = [
  ["jas", "bras"], ["jasl", "brasl"], ["jct", "brct"], ["jctg", "brctg"], ["jcth", "brcth"],
  ["jxh", "brxh"], ["jxle", "brxle"],
  ["jxhg", "brxhg"], ["jxleg", "brxlg"], ["tmh", "tmlh"], ["tml", "tmll"], ["tmlh", "tmh"], ["tmll", "tml"],
  ["ppno", "prno"], ["prno", "ppno"], ["lrdr", "ldxr"], ["lrer", "ledr"], ["ldxr", "lrdr"],
  ["ledr", "lrer"], ["mer", "mder"], ["me", "mde"], ["mder", "mer"], ["mde", "me"],
] as const;

const byName = new Map<string, Mnemonic>();
const byInstruction = new Map<Instruction, Mnemonic[]>();

/**
 * "m1=f", "i4&c0=80", or "@32=1" for the field that starts at bit 32. Undefined if the format has no such
 * field.
 */
function parseFixed(instruction: Instruction, text: string): FixedField | undefined {
  const match = /^(@?\w+?)(?:&([0-9a-f]+))?=([0-9a-f]+)$/.exec(text);
  assert(match, `fixed field ${text}`);
  const [, name, mask, value] = match as unknown as [string, string, string | undefined, string];
  const { fields } = instruction.format;
  const spec = name.startsWith("@")
    ? fields.find((field) => field.start === Number(name.slice(1)))
    : fieldSpec(instruction, name as FieldName);
  return spec && { field: spec.name, value: parseInt(value, 16), mask: mask ? parseInt(mask, 16) : -1 };
}

/** The base's operands without those whose field is fixed altogether. */
function remaining(operands: readonly Operand[], fixed: readonly FixedField[]): readonly Operand[] {
  const gone = new Set(fixed.filter((f) => f.mask === -1).map((f) => f.field));
  return operands.filter((operand) => operand.kind === "address" || !gone.has(operand.field));
}

function add(name: string, base: string, fixedText: string, syntax: string, printed: boolean): void {
  const instruction = instructionNamed(base);
  if (!instruction || byName.has(name)) return;
  const parsed = fixedText.split(" ").filter(Boolean).map((text) => parseFixed(instruction, text));
  const fixed = parsed.filter((f) => f !== undefined);
  if (fixed.length < parsed.length) return;
  const operands = syntax ? operandsOf(instruction, syntax) : remaining(operandsOf(instruction), fixed);
  const mnemonic = { name, instruction, fixed, operands, printed };
  byName.set(name, mnemonic);
  byInstruction.get(instruction)!.push(mnemonic);
}

function addAll(): void {
  for (const instruction of instructions) {
    byInstruction.set(instruction, []);
    add(instruction.mnemonic.toLowerCase(), instruction.mnemonic, "", "", true);
  }
  for (const [name, base, fixed, syntax] of singles) add(name, base, fixed, syntax, true);
  for (const [base, pattern, field] of branchFamilies) {
    for (let mask = 1; mask < 15; mask++)
      add(pattern.replace("*", branchConditions[mask]!), base, `${field}=${mask.toString(16)}`, "", true);
    for (const [suffix, mask] of Object.entries(branchSynonyms))
      add(pattern.replace("*", suffix), base, `${field}=${mask.toString(16)}`, "", false);
  }
  for (const [base, pattern, field] of branchSynonymFamilies) {
    const all = branchConditions.map((suffix, mask) => [mask === 15 ? "u" : suffix, mask] as const);
    for (const [suffix, mask] of [...all, ...Object.entries(branchSynonyms)])
      if (suffix) add(pattern.replace("*", suffix), base, `${field}=${mask.toString(16)}`, "", false);
  }
  for (const base of compareFamilies) {
    for (const [suffix, mask] of Object.entries(compareConditions))
      add(base + suffix, base, `m3=${mask.toString(16)}`, "", true);
    for (const [suffix, mask] of Object.entries(compareSynonyms))
      add(base + suffix, base, `m3=${mask.toString(16)}`, "", false);
  }
  for (const base of withoutMasks) add(base.slice(0, -1), base, "m3=0 m4=0", "", true);
  for (const base of withoutSecondMask) add(base.slice(0, -1), base, "m4=0", "", true);
  for (const [name, base, fixed] of vectorMnemonics) add(name, base, fixed, "", true);
  for (const [name, base] of synonyms) add(name, base, "", "", false);
}
addAll();

/** The meaning of a name in lower case, or undefined if no instruction has it. */
export const mnemonicNamed = (name: string): Mnemonic | undefined => byName.get(name);

/** Every name, base and extended. */
export const mnemonicNames = (): readonly string[] => [...byName.keys()];

const fits = (mnemonic: Mnemonic, fields: RawFields): boolean =>
  mnemonic.fixed.every((f) => (fields[f.field] & f.mask) === (f.value & f.mask));

/** The name to print for an instruction with these fields. */
export function mnemonicFor(instruction: Instruction, fields: RawFields): Mnemonic {
  const names = byInstruction.get(instruction) ?? [];
  let best: Mnemonic | undefined;
  for (const mnemonic of names) {
    if (!mnemonic.printed || !fits(mnemonic, fields)) continue;
    if (!best || mnemonic.fixed.length > best.fixed.length) best = mnemonic;
  }
  if (best) return best;
  // Only for an entry that is not in the list: it has its own name and nothing else.
  const { mnemonic: name } = instruction;
  return { name, instruction, fixed: [], operands: operandsOf(instruction), printed: true };
}

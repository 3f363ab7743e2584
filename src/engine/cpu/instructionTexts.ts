/**
 * Every instruction text that was decoded, once: its table entry and predecoded form, found again by the
 * text, and known by its number here. Texts are given as their first 32 bits and their last 16, what lies
 * behind the instruction being zero (`shorten`).
 */
import { decode } from "../isa/s390/decode.ts";
import { fieldsOf, lengthOf, type RawFields, type Text } from "../isa/s390/format.ts";
import type { Instruction } from "../isa/s390/instruction.ts";
import { operandsOf, type Operand } from "../isa/s390/operands.ts";
import { encodeEntry, type HandlerTable } from "./handlers.ts";
import { ENTRY, Handler } from "./layout.ts";

export interface Decoded {
  readonly instruction: Instruction;
  readonly fields: RawFields;
  readonly length: number;
}

/** Words of an entry. */
const WORDS = ENTRY / 4;
const CAPACITY = 1 << 14;

/** What `restrictions` says of a text; 0 for most. */
export const Restriction = {
  privileged: 0x100,
  /** Needs CR0 bits for its registers. */
  floating: 0x200,
  /** A hexadecimal one that names another floating-point register than 0, 2, 4 and 6. */
  additionalRegister: 0x400,
  /** Mask of the program interruption code that the fields themselves demand, or 0. */
  code: 0xff,
} as const;

const executeHandler = ({ mnemonic }: Instruction): number | undefined =>
  mnemonic === "ex" ? Handler.execute : mnemonic === "exrl" ? Handler.executeRelative : undefined;

export class InstructionTexts {
  private readonly handlers: HandlerTable;
  /** Open hash table with a power of two of places: a text as two words, and its number plus one. */
  private places = 0;
  private placeHigh!: Int32Array;
  private placeLow!: Int32Array;
  private placeNumber!: Int32Array;
  private placesTaken = 0;

  /** By number, from 1 on; number 0 is no instruction. */
  private count = 1;
  private readonly instructions: Instruction[] = [];
  private high = new Int32Array(CAPACITY);
  private low = new Uint16Array(CAPACITY);
  private restricted = new Uint16Array(CAPACITY);
  private entries = new Int32Array(CAPACITY * WORDS);
  /** With their fields, for those that were asked for. */
  private described: (Decoded | undefined)[] = [];

  constructor(handlers: HandlerTable) {
    this.handlers = handlers;
    this.makePlaces(CAPACITY * 4);
  }
  private makePlaces(places: number): void {
    this.places = places;
    this.placesTaken = 0;
    this.placeHigh = new Int32Array(places);
    this.placeLow = new Int32Array(places);
    this.placeNumber = new Int32Array(places);
  }

  clear(): void {
    this.makePlaces(CAPACITY * 4);
    this.count = 1;
    this.instructions.length = 0;
    this.described.length = 0;
  }

  /** Number of a text; 0 if it is no instruction. */
  intern(high: number, low: number): number {
    const mask = this.places - 1;
    let at = (Math.imul(high, 0x9e3779b1) ^ Math.imul(low, 0x85ebca6b)) >>> 8;
    for (at &= mask; this.placeNumber[at] !== 0; at = (at + 1) & mask)
      if (this.placeHigh[at] === high && this.placeLow[at] === low) return this.placeNumber[at]! - 1;
    const number = this.number(high, low);
    this.placeHigh[at] = high;
    this.placeLow[at] = low;
    this.placeNumber[at] = number + 1;
    if (++this.placesTaken * 2 > this.places) this.spread();
    return number;
  }
  private spread(): void {
    const { placeHigh, placeLow, placeNumber } = this;
    this.makePlaces(this.places * 2);
    placeNumber.forEach((number, i) => {
      if (number !== 0) this.put(placeHigh[i]!, placeLow[i]!, number);
    });
  }
  private put(high: number, low: number, number: number): void {
    const mask = this.places - 1;
    let at = ((Math.imul(high, 0x9e3779b1) ^ Math.imul(low, 0x85ebca6b)) >>> 8) & mask;
    while (this.placeNumber[at] !== 0) at = (at + 1) & mask;
    this.placeHigh[at] = high;
    this.placeLow[at] = low;
    this.placeNumber[at] = number;
    this.placesTaken++;
  }

  private number(high: number, low: number): number {
    const instruction = decode(textOf(high, low));
    if (!instruction) return 0;
    const number = this.count++;
    if (number === this.high.length) this.grow();
    this.instructions[number] = instruction;
    this.high[number] = high;
    this.low[number] = low;
    const at = number * WORDS;
    this.entries.fill(0, at, at + WORDS);
    const handler = executeHandler(instruction) ?? this.handlers.select(instruction, high, low);
    if (handler !== Handler.helper) encodeEntry(this.entries, at, instruction, high, low);
    // Helpers and EXECUTE find their fields by the number of the text.
    if (handler === Handler.helper) this.entries[at + 2] = number;
    else if (handler < Handler.first) this.entries[at + 3] = number;
    this.entries[at]! |= handler;
    this.restricted[number] = this.restrictionsOf(number, instruction);
    return number;
  }
  private grow(): void {
    const bigger = <A extends Int32Array | Uint16Array>(old: A): A => {
      const made = new (old.constructor as new (length: number) => A)(old.length * 2);
      made.set(old);
      return made;
    };
    this.high = bigger(this.high);
    this.low = bigger(this.low);
    this.restricted = bigger(this.restricted);
    this.entries = bigger(this.entries);
  }
  private restrictionsOf(number: number, instruction: Instruction): number {
    const { privileged, floating, check } = instruction;
    let made = privileged ? Restriction.privileged : 0;
    if (floating) made |= Restriction.floating;
    if (!check && floating !== "hfp") return made;
    const { fields } = this.decodedAt(number);
    const isAdditional = (o: Operand): boolean =>
      o.kind === "register" && o.letter === "f" && (fields[o.field] & 9) !== 0;
    if (floating === "hfp" && operandsOf(instruction).some(isAdditional))
      made |= Restriction.additionalRegister;
    return made | (check?.(fields) ?? 0);
  }

  /** `Restriction` bits of a numbered text. */
  restrictions(number: number): number {
    return this.restricted[number]!;
  }
  instructionAt(number: number): Instruction {
    return this.instructions[number]!;
  }
  /** Copies the predecoded entry of a numbered text to word `at`. */
  writeEntry(number: number, words: Int32Array, at: number): void {
    const { entries } = this;
    const from = number * WORDS;
    words[at] = entries[from]!;
    words[at + 1] = entries[from + 1]!;
    words[at + 2] = entries[from + 2]!;
    words[at + 3] = entries[from + 3]!;
  }
  decodedAt(number: number): Decoded {
    let decoded = this.described[number];
    if (!decoded) {
      const instruction = this.instructions[number]!;
      const fields = fieldsOf(instruction.format, textOf(this.high[number]!, this.low[number]!));
      this.described[number] = decoded = { instruction, fields, length: instruction.format.length };
    }
    return decoded;
  }
}

const textOf = (high: number, low: number): Text => [high >>> 16, high & 0xffff, low];

/** The two words of a text, what does not belong to the instruction being zero. */
export function shorten(text: Text): readonly [high: number, low: number] {
  const length = lengthOf(text[0]);
  return [(text[0] << 16) | (length > 2 ? text[1] : 0), length > 4 ? text[2] : 0];
}

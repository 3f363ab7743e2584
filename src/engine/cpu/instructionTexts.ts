/**
 * Every instruction text that was decoded, once: its table entry, fields and predecoded form, found again by
 * the text. Helper instructions are known by their number here.
 */
import { decode } from "../isa/s390/decode.ts";
import { fieldsOf, lengthOf, type RawFields, type Text } from "../isa/s390/format.ts";
import type { Instruction } from "../isa/s390/instruction.ts";
import { encodeEntry, type HandlerTable } from "./handlers.ts";
import { ENTRY, Handler } from "./layout.ts";

export interface Decoded {
  readonly instruction: Instruction;
  readonly fields: RawFields;
  readonly length: number;
  /** Program interruption that the fields themselves demand, or 0. */
  readonly code: number;
  /** The predecoded entry. */
  readonly entry: Uint8Array;
}

const QUICK_BITS = 15;
const QUICK = 1 << QUICK_BITS;
const executeHandler = ({ mnemonic }: Instruction): number | undefined =>
  mnemonic === "ex" ? Handler.execute : mnemonic === "exrl" ? Handler.executeRelative : undefined;

export class InstructionTexts {
  private readonly handlers: HandlerTable;
  /** Decoded instructions by text; helpers find theirs by the index that stands in the entry. */
  private readonly decoded: (Decoded | undefined)[] = [undefined];
  private readonly byText = new Map<number, number>();
  /** In front of the map: texts by a hash, as two words each, and their indices. */
  private readonly quickHigh = new Int32Array(QUICK);
  private readonly quickLow = new Int32Array(QUICK).fill(-1);
  private readonly quickIndex = new Int32Array(QUICK);

  constructor(handlers: HandlerTable) {
    this.handlers = handlers;
  }

  clear(): void {
    this.decoded.length = 1;
    this.byText.clear();
    this.quickLow.fill(-1);
  }

  shorten(text: Text): Text {
    const length = lengthOf(text[0]);
    return [text[0], length > 2 ? text[1] : 0, length > 4 ? text[2] : 0];
  }
  keyOf(text: Text): number {
    return text[0] * 2 ** 32 + text[1] * 2 ** 16 + text[2];
  }

  /** Index of a decoded instruction for helpers; 0 if the text is no instruction. */
  intern(text: Text): number {
    const length = lengthOf(text[0]);
    const high = (text[0] << 16) | (length > 2 ? text[1] : 0);
    const low = length > 4 ? text[2] : 0;
    const at = (Math.imul(high, 0x9e3779b1) ^ Math.imul(low, 0x85ebca6b)) >>> (32 - QUICK_BITS);
    if (this.quickHigh[at] === high && this.quickLow[at] === low) return this.quickIndex[at]!;
    const index = this.internSlowly(this.shorten(text));
    this.quickHigh[at] = high;
    this.quickLow[at] = low;
    this.quickIndex[at] = index;
    return index;
  }
  private internSlowly(text: Text): number {
    const key = this.keyOf(text);
    let index = this.byText.get(key);
    if (index === undefined) {
      const instruction = decode(text);
      index = 0;
      if (instruction) {
        index = this.decoded.length;
        this.decoded.push(this.describe(instruction, text));
      }
      this.byText.set(key, index);
    }
    return index;
  }
  decodedAt(index: number): Decoded {
    return this.decoded[index]!;
  }

  /** Decodes a text once and for all pages and modes. */
  private describe(instruction: Instruction, text: Text): Decoded {
    const fields = fieldsOf(instruction.format, text);
    const entry = new Uint8Array(ENTRY);
    const view = new DataView(entry.buffer);
    const handler = executeHandler(instruction) ?? this.handlers.select(instruction, fields);
    if (handler !== Handler.helper) encodeEntry(view, 0, instruction, fields);
    // Helpers and EXECUTE find their fields by the number of the text.
    if (handler === Handler.helper) view.setUint32(8, this.decoded.length, true);
    else if (handler < Handler.first) view.setUint32(12, this.decoded.length, true);
    view.setUint16(0, handler, true);
    return {
      instruction,
      fields,
      length: instruction.format.length,
      code: instruction.check?.(fields) ?? 0,
      entry,
    };
  }
}

/**
 * Dictionaries of COMPRESSION CALL (Principles of Operation, chapter 7; ESA/390 Data Compression, "Dictionary
 * Entries"; z/OS MVS Assembler Services Guide, "Compression and expansion dictionaries"). An entry is eight
 * bytes; the compression dictionary is followed by as many entries of the expansion dictionary.
 *
 * Invariant: whatever the entries say, every search ends, within the bounds that data exceptions set.
 */
import type { HelperCpu } from "./helperCpu.ts";
import { Program } from "./instruction.ts";
import { OperandTable } from "./operandTable.ts";

const ENTRY_BYTES = 8;
/** Most characters of one symbol, most children of one entry, most entries that one expansion uses. */
const SYMBOL_BYTES_MAX = 260;
const CHILDREN_MAX = 260;
const EXPANSION_ENTRIES_MAX = 127;
/** The first entries stand for the characters themselves. */
const ALPHABET = 256;

/** Characters from a position on, undefined behind the last one. */
export type Characters = (offset: number) => number | undefined;

interface Child {
  readonly character: number;
  readonly index: number;
  /** Its own entry may have more extension characters and children. */
  readonly isExamined: boolean;
}

/** A character entry: extension characters beside the first, then the first children. */
interface CharacterEntry {
  readonly extension: readonly number[];
  readonly children: readonly number[];
  /** Index of the first child. */
  readonly first: number;
  /** Examine-child bits of the children, leftmost first, and of the last two siblings of the descriptor. */
  readonly examined: number;
  readonly examinedLast: number;
  readonly hasSiblings: boolean;
}

/** A sibling descriptor. */
interface Siblings {
  readonly characters: readonly number[];
  readonly examined: number;
  /** How many have an examine-child bit in the descriptor. */
  readonly examinedCount: number;
  readonly hasMore: boolean;
}

/** The longest string of a dictionary that the characters begin with. */
export interface Match {
  readonly index: number;
  readonly length: number;
}

export class CompressionDictionary {
  private readonly cpu: HelperCpu;
  private readonly size: number;
  private readonly hasLongDescriptors: boolean;
  private readonly bytes: OperandTable;

  /**
   * @param address of the first entry
   * @param size number of entries
   * @param hasLongDescriptors sibling descriptors are of format 1: up to 14 siblings instead of 7
   */
  constructor(cpu: HelperCpu, address: bigint, b: number, size: number, hasLongDescriptors: boolean) {
    this.cpu = cpu;
    this.size = size;
    this.hasLongDescriptors = hasLongDescriptors;
    this.bytes = new OperandTable(cpu, address, b, 1, 2 * size * ENTRY_BYTES);
  }

  private bad(): never {
    return this.cpu.program(Program.data);
  }

  /** Bytes `from` to `to` of an entry. */
  private slice(index: number, from: number, to: number): number[] {
    return Array.from({ length: to - from }, (_, i) => this.bytes.byte(index * ENTRY_BYTES + from + i));
  }

  // ---- compression

  private characterEntry(index: number): CharacterEntry {
    if (index >= this.size) this.bad();
    const [head, middle, low] = this.slice(index, 0, 3) as [number, number, number];
    const count = head >> 5;
    const controls = middle >> 5;
    const isShort = count <= 1;
    const extensions = isShort ? controls : controls & 1;
    const hasSiblings = !isShort && count + extensions === 6;
    if (extensions > 4 || count + extensions > 6) this.bad();
    const children = hasSiblings ? count - 1 : count;
    return {
      extension: this.slice(index, 3, 3 + extensions),
      children: this.slice(index, 3 + extensions, 3 + extensions + children),
      first: ((middle & 0x1f) << 8) | low, examined: head & 0x1f, examinedLast: isShort ? 0 : controls >> 1,
      hasSiblings,
    };
  }

  private siblings(index: number): Siblings {
    if (index >= this.size) this.bad();
    const head = this.bytes.byte(index * ENTRY_BYTES);
    if (!this.hasLongDescriptors) {
      const count = head >> 5 || 7;
      const characters = this.slice(index, 1, 1 + count);
      return { characters, examined: head & 0x1f, examinedCount: 5, hasMore: head >> 5 === 0 };
    }
    const count = Math.min(head >> 4, 14);
    if (count === 0) this.bad();
    // Characters beyond the sixth are in the expansion dictionary.
    const characters = this.slice(index, 2, 2 + Math.min(count, 6));
    if (count > 6) characters.push(...this.slice(this.size + index, 0, count - 6));
    const examined = ((head & 0xf) << 8) | this.bytes.byte(index * ENTRY_BYTES + 1);
    return { characters, examined, examinedCount: 12, hasMore: head >> 4 === 15 };
  }

  /** Children in their order, with those of sibling descriptors. */
  private *children(entry: CharacterEntry): Generator<Child> {
    const { first } = entry;
    for (const [i, character] of entry.children.entries())
      yield { character, index: first + i, isExamined: (entry.examined & (0x10 >> i)) !== 0 };
    let at = first + entry.children.length;
    let total = entry.children.length;
    for (let isFirst = true, hasMore = entry.hasSiblings; hasMore; isFirst = false) {
      const siblings = this.siblings(at);
      const { characters, examined, examinedCount } = siblings;
      total += characters.length;
      if (total > CHILDREN_MAX) this.bad();
      for (const [i, character] of characters.entries()) {
        const beyond = i - examinedCount;
        const isExamined =
          beyond < 0
            ? (examined >> (examinedCount - 1 - i)) & 1
            : isFirst ? (entry.examinedLast >> (1 - beyond)) & 1 : 1;
        yield { character, index: at + 1 + i, isExamined: isExamined === 1 };
      }
      hasMore = siblings.hasMore;
      at += characters.length + 1;
    }
  }

  /** The child of an entry that the characters from `length` on lead to, and its entry if it goes on. */
  private step(
    entry: CharacterEntry, characters: Characters, length: number,
  ): (Match & { readonly entry?: CharacterEntry }) | undefined {
    const character = characters(length);
    if (character === undefined) return undefined;
    let isTried = false;
    for (const child of this.children(entry)) {
      if (child.character === character) {
        if (!child.isExamined) return { index: child.index, length: length + 1 };
        const own = this.characterEntry(child.index);
        const isMatch = own.extension.every((expected, i) => characters(length + 1 + i) === expected);
        if (isMatch) return { index: child.index, length: length + 1 + own.extension.length, entry: own };
        isTried = true;
      } else if (isTried) return undefined;
    }
    return undefined;
  }

  /** Longest match of characters, of which there must be at least one. */
  longestMatch(characters: Characters): Match {
    let match: Match = { index: characters(0)!, length: 1 };
    let entry: CharacterEntry | undefined = this.characterEntry(match.index);
    while (entry) {
      const next = this.step(entry, characters, match.length);
      if (!next) break;
      if (next.length > SYMBOL_BYTES_MAX) this.bad();
      match = next;
      entry = next.entry;
    }
    if (match.index >= this.size) this.bad();
    return match;
  }

  // ---- expansion

  /** The characters that a symbol stands for; the expansion dictionary is at the address given. */
  expand(symbol: number): Uint8Array {
    let result: Uint8Array | undefined;
    let index = symbol;
    for (let used = 1; ; used++) {
      if (used > EXPANSION_ENTRIES_MAX || index >= this.size) this.bad();
      const isAlphabet = index < ALPHABET;
      const head = isAlphabet ? 1 : this.bytes.byte(index * ENTRY_BYTES);
      const isPreceded = head >> 5 !== 0;
      const count = isPreceded ? head >> 5 : head & 7;
      if (count === 0 || (isPreceded && count > 5)) this.bad();
      const offset = isPreceded ? this.bytes.byte(index * ENTRY_BYTES + 7) : 0;
      const from = isPreceded ? 2 : 1;
      const characters = isAlphabet ? [index] : this.slice(index, from, from + count);
      // The last piece of the string comes first and says how long it is.
      result ??= new Uint8Array(offset + count);
      if (result.length > SYMBOL_BYTES_MAX || offset + count > result.length) this.bad();
      result.set(characters, offset);
      if (!isPreceded) return result;
      index = ((head & 0x1f) << 8) | this.bytes.byte(index * ENTRY_BYTES + 1);
    }
  }
}

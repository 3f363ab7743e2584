/** Columns of lines against a plain list: what is kept, in what order, and what a window is handed. */
import { describe, expect, it } from "vitest";
import { ledgerSteps, type LedgerLine } from "../../../src/engine/api/ledger.ts";
import { unpackLedger } from "../../../src/engine/api/ledgerBlock.ts";
import { Prng } from "../../../src/engine/base/prng.ts";
import { Ledger } from "../../../src/engine/ledger/ledger.ts";
import { LineRing } from "../../../src/engine/ledger/lineRing.ts";

const bits = ["EXT_SERVICE", "", "nimm bit of ISC 3", "IO_ISC_0"];
function lineOf(chance: Prng): LedgerLine {
  return {
    at: BigInt(chance.below(2 ** 31)) * 4_194_301n, id: chance.below(3) ? 2 ** 40 + chance.below(9) : 0,
    step: ledgerSteps[chance.below(ledgerSteps.length)]!, bit: bits[chance.below(bits.length)]!,
    kind: chance.below(2) ? 0xfffe0000 + chance.below(0x10000) : -1, cpu: chance.below(70_000) - 1,
    into: chance.below(4) ? 0 : 2 ** 45,
  };
}
const all = (ring: LineRing): LedgerLine[] =>
  Array.from({ length: ring.length }, (_, index) => ring.read(index));
/** What a block holds of a line: its numbers, as wide as the block's columns are. */
function told({ words, bytes }: ReturnType<LineRing["block"]>) {
  const { count, columns } = unpackLedger({ first: 0, written: 0, words, bytes });
  return Array.from({ length: count }, (_, line) => ({
    at: BigInt(columns.at[line]!), id: columns.id[line]!, step: ledgerSteps[columns.step[line]!],
    bit: words[columns.word[line]!], kind: columns.kind[line]!, cpu: columns.cpu[line]!,
    into: columns.into[line]!,
  }));
}
const narrow = (line: LedgerLine) => ({ ...line, kind: line.kind >>> 0, cpu: (line.cpu << 16) >> 16 });

describe("the ring of lines", () => {
  // Capacities on both sides of the room at first and of its doubling; three times round.
  it.each([1, 3, 255, 256, 257, 512, 700])("keeps the newest %i lines as they were written", (capacity) => {
    const chance = new Prng(capacity);
    const ring = new LineRing(capacity);
    let model: LedgerLine[] = [];
    for (let written = 1; written <= 3 * capacity + 5; written++) {
      const line = lineOf(chance);
      ring.append(line);
      model = [...model, line].slice(-capacity);
      expect(ring.length).toBe(model.length);
      if (written % 97 !== 0 && written <= 3 * capacity) continue;
      expect(all(ring)).toEqual(model);
      const [from, count] = [chance.below(model.length + 1), chance.below(capacity + 2)];
      expect(ring.idAt(model.length - 1)).toBe(model.at(-1)!.id);
      expect(told(ring.block(from, count))).toEqual(model.slice(from, from + count).map(narrow));
    }
    ring.clear();
    expect([all(ring), ring.block(0, 9)]).toEqual([[], { words: [], bytes: new Uint8Array(0) }]);
    ring.append(model[0]!);
    expect(all(ring)).toEqual([model[0]]);
  });
});

describe("blocks of a ledger", () => {
  it("hold the newest of those asked for that are kept, for every question about twelve lines", () => {
    const [capacity, written] = [7, 12];
    const book = new Ledger(capacity);
    for (let id = 1; id <= written; id++)
      book.write({ at: BigInt(id), id, step: "raised", bit: "x", kind: 0, cpu: -1, into: 0 });
    for (let after = 0; after <= written + 2; after++)
      for (let before = 1; before <= written + 3; before++)
        for (const max of [1, 2, 5, 99]) {
          const numbers = Array.from({ length: capacity }, (_, index) => written - capacity + 1 + index)
            .filter((number) => number > after && number < before).slice(-max);
          const block = book.block(after, before, max);
          expect(told(block).map(({ id }) => id), `${after} ${before} ${max}`).toEqual(numbers);
          expect(block.written).toBe(written);
          if (numbers.length > 0) expect(block.first).toBe(numbers[0]);
        }
  });
});

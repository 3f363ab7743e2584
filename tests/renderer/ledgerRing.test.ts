/** What a page keeps of the ledger: the newest lines in order, each as it was written, at most so many. */
import { describe, expect, it } from "vitest";
import { ledgerSteps, type LedgerLine } from "../../src/engine/api/ledger.ts";
import { unpackLedger, type LedgerEntry } from "../../src/engine/api/ledgerBlock.ts";
import { Prng } from "../../src/engine/base/prng.ts";
import { LedgerRing } from "../../src/renderer/features/timeline/ledgerRing.ts";
import { ledgerBlock } from "../kit/ledgerBlock.ts";

const CAPACITY = 50;
const words = ["nimm bit of ISC 3", "EXT_SERVICE", "", "summary indicator"];

function lineOf(number: number, chance: Prng): LedgerLine {
  const below = (limit: number): number => chance.below(limit);
  return {
    at: BigInt(number) * 1_000_003n, id: below(3) ? 2 ** 40 + number : 0,
    step: ledgerSteps[below(ledgerSteps.length)]!, bit: words[below(words.length)]!,
    kind: 0xfffe0000 + below(0x10000), cpu: below(4) - 1, into: below(9),
  };
}
const entryOf = (line: LedgerLine, number: number): LedgerEntry => ({ ...line, number, at: Number(line.at) });
const all = (ring: LedgerRing): LedgerEntry[] =>
  Array.from({ length: ring.length }, (_, index) => ring.read(index));

describe("the page's ring of ledger lines", () => {
  it("holds the newest lines of blocks that follow, overlap or leave lines out, for 200 histories", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const chance = new Prng(seed);
      const ring = new LedgerRing(CAPACITY);
      const model: LedgerEntry[] = [];
      let written = 0;
      for (let block = 0; block < 12; block++) {
        const first = Math.max(1, written + 1 - chance.below(5) + chance.below(3) * chance.below(20));
        const lines = Array.from({ length: chance.below(30) }, (_, n) => lineOf(first + n, chance));
        const newer = lines.map((line, n) => entryOf(line, first + n)).filter((e) => e.number > written);
        model.push(...newer);
        written = model.at(-1)?.number ?? 0;
        expect(ring.append(ledgerBlock(lines, first, written))).toBe(newer.length);
        const kept = model.slice(-CAPACITY);
        expect(all(ring), `seed ${seed}`).toEqual(kept);
        expect(ring.newest).toBe(written);
        const hasGap = kept.some((entry, n) => n > 0 && entry.number !== kept[n - 1]!.number + 1);
        expect(ring.hasGap).toBe(hasGap);
      }
      ring.clear();
      expect([ring.length, ring.newest, ring.hasGap]).toEqual([0, 0, false]);
    }
  });

  it("takes no harm from a block that is cut off or names words it does not carry", () => {
    const whole = ledgerBlock([lineOf(1, new Prng(7)), lineOf(2, new Prng(8))], 1, 2);
    for (let length = 0; length < whole.bytes.length; length++) {
      const cut = unpackLedger({ ...whole, bytes: whole.bytes.subarray(0, length) });
      expect(cut.count).toBe(length < 33 ? 0 : 1);
    }
    const ring = new LedgerRing(CAPACITY);
    ring.append({ ...whole, words: [] });
    expect(all(ring).map(({ bit }) => bit)).toEqual(["", ""]);
  });
});

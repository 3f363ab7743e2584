import { describe, expect, it } from "vitest";
import { EscapeKeys } from "../../../src/main/cli/escapeKeys.ts";
import { TextWatch } from "../../../src/engine/base/textWatch.ts";

/** Every sequence of `length` items. */
function* sequences<T>(items: readonly T[], length: number): Generator<T[]> {
  if (length === 0) return yield [];
  for (const rest of sequences(items, length - 1)) for (const item of items) yield [...rest, item];
}

/** The rule said with a regular expression: a second opinion. */
function expected(keys: string): { forGuest: string; leaves: boolean } {
  let forGuest = "";
  for (const [token] of keys.matchAll(/\x01[^]|[^\x01]/g)) {
    if (/^\x01x$/i.test(token)) return { forGuest, leaves: true };
    if (/^\x01[hH?]$/.test(token)) continue;
    forGuest += token === "\x01\x01" ? "\x01" : token;
  }
  return { forGuest, leaves: false };
}

describe("keys of a terminal", () => {
  it("mean the same however the reads are cut, for every sequence of five", () => {
    for (const keys of sequences(["\x01", "x", "X", "h", "a"], 5)) {
      const text = keys.join("");
      for (let cut = 0; cut <= 5; cut++) {
        const sorter = new EscapeKeys();
        const first = sorter.take(Buffer.from(text.slice(0, cut), "latin1"));
        const second = first.leaves ? undefined : sorter.take(Buffer.from(text.slice(cut), "latin1"));
        const forGuest = Buffer.concat([first.forGuest, second?.forGuest ?? new Uint8Array(0)]).toString(
          "latin1",
        );
        expect({ forGuest, leaves: second?.leaves ?? first.leaves }, JSON.stringify([text, cut])).toEqual(
          expected(text),
        );
      }
    }
  });

  it("reach the guest as every byte there is", () => {
    for (let byte = 0; byte < 256; byte++)
      if (byte !== 1)
        expect(new EscapeKeys().take(Uint8Array.of(byte)).forGuest).toEqual(Uint8Array.of(byte));
  });
});

describe("a watched text", () => {
  it("is seen exactly if it occurs, for every stream of seven and every cut", () => {
    for (const needle of ["aab", "aba", "b", "aaaa"])
      for (const keys of sequences(["a", "b"], 7)) {
        const text = keys.join("");
        for (let cut = 0; cut <= 7; cut++) {
          const watch = new TextWatch(needle);
          watch.take(Buffer.from(text.slice(0, cut)));
          expect(watch.take(Buffer.from(text.slice(cut))), `${needle} in ${text}`).toBe(
            text.includes(needle),
          );
        }
      }
  });
});

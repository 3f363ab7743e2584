import { describe, expect, it } from "vitest";
import { Prng } from "../../../src/engine/base/prng.ts";
import { ConsoleLines } from "../../../src/main/bench/consoleLines.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");
const text = "noise\r\nBENCH a start\r\n\r\nBENCH a end 00ff\r\r\nlast without end";

/** Feeds `text` in pieces cut before the given places; piece n arrives at n ms. */
function feed(lines: ConsoleLines, cuts: readonly number[]): void {
  [...cuts, text.length].reduce((from, to, i) => {
    lines.take(bytes(text.slice(from, to)), i);
    return to;
  }, 0);
}

describe("console lines", () => {
  it("are the same wherever the stream is cut in two", async () => {
    for (let cut = 0; cut <= text.length; cut++) {
      const lines = new ConsoleLines();
      feed(lines, [cut]);
      const start = await lines.waitFor(/^BENCH a start$/, 1000);
      const end = await lines.waitFor(/^BENCH a end 00ff$/, 1000);
      expect([start.ok, end.ok], `cut at ${cut}`).toEqual([true, true]);
      expect(lines.lastLines(), `cut at ${cut}`).toEqual([
        "noise",
        "BENCH a start",
        "",
        "BENCH a end 00ff",
        "last without end",
      ]);
    }
  });

  it("carry the moment of the piece that completed them, for any cuts", async () => {
    const chance = new Prng(7);
    const completedAt = text.indexOf("\n", text.indexOf("start")) + 1;
    for (let run = 0; run < 200; run++) {
      const cuts = Array.from({ length: 4 }, () => chance.below(text.length)).sort((a, b) => a - b);
      const lines = new ConsoleLines();
      const seen = lines.waitFor(/start/, 1000);
      feed(lines, cuts);
      const expected = [...cuts, text.length].findIndex((to) => to >= completedAt);
      expect(await seen, cuts.join()).toEqual({ ok: true, value: { text: "BENCH a start", atMs: expected } });
    }
  });

  it("are found whether they come before or after somebody waits, and each once", async () => {
    const lines = new ConsoleLines();
    lines.take(bytes("one\ntwo\n"), 1);
    expect(await lines.waitFor(/one/, 1000)).toMatchObject({ ok: true });
    expect(await lines.waitFor(/two/, 1000)).toMatchObject({ ok: true });
    const again = lines.waitFor(/one/, 1000);
    lines.take(bytes("one\n"), 2);
    expect(await again).toEqual({ ok: true, value: { text: "one", atMs: 2 } });
  });

  it("end with the first sentence that is given, but not before what was printed", async () => {
    const lines = new ConsoleLines();
    lines.take(bytes("one\n"), 1);
    lines.end("It broke.");
    lines.end("It broke again.");
    expect(await lines.waitFor(/one/, 1000)).toMatchObject({ ok: true });
    expect(await lines.waitFor(/two/, 1000)).toEqual({ ok: false, error: "It broke." });
  });

  it("are not waited for without end", async () => {
    const lines = new ConsoleLines();
    expect(await lines.waitFor(/never/, 1)).toEqual({
      ok: false,
      error: "It did not print never within 0 s.",
    });
  });
});

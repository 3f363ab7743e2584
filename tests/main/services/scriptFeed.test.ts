import { describe, expect, it } from "vitest";
import type { ScriptEnd, ScriptOutput } from "../../../src/engine/api/script.ts";
import { ScriptFeed } from "../../../src/main/services/scriptFeed.ts";

const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(() => setImmediate(resolve)); });

function feedOf() {
  const sent: ScriptOutput[] = [];
  const ends: ScriptEnd[] = [];
  return { sent, ends, feed: new ScriptFeed(3, (output) => sent.push(output), (end) => ends.push(end)) };
}

describe("the output of a run", () => {
  it("arrives whole, in order, each piece with its place, and the end behind it", async () => {
    const { feed, sent, ends } = feedOf();
    for (let n = 0; n < 100; n++) feed.print(n % 10 === 0 ? "err" : "out", `line ${n}\n`);
    feed.finish({ kind: "done" });
    await turn();
    expect(sent.map(({ text }) => text).join("")).toBe(
      Array.from({ length: 100 }, (_, n) => `line ${n}\n`).join(""));
    let at = 0;
    for (const { run, offset, text } of sent) {
      expect([run, offset]).toEqual([3, at]);
      at += text.length;
    }
    expect(sent.filter(({ stream }) => stream === "err")).toHaveLength(10);
    expect(ends).toEqual([{ kind: "done" }]);
  });

  it("waits for a page that shows nothing, and goes on as it does", async () => {
    const { feed, sent, ends } = feedOf();
    const whole = "x".repeat(1_000_000);
    feed.print("out", whole);
    feed.finish({ kind: "done" });
    await turn();
    const before = sent.reduce((sum, { text }) => sum + text.length, 0);
    expect(before).toBeLessThan(400_000);
    expect(ends).toEqual([]);
    for (let round = 0; round < 100 && ends.length === 0; round++) {
      const last = sent.at(-1)!;
      feed.acknowledge(last.offset + last.text.length);
      await turn();
    }
    expect(sent.map(({ text }) => text).join("")).toBe(whole);
    expect(ends).toHaveLength(1);
  });

  it("does not believe a page that has shown what was never sent", async () => {
    const { feed, sent } = feedOf();
    feed.acknowledge(10 ** 9);
    feed.print("out", "x".repeat(1_000_000));
    await turn();
    expect(sent.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThan(400_000);
  });
});

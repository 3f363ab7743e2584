/** What the panels share of a machine's ledger: asked for once, kept raw, complete again at a pause. */
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it } from "vitest";
import { isReactive } from "vue";
import type { DebugCall } from "../../src/engine/api/debug.ts";
import type { LedgerLine } from "../../src/engine/api/ledger.ts";
import type { MachineSummary } from "../../src/engine/api/workbench.ts";
import type { Bridge } from "../../src/renderer/bridge.ts";
import { useMachines } from "../../src/renderer/features/machines/machines.ts";
import { useLedgerFeed } from "../../src/renderer/features/timeline/ledgerFeed.ts";
import { ledgerBlock } from "../kit/ledgerBlock.ts";

const lineAt = (number: number): LedgerLine => ({
  at: BigInt(number), id: number, step: "raised", bit: "IO_ISC_3", kind: 0, cpu: -1, into: 0,
});

describe("the ledger's feed", () => {
  let written = 0;
  let questions = 0;

  /** A host whose machine keeps every line. */
  async function ask(_name: string, { call }: { call: DebugCall }) {
    if (call.name !== "ledger") throw new Error(`asked ${call.name}`);
    questions++;
    const end = Math.min(call.before ?? Infinity, written + 1);
    const first = Math.max(call.after + 1, end - call.max);
    const numbers = Array.from({ length: Math.max(0, end - first) }, (_, index) => first + index);
    return { ok: true, value: ledgerBlock(numbers.map(lineAt), first, written) };
  }
  const machine = (phase: string) => ({ id: "storm", phase, run: 1 }) as unknown as MachineSummary;

  beforeEach(() => {
    setActivePinia(createPinia());
    written = questions = 0;
    const machines = useMachines();
    machines.bridge = { ask } as unknown as Bridge;
    machines.machines.set("storm", machine("running"));
    machines.select("storm");
  });

  it("keeps its ring raw: a proxy around 65,536 lines costs more than what is read of them", () => {
    expect(isReactive(useLedgerFeed().ring)).toBe(false);
  });

  it("asks once for all panels that follow at a time, for what the one wants that wants most", async () => {
    const feed = useLedgerFeed();
    feed.join(() => 10);
    feed.join(() => 100);
    written = 500;
    await Promise.all([feed.follow(), feed.follow(), feed.follow()]);
    expect(questions).toBe(1);
    expect(feed.ring.length).toBe(100);
    expect(feed.ring.newest).toBe(500);
    expect(feed.changes).toBe(1);
  });

  it("leaves out what a storm wrote beyond that, and fetches it at a pause", async () => {
    const feed = useLedgerFeed();
    feed.join(() => 100);
    for (written of [100, 350, 360]) await feed.follow();
    expect(feed.ring.hasGap).toBe(true);
    useMachines().machines.set("storm", machine("paused"));
    await feed.follow();
    expect(feed.ring.hasGap).toBe(false);
    expect(feed.ring.length).toBe(360);
  });

  it("has all lines of a machine that was paused before anybody looked, and asks for them once", async () => {
    const feed = useLedgerFeed();
    written = 360;
    useMachines().machines.set("storm", machine("paused"));
    // The panel that asks first may not show lines yet.
    await feed.follow();
    expect(feed.ring.length).toBe(360);
    const before = questions;
    written = 361;
    await feed.follow();
    expect(feed.ring.length).toBe(361);
    expect(questions).toBe(before + 1);
  });
});

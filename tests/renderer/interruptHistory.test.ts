/** Interrupts from ledger lines: what the engine's books say, lanes and rows that hold, gaps that show. */
import { describe, expect, it } from "vitest";
import { S390Ccw } from "../../src/engine/machine/s390Ccw.ts";
import {
  InterruptHistory, LANE_ROWS, type InterruptRecord,
} from "../../src/renderer/features/timeline/interruptHistory.ts";
import { LedgerRing } from "../../src/renderer/features/timeline/ledgerRing.ts";
import { builtin } from "../engine/machine/bareMachine.ts";

function run(id: string, steps: number) {
  const made = S390Ccw.create(builtin(id), () => undefined);
  if (!made.ok) throw new Error(made.error);
  for (let n = 0; n < steps; n++) made.value.step(10_000);
  const { book } = made.value.log.ledger;
  const ring = new LedgerRing();
  ring.append(book.block(0, Infinity, Infinity));
  return { book, ring };
}
function historyOf(ring: LedgerRing, keep: (number: number) => boolean = () => true) {
  const history = new InterruptHistory();
  for (let index = 0; index < ring.length; index++)
    if (keep(ring.numberAt(index))) history.append(ring.read(index));
  return history;
}
const all = (history: InterruptHistory): InterruptRecord[] =>
  Array.from({ length: history.count }, (_, index) => history.record(index));

describe("the history of interrupts", () => {
  it.each([["ais-demo", 5], ["timer-sigp", 200], ["flic-storm", 20]])(
    "counts the ends of %s as the engine's ledger does",
    (id, steps) => {
      const { book, ring } = run(id, steps);
      const records = all(historyOf(ring));
      const counts = book.counts();
      expect(records.length).toBe(counts.raised);
      for (const [fate, count] of Object.entries(counts))
        if (fate !== "raised") expect(records.filter((r) => r.fate === fate).length, fate).toBe(count);
      expect(new Set(records.map((record) => record.id)).size).toBe(records.length);
      expect(records.some(({ isCut, ended, raised }) => isCut || ended < raised)).toBe(false);
    },
  );

  it("tells what AIS suppressed from what came through, by ISC and lane", () => {
    const history = historyOf(run("ais-demo", 5).ring);
    const suppressed = all(history).filter(({ fate }) => fate === "suppressed");
    expect(suppressed.length).toBeGreaterThan(0);
    const places = suppressed.map(({ isc, class: type, lane }) => [isc, type, history.laneName(lane)].join());
    expect(new Set(places)).toEqual(new Set(["3,adapter,ISC 3"]));
    const names = history.lanes.map(({ name }) => name);
    expect(names.slice(0, 2)).toEqual(["vCPU 0", "service"]);
    expect(names.slice(-2)).toEqual(["ISC 3", "ISC 5"]);
  });

  it("never draws two in one row at a time, but in the last", () => {
    const records = all(historyOf(run("flic-storm", 20).ring)).filter(({ row }) => row < LANE_ROWS - 1);
    const last = new Map<string, InterruptRecord>();
    for (const record of records) {
      const place = `${record.lane} ${record.row}`;
      expect(last.get(place)?.ended ?? 0).toBeLessThanOrEqual(record.raised);
      last.set(place, record);
    }
  });

  it("says of interrupts whose lines were missed that their end or their raise was not seen", () => {
    const { ring } = run("flic-storm", 10);
    const whole = all(historyOf(ring));
    const history = historyOf(ring, (number) => number % 100 < 50);
    const records = all(history);
    expect(records.some(({ fate }) => fate === "unseen")).toBe(true);
    expect(records.some(({ isCut }) => isCut)).toBe(true);
    for (const record of records.filter((r) => !r.isCut && !["unseen", "pending"].includes(r.fate))) {
      const same = whole.find(({ id }) => id === record.id)!;
      expect([record.fate, record.raised, record.ended]).toEqual([same.fate, same.raised, same.ended]);
    }
  });
});

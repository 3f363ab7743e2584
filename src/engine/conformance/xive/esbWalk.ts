/**
 * The whole state space of two neighbouring sources, of every pairing of kinds and with and without Store-
 * EOI: every access that a guest or a device can make to either, from every state that can be reached. The
 * rule is told in events, not in bits: how many are in flight, and whether one waits behind.
 */
import { SourceBank, STATUS_ASSERTED } from "../../devices/xive/sources.ts";
import type { Walk } from "../suite.ts";

const VIOLATIONS_MAX = 10;

/** Off, nothing, one in flight, one in flight and one behind it; and a line that is up. */
type Condition = "off" | "idle" | "one" | "two";
interface Expected {
  readonly condition: Condition;
  readonly isUp: boolean;
  /** Events sent. */
  readonly sent: number;
  /** What a load returns; undefined where it fails, and for stores. */
  readonly value?: number;
}
/** As PQ counts them: 00, 01, 10, 11. */
const conditions: readonly Condition[] = ["idle", "off", "one", "two"];

interface Access {
  readonly name: string;
  run(bank: SourceBank, source: number): number | undefined;
  expect(condition: Condition, isUp: boolean, kind: Kind): Expected;
}
interface Kind {
  readonly isLsi: boolean;
  readonly storeEoi: boolean;
}

const event = (condition: Condition, isUp: boolean): Expected => {
  if (condition === "off") return { condition, isUp, sent: 0 };
  return condition === "idle" ? { condition: "one", isUp, sent: 1 } : { condition: "two", isUp, sent: 0 };
};
const line = (condition: Condition, isUp: boolean): Expected =>
  isUp && condition === "idle" ? { condition: "one", isUp, sent: 1 } : { condition, isUp, sent: 0 };

/** A line that is still up decides alone what comes of the EOI. */
function ended(condition: Condition, isUp: boolean, { isLsi }: Kind): Expected {
  const after = ({ off: "off", idle: "idle", one: "idle", two: "one" } as const)[condition];
  if (isLsi && isUp) return line(after, isUp);
  return { condition: after, isUp, sent: condition === "two" ? 1 : 0 };
}

const load = (name: string, offset: number, expect: Access["expect"]): Access =>
  ({ name, expect, run: (bank, source) => bank.load(source, "management", offset) });
const store = (name: string, offset: number, expect: Access["expect"]): Access => ({
  name, expect,
  run(bank, source) {
    bank.store(source, "management", offset);
    return undefined;
  },
});

const accesses: readonly Access[] = [
  load("load 0x000", 0, (condition, isUp, kind) => {
    const end = ended(condition, isUp, kind);
    return { ...end, value: end.sent };
  }),
  load("load 0x7f8", 0x7f8, (condition, isUp, kind) => {
    const end = ended(condition, isUp, kind);
    return { ...end, value: end.sent };
  }),
  load("load 0x800", 0x800, (condition, isUp) =>
    ({ condition, isUp, sent: 0, value: conditions.indexOf(condition) })),
  ...conditions.flatMap((condition, pq) => [
    load(`load SET_PQ ${pq}`, 0xc00 + 0x100 * pq, (before, isUp) =>
      ({ condition, isUp, sent: 0, value: conditions.indexOf(before) })),
    store(`store SET_PQ ${pq}`, 0xcf8 + 0x100 * pq, (_before, isUp) => ({ condition, isUp, sent: 0 })),
  ]),
  store("store 0x000", 0, event),
  store("store 0x400", 0x400, (condition, isUp, kind) =>
    kind.storeEoi ? ended(condition, isUp, kind) : { condition, isUp, sent: 0 }),
  store("store 0x800", 0x800, (condition, isUp) => ({ condition, isUp, sent: 1 })),
  {
    name: "trigger page", expect: event,
    run(bank, source) {
      bank.store(source, "trigger", 0xd00);
      return undefined;
    },
  },
  { name: "load trigger page", run: (bank, source) => bank.load(source, "trigger", 0),
    expect: (condition, isUp) => ({ condition, isUp, sent: 0 }) },
  ...[true, false].map((isRaised): Access => ({
    name: `line ${isRaised ? "up" : "down"}`,
    run(bank, source) {
      bank.setIrq(source, isRaised);
      return undefined;
    },
    expect(condition, isUp, { isLsi }) {
      if (isLsi) return line(condition, isRaised);
      return isRaised ? event(condition, isUp) : { condition, isUp, sent: 0 };
    },
  })),
];

const sources = [0, 1] as const;
type Status = readonly [number, number];

export const esbWalk: Walk = {
  name: "event state buffers, 2 sources of every kind",
  whole: { states: 288, transitions: 10_368 },
  run() {
    const total = { states: 0, transitions: 0, violations: [] as string[] };
    for (const lsis of [[false, false], [true, false], [false, true], [true, true]] as const)
      for (const storeEoi of [false, true]) walkPair(lsis, storeEoi, total);
    return total;
  },
};

function walkPair(
  lsis: readonly [boolean, boolean], storeEoi: boolean,
  total: { states: number; transitions: number; violations: string[] },
): void {
  const bank = new SourceBank({ count: 2, storeEoi });
  let sent: number[] = [];
  bank.notify = (source) => sent.push(source);
  for (const source of sources) bank.setLsi(source, lsis[source]);
  const start: Status = [1, 1];
  const known = new Map<string, Status>([[start.join(), start]]);
  for (const status of known.values())
    for (const source of sources)
      for (const access of accesses) {
        total.transitions++;
        bank.loadStatus(Uint8Array.from(status));
        sent = [];
        const value = access.run(bank, source);
        const next = [...bank.saveStatus()] as unknown as Status;
        const expected = access.expect(
          conditions[status[source] & 3]!, (status[source] & STATUS_ASSERTED) !== 0,
          { isLsi: lsis[source], storeEoi });
        const isRight = value === expected.value && next[1 - source] === status[1 - source]
          && next[source] === conditions.indexOf(expected.condition) + (expected.isUp ? STATUS_ASSERTED : 0)
          && sent.length === expected.sent && sent.every((from) => from === source);
        if (!isRight && total.violations.length < VIOLATIONS_MAX)
          total.violations.push(`${access.name} on source ${source} of ${status.join()} gave ${next.join()}`);
        known.set(next.join(), next);
      }
  total.states += known.size;
}

import { describe, expect, it } from "vitest";
import { XiveChip } from "../../../../src/engine/devices/xive/chip.ts";
import type { QueueMemory } from "../../../../src/engine/devices/xive/eventQueue.ts";
import { RING_OS, RING_USER } from "../../../../src/engine/devices/xive/threadContext.ts";

/** END word 0: valid, enqueue, unconditional notify, backlog, escalate, unconditional escalate, silent. */
const flags = { v: 0x80000000, q: 0x40000000, n: 0x20000000, b: 0x10000000, e: 0x04000000, u: 0x02000000,
  s: 0x01000000 } as const;
type Flag = keyof typeof flags;
const names = Object.keys(flags) as Flag[];

interface Case {
  readonly on: ReadonlySet<Flag>;
  readonly format: 0 | 1;
  readonly vp: "dispatched" | "waiting" | "unknown";
  readonly priority: number;
  /** ESn and ESe before. */
  readonly esn: number;
  readonly ese: number;
}
/** Priority, ESn and ESe. */
const queues = [[3, 0, 0], [3, 1, 0], [3, 2, 1], [3, 0, 2], [255, 0, 0], [3, 3, 3]] as const;
const virtualProcessors = ["dispatched", "waiting", "unknown"] as const;
function* everyCase(vp: Case["vp"]): Generator<Case> {
  for (let set = 0; set < 128; set++) {
    const on = new Set(names.filter((_, i) => set & (1 << i)));
    for (const format of [0, 1] as const)
      for (const [priority, esn, ese] of queues)
        yield { on, format, vp, priority, esn, ese };
  }
}

const DATA = 0x1234;
const ESCALATES_TO = 99;
const NVT = 0x405;

function play(
  { on, format, vp, priority, esn, ese }: Case,
): { found: string[]; entry: number; es: number } {
  let entry = 0;
  const store = (at: bigint, value: number): boolean => {
    entry = value;
    return at === 0x1_0000_2000n;
  };
  const memory: QueueMemory = { load: () => 0, store };
  const found: string[] = [];
  const notifyHost = (end: number, data: number): boolean => {
    found.push(`host ${end} ${data}`);
    return end === ESCALATES_TO;
  };
  const chip = new XiveChip({ sources: 1, ends: 4, memory, notifyHost });
  const word0 = [...on].reduce((sum, flag) => sum + flags[flag], 0);
  const word7 = format === 1 ? 5 + priority * 0x10000 : priority * 0x10000;
  const word1 = esn * 2 ** 30 + ese * 2 ** 28 + 0x400000;
  const word6 = NVT + format * 0x800000;
  chip.ends.setWords(2, [word0, word1, 1, 0x2000, ESCALATES_TO, 0x77, word6, word7]);
  if (vp !== "unknown") chip.nvts.add(NVT);
  if (vp === "dispatched") {
    chip.thread(1).setWord2(RING_OS, (0x80000000 + NVT) >>> 0);
    chip.thread(1).setWord2(RING_USER, (0x80000000 + word7) >>> 0);
  }
  chip.onStep = ({ step, bit, source, end }) => {
    const isOurs = source === -1 && [2, -1, ESCALATES_TO].includes(end);
    found.push(isOurs ? `${step} ${bit}` : `${step} of source ${source} at END ${end}`);
  };
  chip.router.notifyEnd(2, DATA);
  const states = chip.ends.word(2, 1) >>> 28;
  return { found, entry, es: states };
}

/** The way of one event through one END, in the order of the architecture. */
function expected({ on, format, vp, priority, esn, ese }: Case): { found: string[]; es: number } {
  const found: string[] = [];
  const es = { n: esn, e: ese };
  const done = (...steps: string[]): { found: string[]; es: number } =>
    ({ found: [...found, ...steps], es: es.n * 4 + es.e });
  /** P and Q of one event: whether it goes on. */
  const passes = (which: "n" | "e"): boolean => {
    const before = es[which];
    if (before !== 1) es[which] = before === 0 ? 2 : 3;
    if (before !== 0) found.push(`${before === 1 ? "masked" : "coalesced"} ES${which}`);
    return before === 0;
  };
  if (!on.has("v")) return done(`host 2 ${DATA}`, "dropped END.v");
  if (on.has("q")) found.push("queued END.q");
  if (!on.has("s")) {
    if (format === 0 && priority === 255) return done("silent END.priority");
    if (!on.has("n") && !passes("n")) return done();
    if (vp === "unknown") return done("dropped NVT.v");
    if (vp === "dispatched") return done("pending IPB");
    if (on.has("b") && format === 1) return done("dropped END.f");
    if (on.has("b")) found.push("backlogged NVT.IPB");
    else if (!on.has("e")) found.push("silent END.b");
  }
  if (!on.has("e")) return on.has("s") ? done("silent END.s") : done();
  if (!on.has("u") && !passes("e")) return done();
  return done("escalated END.e", `host ${ESCALATES_TO} ${0x77}`, "accepted END.e");
}

describe("an event at an END", () => {
  it.each(virtualProcessors)("goes the architecture's way for every set of flags, its vCPU %s", (vp) => {
    const seen = new Set<string>();
    for (const one of everyCase(vp)) {
      const { found, entry, es } = play(one);
      const wanted = expected(one);
      wanted.found.forEach((step) => seen.add(step));
      const enqueued = one.on.has("v") && one.on.has("q") ? 0x80000000 + DATA : 0;
      if (String(found) !== String(wanted.found) || es !== wanted.es || entry !== enqueued)
        expect({ ...one, on: [...one.on], found, entry, es }).toEqual({ ...wanted, entry: enqueued });
    }
    expect(seen.size).toBe({ dispatched: 13, waiting: 15, unknown: 13 }[vp]);
  });

  it("is told from its source on: not routed, masked, or on its way", () => {
    const chip = new XiveChip({ sources: 4, ends: 4, memory: { load: () => 0, store: () => false } });
    const steps: unknown[] = [];
    chip.onStep = ({ step, bit, source, end, value }) => steps.push([step, bit, source, end, value]);
    chip.eas.route(1, 3, 5, true);
    chip.eas.route(2, 3, 5);
    chip.ends.setWord(3, 0, flags.v + flags.q + flags.s);
    for (const source of [0, 1, 2]) chip.router.notifySource(source);
    expect(steps).toEqual([
      ["dropped", "EAS.v", 0, -1, 0], ["dropped", "EAS.m", 1, 3, 0],
      ["unwritten", "END.q", 2, 3, 0], ["silent", "END.s", 2, 3, 0],
    ]);
  });

  it("merges with a pending or kept event of its priority", () => {
    for (const isDispatched of [true, false]) {
      const chip = new XiveChip({ sources: 1, ends: 1, memory: { load: () => 0, store: () => true } });
      chip.ends.setWords(0, [flags.v + flags.n + flags.b, 0, 0, 0, 0, 0, NVT, 0x40000]);
      chip.nvts.add(NVT);
      if (isDispatched) chip.thread(0).setWord2(RING_OS, (0x80000000 + NVT) >>> 0);
      const steps: unknown[] = [];
      chip.onStep = ({ step, bit, priority, target }) => steps.push(`${step} ${bit} ${priority} ${target}`);
      for (let i = 0; i < 2; i++) chip.router.notifyEnd(0, 1);
      const place = isDispatched ? "IPB 4 0" : `NVT.IPB 4 ${NVT}`;
      const rest = isDispatched ? [] : ["silent END.b -1 -1"];
      expect(steps.filter((step) => !rest.includes(String(step))))
        .toEqual([`${isDispatched ? "pending" : "backlogged"} ${place}`, `coalesced ${place}`]);
      expect(chip.nvts.ipb(NVT)).toBe(isDispatched ? 0 : 0x08);
      expect(chip.nvts.word4(NVT)).toBe(isDispatched ? 0 : 0x0800);
    }
  });

  it("goes round a ring of ENDs twice and is then dropped, so that no chain is endless", () => {
    const chip = new XiveChip({ sources: 1, ends: 4, memory: { load: () => 0, store: () => true } });
    for (let end = 0; end < 4; end++)
      chip.ends.setWords(end, [flags.v + flags.e + flags.u + flags.s, 0, 0, 0, (end + 1) % 4, end, 0, 0]);
    const steps: string[] = [];
    chip.onStep = ({ step, bit }) => steps.push(`${step} ${bit}`);
    chip.router.notifyEnd(0, 1);
    expect(steps.pop()).toBe("dropped END.u");
    expect(new Set(steps)).toEqual(new Set(["escalated END.e"]));
    expect(steps.length).toBeGreaterThanOrEqual(8);
  });

  it("has ESn and ESe on pages: EOI, GET and SET as a source's, of valid ENDs alone", () => {
    const chip = new XiveChip({ sources: 1, ends: 2, memory: { load: () => 0, store: () => true } });
    for (const [state, shift] of [["ESn", 30], ["ESe", 28]] as const)
      for (const before of [0, 1, 2, 3]) {
        const at = (): number => (chip.ends.word(0, 1) >>> shift) & 3;
        const access = (operation: Parameters<typeof chip.router.loadEndEsb>[2]): number | undefined => {
          chip.ends.setWords(0, [flags.v, (before * 2 ** shift) >>> 0, 0, 0, 0, 0, 0, 0]);
          return chip.router.loadEndEsb(0, state, operation);
        };
        expect([access({ kind: "get" }), at()]).toEqual([before, before]);
        expect([access({ kind: "set", pq: 2 }), at()]).toEqual([before, 2]);
        const after = before === 1 ? 1 : before === 3 ? 2 : 0;
        expect([access({ kind: "eoi" }), at()]).toEqual([before === 3 ? 1 : 0, after]);
        expect([access({ kind: "trigger" }), at()]).toEqual([undefined, before]);
        expect(chip.router.loadEndEsb(1, state, { kind: "get" })).toBeUndefined();
      }
  });
});

/**
 * Every state that two PPIs of different priority can get into, and every event in each of them: the
 * redistributor and the CPU interface against a model in plain words.
 */
import { isSame, show } from "../../base/plainData.ts";
import {
  SPURIOUS, acknowledge, cpuInterfaceAtReset, endInterrupt, signalled, withPriorityMask, type PpiContext,
} from "../../devices/arm/cpuInterface.ts";
import { PRIORITY_BITS, bitOfIntid, pendingOf, ppisAtReset, withLine } from "../../devices/arm/ppi.ts";
import { gicr, readPpis, writePpis } from "../../devices/arm/ppiRegisters.ts";
import type { Walk, WalkResult } from "../suite.ts";

/** The urgent one first. */
const INTIDS = [30, 27] as const;
const VIOLATIONS_MAX = 10;

interface Ppi {
  readonly line: boolean;
  readonly kept: boolean;
  readonly active: boolean;
  readonly edge: boolean;
  readonly enabled: boolean;
}
type Which = 0 | 1;
interface Model {
  readonly ppis: readonly [Ppi, Ppi];
  /** Whose priority the vCPU runs at, interrupted ones first. */
  readonly running: readonly Which[];
}

const changes = [
  "line high", "line low", "enable", "disable", "set pending", "clear pending", "edge", "level", "set active",
  "clear active",
] as const;
type Change = (typeof changes)[number];
type Event = readonly [Change | "end", Which] | readonly ["acknowledge"];
const events: readonly Event[] = [
  ...([0, 1] as const).flatMap((which) => [...changes, "end" as const].map((one): Event => [one, which])),
  ["acknowledge"],
];

const quiet: Ppi = { line: false, kept: false, active: false, edge: false, enabled: false };
const isPending = ({ kept, line, edge }: Ppi): boolean => kept || (line && !edge);

function changed(ppi: Ppi, change: Change): Ppi {
  switch (change) {
    case "line high": return { ...ppi, line: true, kept: ppi.kept || (ppi.edge && !ppi.line) };
    case "line low": return { ...ppi, line: false };
    case "enable": case "disable": return { ...ppi, enabled: change === "enable" };
    case "set pending": case "clear pending": return { ...ppi, kept: change === "set pending" };
    case "edge": case "level": return { ...ppi, edge: change === "edge" };
    case "set active": case "clear active": return { ...ppi, active: change === "set active" };
  }
}

/** Who an acknowledge takes: the urgent one of those that wait, unless something as urgent is worked on. */
function nextOf({ ppis, running }: Model): Which | undefined {
  const waits = (ppi: Ppi): boolean => ppi.enabled && !ppi.active && isPending(ppi);
  const first = ([0, 1] as const).find((which) => waits(ppis[which]));
  return first === undefined || running.some((other) => other <= first) ? undefined : first;
}

function replaced({ ppis, running }: Model, which: Which, ppi: Ppi, now = running): Model {
  return { ppis: which === 0 ? [ppi, ppis[1]] : [ppis[0], ppi], running: now };
}

function nextModel(model: Model, event: Event): Model {
  const { ppis, running } = model;
  if (event[0] === "acknowledge") {
    const which = nextOf(model);
    if (which === undefined) return model;
    return replaced(model, which, { ...ppis[which], kept: false, active: true }, [...running, which]);
  }
  const [what, which] = event;
  if (what !== "end") return replaced(model, which, changed(ppis[which], what));
  if (running.length === 0) return model;
  return replaced(model, which, { ...ppis[which], active: false }, running.slice(0, -1));
}

const registers: Readonly<Partial<Record<Change, number>>> = {
  enable: gicr.ISENABLER0, disable: gicr.ICENABLER0, "set pending": gicr.ISPENDR0,
  "clear pending": gicr.ICPENDR0, "set active": gicr.ISACTIVER0, "clear active": gicr.ICACTIVER0,
};

/** The same on the device; `seen` is what an acknowledge read. */
function perform(context: PpiContext, event: Event): { readonly next: PpiContext; readonly seen?: number } {
  if (event[0] === "acknowledge") {
    const { intid, ...next } = acknowledge(context, 1);
    return { next, seen: intid };
  }
  const [what, which] = event;
  const intid = INTIDS[which];
  const { ppis } = context;
  if (what === "end") return { next: endInterrupt(context, 1, intid) };
  if (what === "line high" || what === "line low")
    return { next: { ...context, ppis: withLine(ppis, intid, what === "line high") } };
  if (what === "edge" || what === "level") {
    const bit = 2 << (2 * (intid - 16));
    const word = readPpis(ppis, gicr.ICFGR1);
    const to = (what === "edge" ? word | bit : word & ~bit) >>> 0;
    return { next: { ...context, ppis: writePpis(ppis, gicr.ICFGR1, to) } };
  }
  return { next: { ...context, ppis: writePpis(ppis, registers[what]!, bitOfIntid(intid)) } };
}

function differs({ ppis, cpu }: PpiContext, model: Model): string | undefined {
  const mask = (has: (ppi: Ppi) => boolean): number =>
    INTIDS.reduce((bits, intid, n) => bits | (has(model.ppis[n as Which]) ? bitOfIntid(intid) : 0), 0) >>> 0;
  const next = nextOf(model);
  const expected = {
    line: mask(({ line }) => line), edge: mask(({ edge }) => edge), enabled: mask(({ enabled }) => enabled),
    active: mask(({ active }) => active), pending: mask(isPending),
    next: next === undefined ? undefined : INTIDS[next], running: model.running.length,
  };
  const { line, edge, enabled, active } = ppis;
  const running = cpu.activePriorities1.toString(2).replaceAll("0", "").length;
  const seen = {
    line, edge, enabled, active, pending: pendingOf(ppis), next: signalled({ ppis, cpu })?.intid, running,
  };
  return isSame(seen, expected) ? undefined : `${show(seen)}, expected ${show(expected)}`;
}

function walkPpis(): WalkResult {
  const less = writePpis(ppisAtReset, gicr.IPRIORITYR4 + 8, 0x8000_0000);
  const start: PpiContext = {
    ppis: writePpis(less, gicr.IPRIORITYR4 + 12, 0x0040_0000),
    cpu: { ...withPriorityMask(cpuInterfaceAtReset, PRIORITY_BITS), group1: true },
  };
  const model: Model = { ppis: [quiet, quiet], running: [] };
  const seen = new Set([show(model)]);
  const waiting: [PpiContext, Model][] = [[start, model]];
  const violations: string[] = [];
  let transitions = 0;
  for (let from = waiting.pop(); from; from = waiting.pop())
    for (const event of events) {
      transitions++;
      const [context, before] = from;
      const { next, seen: read } = perform(context, event);
      const after = nextModel(before, event);
      const taken = nextOf(before);
      const isReadRight = read === undefined || read === (taken === undefined ? SPURIOUS : INTIDS[taken]);
      const violation = isReadRight ? differs(next, after) : `the acknowledge read ${read}`;
      if (violation && violations.length < VIOLATIONS_MAX)
        violations.push(`${show(before)}: ${show(event)}: ${violation}`);
      const key = show(after);
      if (seen.has(key)) continue;
      seen.add(key);
      waiting.push([next, after]);
    }
  return { states: seen.size, transitions, violations };
}

export const ppiWalk: Walk = {
  name: "arm64: two PPIs of different priority", whole: { states: 4096, transitions: 94_208 }, run: walkPpis,
};

/**
 * How XICS merges priorities: every history of two sources, inter-processor interrupts, fetches, ends and
 * changes of CPPR, until no new state is found.
 *
 * The rule: a vCPU is given only what waits and is more favoured than its CPPR, each event once; and while
 * there is such a thing its line is up, so that a less favoured one given first is interrupted at once. (An
 * acknowledge cycle yields one priority, and inter-processor interrupts come at priority 0 whatever MFRR
 * says: so the first thing given need not be the most favoured.) Polling tells only of what may be given, and
 * moves nothing.
 */
import { XICS_IPI } from "../../devices/xics/xics.ts";
import type { Walk } from "../suite.ts";
import {
  XicsWorld, mayTake, ruleAtStart, ruleEnd, ruleTake, ruleTrigger, worldSources,
  type RuleState, type WorldState,
} from "./xicsWorld.ts";

interface Step {
  readonly name: string;
  /** The rule after it; undefined where the world did what it must not. */
  run(world: XicsWorld, rule: RuleState): RuleState | undefined;
}

const MFRRS = [4, 0xff] as const;
const CPPRS = [3, 0xff] as const;
/** Interrupts in service at a time. */
const NESTED_MAX = 1;
const VIOLATIONS_MAX = 10;

const steps: readonly Step[] = [
  ...worldSources.map(({ irq }): Step => ({
    name: `trigger ${irq}`,
    run(world, rule) {
      world.trigger(irq);
      return ruleTrigger(rule, irq);
    },
  })),
  ...MFRRS.map((mfrr): Step => ({
    name: `H_IPI ${mfrr}`,
    run(world, rule) {
      world.setMfrr(mfrr);
      return { ...rule, mfrr };
    },
  })),
  ...CPPRS.map((cppr): Step => ({
    name: `H_CPPR ${cppr}`,
    run(world, rule) {
      world.setCppr(cppr);
      return { ...rule, cppr };
    },
  })),
  {
    name: "H_XIRR",
    run(world, rule) {
      const { irq, cppr } = world.fetch();
      return cppr === rule.cppr ? ruleTake(rule, irq) : undefined;
    },
  },
  {
    name: "H_EOI",
    run(world, rule) {
      const latest = rule.taken.at(-1);
      if (latest) world.end(latest);
      return ruleEnd(rule);
    },
  },
];

interface Visited {
  readonly world: WorldState;
  readonly rule: RuleState;
  readonly path: string;
}

export const priorityWalk: Walk = {
  name: "XICS priorities, 2 sources and inter-processor interrupts",
  whole: { states: 11_029, transitions: 88_232 },
  run() {
    const world = new XicsWorld();
    const violations: string[] = [];
    const known = new Map<string, Visited>();
    const visit = (rule: RuleState, path: string): void => {
      const state = world.state();
      const key = JSON.stringify([state, rule]);
      if (!known.has(key)) known.set(key, { world: state, rule, path });
    };
    visit(ruleAtStart, "");
    let transitions = 0;
    for (const from of known.values())
      for (const step of steps) {
        transitions++;
        world.restore(from.world);
        const rule = step.run(world, from.rule);
        const path = `${from.path} ${step.name};`;
        const violation = rule ? objectionTo(world, rule) : "gave what it must not";
        if (violation !== undefined && violations.length < VIOLATIONS_MAX)
          violations.push(`${path} ${violation}`);
        if (rule && violation === undefined && rule.taken.length <= NESTED_MAX) visit(rule, path);
      }
    return { states: known.size, transitions, violations };
  },
};

function objectionTo(world: XicsWorld, rule: RuleState): string | undefined {
  const waiting = mayTake(rule);
  if (waiting.length > 0 && !world.lineIsUp) return `${waiting[0]!.irq} waits and the line is down`;
  const before = JSON.stringify(world.state());
  const polled = world.poll();
  if (JSON.stringify(world.state()) !== before) return "polling moved something";
  const isHint = polled === 0 || polled === XICS_IPI || waiting.some(({ irq }) => irq === polled);
  return isHint ? undefined : `polling told of ${polled}`;
}

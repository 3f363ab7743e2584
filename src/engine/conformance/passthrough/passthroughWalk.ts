/**
 * A complete walk: every order in which device, guest, host and KVM can take their steps around one mapping
 * and one unmapping, each state once. Breadth first, so that what is found is found by the shortest way.
 *
 * Beside the invariants, every state in which nothing inside can go on must owe nobody anything: no event
 * without a handler that ran after it (invariant 4), no call that waits for ever (10).
 */
import { violations, type InvariantNumber } from "../../devices/passthrough/invariants.ts";
import { WalkWorld, type WalkOptions } from "./walkWorld.ts";

export interface Finding {
  readonly invariant: InvariantNumber;
  readonly says: string;
  /** What happened, in order, from the first state. */
  readonly path: readonly string[];
}

export interface WalkReport {
  readonly states: number;
  readonly transitions: number;
  /** States in which only the outside can move on. */
  readonly settled: number;
  /** One for each thing that can go wrong. */
  readonly findings: readonly Finding[];
}

type Snapshot = ReturnType<WalkWorld["save"]>;
interface Visit {
  readonly snapshot: Snapshot;
  readonly from: Visit | undefined;
  readonly says: string;
}

/** Walks all of it, or stops with `statesMax` states. */
export function walkPassthrough(options: WalkOptions, statesMax = Infinity): WalkReport {
  const world = new WalkWorld(options);
  const found = new Map<string, Finding>();
  const seen = new Set<string>();
  const queue: Visit[] = [];
  let transitions = 0;
  let settled = 0;
  const note = (invariant: InvariantNumber, says: string, visit: Visit): void => {
    const key = `${invariant} ${says}`;
    if (!found.has(key)) found.set(key, { invariant, says, path: pathOf(visit) });
  };
  const arrive = (from: Visit | undefined, says: string): void => {
    const snapshot = world.save();
    // Nothing in this world moves pages, so the state holds no 64-bit number.
    const key = JSON.stringify(snapshot);
    if (seen.has(key)) return;
    seen.add(key);
    const visit = { snapshot, from, says };
    for (const one of violations(world.p)) note(one.invariant, one.says, visit);
    if (world.mishap) note(2, world.mishap, visit);
    else queue.push(visit);
  };
  arrive(undefined, "start");
  for (let at = 0; at < queue.length && seen.size < statesMax; at++) {
    const visit = queue[at]!;
    world.load(visit.snapshot);
    let canGoOn = false;
    for (const action of world.actions()) {
      // One that has to wait has changed nothing.
      if (!action.act()) continue;
      transitions++;
      canGoOn ||= !action.isOutside;
      arrive(visit, action.says);
      world.load(visit.snapshot);
    }
    if (canGoOn) continue;
    settled++;
    if (world.script.owed) note(4, "an event is lost: no handler runs after it", visit);
    if (world.p.operations.length > 0) note(10, "a call waits for ever", visit);
  }
  return { states: seen.size, transitions, settled, findings: [...found.values()] };
}

function pathOf(visit: Visit): string[] {
  const path: string[] = [];
  for (let at: Visit | undefined = visit; at?.from; at = at.from) path.unshift(at.says);
  return path;
}

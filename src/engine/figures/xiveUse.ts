/** Random use of a pseries XIVE by its guest: sources, routing, event queues and thread contexts. */
import type { Prng } from "../base/prng.ts";
import { pseries, type PseriesMachine } from "../deviceMachine/powerDeviceMachine.ts";
import { END_ENQUEUE, END_GENERATION, END_INDEX, END_VALID, queueShift } from "../devices/xive/end.ts";
import { ESB_SET_PQ, type Pq } from "../devices/xive/esb.ts";
import { queueEntries } from "../devices/xive/eventQueue.ts";
import { hcall } from "../devices/xive/hcallCodes.ts";
import { xiveHcall } from "../devices/xive/hcalls.ts";
import { TIMA_ACK_OS, TIMA_OS_CPPR, TIMA_PAGE_OS, TIMA_SET_OS_PENDING } from "../devices/xive/tima.ts";
import { contextBreach } from "./contextRules.ts";
import type { Operation, RandomUse } from "./figure.ts";

const SOURCES = 8;
/** Sources from this one on are level-sensitive. */
const FIRST_LSI = 6;
const SERVERS = 2;
const QUEUE_SHIFT = 12;
const OS = TIMA_PAGE_OS << 16;

interface XiveWorld extends PseriesMachine {
  /** Entries written into each END's queue since it was configured. */
  readonly written: Map<number, number>;
}

const priorityOf = (prng: Prng): number => prng.pick([0, 4, 5, 6]);
const numbers = (...values: readonly number[]): bigint[] => values.map(BigInt);

const operation = (name: string, act: (world: XiveWorld, prng: Prng) => unknown): Operation<XiveWorld> =>
  ({ name, run: act });

function configureQueue({ xive, written }: XiveWorld, prng: Prng): void {
  const server = prng.below(SERVERS), priority = priorityOf(prng);
  const address = (1 + server * 8 + priority) << 16;
  const shift = prng.below(8) ? QUEUE_SHIFT : 0;
  const flags = prng.below(4) ? 1 : 0;
  xiveHcall(xive, hcall.H_INT_SET_QUEUE_CONFIG, numbers(flags, server, priority, address, shift));
  written.set(xive.endIndex(server, priority), 0);
}

function configureSource({ xive }: XiveWorld, prng: Prng): void {
  const priority = prng.below(8) ? priorityOf(prng) : 0xff;
  const [lisn, server] = [prng.below(SOURCES), prng.below(SERVERS)];
  xiveHcall(xive, hcall.H_INT_SET_SOURCE_CONFIG, numbers(2, lisn, server, priority, lisn));
}

export const xiveUse: RandomUse<XiveWorld> = {
  name: "XIVE queues and thread contexts",
  operations: [
    ...["trigger", "trigger again"].map((name) => operation(name, ({ xive }, prng) =>
      xive.storeEsb(prng.below(SOURCES), "trigger", 0))),
    operation("EOI", ({ xive }, prng) => xive.loadEsb(prng.below(SOURCES), "management", 0)),
    operation("set PQ", ({ xive }, prng) =>
      xive.loadEsb(prng.below(SOURCES), "management", ESB_SET_PQ(prng.pick([0, 0, 1, 2, 3]) as Pq))),
    operation("line", ({ xive }, prng) => xive.setIrq(prng.below(SOURCES), prng.below(2) === 1)),
    operation("inject", ({ xive }, prng) => xive.storeEsb(prng.below(SOURCES), "management", 0x800)),
    operation("CPPR", ({ xive: { chip } }, prng) =>
      chip.timaStore(prng.below(SERVERS), OS | TIMA_OS_CPPR, 1, BigInt(prng.pick([0, 4, 5, 7, 0xff])))),
    ...["acknowledge", "acknowledge again"].map((name) => operation(name, ({ xive: { chip } }, prng) =>
      chip.timaLoad(prng.below(SERVERS), OS | TIMA_ACK_OS, 2))),
    operation("set pending", ({ xive: { chip } }, prng) =>
      chip.timaStore(prng.below(SERVERS), OS | TIMA_SET_OS_PENDING, 1, BigInt(prng.below(10)))),
    operation("route", configureSource),
    operation("queue", (world, prng) => prng.below(4) || configureQueue(world, prng)),
    operation("reset", (world, prng) => {
      if (prng.below(200)) return;
      world.xive.reset();
      world.written.clear();
    }),
  ],
  create(seed) {
    const machine = pseries(false, { irqs: SOURCES, maxServers: SERVERS, storeEoi: seed % 2 === 1 });
    const { xive, ledger } = machine;
    const world = { ...machine, written: new Map<number, number>() };
    xive.chip.onStep = (step) => {
      ledger.note(step);
      if (step.step === "queued") world.written.set(step.end, (world.written.get(step.end) ?? 0) + 1);
    };
    for (let lisn = 0; lisn < SOURCES; lisn++) xive.claim(lisn, lisn >= FIRST_LSI);
    return world;
  },
  breach(world) {
    return world.ledger.check() ?? contextBreach(world.xive.chip) ?? queueBreach(world);
  },
};

/** Index and generation are those of as many entries as were written. */
function queueBreach({ xive: { chip: { ends } }, written }: XiveWorld): string | undefined {
  for (const [end, count] of written) {
    const word0 = ends.word(end, 0), word1 = ends.word(end, 1);
    if (!(word0 & END_VALID) || !(word0 & END_ENQUEUE)) continue;
    const entries = queueEntries(queueShift(word0));
    const generation = word1 & END_GENERATION ? 1 : 0;
    const rounds = Math.floor(count / entries);
    if ((word1 & END_INDEX) !== count % entries || generation !== (rounds + 1) % 2)
      return `END ${end} has index ${word1 & END_INDEX}, generation ${generation} after ${count} entries`;
  }
  return undefined;
}

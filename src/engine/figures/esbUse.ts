/** Random use of a bank of XIVE sources: every event accounted for, every access confined to its source. */
import { SourceBank } from "../devices/xive/sources.ts";
import type { XiveStepName } from "../devices/xive/observer.ts";
import { ESB_QUEUED, type EsbPage } from "../devices/xive/esb.ts";
import type { RandomUse } from "./figure.ts";
import type { Prng } from "../base/prng.ts";

const SOURCES = 4;
/** Sources from this one on are level-sensitive. */
const FIRST_LSI = 2;
const PAGES: readonly EsbPage[] = ["trigger", "management"];
const SIZES = [1, 2, 4, 8, 8, 8, 8, 8];

/** A bank, how often each step was told, and what went on to routing. */
interface EsbWorld {
  readonly bank: SourceBank;
  readonly told: Partial<Record<XiveStepName, number>>;
  notified: number;
  /** Status bytes before the last operation, and the source it was for. */
  before: Uint8Array;
  source: number;
}

type Act = (bank: SourceBank, source: number, prng: Prng) => unknown;

const operation = (name: string, act: Act) => ({
  name,
  run: (world: EsbWorld, prng: Prng): void => {
    world.source = prng.below(SOURCES);
    world.before = world.bank.saveStatus();
    act(world.bank, world.source, prng);
  },
});

export const esbUse: RandomUse<EsbWorld> = {
  name: "XIVE sources",
  operations: [
    operation("load", (bank, source, prng) =>
      bank.load(source, prng.pick(PAGES), prng.below(0x1000) & ~7, prng.pick(SIZES))),
    operation("store", (bank, source, prng) =>
      bank.store(source, prng.pick(PAGES), prng.below(0x1000) & ~7, prng.pick(SIZES))),
    operation("device", (bank, source, prng) => bank.setIrq(source, prng.below(2) === 1)),
    operation("trigger", (bank, source) => bank.store(source, "trigger", 0)),
    operation("EOI", (bank, source) => bank.load(source, "management", 0)),
    operation("reset", (bank, source, prng) => prng.below(16) === 0 && bank.resetSource(source)),
  ],
  create(seed) {
    const bank = new SourceBank({ count: SOURCES, storeEoi: seed % 2 === 1 });
    for (let source = FIRST_LSI; source < SOURCES; source++) bank.setLsi(source, true);
    const world: EsbWorld = { bank, told: {}, notified: 0, before: bank.saveStatus(), source: 0 };
    bank.onStep = ({ step }) => { world.told[step] = (world.told[step] ?? 0) + 1; };
    bank.notify = () => { world.notified++; };
    return world;
  },
  breach({ bank, told, notified, before, source }) {
    const after = bank.saveStatus();
    let latched = 0;
    for (let other = 0; other < SOURCES; other++) {
      if (other !== source && after[other] !== before[other])
        return `an access to source ${source} changed source ${other}`;
      if (bank.pq(other) === ESB_QUEUED) latched++;
    }
    const { raised = 0, forwarded = 0, coalesced = 0, masked = 0, cleared = 0 } = told;
    if (notified !== forwarded) return `${forwarded} events were forwarded, ${notified} arrived`;
    const accounted = forwarded + coalesced + masked + cleared + latched;
    return raised === accounted ? undefined : `${raised} events were raised, ${accounted} are accounted for`;
  },
};

import { describe, expect, it } from "vitest";
import { show } from "../../../../src/engine/base/plainData.ts";
import { addIrqfd } from "../../../../src/engine/devices/passthrough/irqBypass.ts";
import { faultOperation } from "../../../../src/engine/devices/passthrough/fault.ts";
import { PHB_FIRST } from "../../../../src/engine/devices/passthrough/hardware.ts";
import { stepsOf, type Operation } from "../../../../src/engine/devices/passthrough/operation.ts";
import type { Passthrough } from "../../../../src/engine/devices/passthrough/passthrough.ts";
import { remapOperation } from "../../../../src/engine/devices/passthrough/remap.ts";
import {
  loadPassthrough, migrationBlockers, passthroughState, savePassthrough, type PassthroughState,
} from "../../../../src/engine/devices/passthrough/state.ts";
import { switchOperation } from "../../../../src/engine/devices/passthrough/switchOperation.ts";
import { eoiOperation } from "../../../../src/engine/devices/passthrough/xicsCalls.ts";
import { newPassthrough } from "../../../../src/engine/figures/passthroughOperations.ts";

/** Everything in another state than at first, and than with another `mark`. */
function used(mark: 1 | 2): Passthrough {
  const p = newPassthrough({ mode: "native" });
  const { hardware, host, sources, queues, regions, space } = p;
  for (const source of [0, 1, 2, 3]) hardware.setPq(source, ((source + mark) % 4) as 0);
  for (const source of [0, 1]) hardware.setPq(PHB_FIRST + source, (source + mark) as 1);
  hardware.phb.setLsi(mark - 1, true);
  hardware.phbFrozen = mark === 1;
  hardware.setRoute(mark, { space: "guest", target: mark, priority: mark, data: mark });
  hardware.pages.set(mark, { trigger: BigInt(mark), management: 7n });
  Object.assign(host.get(45)!, {
    savedP: true, staleP: true, isForwarded: true, isOpalMsi: false, affinityError: -mark, retargetError: -5,
  });
  host.queue = [45, 46, 45].slice(0, mark);
  host.handling = [46, 45, 46].slice(0, mark);
  Object.assign(sources.create(2000 * mark)!, {
    ipi: 3, pt: PHB_FIRST + 1, valid: true, lsi: true, asserted: true, actServer: 1, actPriority: mark,
    eisn: 9,
    guestPriority: 3, savedPriority: 4, oldP: true, oldQ: true, inEoi: true, hcallOnly: true,
  });
  sources.lock(1024 * mark);
  space.mmap(16 * mark, 4, 0);
  space.entries.set(16 * mark + 2, "tima-os").set(1, { source: PHB_FIRST, page: "management" });
  space.usedAfterFree = true;
  regions.add({ first: mark, pages: 2, userPage: 3 });
  regions.rebuilding = { first: mark, pages: 1 };
  queues.entries = [{ server: mark, priority: 2, data: 3, source: 1 }];
  queues.handling = [{ server: 1, priority: mark, data: 3, source: 1 }];
  p.table = new Map([[mark, 45]]);
  Object.assign(addIrqfd(p, mark, 45), { hasProducer: true, signals: false });
  Object.assign(p, { isBypassDisabled: mark === 1, isOutOfMemory: mark === 1 });
  p.operations = [
    Object.assign(
      switchOperation("set-mapped", 0, 45, 1), { at: mark, priority: 5, guestPq: 2, result: -1, returns: 1 }),
    Object.assign(switchOperation("clr-mapped", 1, 46), { fatal: "null dereference" }),
    Object.assign(faultOperation(5), { at: 0, chosen: 1, result: "sigbus" }),
    { ...eoiOperation(1), at: 1, chosen: mark }, remapOperation(3, mark, true),
  ];
  return p;
}
const decoded = (saved: PassthroughState): PassthroughState => {
  const result = passthroughState.decode(1, passthroughState.encode(saved));
  if (!result.ok) throw new Error(result.error);
  return result.value;
};

describe("the saved state of passthrough", () => {
  it("is plain at first", () => {
    const { host, sources, routes, ...rest } = savePassthrough(newPassthrough({ mode: "native" }));
    expect(rest).toEqual({
      mode: "native", strategy: "S2-address-space", ipis: [1, 1, 1, 1], phb: [0, 0], phbLines: [],
      phbFrozen: false, pages: [], blocks: [0], locked: [], space: {
        mappings: [{ id: 1, start: 0x10_0000, pages: 8, filePage: 4, maps: "esb" }], entries: [],
        lastMapping: 1,
        isFileMapped: true, usedAfterFree: false, nextId: 2,
      },
      regions: [{ first: 0, pages: 8, userPage: 0x10_0000 }], rebuilding: null, entries: [], handling: [],
      table: null, irqfds: [], nextIrqfd: 1, isBypassDisabled: false, isOutOfMemory: false, operations: [],
    });
    expect([host.interrupts.map(({ target }) => target), sources.length, routes.length])
      .toEqual([[0, undefined], 2, 4]);
  });

  it("has everything in it that can be in another state", () => {
    const [fresh, saved] = [newPassthrough({ mode: "native" }), used(1)].map(savePassthrough);
    const alike = Object.keys(fresh!).filter((key) =>
      show(fresh![key as keyof PassthroughState]) === show(saved![key as keyof PassthroughState]));
    expect(alike).toEqual(["mode", "strategy"]);
    expect(saved).toMatchObject({ handling: [{ data: 3 }], entries: [{ data: 3 }], table: [[1, 45]] });
  });

  it("takes the place of all that was there, through its bytes, and shares nothing", () => {
    for (const into of [used(2), newPassthrough({ mode: "native" })]) {
      const from = used(1);
      const saved = savePassthrough(from);
      const copy = structuredClone(saved);
      expect(decoded(saved)).toEqual(copy);
      const told: string[] = [];
      into.observer = ({ call, step }) => told.push(`${call} ${step}`);
      expect(loadPassthrough(into, saved)).toEqual({ ok: true, value: undefined });
      expect([savePassthrough(into), told]).toEqual([copy, ["state loaded"]]);
      for (const p of [from, into]) {
        p.host.get(45)!.savedP = false;
        p.source(2000)!.oldP = false;
        p.irqfds.get(1)!.signals = true;
        p.operations[0]!.at = 7;
        const { host, queues, regions } = p;
        for (const list of [host.queue, host.handling, queues.entries, queues.handling, regions.regions])
          list.pop();
        p.space.entries.clear();
        p.table!.clear();
        p.sources.locked.clear();
        p.sources.blocks.clear();
      }
      expect(saved).toEqual(copy);
    }
  });

  it("of a fresh machine empties a used one", () => {
    const [fresh, p] = [savePassthrough(newPassthrough({ mode: "native" })), used(1)];
    expect(loadPassthrough(p, decoded(fresh)).ok).toBe(true);
    expect([savePassthrough(p), p.table, p.regions.rebuilding]).toEqual([fresh, undefined, undefined]);
  });
});

type Changed = Partial<PassthroughState>;
const saved = savePassthrough(newPassthrough({ mode: "native" }));
const eas = { space: "host", target: 0, priority: 5, data: 0 } as const;
const source = (known: object): Changed => ({ sources: [{ ...saved.sources[0]!, ...known }] });
const hostWith = (known: object): Changed => ({ host: { ...saved.host, ...known } });
const underWay = (operation: Operation): Changed => ({ operations: [operation] });
const NOT_THERE = "passthrough state names a source that is not there";
const NO_STATE = "passthrough state has a source in no known state";
const NO_ENTRY = "passthrough state has an entry of no host interrupt";
const ASTRAY = "passthrough state has a call that cannot go on";
const SIZES = "passthrough state has 4 IPIs and 2 PHB sources, this host 4 and 2";
const alterations: readonly (readonly [string, Changed, string | undefined])[] = [
  ["nothing", {}, undefined],
  ["mode", { mode: "xics" }, "passthrough state is of a xics guest, this one is native"],
  ["strategy", { strategy: "S6-mirror" },
    "passthrough state was made with strategy S6-mirror, this machine has S2-address-space"],
  ["5 IPIs", { ipis: [1, 1, 1, 1, 1] }, SIZES.replace("4", "5")],
  ["1 PHB source", { phb: [1] }, SIZES.replace("2", "1")],
  ["status 8", { ipis: [1, 1, 1, 8] }, NO_STATE], ["status -1", { phb: [1, -1] }, NO_STATE],
  ["status 0.5", { phb: [0.5, 1] }, NO_STATE], ["status 7", { phb: [7, 0] }, undefined],
  ["IPI beyond", source({ ipi: 4 }), NOT_THERE], ["no IPI", source({ ipi: -1 }), undefined],
  ["PHB source beyond", source({ pt: PHB_FIRST + 2 }), NOT_THERE],
  ["last PHB source", source({ pt: PHB_FIRST + 1 }), undefined],
  ["route beyond", { routes: [[4, eas]] }, NOT_THERE], ["last route", { routes: [[3, eas]] }, undefined],
  ["page beyond", { pages: [[PHB_FIRST + 2, { trigger: 0n, management: 0n }]] }, NOT_THERE],
  ["host's source beyond", hostWith({ interrupts: [{ ...saved.host.interrupts[0]!, source: 4 }] }),
    NOT_THERE],
  ["entry beyond", { space: { ...saved.space, entries: [[5, { source: 4, page: "trigger" }]] } }, NOT_THERE],
  ["entry of the TIMA", { space: { ...saved.space, entries: [[5, "tima-os"]] } }, undefined],
  ["queued stranger", hostWith({ queue: [47] }), NO_ENTRY], ["handled stranger",
    hostWith({ handling: [47] }), NO_ENTRY],
  ["queued and handled", hostWith({ queue: [45], handling: [46] }), undefined],
  ["EOI of a stranger", underWay(eoiOperation(9)), ASTRAY], ["EOI", underWay({ ...eoiOperation(1), at: 1 }),
    undefined],
  ["EOI at its end", underWay({ ...eoiOperation(1), at: 2 }), ASTRAY],
  ["fault", underWay(faultOperation(9)), undefined],
  ["switch of strangers, not begun", underWay(switchOperation("set-mapped", 9, 47)), undefined],
  ["switch of a strange number", underWay({ ...switchOperation("set-mapped", 9, 45), at: 1 }), ASTRAY],
  ["switch of a strange interrupt", underWay({ ...switchOperation("clr-mapped", 1, 47), at: 1 }), ASTRAY],
  ["switch", underWay({ ...switchOperation("clr-mapped", 1, 45), at: 8 }), undefined],
];

describe("a saved state that was altered", () => {
  it.each(alterations)("%s: is refused for what it names, and changes nothing", (_, changed, says) => {
    const p = newPassthrough({ mode: "native" });
    const before = savePassthrough(p);
    const result = loadPassthrough(p, { ...saved, ...changed });
    expect(result).toEqual(says === undefined ? { ok: true, value: undefined } : { ok: false, error: says });
    if (says !== undefined) expect(savePassthrough(p)).toEqual(before);
  });

  it("has no call behind its last step, of any kind", () => {
    const p = newPassthrough({ mode: "native" });
    for (const operation of used(1).operations) {
      const end = stepsOf(p, operation).length;
      for (const at of [end - 1, end, end + 1])
        expect(loadPassthrough(p, { ...saved, operations: [{ ...operation, at }] }).ok).toBe(at < end);
    }
  });
});

describe("a machine with a device passed through", () => {
  it("may not move: one sentence for each number, but by a defect", () => {
    for (const defects of [[], ["passthrough.migrate.allowMapped"]]) {
      const p = newPassthrough({ mode: "native", defects: new Set(defects) });
      expect(migrationBlockers(p)).toEqual([]);
      p.source(1)!.pt = PHB_FIRST;
      expect(migrationBlockers(p)).toEqual(defects.length > 0 ? []
        : ["interrupt 0x1 is of a passed-through device: unplug the device first"]);
    }
  });
});

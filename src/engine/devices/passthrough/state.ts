/**
 * What passthrough leaves in a snapshot: plain data, complete down to calls between two steps. The
 * strategy, the mode and the defects are configuration and must be the same where it is loaded.
 */
import { ok, refuse, type Result } from "../../base/result.ts";
import { defineState, field } from "../../snapshot/schema.ts";
import type { AddressSpaceState } from "./addressSpace.ts";
import type { QueueEntry } from "./guestQueues.ts";
import type { GuestRegion } from "./guestRegions.ts";
import type { GuestSource } from "./guestSource.ts";
import type { Eas, SourcePages } from "./hardware.ts";
import type { HostInterrupt } from "./hostInterrupts.ts";
import type { Irqfd } from "./irqBypass.ts";
import { stepsOf, type Operation } from "./operation.ts";
import type { InterruptMode, Passthrough } from "./passthrough.ts";
import { passthroughFields } from "./schema.ts";
import { strategyNames, type StrategyName } from "./strategy.ts";

export interface PassthroughState {
  readonly mode: InterruptMode;
  readonly strategy: StrategyName;
  /** Status bytes of all IPIs and of all PHB sources. */
  readonly ipis: readonly number[];
  readonly phb: readonly number[];
  /** Which PHB sources are level-sensitive. */
  readonly phbLines: readonly number[];
  readonly phbFrozen: boolean;
  readonly routes: readonly (readonly [source: number, eas: Eas])[];
  readonly pages: readonly (readonly [source: number, pages: SourcePages])[];
  readonly host: {
    readonly interrupts: readonly HostInterrupt[];
    readonly queue: readonly number[];
    readonly handling: readonly number[];
  };
  readonly sources: readonly GuestSource[];
  readonly blocks: readonly number[];
  readonly locked: readonly number[];
  readonly space: AddressSpaceState;
  readonly regions: readonly GuestRegion[];
  readonly rebuilding: { readonly first: number; readonly pages: number } | null;
  readonly entries: readonly QueueEntry[];
  readonly handling: readonly QueueEntry[];
  /** Null before the first mapping. */
  readonly table: readonly (readonly [lisn: number, hostIrq: number])[] | null;
  readonly irqfds: readonly Irqfd[];
  readonly nextIrqfd: number;
  readonly isBypassDisabled: boolean;
  readonly isOutOfMemory: boolean;
  readonly operations: readonly Operation[];
}

export const passthroughState = defineState<PassthroughState>({
  name: "power.passthrough",
  version: 1,
  fields: {
    mode: field.oneOf("native", "xics"), strategy: field.oneOf(...strategyNames), ...passthroughFields,
  },
});

export function savePassthrough(p: Passthrough): PassthroughState {
  const { hardware, host, sources, queues } = p;
  const { phb } = hardware;
  return {
    mode: p.mode,
    strategy: p.strategy.name,
    ipis: [...hardware.ipis.saveStatus()],
    phb: [...phb.saveStatus()],
    phbLines: Array.from({ length: phb.count }, (_, index) => index).filter((index) => phb.isLsi(index)),
    phbFrozen: hardware.phbFrozen,
    routes: [...hardware.eas],
    pages: [...hardware.pages],
    host: {
      interrupts: copies(host.interrupts.values()), queue: [...host.queue], handling: [...host.handling],
    },
    sources: copies(sources.sources.values()),
    blocks: [...sources.blocks],
    locked: [...sources.locked],
    space: p.space.save(),
    regions: [...p.regions.regions],
    rebuilding: p.regions.rebuilding ?? null,
    entries: [...queues.entries],
    handling: [...queues.handling],
    table: p.table ? [...p.table] : null,
    irqfds: copies(p.irqfds.values()),
    nextIrqfd: p.nextIrqfd,
    isBypassDisabled: p.isBypassDisabled,
    isOutOfMemory: p.isOutOfMemory,
    operations: copies(p.operations),
  };
}

/** Takes over a snapshot, or refuses it with a sentence and changes nothing. */
export function loadPassthrough(p: Passthrough, saved: PassthroughState): Result<void, string> {
  const objection = objectionTo(p, saved);
  if (objection) return refuse(objection);
  const { hardware, host, sources, queues } = p;
  hardware.ipis.loadStatus(Uint8Array.from(saved.ipis));
  hardware.phb.loadStatus(Uint8Array.from(saved.phb));
  for (let index = 0; index < hardware.phb.count; index++)
    hardware.phb.setLsi(index, saved.phbLines.includes(index));
  hardware.phbFrozen = saved.phbFrozen;
  refill(hardware.eas, saved.routes);
  refill(hardware.pages, saved.pages);
  refill(host.interrupts, copies(saved.host.interrupts).map((one) => [one.irq, one]));
  host.queue = [...saved.host.queue];
  host.handling = [...saved.host.handling];
  refill(sources.sources, copies(saved.sources).map((one) => [one.lisn, one]));
  sources.blocks = new Set(saved.blocks);
  sources.locked = new Set(saved.locked);
  p.space.load(saved.space);
  p.regions.regions = [...saved.regions];
  p.regions.rebuilding = saved.rebuilding ?? undefined;
  queues.entries = [...saved.entries];
  queues.handling = [...saved.handling];
  p.table = saved.table ? new Map(saved.table) : undefined;
  refill(p.irqfds, copies(saved.irqfds).map((one) => [one.id, one]));
  p.nextIrqfd = saved.nextIrqfd;
  p.isBypassDisabled = saved.isBypassDisabled;
  p.isOutOfMemory = saved.isOutOfMemory;
  p.operations = copies(saved.operations);
  p.tell("state", "loaded", -1, -1, "", 0);
  return ok(undefined);
}

function objectionTo(p: Passthrough, saved: PassthroughState): string | undefined {
  if (saved.mode !== p.mode) return `passthrough state is of a ${saved.mode} guest, this one is ${p.mode}`;
  if (saved.strategy !== p.strategy.name)
    return `passthrough state was made with strategy ${saved.strategy}, this machine has ${p.strategy.name}`;
  const { ipis, phb } = p.hardware;
  if (saved.ipis.length !== ipis.count || saved.phb.length !== phb.count)
    return `passthrough state has ${saved.ipis.length} IPIs and ${saved.phb.length} PHB sources, `
      + `this host ${ipis.count} and ${phb.count}`;
  return objectionToNames(p, saved);
}

/** Everything that a number in the state stands for must be there. */
function objectionToNames(p: Passthrough, saved: PassthroughState): string | undefined {
  const { hardware } = p;
  const isStatus = (byte: number): boolean => Number.isInteger(byte) && byte >= 0 && byte <= 7;
  if (![...saved.ipis, ...saved.phb].every(isStatus))
    return "passthrough state has a source in no known state";
  const named = [
    ...saved.sources.flatMap(({ ipi, pt }) => [ipi, pt]).filter((source) => source !== -1),
    ...saved.host.interrupts.map(({ source }) => source), ...saved.routes.map(([source]) => source),
    ...saved.pages.map(([source]) => source),
    ...saved.space.entries.flatMap(([, frame]) => (frame === "tima-os" ? [] : [frame.source])),
  ];
  if (named.some((source) => !hardware.has(source)))
    return "passthrough state names a source that is not there";
  const irqs = new Set(saved.host.interrupts.map(({ irq }) => irq));
  if ([...saved.host.queue, ...saved.host.handling].some((irq) => !irqs.has(irq)))
    return "passthrough state has an entry of no host interrupt";
  const lisns = new Set(saved.sources.map((source) => source.lisn));
  // What a switch names is looked up in its first step.
  const isAstray = (operation: Operation): boolean =>
    operation.at >= stepsOf(p, operation).length
    || (operation.kind === "eoi" && !lisns.has(operation.lisn))
    || ("hostIrq" in operation && operation.at > 0
      && !(irqs.has(operation.hostIrq) && lisns.has(operation.lisn)));
  return saved.operations.some(isAstray) ? "passthrough state has a call that cannot go on" : undefined;
}

/**
 * What stops a machine from moving: a device that is passed through stays where it is, and with it the
 * state of its sources, which a save of the IPI's PQ would miss. One sentence per LISN.
 */
export function migrationBlockers(p: Passthrough): string[] {
  if (p.has("passthrough.migrate.allowMapped")) return [];
  return p.mappedSources().map(({ lisn }) =>
    `interrupt 0x${lisn.toString(16)} is of a passed-through device: unplug the device first`);
}

const copies = <T extends object>(items: Iterable<T>): T[] => [...items].map((item) => ({ ...item }));

function refill<K, V>(map: Map<K, V>, entries: Iterable<readonly [K, V]>): void {
  map.clear();
  for (const [key, value] of entries) map.set(key, value);
}

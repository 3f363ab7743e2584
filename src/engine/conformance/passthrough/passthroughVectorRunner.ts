/** Plays a passthrough vector and says where it differs. */
import { differs } from "../differs.ts";
import {
  HOST_CPU, HOST_IRQ_FIRST, PassthroughMachine,
} from "../../deviceMachine/passthroughMachine.ts";
import { linux61Defects } from "../../devices/passthrough/defects.ts";
import { faultOperation, type FaultOperation } from "../../devices/passthrough/fault.ts";
import { guestLoad, guestStore, touch } from "../../devices/passthrough/guestAccess.ts";
import { PHB_FIRST, unrouted } from "../../devices/passthrough/hardware.ts";
import {
  addIrqfd, addProducer, clrPassthru, runHostHandler, setPassthru, type Begun, type Irqfd,
} from "../../devices/passthrough/irqBypass.ts";
import { setIrq } from "../../devices/passthrough/injection.ts";
import { advance, finish, start } from "../../devices/passthrough/operation.ts";
import { ESB_USER_PAGE, type Passthrough } from "../../devices/passthrough/passthrough.ts";
import {
  configureSource, createSource, releaseDevice, resetSources, syncQueues,
} from "../../devices/passthrough/sourceCalls.ts";
import { switchOperation } from "../../devices/passthrough/switchOperation.ts";
import {
  eoiOperation, intOff, intOn, setXive,
} from "../../devices/passthrough/xicsCalls.ts";
import type { Pq } from "../../devices/xive/esb.ts";
import type { Check, Given, PassthroughVector, PqText, Step } from "./passthroughVectors.ts";

const L = 0x1300;
const PHB = PHB_FIRST;
const SOURCES = 0x2000;
const SECOND_PLACE = 0x40_0000;
const places = [ESB_USER_PAGE, SECOND_PLACE];

interface Bench {
  readonly machine: PassthroughMachine;
  readonly p: Passthrough;
  /** IPI of the LISN, also after the device is closed. */
  readonly ipi: number;
  readonly irqfd: Irqfd;
  readonly fault: FaultOperation;
  isTwice: boolean;
}

/** Every difference, one sentence each; none for a vector that holds. */
export function passthroughVectorMismatches(vector: PassthroughVector): string[] {
  const bench = build(vector.given);
  return vector.steps.flatMap((step, index) => {
    const at = `${vector.id} step ${index + 1} (${step.op})`;
    if (step.op === "check") return compare(bench, step.is).map((one) => `${at}: ${one}`);
    const [saw, expected] = play(bench, step);
    return differs(at, saw, expected);
  });
}

const pq = (text: PqText): Pq => Number.parseInt(text, 2) as Pq;

function build(given: Given): Bench {
  const machine = new PassthroughMachine({
    mode: given.mode === "N" ? "native" : "xics", strategy: given.strategy ?? "S2-address-space",
    defects: new Set([...linux61Defects, ...given.defects ?? []]), ipis: 1100, mappedSources: SOURCES,
  });
  const { p } = machine;
  for (const [msi, msix] of given.functions ?? [])
    machine.plug({ vendor: 0x1014, device: 1, msi, msix, hasLine: false });
  for (const [source, irq] of [[PHB, HOST_IRQ_FIRST], [PHB + 1, HOST_IRQ_FIRST + 1]] as const) {
    const one = p.host.add(irq, source, given.noHostTarget ? undefined : HOST_CPU);
    Object.assign(one, { affinityError: given.affinityError ?? 0, retargetError: given.retargetError ?? 0 });
    p.hardware.setPq(source, 0);
  }
  createSource(p, L);
  const ipi = p.source(L)!.ipi;
  p.hardware.setPq(ipi, 0);
  if (given.config !== undefined) configureSource(p, L, given.config);
  if (given.mode === "X") setXive(p, L, 0, 5);
  if (given.masked) intOff(p, L);
  if (given.touched) touchBoth(p, ESB_USER_PAGE);
  if (given.mapped) settle(p, setPassthru(p, L, HOST_IRQ_FIRST));
  if (given.ipi) p.hardware.setPq(ipi, pq(given.ipi));
  if (given.phb) p.hardware.setPq(PHB, pq(given.phb));
  const host = p.host.get(HOST_IRQ_FIRST)!;
  Object.assign(host, { savedP: given.savedP ?? host.savedP, staleP: given.staleP ?? host.staleP });
  if (given.hostQueued) p.host.queue.push(HOST_IRQ_FIRST);
  for (const data of given.queued ?? []) p.queues.notify(0, 5, data, ipi);
  const irqfd = addIrqfd(p, L, HOST_IRQ_FIRST);
  return { machine, p, ipi, irqfd, fault: faultOperation(ESB_USER_PAGE + 2 * L), isTwice: false };
}

function touchBoth(p: Passthrough, place: number): void {
  for (const page of [0, 1]) touch(p, place + 2 * L + page);
}

const settle = (p: Passthrough, begun: Begun): number => {
  if ("result" in begun) return begun.result;
  finish(p, begun.operation);
  return begun.operation.returns;
};

/** What was seen, and what the vector expects. */
function play(bench: Bench, step: Exclude<Step, { op: "check" }>): readonly [unknown, unknown] {
  const { p, machine } = bench;
  switch (step.op) {
    case "setMapped": case "clrMapped": {
      const kind = step.op === "setMapped" ? "set-mapped" : "clr-mapped";
      const operation = start(p, switchOperation(kind, step.lisn ?? L, HOST_IRQ_FIRST));
      finish(p, operation);
      return [operation.result, step.result];
    }
    case "setPassthru": return [settle(p, setPassthru(p, step.lisn, step.irq)), step.result];
    case "clrPassthru": return [settle(p, clrPassthru(p, step.lisn, HOST_IRQ_FIRST)), step.result];
    case "addProducer": return [settle(p, addProducer(p, bench.irqfd)), step.result];
    case "mapAndClear": return [mapAndClear(p, step.first, step.count), 0];
    case "disableBypass": p.isBypassDisabled = true; break;
    case "setIrq": return [setIrq(p, L, step.level), step.result];
    case "phbEvent": p.hardware.trigger(PHB); break;
    case "hXirr": return [p.queues.take()?.data, step.result];
    case "hEoi": finish(p, start(p, eoiOperation(L))); break;
    case "intOn": return [intOn(p, L), "done"];
    case "hostEoi": runHostHandler(p); p.host.endOfInterrupt(HOST_IRQ_FIRST); break;
    case "reset": resetSources(p); break;
    case "release": releaseDevice(p); break;
    case "load":
      return [guestLoad(p, L, "management", step.offset), { kind: "value", value: BigInt(step.result) }];
    case "store": return [guestStore(p, L, "trigger", 0), { kind: "stored", stored: true }];
    case "source": return [createSource(p, step.lisn ?? L, step.value), step.result];
    case "sourceConfig": return [configureSource(p, L, step.value), step.result];
    case "syncQueues": return [syncQueues(p), step.result];
    case "mmapAgain":
      bench.isTwice = true;
      return [p.space.mmap(SECOND_PLACE, 2 * SOURCES, 4).ok, true];
    case "munmap": return [p.space.munmap(ESB_USER_PAGE + step.index, step.pages).ok, true];
    case "touch": return [touched(p, places[step.place ?? 0]! + step.index), step.result];
    case "pages":
      p.hardware.pages.set(PHB, { trigger: step.trigger, management: step.management });
      break;
    case "faultChooses": return [advance(p, start(p, bench.fault)), "next"];
    case "faultInserts": return [finish(p, bench.fault), true];
    case "changeMsi": {
      const one = machine.functions[step.function]!;
      const result = machine.msi.call(one.address, step.type, step.count, step.sequence);
      const saw = result.status === 0 ? [0, result.count, result.sequence] : [result.status];
      return [[saw, one.lisns], [step.result, step.lisns]];
    }
  }
  return [undefined, undefined];
}

/** Maps each LISN to the second host interrupt and unmaps it again. The first result that is not 0. */
function mapAndClear(p: Passthrough, first: number, count: number): number {
  for (let lisn = first; lisn < first + count; lisn++) {
    const irq = HOST_IRQ_FIRST + 1;
    if (!p.source(lisn)) createSource(p, lisn);
    const result = settle(p, setPassthru(p, lisn, irq)) || settle(p, clrPassthru(p, lisn, irq));
    if (result !== 0) return result;
  }
  return 0;
}

function touched(p: Passthrough, userPage: number): bigint | string {
  const frame = touch(p, userPage);
  if (typeof frame === "object" && "kind" in frame) return frame.why;
  return frame === "tima-os" ? frame : p.hardware.pagesOf(frame.source)[frame.page];
}

function compare(bench: Bench, is: Check): string[] {
  const { p, ipi, irqfd } = bench;
  const source = p.source(L);
  const host = p.host.get(HOST_IRQ_FIRST)!;
  const text = (one: number): string => p.hardware.pq(one).toString(2).padStart(2, "0");
  const eas = (one: number): unknown[] => {
    const { space, target, priority, data } = p.hardware.eas.get(one) ?? unrouted;
    return [space, target, priority, data];
  };
  const saw: Record<keyof Check, unknown> = {
    ipi: text(ipi), phb: text(PHB), ipiEas: eas(ipi), phbEas: eas(PHB),
    guestPriority: source?.guestPriority, actPriority: source?.actPriority, oldP: source?.oldP,
    oldQ: source?.oldQ, savedP: host.savedP, staleP: host.staleP, forwarded: host.isForwarded,
    selected: !source ? "none" : source.pt === PHB ? "phb" : "ipi",
    pages: places.slice(0, bench.isTwice ? 2 : 1).map((place) => pagesAt(p, place)),
    queue: p.queues.entries.map(({ data }) => data), hostQueue: p.host.queue,
    locked: p.sources.isLocked(L), tableEntry: p.table?.get(L), hasProducer: irqfd.hasProducer,
  };
  return (Object.keys(is) as (keyof Check)[]).flatMap((key) => differs(key, saw[key], is[key]));
}

/** Where the trigger page and the management page lead at a place; once, if it is the same. */
function pagesAt(p: Passthrough, place: number): string {
  const [trigger, management] = [0, 1].map((page) => {
    const frame = p.space.entries.get(place + 2 * L + page);
    if (frame === undefined || frame === "tima-os") return "none";
    return frame.source >= PHB_FIRST ? "phb" : "ipi";
  });
  return trigger === management ? trigger! : `${trigger} ${management}`;
}

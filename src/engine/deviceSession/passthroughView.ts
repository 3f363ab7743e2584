/** A passed-through source and the machine around it: both of its sources, its pages, and the host's side. */
import type { Field, PassthroughView, SourceView, Station } from "../api/xiveView.ts";
import { isMapped, selectedOf, type GuestSource } from "../devices/passthrough/guestSource.ts";
import { MASKED } from "../devices/passthrough/hardware.ts";
import type { HostInterrupt } from "../devices/passthrough/hostInterrupts.ts";
import { violations } from "../devices/passthrough/invariants.ts";
import { nextStepOf } from "../devices/passthrough/operation.ts";
import type { Passthrough } from "../devices/passthrough/passthrough.ts";
import { pagesOf, sourceName } from "./sourcePages.ts";
import { pqState } from "./sourceTable.ts";

const field = (name: string, value: string | number | boolean): Field => ({ name, value: String(value) });
const priorityText = (priority: number): string => (priority === MASKED ? "masked" : String(priority));

export function passthroughSource(p: Passthrough, lisn: number): SourceView {
  const source = p.source(lisn);
  const title = `LISN 0x${lisn.toString(16).padStart(4, "0")}`;
  if (!source)
    return {
      lisn, tima: [], pages: pagesOf(p, lisn),
      stations: [{ title, holds: "masked", fields: [field("valid", 0)] }],
      why: { bit: "valid", sentence: "KVM has no source of this number." },
    };
  const stations = [lisnStation(p, title, source), hardwareStation(p, source, source.ipi)];
  if (isMapped(source)) stations.push(hardwareStation(p, source, source.pt));
  stations.push(queueStation(p, source));
  return { lisn, stations, tima: [], pages: pagesOf(p, lisn), why: whyOf(p, source) };
}

function lisnStation(p: Passthrough, title: string, source: GuestSource): Station {
  const { lsi, asserted, actServer, actPriority, eisn, guestPriority, oldP, oldQ, hcallOnly } = source;
  return {
    title,
    holds: pqState(p.hardware.pq(selectedOf(source))),
    fields: [
      field("selected", sourceName(selectedOf(source))), field("server", actServer),
      field("priority", priorityText(actPriority)), field("EISN", `0x${eisn.toString(16)}`),
      ...(lsi ? [field("LSI asserted", asserted ? 1 : 0)] : []),
      ...(p.mode === "xics"
        ? [field("guest priority", priorityText(guestPriority)), field("old P, Q", `${+oldP}, ${+oldQ}`)]
        : []),
      ...(hcallOnly ? [field("pages", "none: H_INT_ESB")] : []),
    ],
  };
}

function hardwareStation({ hardware }: Passthrough, source: GuestSource, number: number): Station {
  const pq = hardware.pq(number);
  const { space, target, priority, data } = hardware.routeOf(number);
  const { trigger, management } = hardware.pagesOf(number);
  const address = (page: bigint): string => (page === 0n ? "none" : page.toString(16));
  const isSelected = selectedOf(source) === number;
  return {
    title: sourceName(number) + (isSelected ? ", selected" : ", not selected"),
    holds: pqState(pq),
    fields: [
      field("PQ", `${pq >> 1}${pq & 1}`),
      field("EAS", priority === MASKED ? "masked" : `${space} ${target}, priority ${priority}`),
      field("data", `0x${data.toString(16)}`),
      field("trigger page", address(trigger)), field("management page", address(management)),
    ],
  };
}

function queueStation(p: Passthrough, source: GuestSource): Station {
  const data = new Set([source.eisn, p.entryDataOf(source)]);
  const mine = p.queues.entries.filter((entry) => data.has(entry.data)).length;
  const handling = p.queues.handling.filter((entry) => data.has(entry.data)).length;
  return {
    title: "Guest's queue",
    holds: mine > 1 ? "queued" : mine + handling > 0 ? "pending" : "idle",
    fields: [field("entries of it", mine), field("handled now", handling),
      field("entries in all", p.queues.entries.length)],
  };
}

function whyOf(p: Passthrough, source: GuestSource): SourceView["why"] {
  const number = selectedOf(source);
  const pq = p.hardware.pq(number);
  const name = sourceName(number);
  if (pq === 0b01) return { bit: "PQ=01", sentence: `${name} is off: its events leave no trace.` };
  const { priority, space } = p.hardware.routeOf(number);
  if (priority === MASKED) return { bit: "EAS.m", sentence: `The routing entry of ${name} is masked.` };
  if (space === "host") return { bit: "EAS", sentence: `Events of ${name} still go to the host.` };
  if (pq === 0b00) return { bit: "P", sentence: "Nothing waits: no event has come since the last EOI." };
  const taken = p.queues.isHandling(p.entryDataOf(source));
  return {
    bit: "P",
    sentence: taken
      ? "The guest handles it; P stays until its EOI."
      : p.queues.unconsumed(p.entryDataOf(source)) > 0
        ? "It is in the guest's queue and was not taken yet."
        : "P is set and no entry of the queue stands for it: an EOI of nothing is waited for.",
  };
}

export function passthroughView(p: Passthrough): PassthroughView {
  const { strategy, space, host, queues } = p;
  return {
    mode: p.mode,
    strategy: strategy.name,
    summary: strategy.summary,
    areas: space.mappings.map(({ id, start, pages, filePage, maps }) => ({
      id, start: start.toString(16), pages, filePage: filePage.toString(16), maps,
      entries: [...space.entries.keys()].filter((page) => page >= start && page < start + pages).length,
    })),
    operations: p.operations.map((one) => ({ kind: one.kind, next: nextStepOf(p, one) })),
    irqfds: [...p.irqfds.values()].map(({ id, lisn, hasProducer }) =>
      field(`irqfd ${id}`, `LISN 0x${lisn.toString(16)}, ${hasProducer ? "direct" : "by software"}`)),
    hostInterrupts: [...host.interrupts.values()].filter(isTold).map((one) => ({
      irq: one.irq, forwarded: one.isForwarded,
      fields: [
        field("source", sourceName(one.source)), field("target", one.target ?? "not started"),
        field("saved P", +one.savedP), field("stale P", +one.staleP),
        field("in a host queue", host.queue.filter((irq) => irq === one.irq).length),
      ],
    })),
    queue: queues.entries.map(({ server, priority, data, source }) =>
      `server ${server} priority ${priority} data 0x${data.toString(16)} from ${sourceName(source)}`),
    broken: violations(p).map(({ invariant, says }) => `rule ${invariant}: ${says}`),
  };

  /** Interrupts that are as the host started them say nothing. */
  function isTold({ irq, isForwarded, savedP, staleP }: HostInterrupt): boolean {
    return isForwarded || savedP || staleP || host.queue.includes(irq) || host.handling.includes(irq);
  }
}

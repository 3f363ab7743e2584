/**
 * The way of a XIVE source's events, station by station: LISN, EAS, END and its queue, NVT, thread context.
 * Fields have the architecture's names. Reading changes nothing.
 */
import type { Field, QueueRing, SourceView, Station, TimaRing } from "../api/xiveView.ts";
import type { XiveChip } from "../devices/xive/chip.ts";
import {
  END_ALWAYS_NOTIFY, END_BACKLOG, END_ENQUEUE, END_ESCALATE, END_GENERATION, END_INDEX, END_SILENT,
  queueShift,
} from "../devices/xive/end.ts";
import { queueAddress, queueEntries } from "../devices/xive/eventQueue.ts";
import { notificationTarget } from "../devices/xive/router.ts";
import {
  AGE, ACK_CNT, CAM_LINE, CONTEXT_VALID, CPPR, IPB, LSMFB, NSR, PIPR, RING_OS, RING_PHYS, RING_POOL,
  RING_USER, type Ring, type ThreadContext,
} from "../devices/xive/threadContext.ts";
import { chipOf, hardwareSource, pqState, type XivePart } from "./sourceTable.ts";
import { whyNotDelivered } from "./whyNotDelivered.ts";

const hex = (value: number | bigint, digits: number): string => value.toString(16).padStart(digits, "0");
const field = (name: string, value: string | number): Field => ({ name, value: String(value) });
/** Entries shown before the index, and from it on. */
const RING_BEFORE = 12;
const RING_AFTER = 4;

export function xiveSource(part: XivePart, lisn: number): SourceView {
  const chip = chipOf(part);
  const source = hardwareSource(part, lisn);
  const stations = [sourceStation(part, chip, lisn, source)];
  if (part.spapr && part.kvm) stations.push(guestEntry(part.spapr.chip, lisn));
  const isRouted = source !== undefined && chip.eas.isValid(source);
  const end = source === undefined ? 0 : chip.eas.endIndex(source);
  if (source !== undefined)
    stations.push(entryStation(chip, source, part.kvm ? "EAS of the host" : "EAS"));
  const hasEnd = isRouted && !chip.eas.isMasked(source) && chip.ends.isValid(end);
  if (isRouted && !chip.eas.isMasked(source)) stations.push(endStation(chip, end));
  const { nvt } = notificationTarget(chip.ends, end);
  if (hasEnd) stations.push(nvtStation(chip, nvt));
  const context = hasEnd ? dispatched(chip, nvt) : undefined;
  const hasQueue = hasEnd && (chip.ends.word(end, 0) & END_ENQUEUE) !== 0;
  return {
    lisn,
    stations,
    ...(hasQueue && { ring: ringOf(chip, end) }),
    tima: hasEnd ? timaOf(part, nvt, context) : [],
    pages: [],
    why: whyNotDelivered(part, lisn, source, context),
  };
}

/** The thread whose OS ring carries this virtual processor. */
export function dispatched(chip: XiveChip, nvt: number): ThreadContext | undefined {
  return chip.contexts().find((context) => {
    const word = context.word2(RING_OS);
    return (word & CONTEXT_VALID) !== 0 && (word & CAM_LINE) === nvt;
  });
}

function sourceStation(
  { spapr, kvm }: XivePart, chip: XiveChip, lisn: number, source: number | undefined,
): Station {
  const pq = source === undefined ? 0b01 : chip.sources.pq(source);
  const state = kvm?.irqs.allValid().find(({ number }) => number === lisn);
  const isLsi = state?.lsi ?? (source !== undefined && chip.sources.isLsi(source));
  return {
    title: `LISN 0x${hex(lisn, 4)}`,
    holds: pqState(pq),
    fields: [
      ...(spapr ? [field("claimed", spapr.hasLisn(lisn) ? 1 : 0)] : []),
      field("PQ", source === undefined ? "no source in KVM" : hex(pq >> 1, 1) + hex(pq & 1, 1)),
      field("kind", isLsi ? "LSI" : "MSI"),
      ...(isLsi ? [field("asserted", state?.asserted ?? chip.sources.isAsserted(source!) ? 1 : 0)] : []),
      ...(state ? [field("IPI", state.ipi), field("PHB", state.passthrough || "none")] : []),
      ...(state
        ? [field("server", state.actServer), field("priority", hex(state.actPriority, 2)),
          field("EISN", `0x${hex(state.eisn, 1)}`)]
        : []),
    ],
  };
}

function entryStation({ eas }: XiveChip, source: number, title: string): Station {
  const isValid = eas.isValid(source);
  const isMasked = eas.isMasked(source);
  return {
    title,
    holds: isValid && !isMasked ? "idle" : "masked",
    fields: [
      field("valid", isValid ? 1 : 0), field("masked", isMasked ? 1 : 0),
      field("END", eas.endIndex(source)), field("data", `0x${hex(eas.data(source), 1)}`),
    ],
  };
}

const guestEntry = (chip: XiveChip, lisn: number): Station => entryStation(chip, lisn, "EAS of the monitor");

function endStation({ ends }: XiveChip, end: number): Station {
  const word0 = ends.word(end, 0);
  const flags = [
    [END_ENQUEUE, "enqueue"], [END_ALWAYS_NOTIFY, "always notify"], [END_BACKLOG, "backlog"],
    [END_ESCALATE, "escalate"], [END_SILENT, "silent"],
  ] as const;
  const isValid = ends.isValid(end);
  return {
    title: `END 0/${end}`,
    holds: isValid ? "idle" : "error",
    fields: [
      field("valid", isValid ? 1 : 0),
      field("flags", flags.filter(([bit]) => word0 & bit).map(([, name]) => name).join(", ") || "none"),
      field("priority", notificationTarget(ends, end).priority),
      ...(word0 & END_ENQUEUE ? [field("queue", `2^${queueShift(word0)} bytes`)] : []),
    ],
  };
}

function nvtStation({ nvts }: XiveChip, nvt: number): Station {
  const ipb = nvts.ipb(nvt);
  return {
    title: `NVT 0x${hex(nvt, 1)}`,
    holds: !nvts.has(nvt) ? "error" : ipb ? "pending" : "idle",
    fields: [field("valid", nvts.has(nvt) ? 1 : 0), field("backlog IPB", hex(ipb, 2))],
  };
}

function ringOf({ ends, memory }: XiveChip, end: number): QueueRing {
  const word1 = ends.word(end, 1);
  const index = word1 & END_INDEX;
  const generation = word1 & END_GENERATION ? 1 : 0;
  const entries = queueEntries(queueShift(ends.word(end, 0)));
  const address = queueAddress(ends, end);
  const shown = Array.from({ length: Math.min(RING_BEFORE + RING_AFTER, entries) }, (_, n) => {
    const at = (index - RING_BEFORE + n + entries) % entries;
    const word = memory.load(address + 4n * BigInt(at));
    // Entries at or after the index are of the turn before, which had the other generation.
    const turn = at < index ? generation : generation ^ 1;
    return {
      index: at,
      word: word === undefined ? "" : hex(word >>> 0, 8),
      isWritten: word !== undefined && word !== 0 && word >>> 31 === turn,
    };
  });
  return { address: hex(address, 16), entries, index, generation, shown };
}

const rings: readonly (readonly [TimaRing["ring"], Ring])[] = [
  ["USER", RING_USER], ["OS", RING_OS], ["POOL", RING_POOL], ["PHYS", RING_PHYS],
];
const registers: readonly (readonly [name: string, at: number])[] = [
  ["NSR", NSR], ["CPPR", CPPR], ["IPB", IPB], ["LSMFB", LSMFB], ["ACK#", ACK_CNT], ["AGE", AGE],
  ["PIPR", PIPR],
];

/** The rings of the thread, or what KVM keeps of the OS ring while the vCPU is on none. */
function timaOf({ kvm }: XivePart, nvt: number, context: ThreadContext | undefined): TimaRing[] {
  const fieldsOf = (bytes: Uint8Array): Field[] =>
    registers.map(([name, at]) => field(name, hex(bytes[at]!, 2)));
  if (context)
    return rings.map(([ring, offset]) => ({
      ring,
      fields: [
        ...fieldsOf(context.registers.subarray(offset, offset + 8)),
        field("word 2", hex(context.word2(offset), 8)),
      ],
    }));
  const vcpu = kvm && [...kvm.vcpus.values()].find(({ vp }) => kvm.host.cam(vp) === nvt);
  const saved = field("thread", "none: saved by KVM");
  return vcpu ? [{ ring: "OS", fields: [...fieldsOf(vcpu.saved), saved] }] : [];
}

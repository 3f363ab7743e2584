/** The floating interrupt controller's state as plain data; reading consumes nothing. */
import type { Hex } from "../../api/debug.ts";
import {
  flicViewLimits,
  type AdapterView,
  type DecisionView,
  type FlicView,
  type IscView,
  type PendingView,
} from "../../api/flicView.ts";
import type { Flic } from "../../devices/flic/flic.ts";
import { pendingBit } from "../../devices/flic/interruptBits.ts";
import { PSW_IO } from "../../devices/flic/vcpus.ts";
import type { S390Ccw } from "../s390Ccw.ts";

const ISC_COUNT = 8;
/** Control register 6, bit 32: subclass 0. */
const FIRST_SUBCLASS = 0x80000000;

const hex = (value: bigint | number, digits: number): Hex => value.toString(16).padStart(digits, "0");

/** `after`: number of the last decision that the caller has. */
export function viewFlic(machine: S390Ccw, after: number): FlicView {
  const { flic } = machine;
  const all = pendingOf(flic);
  return {
    instructions: Number(machine.instructions),
    virtualNs: Number(machine.now()),
    profile: flic.profile.name,
    suppression: flic.facility72,
    hasGisa: flic.gisa !== undefined,
    iscs: Array.from({ length: ISC_COUNT }, (_, isc) => iscOf(flic, isc)),
    adapters: flic.adapters.all().map((adapter) => adapterOf(flic, adapter)),
    pending: all.slice(0, flicViewLimits.pendingMax),
    pendingCount: all.length,
    decisions: decisionsOf(machine, after),
  };
}

function iscOf({ ais, floating, gisa, vcpus }: Flic, isc: number): IscView {
  const bit = 0x80 >> isc;
  const simm = (ais.simm & bit) !== 0;
  const nimm = (ais.nimm & bit) !== 0;
  const open = vcpus.slots.filter(
    ({ port }) => (port.pswMaskHigh() & PSW_IO) !== 0 && (port.crLow(6) & (FIRST_SUBCLASS >>> isc)) !== 0,
  );
  return {
    isc,
    mode: nimm ? "closed" : simm ? "single" : "all",
    simm,
    nimm,
    listed: floating.io[isc]!.length,
    gisa: gisa !== undefined && (gisa.ipm & bit) !== 0,
    open: open.map(({ port }) => port.id),
    idle: open.filter(({ idle }) => idle).map(({ port }) => port.id),
  };
}

function adapterOf(flic: Flic, adapter: ReturnType<Flic["adapters"]["all"]>[number]): AdapterView {
  const { id, isc, maskable, masked, swap, suppressible } = adapter;
  const routes = [...flic.routes.values()]
    .filter(({ adapterId }) => adapterId === id)
    .map((route) => ({
      gsi: route.gsi,
      indicator: hex(route.indAddress, 16),
      indicatorBit: String(route.indOffset),
      summary: hex(route.summaryAddress, 16),
      summaryBit: route.summaryOffset,
    }));
  return { id, isc, maskable, masked, swap, suppressible, routes };
}

/** Lists first, then the slots that accumulate. */
function pendingOf({ floating }: Flic): PendingView[] {
  const found: PendingView[] = [];
  const lists = [
    ...floating.io.map((list, isc) => [`ISC ${isc}`, list] as const),
    ["page faults", floating.pfault] as const,
    ["virtio", floating.virtio] as const,
  ];
  for (const [place, list] of lists)
    for (const { id, interrupt } of list.values()) found.push({ id, place, fields: fieldsOf(interrupt) });
  const isSet = (bit: number): boolean => (floating.bits & (1 << bit)) !== 0;
  const { service, serviceEvent, machineCheck } = floating.slotIds;
  const hasService = isSet(pendingBit.EXT_SERVICE);
  if (hasService || isSet(pendingBit.EXT_SERVICE_EV))
    found.push({
      id: hasService ? service : serviceEvent,
      place: "service signal",
      fields: { ext_params: `0x${hex(floating.serviceParams >>> 0, 8)}` },
    });
  if (isSet(pendingBit.MCHK_REP))
    found.push({
      id: machineCheck,
      place: "machine check",
      fields: { cr14: `0x${hex(floating.mchkCr14, 16)}`, mcic: `0x${hex(floating.mchkMcic, 16)}` },
    });
  return found;
}

/** Every field but the tag that tells the structures apart. */
const fieldsOf = (interrupt: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(interrupt)
      .filter(([name]) => name !== "kind")
      .map(([name, value]) => [name, `0x${(value as number | bigint).toString(16)}`]),
  );

function decisionsOf({ log }: S390Ccw, after: number): DecisionView[] {
  const { book } = log.ledger;
  const missed = Math.min(book.written - after, flicViewLimits.decisionsMax);
  const lines = book.recent(missed);
  const first = book.written - lines.length + 1;
  return lines.map(({ at, id, step, bit, kind, cpu, into }, index) => ({
    number: first + index,
    at: Number(at),
    id,
    step,
    bit,
    type: hex(kind >>> 0, 8),
    cpu,
    into,
  }));
}

/** The floating interrupt controller's state as plain data; reading consumes nothing. */
import type { Hex, Moment } from "../../api/debug.ts";
import {
  flicViewLimits,
  type AdapterView,
  type FlicView,
  type GisaView,
  type IscView,
} from "../../api/flicView.ts";
import type { Adapter } from "../../devices/flic/adapters.ts";
import type { Flic } from "../../devices/flic/flic.ts";
import type { Gisa } from "../../devices/flic/gisa.ts";
import type { AdapterRoute } from "../../devices/flic/indicators.ts";
import { PSW_IO } from "../../devices/flic/vcpus.ts";
import { pendingOf } from "./pendingView.ts";

const ISC_COUNT = 8;
/** Control register 6, bit 32: subclass 0. */
const FIRST_SUBCLASS = 0x80000000;

const hex = (value: bigint | number, digits: number): Hex => value.toString(16).padStart(digits, "0");

/** `at`: when the controller is looked at, as the machine that has it counts. */
export function viewFlic(flic: Flic, at: Moment): FlicView {
  const pending = pendingOf(flic, flicViewLimits.pendingMax);
  const routes = new Map<number, AdapterRoute[]>();
  for (const route of flic.routes.values()) {
    const others = routes.get(route.adapterId);
    if (others) others.push(route);
    else routes.set(route.adapterId, [route]);
  }
  return {
    ...at,
    profile: flic.profile.name,
    suppression: flic.facility72,
    ...(flic.gisa && { gisa: gisaOf(flic.gisa) }),
    vcpus: flic.vcpus.slots.map(({ port, idle }) => ({ id: port.id, idle, stopped: port.stopped() })),
    iscs: Array.from({ length: ISC_COUNT }, (_, isc) => iscOf(flic, isc)),
    adapters: flic.adapters.all().map((adapter) => adapterOf(flic, adapter, routes.get(adapter.id) ?? [])),
    pending: pending.shown,
    pendingCount: pending.count,
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

function gisaOf({ format, ipm, iam, alertMask, simm, nimm, inAlertList }: Gisa): GisaView {
  return { format, ipm, iam, alertMask, simm, nimm, inAlertList };
}

function adapterOf(flic: Flic, adapter: Adapter, routes: readonly AdapterRoute[]): AdapterView {
  const { id, isc, maskable, masked, swap, suppressible } = adapter;
  const shown = routes.slice(0, flicViewLimits.routesMax).map((route) => ({
    gsi: route.gsi,
    indicator: hex(guestAddress(flic, route.indAddress), 16),
    indicatorBit: String(route.indOffset),
    summary: hex(guestAddress(flic, route.summaryAddress), 16),
    summaryBit: route.summaryOffset,
  }));
  return { id, isc, maskable, masked, swap, suppressible, routes: shown, routeCount: routes.length };
}

/** Kernels that translate a route once keep the VMM's own address of the page; the guest's is behind it. */
function guestAddress({ profile, pages }: Flic, address: bigint): bigint {
  if (profile.adapterPages === "pinned") return address;
  const page = pages.pageForWrite(address);
  return page === undefined ? address : BigInt(page) + (address & 0xfffn);
}

/**
 * KVM's native device as far as a source can be mapped: SOURCE, SOURCE_CONFIG, SOURCE_SYNC, EQ_SYNC, RESET
 * and the release of the device. SOURCE is about the IPI; the others act on whichever interrupt is
 * selected.
 */
import { errno } from "../../api/errno.ts";
import {
  KVM_XIVE_LEVEL_ASSERTED, KVM_XIVE_LEVEL_SENSITIVE, decodeSourceConfig,
} from "../../uapi/xive.ts";
import { ESB_OFF, ESB_PENDING } from "../xive/esb.ts";
import { SOURCES_MAX } from "./addressSpace.ts";
import { isMapped, selectedOf, type GuestSource } from "./guestSource.ts";
import { MASKED, type Eas } from "./hardware.ts";
import type { Passthrough } from "./passthrough.ts";

/** Priority that belongs to the hypervisor. */
const RESERVED_PRIORITY = 7;
const nowhere: Eas = { space: "guest", target: 0, priority: MASKED, data: 0 };

/**
 * Creates a source, or creates it anew: its IPI is off and routed nowhere. -E2BIG, -ENXIO without a free
 * IPI.
 */
export function createSource(p: Passthrough, lisn: number, value = 0n): number {
  if (!(lisn >= 0 && lisn < SOURCES_MAX)) return errno.E2BIG;
  const source = p.sources.create(lisn)!;
  if (source.ipi < 0) source.ipi = freeIpi(p);
  if (source.ipi < 0) return errno.ENXIO;
  const keeps = p.has("passthrough.source.lsiSticky");
  source.lsi = (value & KVM_XIVE_LEVEL_SENSITIVE) !== 0n || (keeps && source.lsi);
  source.asserted = (source.lsi && (value & KVM_XIVE_LEVEL_ASSERTED) !== 0n) || (keeps && source.asserted);
  Object.assign(source, {
    actServer: 0, actPriority: MASKED, guestPriority: MASKED, oldP: false, oldQ: false, valid: true,
  });
  silence(p, source.ipi);
  // A XICS source starts masked by KVM, not off: what arrives is latched until it is opened.
  if (p.mode === "xics") p.hardware.setPq(source.ipi, ESB_PENDING);
  p.tell("source", "created", lisn, source.ipi, "valid", Number(value));
  return 0;
}

function freeIpi(p: Passthrough): number {
  const used = new Set([...p.sources.sources.values()].map(({ ipi }) => ipi));
  for (let ipi = 0; ipi < p.hardware.ipis.count; ipi++) if (!used.has(ipi)) return ipi;
  return -1;
}

/**
 * SOURCE_CONFIG: bits 2:0 priority, 31:3 server, 32 mask, 63:33 EISN. -ENOENT without a block, -EINVAL for
 * an invalid source, priority 7 or an unknown server, -EBUSY without a queue. What is so already is not
 * done again, whatever the mask bit says.
 */
export function configureSource(p: Passthrough, lisn: number, value: bigint): number {
  const source = p.sources.find(lisn);
  if (!source) return errno.ENOENT;
  const { priority, server, isMasked, eisn } = decodeSourceConfig(value);
  if (!source.valid || priority === RESERVED_PRIORITY) return errno.EINVAL;
  if (server === source.actServer && priority === source.actPriority && eisn === source.eisn) return 0;
  if (!isMasked && !p.targets.hasServer(server)) return errno.EINVAL;
  if (!isMasked && !p.targets.hasQueue(server, priority)) return errno.EBUSY;
  const selected = selectedOf(source);
  if (isMasked) {
    source.actPriority = MASKED;
    p.hardware.setRoute(selected, nowhere);
  } else {
    Object.assign(source, { actServer: server, actPriority: priority, eisn });
    p.hardware.setRoute(selected, { space: "guest", target: server, priority, data: eisn });
  }
  p.tellOf("source-config", isMasked ? "masked" : "routed", source, "EAS", priority);
  return 0;
}

/** SOURCE_SYNC: the hardware number whose events have all arrived, or -ENOENT, -EINVAL. */
export function syncSource(p: Passthrough, lisn: number): number {
  const source = p.sources.find(lisn);
  if (!source) return errno.ENOENT;
  return source.valid ? selectedOf(source) : errno.EINVAL;
}

/** EQ_SYNC: LISNs whose selected interrupt was synchronized. Those routed nowhere are skipped. */
export const syncQueues = (p: Passthrough): number[] =>
  routed(p).map((source) => source.lisn);

/**
 * RESET: every routed source is off and routed nowhere, its IPI and its PHB source alike. It stays mapped.
 */
export function resetSources(p: Passthrough): void {
  for (const source of routed(p)) {
    for (const one of isMapped(source) ? [source.ipi, source.pt] : [source.ipi]) silence(p, one);
    Object.assign(source, { actPriority: MASKED, actServer: 0, eisn: 0 });
    p.tellOf("reset", "off", source, "PQ", ESB_OFF);
  }
}

/**
 * The device's file is closed. Every IPI is off and free; PHB sources are off, and stay the host's record.
 * False, with nothing done, while a call is under way: the kernel lets go of a device when nobody is in it.
 */
export function releaseDevice(p: Passthrough): boolean {
  if (p.operations.length) return false;
  for (const source of valid(p)) {
    for (const one of isMapped(source) ? [source.ipi, source.pt] : [source.ipi]) silence(p, one);
    p.tellOf("release", "freed", source, "valid");
  }
  p.sources.sources.clear();
  p.sources.blocks.clear();
  p.space.release();
  return true;
}

function silence(p: Passthrough, source: number): void {
  p.hardware.setPq(source, ESB_OFF);
  p.hardware.setRoute(source, nowhere);
}

const valid = (p: Passthrough): GuestSource[] => [...p.sources.sources.values()].filter((one) => one.valid);
const routed = (p: Passthrough): GuestSource[] => valid(p).filter((one) => one.actPriority !== MASKED);

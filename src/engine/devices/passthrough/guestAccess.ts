/**
 * The guest's own loads and stores at the pages of its sources, through page table entries and faults, and
 * H_INT_ESB for sources without pages. An access that has to wait for a lock changes nothing.
 */
import { abandon, finish, start } from "./operation.ts";
import type { EsbPage } from "../xive/esb.ts";
import type { Frame } from "./addressSpace.ts";
import { faultOperation } from "./fault.ts";
import { selectedOf } from "./guestSource.ts";
import type { Passthrough } from "./passthrough.ts";

/**
 * `value`: what a load returned, 8 bytes as a number. `stored`: false if the page ignored the store.
 * `refused`: the access did not happen, and why: no guest memory there, no mapping, nothing behind the
 * page, a lock, or a source that has to be reached by H_INT_ESB.
 */
export type AccessOutcome =
  | { readonly kind: "value"; readonly value: bigint }
  | { readonly kind: "stored"; readonly stored: boolean }
  | { readonly kind: "refused"; readonly why: "unbacked" | "segv" | "sigbus" | "locked" };

type Refused = Extract<AccessOutcome, { kind: "refused" }>;
/** User space needs no guest memory for an access. */
type UserRefused = Refused & { readonly why: Exclude<Refused["why"], "unbacked"> };
const refused = <Why extends Refused["why"]>(why: Why) => ({ kind: "refused", why }) as const;

/** User page of a source's page as the guest reaches it; undefined while no region backs it. */
export const userPageOf = (p: Passthrough, lisn: number, page: EsbPage): number | undefined =>
  p.regions.translate(2 * lisn + (page === "management" ? 1 : 0));

/** A load of `size` bytes at byte `offset` of a source's page. */
export function guestLoad(
  p: Passthrough, lisn: number, page: EsbPage, offset: number, size = 8,
): AccessOutcome {
  const frame = reach(p, userPageOf(p, lisn, page));
  if ("kind" in frame) return frame;
  return { kind: "value", value: p.hardware.load(frame.source, frame.page, offset, size) };
}

/** A store of `size` bytes; its data never counts. */
export function guestStore(
  p: Passthrough, lisn: number, page: EsbPage, offset: number, size = 8,
): AccessOutcome {
  const frame = reach(p, userPageOf(p, lisn, page));
  if ("kind" in frame) return frame;
  return { kind: "stored", stored: p.hardware.store(frame.source, frame.page, offset, size) };
}

/** Touches one user page as user space itself would: the fault's result. */
export function touch(p: Passthrough, userPage: number): Frame | UserRefused {
  const there = p.space.entries.get(userPage);
  if (there) return there;
  const fault = faultOperation(userPage);
  if (!finish(p, start(p, fault))) {
    abandon(p, fault);
    return refused("locked");
  }
  if (fault.result === "segv" || fault.result === "sigbus") return refused(fault.result);
  return p.space.entries.get(userPage)!;
}

function reach(p: Passthrough, userPage: number | undefined): Exclude<Frame, "tima-os"> | Refused {
  if (userPage === undefined) return refused("unbacked");
  const frame = touch(p, userPage);
  // The pages of sources and of the TIMA never share a region.
  return frame === "tima-os" ? refused("sigbus") : frame;
}

/** H_INT_ESB: one load or store at the management page of whichever interrupt is selected. */
export function hcallEsb(p: Passthrough, lisn: number, isStore: boolean, offset: number): AccessOutcome {
  const source = p.source(lisn);
  if (!source) return refused("sigbus");
  if (p.sources.isLocked(lisn)) return refused("locked");
  const selected = selectedOf(source);
  if (isStore) return { kind: "stored", stored: p.hardware.store(selected, "management", offset) };
  return { kind: "value", value: p.hardware.load(selected, "management", offset) };
}

/**
 * The guest's EOI as Linux does it for MSIs: PQ set to 00 by a load and, if Q was set, a store to the trigger
 * page. Through pages, or by H_INT_ESB where the source has none. The first access that is refused ends it.
 */
export function guestEoi(p: Passthrough, lisn: number, offset = 0xc00): AccessOutcome {
  const isByHcall = p.source(lisn)?.hcallOnly ?? false;
  const old = isByHcall ? hcallEsb(p, lisn, false, offset) : guestLoad(p, lisn, "management", offset);
  if (old.kind !== "value" || (old.value & 1n) === 0n) return old;
  return isByHcall ? hcallEsb(p, lisn, true, 0) : guestStore(p, lisn, "trigger", 0);
}

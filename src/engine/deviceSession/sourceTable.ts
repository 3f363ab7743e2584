/** A machine's sources behind one face, wherever they are: in the guest's controller, KVM or hardware. */
import { esbCell, esbSources, type EsbMapView, type Station } from "../api/xiveView.ts";
import { isMapped, selectedOf } from "../devices/passthrough/guestSource.ts";
import type { Passthrough } from "../devices/passthrough/passthrough.ts";
import type { XiveChip } from "../devices/xive/chip.ts";
import type { Pq } from "../devices/xive/esb.ts";
import { selected } from "../devices/xive/irqState.ts";
import type { KvmXive } from "../devices/xive/kvmXive.ts";
import type { SpaprXive } from "../devices/xive/spaprXive.ts";
import { eventsOf } from "./sourceEvents.ts";
import { pagesOf } from "./sourcePages.ts";
import type { Part } from "./parts.ts";

export type SourcePart = Extract<Part, { kind: "xive" | "passthrough" }>;
export type XivePart = Extract<Part, { kind: "xive" }>;

/** The tables that events really go through. */
export const chipOf = ({ spapr, kvm }: XivePart): XiveChip => (kvm ? kvm.host.chip : spapr!.chip);

/** Number of the hardware source behind a guest's number; undefined where there is none yet. */
export function hardwareSource({ kvm }: XivePart, lisn: number): number | undefined {
  if (!kvm) return lisn;
  const state = kvm.irqs.allValid().find(({ number }) => number === lisn);
  return state && selected(state);
}

export function esbMap(part: SourcePart): EsbMapView {
  const cells = new Uint8Array(esbSources.count);
  if (part.kind === "passthrough") fillFromPassthrough(cells, part.passthrough);
  else if (part.kvm) fillFromKvm(cells, part.kvm, part.spapr);
  else fillFromChip(cells, part.spapr!);
  return { cells, events: eventsOf(part) };
}

function fillFromChip(cells: Uint8Array, xive: SpaprXive): void {
  const { sources } = xive.chip;
  for (let lisn = 0; lisn < Math.min(xive.irqs, cells.length); lisn++)
    cells[lisn] = sources.pq(lisn) | (xive.hasLisn(lisn) ? esbCell.claimed : 0)
      | (sources.isLsi(lisn) ? esbCell.levelSensitive : 0)
      | (sources.isAsserted(lisn) ? esbCell.asserted : 0);
}

/** A number that KVM has no source for reads as off. */
function fillFromKvm(cells: Uint8Array, kvm: KvmXive, xive: SpaprXive | undefined): void {
  cells.fill(0b01);
  const { sources } = kvm.host.chip;
  for (const state of kvm.irqs.allValid()) {
    const { number, lsi, asserted, passthrough } = state;
    if (number >= cells.length) break;
    const isClaimed = xive?.hasLisn(number) ?? true;
    cells[number] = sources.pq(selected(state)) | (isClaimed ? esbCell.claimed : 0)
      | (lsi ? esbCell.levelSensitive : 0) | (asserted ? esbCell.asserted : 0)
      | (passthrough ? esbCell.passedThrough : 0);
  }
}

function fillFromPassthrough(cells: Uint8Array, p: Passthrough): void {
  cells.fill(0b01);
  for (const source of p.sources.sources.values()) {
    const { lisn, valid, lsi, asserted } = source;
    if (!valid || lisn >= cells.length) continue;
    const isStale = pagesOf(p, lisn).some((page) => page.isStale);
    cells[lisn] = p.hardware.pq(selectedOf(source)) | esbCell.claimed
      | (lsi ? esbCell.levelSensitive : 0) | (asserted ? esbCell.asserted : 0)
      | (isMapped(source) ? esbCell.passedThrough : 0) | (isStale ? esbCell.stale : 0);
  }
}

export const pqState = (pq: Pq): Station["holds"] => (["idle", "masked", "pending", "queued"] as const)[pq];

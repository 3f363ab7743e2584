/**
 * User space's own way to make pages follow a switch: it maps the range of a device's sources anew, or lays a
 * region of guest memory over it. Either takes several steps; in between the guest finds nothing there.
 */
import { filePageOf } from "./addressSpace.ts";
import type { OperationStep } from "./operation.ts";
import { ESB_USER_PAGE, type Passthrough } from "./passthrough.ts";

export interface RemapOperation {
  readonly kind: "remap";
  readonly lisn: number;
  /** Sources from `lisn` on. */
  readonly count: number;
  /** A device comes, or goes. */
  readonly isMapped: boolean;
  at: number;
}

export const remapOperation = (lisn: number, count: number, isMapped: boolean): RemapOperation =>
  ({ kind: "remap", lisn, count, isMapped, at: 0 });

type Step = OperationStep<RemapOperation>;

/** User page of a device's own mapping, out of the way of the common one. */
const devicePageOf = (lisn: number): number => 2 * ESB_USER_PAGE + 2 * lisn;

const overlay: readonly Step[] = [
  {
    name: "munmap",
    run: (p, { lisn, count }) => (p.space.munmap(ESB_USER_PAGE + 2 * lisn, 2 * count), "next"),
  },
  {
    name: "mmap",
    run: (p, { lisn, count }) => (overlayPages(p, lisn, count), "done"),
  },
];

const region: readonly Step[] = [
  {
    name: "mmap for the device",
    run(p, { lisn, count, isMapped }) {
      if (isMapped) p.space.mmap(devicePageOf(lisn), 2 * count, filePageOf(lisn));
      return "next";
    },
  },
  {
    name: "take regions out",
    run(p, { lisn, count }) {
      p.regions.rebuilding = { first: 2 * lisn, pages: 2 * count };
      return "next";
    },
  },
  {
    name: "put regions in",
    run(p, { lisn, count, isMapped }) {
      const pages = 2 * count;
      if (isMapped) p.regions.add({ first: 2 * lisn, pages, userPage: devicePageOf(lisn) });
      else {
        p.regions.remove(2 * lisn);
        p.space.munmap(devicePageOf(lisn), pages);
      }
      p.regions.rebuilding = undefined;
      return "done";
    },
  },
];

export const remapSteps = (p: Passthrough): readonly Step[] => (p.strategy.region ? region : overlay);

/** Maps a range of sources anew in one act: what was mapped there is gone with its entries. */
export function overlayPages(p: Passthrough, lisn: number, count: number): void {
  p.space.mmap(ESB_USER_PAGE + 2 * lisn, 2 * count, filePageOf(lisn));
}

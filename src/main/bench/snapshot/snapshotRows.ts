/** What snapshots cost, as rows: medians of both sides, their ratio, and how far ours is from its target. */
import type { Column } from "../columns.ts";
import { medianSample } from "../summary.ts";
import type { Side } from "../measuredGuest.ts";

/** What is measured, in the order in which it is shown, and the most that it may be. */
export const snapshotTargets = {
  "save, ms": 500,
  "save: guest stands still, ms": 60,
  "save of 10 MB changed, ms": 200,
  "its stand-still, ms": 60,
  "its growth, % of what changed": 105,
  "restore to an answering shell, ms": 400,
} as const;
export type SnapshotFigure = keyof typeof snapshotTargets;
export const snapshotFigures = Object.keys(snapshotTargets) as SnapshotFigure[];

export interface SnapshotSample {
  readonly figure: SnapshotFigure;
  readonly side: Side;
  readonly round: number;
  /** In the figure's unit. */
  readonly value: number;
  /** Processor time of that side meanwhile: what a busy host does not blur. */
  readonly processorMs?: number;
}

export interface SnapshotRow {
  readonly figure: SnapshotFigure;
  readonly ours: number | undefined;
  readonly qemu: number | undefined;
  /** QEMU's by ours: above 1 ours is less. */
  readonly ratio: number | undefined;
  readonly oursProcessorMs: number | undefined;
  readonly qemuProcessorMs: number | undefined;
  readonly target: number;
  /** Undefined where ours was not measured. */
  readonly isMet: boolean | undefined;
}

const median = (values: readonly number[]): number | undefined =>
  medianSample(values.map((ms) => ({ ms })))?.ms;

export function snapshotRows(samples: readonly SnapshotSample[]): SnapshotRow[] {
  return snapshotFigures.map((figure) => {
    const of = (side: Side) => samples.filter((one) => one.figure === figure && one.side === side);
    const valueOf = (side: Side) => median(of(side).map(({ value }) => value));
    const processorOf = (side: Side) =>
      median(of(side).flatMap(({ processorMs }) => (processorMs === undefined ? [] : [processorMs])));
    const [ours, qemu] = [valueOf("ours"), valueOf("qemu")];
    const target = snapshotTargets[figure];
    return {
      figure, ours, qemu, target,
      ratio: ours && qemu ? qemu / ours : undefined,
      oursProcessorMs: processorOf("ours"), qemuProcessorMs: processorOf("qemu"),
      isMet: ours === undefined ? undefined : ours <= target,
    };
  });
}

const shown = (value: number | undefined, digits = 0): string => value?.toFixed(digits) ?? "–";
export const snapshotColumns: readonly Column<SnapshotRow>[] = [
  ["snapshots", ({ figure }) => figure],
  ["ours", ({ ours }) => shown(ours)],
  ["QEMU", ({ qemu }) => shown(qemu)],
  ["ratio", ({ ratio }) => shown(ratio, 2)],
  ["CPU ms", ({ oursProcessorMs }) => shown(oursProcessorMs)],
  ["QEMU CPU ms", ({ qemuProcessorMs }) => shown(qemuProcessorMs)],
  ["target", ({ target }) => `≤ ${target}`],
  ["", ({ isMet }) => (isMet === undefined ? "" : isMet ? "met" : "missed")],
];

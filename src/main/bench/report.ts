/** The result as text, for people. */
import { alignedTable, type Column } from "./columns.ts";
import { formatBytes } from "../guests/hostileInput.ts";
import type { Failure, GuestKind, ResidentBytes } from "./measure.ts";
import { snapshotColumns, type SnapshotRow } from "./snapshot/snapshotRows.ts";
import type { Row, Summary } from "./summary.ts";

export interface ReportInput {
  readonly summary: Summary;
  /** Empty where snapshots were not measured. */
  readonly snapshots: readonly SnapshotRow[];
  readonly failures: readonly Failure[];
  readonly residentBytes: ResidentBytes;
  readonly memoryBytes: number;
  readonly rounds: number;
}

const nothing = "–";
const milliseconds = (ms: number | undefined): string => (ms === undefined ? nothing : ms.toFixed(0));
const share = (part: number, whole: number): string =>
  whole > 0 ? `${((100 * part) / whole).toFixed(1)} %` : nothing;
const engineCell = (row: Row, cell: (engine: NonNullable<Row["engine"]>) => string): string =>
  row.engine === undefined ? nothing : cell(row.engine);

const columns: readonly Column<Row>[] = [
  ["benchmark", ({ name }) => name],
  ["ours ms", ({ oursMs }) => milliseconds(oursMs)],
  ["QEMU ms", ({ qemuMs }) => milliseconds(qemuMs)],
  ["ratio", ({ ratio }) => ratio?.toFixed(2) ?? nothing],
  ["CPU ratio", ({ processorRatio }) => processorRatio?.toFixed(2) ?? nothing],
  ["host ms", ({ hostMs }) => milliseconds(hostMs)],
  ["MIPS", (row) => engineCell(row, (e) => perSecond(e.instructions, e.wallSeconds))],
  // Shares of the instructions, then shares of the engine's time.
  ["interpreted", (row) => engineCell(row, (e) => share(e.interpretedInstructions, e.instructions))],
  ["compiling", (row) => engineCell(row, (e) => share(e.compileSeconds, e.wallSeconds))],
  ["devices", (row) => engineCell(row, (e) => share(e.deviceSeconds, e.wallSeconds))],
  ["checksum", ({ checksums, isWrong }) => checksumWord(checksums, isWrong)],
];

const perSecond = (instructions: number, seconds: number): string =>
  seconds > 0 ? (instructions / seconds / 1e6).toFixed(0) : nothing;

const checksumWord = (checksums: Row["checksums"], isWrong: boolean): string =>
  isWrong ? "WRONG" : Object.keys(checksums).length > 1 ? "equal" : nothing;

export function reportText(input: ReportInput): string {
  const { summary, snapshots, failures, rounds } = input;
  const lines = [
    ...(summary.rows.length > 0 ? [...alignedTable(summary.rows, columns), ""] : []),
    ...(snapshots.length > 0 ? [...alignedTable(snapshots, snapshotColumns), ""] : []),
    `Ratio: QEMU's time by ours, above 1 ours is faster; median of ${rounds}. CPU ratio: of processor time.`,
    ...meanLines(summary),
    ...memoryLines(input),
    ...summary.rows.filter(({ isWrong }) => isWrong).map(wrongLine),
    ...failures.flatMap(failureLines),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function meanLines({ geometricMean: mean, processorGeometricMean: ofProcessor }: Summary): string[] {
  if (mean === undefined) return [];
  const also = ofProcessor === undefined ? "" : `, of processor time ${ofProcessor.toFixed(2)}`;
  return [`Geometric mean of the programs' ratios: ${mean.toFixed(2)}${also}.`];
}

function memoryLines({ residentBytes, memoryBytes }: ReportInput): string[] {
  const line = (kind: GuestKind, when: string): string[] => {
    const { ours, qemu } = residentBytes[kind];
    if (ours === undefined && qemu === undefined) return [];
    const held = [
      ...(ours === undefined ? [] : [`ours ${formatBytes(ours)}`]),
      ...(qemu === undefined ? [] : [`QEMU ${formatBytes(qemu)}`]),
    ];
    return [`Memory held for a guest of ${formatBytes(memoryBytes)} ${when}: ${held.join(", ")}.`];
  };
  return [...line("boot", "at its shell"), ...line("programs", "that runs the programs")];
}

const wrongLine = ({ name, checksums }: Row): string =>
  `${name} computed different things: ${Object.entries(checksums)
    .map(([where, checksum]) => `${where} ${checksum}`)
    .join(", ")}.`;

const failureLines = ({ name, side, round, sentence, lastLines }: Failure): string[] => [
  `${name} failed (${side}, round ${round + 1}): ${sentence}`,
  ...lastLines.slice(-8).map((line) => `  | ${line}`),
];

/**
 * Samples become one row per benchmark: medians, the ratio, what the engine did, whether the checksums agree.
 * A ratio is QEMU's time by ours: above 1 ours is faster.
 */
import { bootName } from "./catalogue.ts";
import type { EngineFigures, Measured, Sample } from "./measure.ts";
import type { Side } from "./measuredGuest.ts";

export interface Row {
  readonly name: string;
  /** Medians, in milliseconds; undefined where that side did not run it. */
  readonly oursMs: number | undefined;
  readonly qemuMs: number | undefined;
  readonly hostMs: number | undefined;
  readonly ratio: number | undefined;
  /** The same of processor time, which a host busy with other things blurs less. */
  readonly processorRatio: number | undefined;
  /** Of the run that gave the median. */
  readonly engine: EngineFigures | undefined;
  /** Every checksum that was seen, by where; a row is wrong where they differ. */
  readonly checksums: Readonly<Record<string, string>>;
  readonly isWrong: boolean;
}

export interface Summary {
  readonly rows: readonly Row[];
  /** Of the programs' ratios, without the boot; undefined where none has a ratio. */
  readonly geometricMean: number | undefined;
  readonly processorGeometricMean: number | undefined;
}

export interface HostTime {
  readonly ms: number;
  readonly checksum: string;
}

/** The middle one; of an even number, the lower of the two in the middle: always one that occurred. */
export function medianSample<T extends { readonly ms: number }>(samples: readonly T[]): T | undefined {
  const sorted = samples.toSorted((a, b) => a.ms - b.ms);
  return sorted[(sorted.length - 1) >> 1];
}

/** The root of the product, of positive numbers. */
export function geometricMean(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

export function summarize(
  names: readonly string[],
  measured: Pick<Measured, "samples">,
  host: ReadonlyMap<string, HostTime>,
): Summary {
  const rows = names.map((name) => makeRow(name, measured.samples, host.get(name)));
  const meanOf = (ratioOf: (row: Row) => number | undefined): number | undefined =>
    geometricMean(
      rows.filter(({ name }) => name !== bootName).map(ratioOf).filter((ratio) => ratio !== undefined),
    );
  return {
    rows,
    geometricMean: meanOf(({ ratio }) => ratio),
    processorGeometricMean: meanOf(({ processorRatio }) => processorRatio),
  };
}

const quotient = (over: number | undefined, under: number | undefined): number | undefined =>
  over !== undefined && under !== undefined && over > 0 && under > 0 ? over / under : undefined;

const medianProcessorMs = (samples: readonly Sample[]): number | undefined =>
  medianSample(samples.flatMap(({ processorMs: ms }) => (ms === undefined ? [] : [{ ms }])))?.ms;

function makeRow(name: string, samples: readonly Sample[], host: HostTime | undefined): Row {
  const of = (side: Side): Sample[] =>
    samples.filter((sample) => sample.name === name && sample.side === side);
  const [ours, qemu] = [medianSample(of("ours")), medianSample(of("qemu"))];
  const checksums: Record<string, string> = {};
  if (host !== undefined) checksums.host = host.checksum;
  for (const { side, round, checksum } of [...of("ours"), ...of("qemu")])
    if (checksum !== undefined) checksums[`${side} ${round + 1}`] = checksum;
  return {
    name,
    oursMs: ours?.ms,
    qemuMs: qemu?.ms,
    hostMs: host?.ms,
    ratio: quotient(qemu?.ms, ours?.ms),
    processorRatio: quotient(medianProcessorMs(of("qemu")), medianProcessorMs(of("ours"))),
    engine: ours?.engine,
    checksums,
    isWrong: new Set(Object.values(checksums)).size > 1,
  };
}

/** What one XIVE leaves in a snapshot: tables, sources and the contexts of its threads. */
import { field } from "../../snapshot/schema.ts";
import type { XiveChip } from "./chip.ts";
import { END_WORDS } from "./end.ts";
import { NVT_INDEX_MAX } from "./nvt.ts";
import { STATUS_ASSERTED } from "./sources.ts";
import { RINGS_SIZE } from "./threadContext.ts";

interface EasSnapshot {
  readonly source: number;
  readonly value: bigint;
}
interface EndSnapshot {
  readonly end: number;
  readonly words: readonly number[];
}
interface NvtSnapshot {
  readonly nvt: number;
  /** Backlog. */
  readonly ipb: number;
}
interface ThreadSnapshot {
  readonly thread: number;
  readonly registers: Uint8Array;
  readonly osLine: boolean;
  readonly hvLine: boolean;
}
export interface ChipSnapshot {
  /** One byte per source: PQ in bits 1:0, asserted in bit 2. */
  readonly status: Uint8Array;
  /** Level-sensitive sources. */
  readonly lsis: readonly number[];
  /** Those that are not zero. */
  readonly eas: readonly EasSnapshot[];
  /** Those that are not as after a reset. */
  readonly ends: readonly EndSnapshot[];
  readonly nvts: readonly NvtSnapshot[];
  readonly threads: readonly ThreadSnapshot[];
}

/** Bounds of a decoded snapshot: no controller here is larger. */
const SOURCES_MAX = 1 << 20;
const ENDS_MAX = 1 << 24;
const THREADS_MAX = 1 << 14;
const words = field.list(field.u32(), { max: END_WORDS, min: END_WORDS });

export const chipField = field.object<ChipSnapshot>({
  status: field.bytes(SOURCES_MAX, 0),
  lsis: field.list(field.u32(), { max: SOURCES_MAX }),
  eas: field.list(
    field.object<EasSnapshot>({ source: field.u32(), value: field.u64() }), { max: SOURCES_MAX }),
  ends: field.list(
    field.object<EndSnapshot>({ end: field.between(0, ENDS_MAX - 1), words }), { max: ENDS_MAX }),
  nvts: field.list(
    field.object<NvtSnapshot>({ nvt: field.between(0, NVT_INDEX_MAX), ipb: field.u8() }),
    { max: NVT_INDEX_MAX + 1 }),
  threads: field.list(
    field.object<ThreadSnapshot>({
      thread: field.u32(), registers: field.bytes(RINGS_SIZE), osLine: field.bool(), hvLine: field.bool(),
    }),
    { max: THREADS_MAX }),
});

export function saveChip(chip: XiveChip): ChipSnapshot {
  const { sources, eas, ends, nvts } = chip;
  const every = Array.from({ length: sources.count }, (_, source) => source);
  return {
    status: sources.saveStatus(),
    lsis: every.filter((source) => sources.isLsi(source)),
    eas: every.flatMap((source) => {
      const value = eas.get(source);
      return value === 0n ? [] : [{ source, value }];
    }),
    ends: ends.save(),
    nvts: nvts.save().map(([nvt, ipb]) => ({ nvt, ipb })),
    threads: chip.contexts().map(({ thread, registers, osLine, hvLine }) =>
      ({ thread, registers: registers.slice(), osLine, hvLine })),
  };
}

/** A sentence that refuses the snapshot for this controller, or undefined. */
export function objectionToChip(chip: XiveChip, saved: ChipSnapshot): string | undefined {
  const { sources, ends } = chip;
  if (saved.status.length !== sources.count)
    return `it has ${saved.status.length} interrupt sources, this machine has ${sources.count}`;
  if (saved.status.some((byte) => byte > (STATUS_ASSERTED | 3))) return "a source is in no state there is";
  const strangers = [...saved.lsis, ...saved.eas.map(({ source }) => source)];
  if (strangers.some((source) => !sources.has(source))) return "it routes a source that is not there";
  if (saved.ends.some(({ end }) => !ends.has(end))) return "it has an event queue that is not there";
  return undefined;
}

/** Takes over what `objectionToChip` let through. */
export function loadChip(chip: XiveChip, saved: ChipSnapshot): void {
  const { sources, eas, ends, nvts } = chip;
  sources.loadStatus(saved.status);
  const lsis = new Set(saved.lsis);
  const values = new Map(saved.eas.map(({ source, value }) => [source, value]));
  for (let source = 0; source < sources.count; source++) {
    sources.setLsi(source, lsis.has(source));
    eas.set(source, values.get(source) ?? 0n);
  }
  ends.load(saved.ends);
  nvts.load(saved.nvts.map(({ nvt, ipb }) => [nvt, ipb]));
  chip.forgetThreads();
  for (const { thread, registers, osLine, hvLine } of saved.threads) {
    const context = chip.thread(thread);
    context.registers.set(registers);
    Object.assign(context, { osLine, hvLine });
  }
  chip.tell("loaded", "reset");
}

/**
 * The guest-adapter-interruption table of a host that interprets PCI functions for guests: which guest ISC an
 * adapter-interruption summary bit belongs to. Entries are 16 bytes.
 */
import { errno } from "../../api/errno.ts";
import { GAIT_ENTRIES, GAIT_ENTRY_BYTES, type GaitState } from "./state.ts";

/** Defects of the past, each switchable. */
export interface GaitQuirks {
  /** The index is turned into bytes before it is used as an index (CVE-2026-52968). */
  readonly indexScaledTwice: boolean;
}

const NO_QUIRKS: GaitQuirks = { indexScaledTwice: false };

export interface GaitEntry {
  /** ISC in the guest, 0 to 7. */
  readonly isc: number;
}

export class Gait {
  private entries: (GaitEntry | undefined)[] = Array.from({ length: GAIT_ENTRIES }, () => undefined);
  private strays = new Set<number>();
  private readonly quirks: GaitQuirks;
  /** Gives the guest an event on this ISC. */
  private readonly forward: (isc: number) => number;

  constructor(forward: (isc: number) => number, quirks = NO_QUIRKS) {
    this.forward = forward;
    this.quirks = quirks;
  }

  /** Forwarding for summary bit `aisb`: -EINVAL for a bit or an ISC out of range. */
  enable(aisb: number, entry: GaitEntry): number {
    if (!isBelow(aisb, GAIT_ENTRIES) || !isBelow(entry.isc, 8)) return errno.EINVAL;
    const index = this.quirks.indexScaledTwice ? aisb * GAIT_ENTRY_BYTES : aisb;
    if (index < GAIT_ENTRIES) this.entries[index] = entry;
    else this.strays.add(index);
    return 0;
  }

  /** Entry numbers beyond the table that were written, each once: host memory that is somebody else's. */
  get strayWrites(): number[] {
    return [...this.strays];
  }

  /** The machine finds summary bit `aisb` on: the guest's own event, or -ENOENT without an entry. */
  raise(aisb: number): number {
    const entry = this.entries[aisb];
    return entry ? this.forward(entry.isc) : errno.ENOENT;
  }

  save(): GaitState {
    return { iscs: this.entries.map((entry) => entry?.isc ?? null), strayWrites: this.strayWrites };
  }

  load({ iscs, strayWrites }: GaitState): void {
    this.entries = iscs.map((isc) => (isc === null ? undefined : { isc }));
    this.strays = new Set(strayWrites);
  }
}

const isBelow = (value: number, end: number): boolean =>
  Number.isInteger(value) && value >= 0 && value < end;

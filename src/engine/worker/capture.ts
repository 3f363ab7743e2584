/**
 * Saves of one machine, one after the other: each takes the pages that changed since the last one that was
 * kept. A save that is not kept gives its pages back to the next.
 */
import type { CapturedMachine, SnapshotEvent, SnapshotRequest } from "../api/snapshot.ts";
import { refuse, type Result } from "../base/result.ts";
import type { S390Ccw } from "../machine/s390Ccw.ts";
import { saveState } from "../machine/snapshot.ts";
import type { DirtyLog } from "../memory/dirtyLog.ts";
import { capturePages, pagedImage } from "../memory/pageSet.ts";

export type SaveRequest = Extract<SnapshotRequest, { type: "save" }>;

export class Capture {
  private readonly machine: S390Ccw;
  private readonly clock: () => number;
  /** An earlier save was kept, or the machine was restored from one: changes since then are enough. */
  private hasBase: boolean;

  /** `before`: the machine that a reset took away. */
  constructor(machine: S390Ccw, clock: () => number, hasBase: boolean, before?: S390Ccw) {
    this.machine = machine;
    this.clock = clock;
    this.hasBase = hasBase;
    // The disk outlives a reset, and so does what was written to it.
    if (before?.diskChanges) machine.diskChanges?.inherit(before.diskChanges);
  }
  private get logs(): DirtyLog[] {
    const { core, diskChanges } = this.machine;
    return [core.storage.dirty, ...(diskChanges ? [diskChanges] : [])];
  }

  /** Between two steps. Refuses a machine that has ended, and a second save before the first is done. */
  private take(writer: string, whole: boolean): Result<CapturedMachine, string> {
    const start = this.clock();
    const { machine } = this;
    if (this.logs.some((log) => log.isTaken))
      return refuse("The machine is being saved already; wait for that to end.");
    const state = saveState(machine, writer);
    if (!state.ok) return state;
    const isWhole = whole || !this.hasBase;
    const pagesOf = (log: DirtyLog): Uint32Array<ArrayBuffer> => (isWhole ? log.written() : log.changed());
    const { core, config, diskChanges } = machine;
    const memory = capturePages(core.ram, pagesOf(core.storage.dirty));
    const disk = config.disk && diskChanges && capturePages(pagedImage(config.disk), pagesOf(diskChanges));
    for (const log of this.logs) log.take();
    return {
      ok: true,
      value: {
        state: state.value,
        memory,
        ...(disk && { disk }),
        isWhole,
        instructions: Number(machine.instructions),
        virtualSeconds: Number(machine.now()) / 1e9,
        pauseMs: this.clock() - start,
      },
    };
  }

  /** The event that answers a request, and what of it need not be copied. */
  answer({ id, writer, whole }: SaveRequest): [SnapshotEvent, ArrayBuffer[]] {
    const result = this.take(writer, whole);
    return [{ type: "saved", id, result }, result.ok ? buffersOf(result.value) : []];
  }

  /** What became of the last save. */
  done(isKept: boolean): void {
    for (const log of this.logs.filter((one) => one.isTaken))
      if (isKept) log.commit();
      else log.giveBack();
    this.hasBase ||= isKept;
  }
}

/** What `postMessage` may move in place of copying. */
const buffersOf = ({ state, memory, disk }: CapturedMachine): ArrayBuffer[] =>
  [state, ...[memory, disk].flatMap((set) => (set ? [set.numbers, set.bytes, set.zeros] : []))].map(
    ({ buffer }) => buffer,
  );

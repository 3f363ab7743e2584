/**
 * Saves of one machine, one after the other: each takes the pages that changed since the last one that was
 * kept. A save that is not kept gives its pages back to the next.
 *
 * The guest stands still for the devices' state and the list of pages; the pages are copied between its turns
 * (`memory/pageCapture.ts`) and stored meanwhile, and what it sees is the same as if it had never been saved.
 *
 *   begin ─▶ copying ─▶ all sent ─▶ done: kept, or given back
 *              └▶ cancelled, or done already: given back
 */
import type { SaveHead, SnapshotRequest } from "../api/snapshot.ts";
import { ok, refuse, type Result } from "../base/result.ts";
import type { S390Ccw } from "../machine/s390Ccw.ts";
import { saveState } from "../machine/snapshot.ts";
import type { DirtyLog } from "../memory/dirtyLog.ts";
import { PageCapture } from "../memory/pageCapture.ts";
import { pagedImage } from "../memory/pageSet.ts";
import { SaveStream, SET_PAGES } from "./saveStream.ts";

export type SaveRequest = Extract<SnapshotRequest, { type: "save" }>;

/** How many milliseconds the guest stands still for one round of copying, and how often time is looked at. */
const ROUND_MS = 4;
const PAGES_AT_A_TIME = 128;

/** A save whose pages are being copied. */
interface Copying {
  readonly id: number;
  readonly stream: SaveStream;
  readonly memory: PageCapture;
  readonly disk: PageCapture | undefined;
  /** The longest that the guest stood still at once. */
  pauseMs: number;
}

export class Capture {
  private readonly machine: S390Ccw;
  private readonly clock: () => number;
  /** An earlier save was kept, or the machine was restored from one: changes since then are enough. */
  private hasBase: boolean;
  private copying: Copying | undefined;
  private isRoundDue = false;

  constructor(machine: S390Ccw, clock: () => number, hasBase: boolean) {
    this.machine = machine;
    this.clock = clock;
    this.hasBase = hasBase;
  }
  /** Pages of memory that changed since its base; null where it has none, or is about to get another. */
  changed(): Uint32Array<ArrayBuffer> | null {
    const { dirty } = this.machine.core.storage;
    return this.hasBase && !dirty.isTaken ? dirty.changed() : null;
  }
  private get logs(): DirtyLog[] {
    const { core, diskChanges } = this.machine;
    return [core.storage.dirty, ...(diskChanges ? [diskChanges] : [])];
  }

  /** Between two steps. Refuses a machine that has ended, and a second save before the first is done. */
  save(request: SaveRequest): void {
    const start = this.clock();
    const stream = new SaveStream(request.port, () => this.scheduleRound());
    const head = this.head(request);
    if (!head.ok) {
      stream.refuse(head.error);
      return;
    }
    const { memory, disk } = this.begin(head.value, stream);
    stream.begin(head.value, memory.total + (disk?.total ?? 0));
    this.copying = { id: request.id, stream, memory, disk, pauseMs: this.clock() - start };
    this.scheduleRound();
  }

  private head({ writer, whole }: SaveRequest): Result<SaveHead, string> {
    const { machine } = this;
    if (this.logs.some((log) => log.isTaken))
      return refuse("The machine is being saved already; wait for that to end.");
    const state = saveState(machine, writer);
    if (!state.ok) return state;
    const instructions = Number(machine.instructions);
    const virtualSeconds = Number(machine.now()) / 1e9;
    return ok({ state: state.value, isWhole: whole || !this.hasBase, instructions, virtualSeconds });
  }

  private begin({ isWhole }: SaveHead, stream: SaveStream): Pick<Copying, "memory" | "disk"> {
    const { core, config, diskChanges } = this.machine;
    const { dirty } = core.storage;
    const pagesOf = (log: DirtyLog): Uint32Array<ArrayBuffer> => (isWhole ? log.written() : log.changed());
    const memory = new PageCapture(core.ram, pagesOf(dirty), SET_PAGES, stream.sinkOf("memory"));
    const disk =
      config.disk && diskChanges &&
      new PageCapture(pagedImage(config.disk), pagesOf(diskChanges), SET_PAGES, stream.sinkOf("disk"));
    for (const log of this.logs) log.take();
    dirty.beforeFirst = (page) => memory.keep(page);
    if (disk) diskChanges!.beforeFirst = (page) => disk.keep(page);
    return { memory, disk };
  }

  private scheduleRound(): void {
    if (this.isRoundDue || !this.copying) return;
    this.isRoundDue = true;
    setImmediate(() => {
      this.isRoundDue = false;
      if (this.copying) this.copySome(this.copying);
    });
  }

  /** One round, in which the guest stands still; the next one follows a turn of the machine. */
  private copySome(copying: Copying): void {
    const { stream, memory, disk } = copying;
    const start = this.clock();
    let isDone = false;
    while (!isDone && stream.hasRoom) {
      isDone = memory.advance(PAGES_AT_A_TIME) && (disk?.advance(PAGES_AT_A_TIME) ?? true);
      if (this.clock() - start >= ROUND_MS) break;
    }
    copying.pauseMs = Math.max(copying.pauseMs, this.clock() - start);
    if (isDone || memory.isLost || disk?.isLost) this.finish();
    else if (stream.hasRoom) this.scheduleRound();
  }

  /** Copies what is left of a save under way: the machine is about to go. */
  finish(): void {
    const { copying } = this;
    if (!copying) return;
    const { id, stream, memory, disk, pauseMs } = copying;
    for (const one of [memory, disk]) one?.advance(one.total);
    if (memory.isLost || disk?.isLost) {
      this.giveUp(id, "This host has no room for a copy of the machine's memory; nothing was saved.");
      return;
    }
    this.stopCopying();
    stream.end(pauseMs);
  }

  /** Gives up a save that is still copying. */
  cancel(id: number): void {
    this.giveUp(id, "The save was cancelled; nothing was kept.");
  }
  private giveUp(id: number, sentence: string): void {
    if (this.copying?.id !== id) return;
    this.copying.stream.refuse(sentence);
    this.done(false);
  }

  private stopCopying(): void {
    this.copying = undefined;
    for (const log of this.logs) log.beforeFirst = undefined;
  }

  /** What became of the last save; one that is still copying is not wanted any more. */
  done(isKept: boolean): void {
    if (this.copying) this.stopCopying();
    // A restore since then has made a machine that knows nothing of that save.
    const taken = this.logs.filter((one) => one.isTaken);
    for (const log of taken)
      if (isKept) log.commit();
      else log.giveBack();
    this.hasBase ||= isKept && taken.length > 0;
  }
}

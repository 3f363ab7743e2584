/**
 * Saves of one machine, one after the other: each takes the pages that changed since the last one that was
 * kept. A save that is not kept gives its pages back to the next.
 *
 * The guest stands still for the devices' state and the list of pages; the pages are copied between its turns
 * (`memory/pageCapture.ts`), and what it sees is the same as if it had never been saved.
 *
 *   begin ─▶ copying ─▶ saved ─▶ done: kept, or given back
 *              └▶ cancelled: given back
 */
import type { MachineEvent } from "../api/machine.ts";
import type { CapturedMachine, SnapshotEvent, SnapshotRequest } from "../api/snapshot.ts";
import { ok, refuse, type Result } from "../base/result.ts";
import type { S390Ccw } from "../machine/s390Ccw.ts";
import { saveState } from "../machine/snapshot.ts";
import type { DirtyLog } from "../memory/dirtyLog.ts";
import { PageCapture } from "../memory/pageCapture.ts";
import { pagedImage } from "../memory/pageSet.ts";

export type SaveRequest = Extract<SnapshotRequest, { type: "save" }>;
type Send = (event: MachineEvent, transfer?: ArrayBuffer[]) => void;

/** How many milliseconds the guest stands still for one round of copying, and how often time is looked at. */
const ROUND_MS = 4;
const PAGES_AT_A_TIME = 128;

/** A save whose pages are being copied. */
interface Copying {
  readonly id: number;
  readonly rest: Omit<CapturedMachine, "memory" | "disk" | "pauseMs">;
  readonly memory: PageCapture;
  readonly disk: PageCapture | undefined;
  /** The longest that the guest stood still at once. */
  pauseMs: number;
}

export class Capture {
  private readonly machine: S390Ccw;
  private readonly clock: () => number;
  private readonly send: Send;
  /** An earlier save was kept, or the machine was restored from one: changes since then are enough. */
  private hasBase: boolean;
  private copying: Copying | undefined;

  constructor(machine: S390Ccw, clock: () => number, send: Send, hasBase: boolean) {
    this.machine = machine;
    this.clock = clock;
    this.send = send;
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
    const begun = this.begin(request);
    if (!begun.ok) {
      this.answer(request.id, begun);
      return;
    }
    this.copying = begun.value;
    setImmediate(() => this.copySome());
  }

  private begin({ id, writer, whole }: SaveRequest): Result<Copying, string> {
    const start = this.clock();
    const { machine } = this;
    if (this.logs.some((log) => log.isTaken))
      return refuse("The machine is being saved already; wait for that to end.");
    const state = saveState(machine, writer);
    if (!state.ok) return state;
    const isWhole = whole || !this.hasBase;
    const pagesOf = (log: DirtyLog): Uint32Array<ArrayBuffer> => (isWhole ? log.written() : log.changed());
    const { core, config, diskChanges } = machine;
    const { dirty } = core.storage;
    try {
      const memory = new PageCapture(core.ram, pagesOf(dirty));
      const disk =
        config.disk && diskChanges && new PageCapture(pagedImage(config.disk), pagesOf(diskChanges));
      for (const log of this.logs) log.take();
      dirty.beforeFirst = (page) => memory.keep(page);
      if (disk) diskChanges!.beforeFirst = (page) => disk.keep(page);
      const instructions = Number(machine.instructions);
      const virtualSeconds = Number(machine.now()) / 1e9;
      const rest = { state: state.value, isWhole, instructions, virtualSeconds };
      return ok({ id, rest, memory, disk, pauseMs: this.clock() - start });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return refuse("This host has no room for a copy of the machine's memory; nothing was saved.");
    }
  }

  /** One round, in which the guest stands still; the next one follows a turn of the machine. */
  private copySome(): void {
    const { copying } = this;
    if (!copying) return;
    const start = this.clock();
    let isDone = false;
    do isDone = copying.memory.advance(PAGES_AT_A_TIME) && (copying.disk?.advance(PAGES_AT_A_TIME) ?? true);
    while (!isDone && this.clock() - start < ROUND_MS);
    copying.pauseMs = Math.max(copying.pauseMs, this.clock() - start);
    if (isDone) {
      this.finish();
      return;
    }
    const { id, memory, disk } = copying;
    const done = memory.done + (disk?.done ?? 0);
    this.send({ type: "saving", id, done, total: memory.total + (disk?.total ?? 0) });
    setImmediate(() => this.copySome());
  }

  /** Copies what is left of a save under way, and answers: the machine is about to go. */
  finish(): void {
    const { copying } = this;
    if (!copying) return;
    const { id, rest, memory, disk, pauseMs } = copying;
    for (const one of [memory, disk]) one?.advance(one.total);
    this.stopCopying();
    const value = { ...rest, memory: memory.result(), ...(disk && { disk: disk.result() }), pauseMs };
    this.answer(id, ok(value));
  }

  /** Gives up a save that is still copying. */
  cancel(id: number): void {
    if (this.copying?.id !== id) return;
    this.stopCopying();
    this.done(false);
    this.answer(id, refuse("The save was cancelled; nothing was kept."));
  }

  private stopCopying(): void {
    this.copying = undefined;
    for (const log of this.logs) log.beforeFirst = undefined;
  }

  private answer(id: number, result: Result<CapturedMachine, string>): void {
    const event: SnapshotEvent = { type: "saved", id, result };
    this.send(event, result.ok ? buffersOf(result.value) : []);
  }

  /** What became of the last save. */
  done(isKept: boolean): void {
    // A restore since then has made a machine that knows nothing of that save.
    const taken = this.logs.filter((one) => one.isTaken);
    for (const log of taken)
      if (isKept) log.commit();
      else log.giveBack();
    this.hasBase ||= isKept && taken.length > 0;
  }
}

/** What `postMessage` may move in place of copying. */
const buffersOf = ({ state, memory, disk }: CapturedMachine): ArrayBuffer[] =>
  [state, ...[memory, disk].flatMap((set) => (set ? [set.numbers, set.bytes, set.zeros] : []))].map(
    ({ buffer }) => buffer,
  );

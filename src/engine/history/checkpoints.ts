/**
 * Moments of a run that can be gone back to at once. Each has the state's sections and its pages; a page that
 * did not change between two of them is kept once.
 *
 * Bounded: where their pages are more than allowed, every second checkpoint is given up.
 */
import type { Moment } from "../api/debug.ts";
import type { NearCheckpoint } from "../api/history.ts";
import type { MachineConfig } from "../api/machine.ts";
import { PAGE_BYTES, type PageSet, type SavedMachine } from "../api/snapshot.ts";
import type { Result } from "../base/result.ts";
import type { S390Ccw } from "../machine/s390Ccw.ts";
import { restoreMachine, saveState } from "../machine/snapshot.ts";
import type { PageFollower, Pages } from "./pageFollower.ts";

export interface Checkpoint extends Moment {
  /** How many recorded events lie before it, and how many console bytes were printed. */
  readonly index: number;
  readonly printed: number;
  readonly state: Uint8Array<ArrayBuffer>;
  readonly memory: Pages;
  /** Of the disk those that were ever written. */
  readonly disk: Pages;
}

export class Checkpoints {
  private readonly bytesMax: number;
  /** Ascending. */
  private all: Checkpoint[] = [];
  /** No more pages than these are kept. */
  private pagesAtMost = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** The last at or before a number of instructions. */
  before(instructions: number): Checkpoint | undefined {
    return this.all.findLast((one) => one.instructions <= instructions);
  }

  /** Takes a settled machine as it is. False: it cannot be saved. */
  take(
    machine: S390Ccw, { index, printed }: Pick<Checkpoint, "index" | "printed">, follower: PageFollower,
  ): boolean {
    const saved = saveState(machine, "checkpoint");
    if (!saved.ok) return false;
    const { memory, disk, fresh } = follower.take();
    const moment = { instructions: Number(machine.instructions), virtualNs: Number(machine.now()) };
    this.add({ ...moment, index, printed, state: saved.value, memory, disk }, fresh);
    return true;
  }
  /** `fresh`: how many of its pages no other has. */
  add(taken: Checkpoint, fresh = taken.memory.size + taken.disk.size): void {
    this.all = [...this.all.filter((one) => one.instructions !== taken.instructions), taken]
      .sort((a, b) => a.instructions - b.instructions);
    this.pagesAtMost += fresh;
    // Counting takes long: only where the bound says that there may be too many.
    while (this.all.length > 2 && this.pagesAtMost * PAGE_BYTES > this.bytesMax) {
      this.pagesAtMost = this.count();
      if (this.pagesAtMost * PAGE_BYTES <= this.bytesMax) return;
      this.all = this.all.filter((one, n) => n % 2 === 0 || one === taken);
    }
  }
  private count(): number {
    return new Set(this.all.flatMap(({ memory, disk }) => [...memory.values(), ...disk.values()])).size;
  }
}

/** A machine that stands there. `config.disk` is the image as it was at the start, for this machine alone. */
export const machineAt = (
  checkpoint: Checkpoint, config: MachineConfig, show: (bytes: Uint8Array) => void,
): Result<S390Ccw, string> => restoreMachine(config, savedOf(checkpoint, config.disk !== undefined), show);

/** As one thread gives it to another. */
export function nearOf(checkpoint: Checkpoint, hasDisk: boolean): NearCheckpoint {
  const { instructions, virtualNs, index, printed } = checkpoint;
  return { instructions, virtualNs, index, printed, saved: savedOf(checkpoint, hasDisk) };
}
export function checkpointOf({ saved, ...place }: NearCheckpoint): Checkpoint {
  const { state, memory, disk } = saved;
  const pages = { memory: pagesOf(memory), disk: disk ? pagesOf(disk) : new Map<number, Uint8Array>() };
  return { ...place, state, ...pages };
}

function savedOf({ state, memory, disk }: Checkpoint, hasDisk: boolean): SavedMachine {
  const pages = pageSet(memory, "descending");
  return { state, memory: pages, ...(hasDisk && { disk: pageSet(disk, "ascending") }) };
}
function pageSet(pages: Pages, order: PageSet["order"]): PageSet {
  const numbers = Uint32Array.from(pages.keys()).sort();
  const bytes = new Uint8Array(numbers.length * PAGE_BYTES);
  numbers.forEach((number, index) => bytes.set(pages.get(number)!, index * PAGE_BYTES));
  return { numbers, bytes, zeros: new Uint32Array(0), order };
}
function pagesOf({ numbers, bytes }: PageSet): Pages {
  const page = (index: number): Uint8Array => bytes.subarray(index * PAGE_BYTES, (index + 1) * PAGE_BYTES);
  return new Map(Array.from(numbers, (number, index) => [number, page(index)]));
}

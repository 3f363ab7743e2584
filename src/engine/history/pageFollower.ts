/**
 * The pages of a machine at one moment after another. What did not change since the moment before is the same
 * page, not a copy of it. Saves read the same log, and neither takes a change from the other.
 */
import { PAGE_BYTES } from "../api/snapshot.ts";
import type { S390Ccw } from "../machine/s390Ccw.ts";
import { capturePages } from "../memory/pageCapture.ts";
import { pagedImage, type PagedStorage } from "../memory/pageSet.ts";

/** By number; a page of RAM that is not there holds zeros, one of a disk what it held at the start. */
export type Pages = ReadonlyMap<number, Uint8Array>;
export interface MachinePages {
  readonly memory: Pages;
  readonly disk: Pages;
}

export class PageFollower {
  private readonly machine: S390Ccw;
  private readonly changedMemory: () => Uint32Array<ArrayBuffer>;
  private readonly changedDisk: () => Uint32Array<ArrayBuffer>;
  private pages: MachinePages;

  /** `pages`: those that the machine has now, where that is known. */
  constructor(machine: S390Ccw, pages?: MachinePages) {
    this.machine = machine;
    this.changedMemory = machine.core.storage.dirty.follow();
    this.changedDisk = machine.diskChanges?.follow() ?? (() => new Uint32Array(0));
    this.pages = pages ?? { memory: new Map(), disk: new Map() };
    if (!pages) return;
    this.changedMemory();
    this.changedDisk();
  }

  /** `fresh`: how many were copied. */
  take(): MachinePages & { readonly fresh: number } {
    const { core, config } = this.machine;
    const [memory, disk] = [this.changedMemory(), this.changedDisk()];
    this.pages = {
      memory: renewed(this.pages.memory, core.ram, memory),
      disk: config.disk ? renewed(this.pages.disk, pagedImage(config.disk), disk) : this.pages.disk,
    };
    return { ...this.pages, fresh: memory.length + disk.length };
  }
}

function renewed(before: Pages, storage: PagedStorage, changed: Uint32Array<ArrayBuffer>): Pages {
  const { numbers, zeros, bytes } = capturePages(storage, changed);
  const pages = new Map(before);
  for (const number of zeros) pages.delete(number);
  for (const [index, number] of numbers.entries())
    // A page of its own: what is given up later is then freed.
    pages.set(number, bytes.slice(index * PAGE_BYTES, (index + 1) * PAGE_BYTES));
  return pages;
}

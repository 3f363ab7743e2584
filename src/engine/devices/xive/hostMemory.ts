/**
 * Memory as the host's XIVE reaches it: the guest's pages by guest address, and pages that the kernel
 * allocated for queues of its own, above all guest memory.
 */
import type { QueueMemory } from "./eventQueue.ts";

/** First address of the kernel's pages; a queue's address has 60 bits. */
const KERNEL_BASE = 1n << 59n;
const PAGE_SHIFT = 16n;
const PAGE_WORDS = 1 << 14;

export class HostMemory implements QueueMemory {
  private readonly guest: QueueMemory;
  private readonly pages = new Map<bigint, Uint32Array>();
  private nextPage = KERNEL_BASE;

  constructor(guest: QueueMemory) {
    this.guest = guest;
  }

  /** A zeroed page of 64 KiB; its address. */
  allocatePage(): bigint {
    const page = this.nextPage;
    this.nextPage += 1n << PAGE_SHIFT;
    this.pages.set(page, new Uint32Array(PAGE_WORDS));
    return page;
  }

  freePage(address: bigint): void {
    this.pages.delete(address);
  }

  /** Contents of the kernel's pages up to the last word that is not zero, words in big-endian order. */
  savePages(): readonly { readonly address: bigint; readonly bytes: Uint8Array }[] {
    return [...this.pages].map(([address, words]) => {
      const used = words.subarray(0, words.findLastIndex((word) => word !== 0) + 1);
      const bytes = new Uint8Array(used.length * 4);
      const view = new DataView(bytes.buffer);
      used.forEach((word, index) => view.setUint32(4 * index, word));
      return { address, bytes };
    });
  }

  loadPages(saved: ReturnType<HostMemory["savePages"]>): void {
    this.pages.clear();
    this.nextPage = KERNEL_BASE;
    for (const { address, bytes } of saved) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      const words = new Uint32Array(PAGE_WORDS);
      for (let index = 0; 4 * index < bytes.length; index++) words[index] = view.getUint32(4 * index);
      this.pages.set(address, words);
      if (address >= this.nextPage) this.nextPage = address + (1n << PAGE_SHIFT);
    }
  }

  load(address: bigint): number | undefined {
    if (address < KERNEL_BASE) return this.guest.load(address);
    return this.pages.get(pageOf(address))?.[wordOf(address)];
  }

  store(address: bigint, value: number): boolean {
    if (address < KERNEL_BASE) return this.guest.store(address, value);
    const page = this.pages.get(pageOf(address));
    if (page) page[wordOf(address)] = value;
    return page !== undefined;
  }
}

const pageOf = (address: bigint): bigint => (address >> PAGE_SHIFT) << PAGE_SHIFT;
const wordOf = (address: bigint): number => Number(address & ((1n << PAGE_SHIFT) - 1n)) >> 2;

/**
 * A split virtqueue as the device sees it. Virtio 1.2, section 2.7.
 *
 * Invariants: a descriptor chain is taken only if every part lies in RAM, it has no loop and device-readable
 * parts come first; otherwise the queue is `broken` and stays so until reset. One pass takes no more chains
 * than the queue has entries, so a ring that lies over itself cannot hold the device.
 */
import type { RingMemory } from "./ringMemory.ts";
import type { ByteOrder } from "./virtioBits.ts";

const DESCRIPTOR_BYTES = 16;
const INDIRECT_DESCRIPTORS_MAX = 1024;
/** Sum of all buffers of one chain, bytes. */
const CHAIN_BYTES_MAX = 64 * 1024 * 1024;
const descriptorFlag = { next: 1, write: 2, indirect: 4 } as const;
const NO_INTERRUPT = 1;

export interface Buffer {
  readonly address: number;
  readonly length: number;
}

/** One request: its buffers in order, readable by the device, then writable. */
export interface Chain {
  readonly head: number;
  readonly readable: readonly Buffer[];
  readonly writable: readonly Buffer[];
  readonly readableBytes: number;
  readonly writableBytes: number;
}

/** Plain data; part of a snapshot. */
export interface QueueState {
  /** Entries in use: a power of two, at most the maximum. */
  size: number;
  /** 0 in `descriptors` means the queue is not set up. */
  descriptors: bigint;
  available: bigint;
  used: bigint;
  lastAvailable: number;
  usedIndex: number;
  /** Used index at the last interrupt, or -1 if none was sent yet. */
  signalledUsed: number;
  broken: boolean;
}

const unset = (size: number): QueueState => ({
  size, descriptors: 0n, available: 0n, used: 0n, lastAvailable: 0, usedIndex: 0, signalledUsed: -1,
  broken: false,
});

export class Virtqueue {
  readonly sizeMax: number;
  order: ByteOrder = "big";
  usesEventIndex = false;
  allowsIndirect = false;
  /** Told when the queue breaks. */
  onBroken: () => void = () => undefined;
  private readonly memory: RingMemory;
  private state: QueueState;

  constructor(memory: RingMemory, sizeMax: number) {
    this.memory = memory;
    this.sizeMax = sizeMax;
    this.state = unset(sizeMax);
  }

  get isReady(): boolean {
    return this.state.descriptors !== 0n && !this.state.broken;
  }

  /** Places the rings. False: the size or a place is not acceptable, and nothing changed. */
  place(size: number, descriptors: bigint, available: bigint, used: bigint): boolean {
    if (descriptors === 0n) {
      this.state = unset(this.sizeMax);
      return true;
    }
    const wanted = { ...unset(size), descriptors, available, used };
    if (!this.isInStorage(wanted)) return false;
    this.state = wanted;
    return true;
  }

  private isInStorage({ size, descriptors, available, used }: QueueState): boolean {
    const isPowerOfTwo = size > 0 && (size & (size - 1)) === 0;
    if (!isPowerOfTwo || size > this.sizeMax) return false;
    if (descriptors % 16n !== 0n || available % 2n !== 0n || used % 4n !== 0n) return false;
    if (!this.memory.contains(descriptors, size * DESCRIPTOR_BYTES)) return false;
    return this.memory.contains(available, 6 + size * 2) && this.memory.contains(used, 6 + size * 8);
  }

  reset(): void {
    this.state = unset(this.sizeMax);
    this.usesEventIndex = false;
    this.allowsIndirect = false;
  }

  /** Chains the driver has offered and the device has not taken. A lying index breaks the queue. */
  offered(): number {
    if (!this.isReady) return 0;
    const index = this.memory.u16(Number(this.state.available) + 2, this.order);
    const count = (index - this.state.lastAvailable) & 0xffff;
    if (count <= this.state.size) return count;
    this.break();
    return 0;
  }

  /** Takes the next chain; `undefined` if there is none or it is not valid (then the queue is broken). */
  take(): Chain | undefined {
    if (this.offered() === 0) return undefined;
    const { available, size, lastAvailable } = this.state;
    const head = this.memory.u16(Number(available) + 4 + 2 * (lastAvailable % size), this.order);
    const chain = this.collect(head);
    if (!chain) {
      this.break();
      return undefined;
    }
    this.state.lastAvailable = (lastAvailable + 1) & 0xffff;
    return chain;
  }

  /** Gives a chain back; `written` bytes were stored in its writable buffers. */
  giveBack(chain: Chain, written: number): void {
    if (!this.isReady) return;
    const { used, size, usedIndex } = this.state;
    const entry = Number(used) + 4 + 8 * (usedIndex % size);
    this.memory.setU32(entry, chain.head, this.order);
    this.memory.setU32(entry + 4, written, this.order);
    this.state.usedIndex = (usedIndex + 1) & 0xffff;
    this.memory.setU16(Number(used) + 2, this.state.usedIndex, this.order);
  }

  /**
   * Takes what is offered now, gives each chain back with the bytes that `serve` has stored in it, and asks
   * for the next notification. Stops early where `goesOn` says so. True if chains were given back.
   */
  serveOffered(serve: (chain: Chain) => number, goesOn: () => boolean = () => true): boolean {
    const rounds = this.offered();
    let given = 0;
    while (given < rounds && goesOn()) {
      const chain = this.take();
      if (!chain) break;
      this.giveBack(chain, serve(chain));
      given++;
    }
    this.askForNotification();
    return given > 0;
  }

  /** Asks the driver to notify from its next offer on. Meaningful with the event index; harmless without. */
  askForNotification(): void {
    if (!this.isReady || !this.usesEventIndex) return;
    const { used, size, lastAvailable } = this.state;
    this.memory.setU16(Number(used) + 4 + 8 * size, lastAvailable, this.order);
  }

  /**
   * Does the driver want an interrupt for what was given back since the last one? Asking counts as sending
   * it.
   */
  wantsInterrupt(): boolean {
    if (!this.isReady) return false;
    const { available, size, usedIndex, signalledUsed } = this.state;
    if (!this.usesEventIndex) return (this.memory.u16(Number(available), this.order) & NO_INTERRUPT) === 0;
    this.state.signalledUsed = usedIndex;
    if (signalledUsed < 0) return true;
    const event = this.memory.u16(Number(available) + 4 + 2 * size, this.order);
    return ((usedIndex - event - 1) & 0xffff) < ((usedIndex - signalledUsed) & 0xffff);
  }

  /** Bytes of consecutive readable buffers; the caller has bounded `length`. */
  readFrom(buffers: readonly Buffer[], offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.forEachPart(buffers, offset, length, (address, at, size) => {
      bytes.set(this.memory.read(address, size), at);
    });
    return bytes;
  }

  writeTo(buffers: readonly Buffer[], offset: number, bytes: Uint8Array): void {
    this.forEachPart(buffers, offset, bytes.length, (address, at, size) => {
      this.memory.write(address, bytes.subarray(at, at + size));
    });
  }

  save(): QueueState {
    return { ...this.state };
  }

  /** True for a queue that the driver could have placed. */
  canLoad(state: QueueState): boolean {
    return state.descriptors === 0n || this.isInStorage(state);
  }

  load(state: QueueState): void {
    this.state = { ...state };
  }

  private break(): void {
    this.state.broken = true;
    this.onBroken();
  }

  private forEachPart(buffers: readonly Buffer[], offset: number, length: number,
    use: (address: number, at: number, size: number) => void): void {
    let start = 0;
    for (const buffer of buffers) {
      const from = Math.max(offset, start);
      const to = Math.min(offset + length, start + buffer.length);
      if (from < to) use(buffer.address + from - start, from - offset, to - from);
      start += buffer.length;
    }
  }

  private collect(head: number): Chain | undefined {
    const readable: Buffer[] = [];
    const writable: Buffer[] = [];
    const sums = { readable: 0, writable: 0 };
    let table = Number(this.state.descriptors);
    let entries = this.state.size;
    let index = head;
    let isIndirect = false;
    for (let visited = 0; visited < entries; visited++) {
      if (index >= entries) return undefined;
      const at = this.memory.read(table + index * DESCRIPTOR_BYTES, DESCRIPTOR_BYTES);
      const descriptor = decodeDescriptor(at, this.order);
      if (!this.memory.contains(descriptor.address, descriptor.length)) return undefined;
      if ((descriptor.flags & descriptorFlag.indirect) !== 0) {
        const count = descriptor.length / DESCRIPTOR_BYTES;
        if (isIndirect || !this.allowsIndirect) return undefined;
        if ((descriptor.flags & descriptorFlag.next) !== 0) return undefined;
        if (!Number.isInteger(count) || count === 0 || count > INDIRECT_DESCRIPTORS_MAX) return undefined;
        [table, entries, index, isIndirect, visited] = [Number(descriptor.address), count, 0, true, -1];
        continue;
      }
      const buffer = { address: Number(descriptor.address), length: descriptor.length };
      if ((descriptor.flags & descriptorFlag.write) !== 0) {
        writable.push(buffer);
        sums.writable += buffer.length;
      } else {
        if (writable.length > 0) return undefined;
        readable.push(buffer);
        sums.readable += buffer.length;
      }
      if (sums.readable + sums.writable > CHAIN_BYTES_MAX) return undefined;
      if ((descriptor.flags & descriptorFlag.next) === 0)
        return { head, readable, writable, readableBytes: sums.readable, writableBytes: sums.writable };
      index = descriptor.next;
    }
    return undefined;
  }
}

function decodeDescriptor(bytes: Uint8Array, order: ByteOrder):
  { address: bigint; length: number; flags: number; next: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, DESCRIPTOR_BYTES);
  const little = order === "little";
  return {
    address: view.getBigUint64(0, little), length: view.getUint32(8, little),
    flags: view.getUint16(12, little), next: view.getUint16(14, little),
  };
}

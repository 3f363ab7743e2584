/** One queue of a virtio device in guest memory, without a transport: a chain is offered, served and read. */
import type { VirtioBackend } from "../../../../src/engine/devices/virtio/backend.ts";
import { RingMemory } from "../../../../src/engine/devices/virtio/ringMemory.ts";
import type { ByteOrder } from "../../../../src/engine/devices/virtio/virtioBits.ts";
import { Virtqueue } from "../../../../src/engine/devices/virtio/virtqueue.ts";
import { GuestMemory } from "../../../../src/engine/memory/guestMemory.ts";

const TABLE = 0x1000, AVAILABLE = 0x2000, USED = 0x3000, READABLE = 0x1_0000;
const NEXT = 1, WRITE = 2;
const ENTRIES = 128;
/** What writable storage holds before. */
const UNTOUCHED = 0xee;

export interface Answer {
  /** Bytes that the device says it has stored. */
  readonly used: number;
  /** What the writable storage holds now. */
  readonly bytes: Uint8Array;
}

export class RequestQueue {
  readonly memory: GuestMemory;
  readonly queue: Virtqueue;
  /** Is the driver ready? */
  isRunning = true;
  /** Queues of which the device said that chains were given back. */
  readonly told: number[] = [];
  private readonly backend: VirtioBackend;
  private readonly index: number;
  private readonly bufferBytes: number;
  private offered = 0;

  /** Queue `index`; what is longer than `bufferBytes` is of several descriptors, all of the same storage. */
  constructor(backend: VirtioBackend, index = 0, order: ByteOrder = "little", bufferBytes = 0x2000) {
    this.memory = GuestMemory.standalone(READABLE + 2 * bufferBytes);
    this.bufferBytes = bufferBytes;
    this.queue = new Virtqueue(new RingMemory(this.memory), ENTRIES);
    this.queue.order = order;
    this.queue.place(ENTRIES, BigInt(TABLE), BigInt(AVAILABLE), BigInt(USED));
    this.backend = backend;
    this.index = index;
    const queues = [0, 1].map((other) =>
      (other === index ? this.queue : new Virtqueue(new RingMemory(this.memory), ENTRIES)));
    backend.connect({
      isRunning: () => this.isRunning, queue: (other) => queues[other]!,
      usedChanged: (other) => this.told.push(other),
    });
  }

  /** Offers a chain with these bytes to read (repeated to `length`) and so much room to write. */
  offer(readable: Uint8Array, writable: number, length = readable.length): void {
    const { memory, bufferBytes } = this;
    memory.write(READABLE, readable, "loader");
    memory.fill(READABLE + bufferBytes, Math.min(writable, bufferBytes), UNTOUCHED, "loader");
    const parts = [...this.pieces(length).map((size) => ({ at: READABLE, size, flags: 0 })),
      ...this.pieces(writable).map((size) => ({ at: READABLE + bufferBytes, size, flags: WRITE }))];
    parts.forEach(({ at, size, flags }, entry) => {
      const descriptor = TABLE + 16 * entry;
      this.put(descriptor, 8, at);
      this.put(descriptor + 8, 4, size);
      this.put(descriptor + 12, 2, flags | (entry + 1 < parts.length ? NEXT : 0));
      this.put(descriptor + 14, 2, entry + 1);
    });
    this.put(AVAILABLE + 4 + 2 * (this.offered % ENTRIES), 2, 0);
    this.put(AVAILABLE + 2, 2, ++this.offered);
  }

  /** Notifies the device; what came back last, or undefined if nothing did. */
  serve(writable: number): Answer | undefined {
    const before = this.get(USED + 2, 2);
    this.backend.notified(this.index);
    if (this.get(USED + 2, 2) === before) return undefined;
    const used = this.get(USED + 4 + 8 * (before % ENTRIES) + 4, 4);
    const bytes = this.memory.read(READABLE + this.bufferBytes, Math.min(writable, this.bufferBytes));
    return { used, bytes };
  }

  request(readable: Uint8Array, writable: number, length = readable.length): Answer {
    this.offer(readable, writable, length);
    const answer = this.serve(writable);
    if (!answer) throw new Error("the device kept a chain");
    return answer;
  }

  private pieces(length: number): number[] {
    const whole = new Array<number>(Math.floor(length / this.bufferBytes)).fill(this.bufferBytes);
    const rest = length % this.bufferBytes;
    return rest > 0 ? [...whole, rest] : whole;
  }

  private put(at: number, bytes: number, value: number): void {
    for (let byte = 0; byte < bytes; byte++)
      this.memory.setU8(this.place(at, bytes, byte), Math.floor(value / 256 ** byte) % 256, "loader");
  }

  private get(at: number, bytes: number): number {
    let value = 0;
    for (let byte = 0; byte < bytes; byte++)
      value += this.memory.u8(this.place(at, bytes, byte)) * 256 ** byte;
    return value;
  }

  /** Where the byte of this significance is. */
  private place(at: number, bytes: number, byte: number): number {
    return this.queue.order === "big" ? at + bytes - 1 - byte : at + byte;
  }
}

export const untouched = (length: number): number[] => new Array<number>(length).fill(UNTOUCHED);

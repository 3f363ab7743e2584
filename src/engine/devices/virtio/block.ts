/**
 * Virtio block device (device id 2) over a byte image. Virtio 1.2, section 5.2.
 *
 * A request is a header (type, reserved, sector), data, and one status byte at the very end of the writable
 * part. Invariant: the image is changed only inside its bounds, and a request that is refused changes
 * nothing.
 */
import type { BackendPort, VirtioBackend } from "./backend.ts";
import type { ByteOrder } from "./virtioBits.ts";
import type { Chain, Virtqueue } from "./virtqueue.ts";

const SECTOR_BYTES = 512;
const HEADER_BYTES = 16;
const ID_BYTES = 20;
const SEGMENTS_MAX = 126;
/** Data bytes of one request. */
const REQUEST_BYTES_MAX = 32 * 1024 * 1024;
const DISCARD_SEGMENT_BYTES = 16;
const DISCARD_SEGMENTS_MAX = 16;
const DISCARD_SECTORS_MAX = 0x8000;
const COPY_STEP = 0x1_0000;
/** Flag of a segment: its sectors need no room any more. DISCARD always means that and must not say it. */
const UNMAP = 1;

const blockFeature = {
  segmentMax: 1n << 2n, readOnly: 1n << 5n, blockSize: 1n << 6n, flush: 1n << 9n, discard: 1n << 13n,
  writeZeroes: 1n << 14n,
} as const;
const requestType = { read: 0, write: 1, flush: 4, getId: 8, discard: 11, writeZeroes: 13 } as const;
const requestStatus = { ok: 0, ioError: 1, unsupported: 2 } as const;

export interface BlockOptions {
  readonly readOnly?: boolean;
  /** At most 20 ASCII characters. */
  readonly serial?: string;
  /** Told before each change of the image: byte offset and length. */
  readonly beforeChange?: (offset: number, length: number) => void;
}

export class VirtioBlock implements VirtioBackend {
  readonly id = 2;
  readonly queueSizes = [256] as const;
  readonly features: bigint;
  private readonly image: Uint8Array;
  private readonly options: BlockOptions;
  private readonly sectors: number;
  private port: BackendPort | undefined;

  /** Bytes behind the last whole sector of `image` are not visible to the guest. */
  constructor(image: Uint8Array, options: BlockOptions = {}) {
    this.image = image;
    this.options = options;
    this.sectors = Math.floor(image.length / SECTOR_BYTES);
    this.features = blockFeature.segmentMax | blockFeature.blockSize | blockFeature.flush
      | (options.readOnly ? blockFeature.readOnly : blockFeature.discard | blockFeature.writeZeroes);
  }

  connect(port: BackendPort): void {
    this.port = port;
  }

  config(order: ByteOrder): Uint8Array {
    const bytes = new Uint8Array(60);
    const view = new DataView(bytes.buffer);
    const little = order === "little";
    view.setBigUint64(0, BigInt(this.sectors), little);
    view.setUint32(12, SEGMENTS_MAX, little);
    view.setUint32(20, SECTOR_BYTES, little);
    view.setUint16(34, 1, little);
    if (!this.options.readOnly) {
      view.setUint32(36, DISCARD_SECTORS_MAX, little);
      view.setUint32(40, DISCARD_SEGMENTS_MAX, little);
      view.setUint32(44, 1, little);
      view.setUint32(48, DISCARD_SECTORS_MAX, little);
      view.setUint32(52, DISCARD_SEGMENTS_MAX, little);
      bytes[56] = 1;
    }
    return bytes;
  }

  notified(index: number): void {
    const { port } = this;
    if (!port) return;
    const queue = port.queue(index);
    if (queue.serveOffered((chain) => this.serve(queue, chain))) port.usedChanged(index);
  }

  /** Serves one request; returns the bytes written into its buffers, status included. */
  private serve(queue: Virtqueue, chain: Chain): number {
    if (chain.writableBytes < 1) return 0;
    const { status, stored } = this.execute(queue, chain);
    queue.writeTo(chain.writable, chain.writableBytes - 1, Uint8Array.of(status));
    return stored + 1;
  }

  private execute(queue: Virtqueue, chain: Chain): { status: number; stored: number } {
    if (chain.readableBytes < HEADER_BYTES) return { status: requestStatus.ioError, stored: 0 };
    const header = queue.readFrom(chain.readable, 0, HEADER_BYTES);
    const view = new DataView(header.buffer);
    const little = queue.order === "little";
    const sector = view.getBigUint64(8, little);
    switch (view.getUint32(0, little)) {
      case requestType.read: return this.read(queue, chain, sector);
      case requestType.write: return answered(this.write(queue, chain, sector));
      case requestType.flush: return answered(requestStatus.ok);
      case requestType.getId: return this.identify(queue, chain);
      case requestType.discard: return answered(this.zero(queue, chain, 0));
      case requestType.writeZeroes: return answered(this.zero(queue, chain, UNMAP));
      default: return answered(requestStatus.unsupported);
    }
  }

  /** Byte offset of a run of whole sectors inside the image, or `undefined`. */
  private place(sector: bigint, length: number): number | undefined {
    if (length % SECTOR_BYTES !== 0 || length > REQUEST_BYTES_MAX) return undefined;
    if (sector > BigInt(this.sectors)) return undefined;
    if (Number(sector) + length / SECTOR_BYTES > this.sectors) return undefined;
    return Number(sector) * SECTOR_BYTES;
  }

  private read(queue: Virtqueue, chain: Chain, sector: bigint): { status: number; stored: number } {
    const length = chain.writableBytes - 1;
    const offset = this.place(sector, length);
    if (offset === undefined) return answered(requestStatus.ioError);
    queue.writeTo(chain.writable, 0, this.image.subarray(offset, offset + length));
    return { status: requestStatus.ok, stored: length };
  }

  private write(queue: Virtqueue, chain: Chain, sector: bigint): number {
    const length = chain.readableBytes - HEADER_BYTES;
    const offset = this.place(sector, length);
    if (offset === undefined || this.options.readOnly) return requestStatus.ioError;
    if (length > 0) this.options.beforeChange?.(offset, length);
    for (let at = 0; at < length; at += COPY_STEP) {
      const size = Math.min(COPY_STEP, length - at);
      this.image.set(queue.readFrom(chain.readable, HEADER_BYTES + at, size), offset + at);
    }
    return requestStatus.ok;
  }

  private identify(queue: Virtqueue, chain: Chain): { status: number; stored: number } {
    const serial = this.options.serial ?? "";
    const length = Math.min(ID_BYTES, chain.writableBytes - 1);
    // Behind its end a text has no code, which is 0 here.
    const id = Uint8Array.from({ length }, (_, at) => serial.charCodeAt(at) & 0x7f);
    queue.writeTo(chain.writable, 0, id);
    return { status: requestStatus.ok, stored: length };
  }

  /**
   * DISCARD and WRITE ZEROES: segments of sector (8), count (4) and flags (4, of `knownFlags`); both leave
   * zeros.
   */
  private zero(queue: Virtqueue, chain: Chain, knownFlags: number): number {
    if (this.options.readOnly) return requestStatus.ioError;
    const length = chain.readableBytes - HEADER_BYTES;
    if (length === 0 || length % DISCARD_SEGMENT_BYTES !== 0) return requestStatus.ioError;
    if (length > DISCARD_SEGMENT_BYTES * DISCARD_SEGMENTS_MAX) return requestStatus.ioError;
    const view = new DataView(queue.readFrom(chain.readable, HEADER_BYTES, length).buffer);
    const little = queue.order === "little";
    const areas: { offset: number; length: number }[] = [];
    for (let at = 0; at < length; at += DISCARD_SEGMENT_BYTES) {
      const count = view.getUint32(at + 8, little);
      const flags = view.getUint32(at + 12, little);
      if (count > DISCARD_SECTORS_MAX || (flags & ~knownFlags) !== 0) return requestStatus.unsupported;
      const offset = this.place(view.getBigUint64(at, little), count * SECTOR_BYTES);
      if (offset === undefined) return requestStatus.ioError;
      areas.push({ offset, length: count * SECTOR_BYTES });
    }
    for (const area of areas) {
      if (area.length > 0) this.options.beforeChange?.(area.offset, area.length);
      this.image.fill(0, area.offset, area.offset + area.length);
    }
    return requestStatus.ok;
  }
}

const answered = (status: number): { status: number; stored: number } => ({ status, stored: 0 });

/**
 * zstd frames made beside the store's thread, each from all of what it is given. What a frame is made with
 * is large, and making it anew for each costs more than the frame: it is kept, and so is the room that
 * frames are written to.
 */
import type { TransformOptions } from "node:stream";
import { constants, createZstdCompress, type ZstdOptions } from "node:zlib";
import { frameOptions } from "./frames.ts";

/** As many as Node's pool has threads. */
const LANES_MAX = 4;
/** Frames lie in it one after another. */
const ROOM_BYTES = 1 << 20;

const options: ZstdOptions & Pick<TransformOptions, "readableHighWaterMark"> = {
  ...frameOptions,
  // Each piece that comes is a frame.
  flush: constants.ZSTD_e_end,
  chunkSize: ROOM_BYTES,
  // A frame is taken when all of it is there, however long it is.
  readableHighWaterMark: Number.MAX_SAFE_INTEGER,
};

/** Makes one frame after the other. */
class Lane {
  private readonly stream = createZstdCompress(options);
  waiting = 0;

  /** `failed`: it can make no more. */
  constructor(failed: (lane: Lane) => void) {
    this.stream.on("error", () => failed(this));
  }
  pack(bytes: Uint8Array): Promise<Buffer> {
    this.waiting++;
    return new Promise((resolve, reject) => {
      this.stream.write(bytes, (error) => {
        this.waiting--;
        if (error) reject(error);
        else resolve(this.stream.read() as Buffer);
      });
    });
  }
}

const lanes: Lane[] = [];

/** As `compress`, on another thread; `bytes` stay as they are until it is done, and are not empty. */
export function compressAside(bytes: Uint8Array): Promise<Buffer> {
  const free = lanes.find(({ waiting }) => waiting === 0);
  if (free || lanes.length === LANES_MAX)
    return (free ?? lanes.reduce((least, one) => (one.waiting < least.waiting ? one : least))).pack(bytes);
  const lane = new Lane((failed) => lanes.splice(lanes.indexOf(failed), 1));
  lanes.push(lane);
  return lane.pack(bytes);
}

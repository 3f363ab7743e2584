/**
 * How the store packs what it keeps: zstd frames, and SHA-256 over whatever it must recognize again. Most
 * packing happens beside the store's thread (`packer.ts`), which hashes and writes meanwhile.
 */
import { hash as digest } from "node:crypto";
import { promisify } from "node:util";
import { constants, zstdCompressSync, zstdDecompress, zstdDecompressSync } from "node:zlib";

export const sha256 = (bytes: Uint8Array): Buffer => digest("sha256", bytes, "buffer");
export const HASH_BYTES = 32;
/** A character for each byte, for many small pieces: made in two thirds of the time that a buffer takes. */
export const sha256Text = (bytes: Uint8Array): string => digest("sha256", bytes, "binary");

/** Larger ones go in pieces. A whole pack is one piece: Node's own pieces of 16 KiB take twice as long. */
const PIECE_BYTES_MAX = 1 << 20;
const pieceOf = (bytes: number): number => Math.min(Math.max(bytes, 4096), PIECE_BYTES_MAX);

export const frameOptions = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
/** What a frame takes at most, so that it comes in one piece: incompressible blocks grow by a few bytes. */
const framed = (bytes: number) => ({
  ...frameOptions, chunkSize: pieceOf(bytes) + (pieceOf(bytes) >> 7) + 64,
});
/** The byte more shows that a frame ends where it should. */
const plain = (most: number) => ({ maxOutputLength: most, chunkSize: pieceOf(most) + 1 });
const damaged = (what: string): Error => new Error(`The store is damaged: ${what} cannot be unpacked.`);
const whole = ({ buffer, byteOffset, length }: Buffer): Uint8Array<ArrayBuffer> =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, length);

export const compress = (bytes: Uint8Array): Buffer => zstdCompressSync(bytes, framed(bytes.length));

/** Throws a sentence where `packed` is no zstd frame of at most `most` bytes. */
export function decompress(packed: Uint8Array, most: number, what: string): Uint8Array<ArrayBuffer> {
  try {
    return whole(zstdDecompressSync(packed, plain(most)));
  } catch {
    throw damaged(what);
  }
}

const decompressing = promisify(zstdDecompress);

/** As `decompress`, on another thread. */
export async function decompressAside(
  packed: Uint8Array, most: number, what: string,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return whole(await decompressing(packed, plain(most)));
  } catch {
    throw damaged(what);
  }
}

/**
 * Work whose parts are done aside: what each gives is taken in the order of the parts while later ones are
 * under way, few at a time.
 */
export class InTurn<Done> {
  private readonly take: (done: Done) => void;
  private readonly underWay: Promise<Done>[] = [];

  constructor(take: (done: Done) => void) {
    this.take = take;
  }
  /** Waits while too many are under way. What one of them threw is thrown here, or by `end`. */
  async add(done: Promise<Done>): Promise<void> {
    // Asked for later: until then a failure is not one that nobody hears.
    done.catch(() => undefined);
    this.underWay.push(done);
    if (this.underWay.length >= UNDER_WAY_MAX) this.take(await this.underWay.shift()!);
  }
  /** Until all are taken. */
  async end(): Promise<void> {
    while (this.underWay.length > 0) this.take(await this.underWay.shift()!);
  }
}
/** As `Promise.all`, but fails only once all have ended: nothing of them comes later. */
export async function allEnded<Works extends readonly unknown[] | []>(
  works: Works,
): Promise<{ -readonly [At in keyof Works]: Awaited<Works[At]> }> {
  await Promise.allSettled(works);
  return Promise.all(works);
}

/** Enough to keep every thread of Node's pool busy; each may take half a megabyte. */
const UNDER_WAY_MAX = 8;

/** Kernels, initial RAM disks and disks by content hash, each once, however many snapshots begin with it. */
import type { Database } from "./database.ts";
import { allEnded, decompressAside, sha256 } from "./frames.ts";
import { compressAside } from "./packer.ts";

/** No image is larger: a disk is the largest. */
const IMAGE_BYTES_MAX = 2 ** 31 - 1;

export interface StartImages<Bytes extends Uint8Array = Uint8Array> {
  readonly kernel: Bytes;
  readonly initrd?: Bytes;
  readonly disk?: Bytes;
}
/** The hashes under which they are kept, and the bytes that storing them added. */
export interface StoredImages {
  readonly kernel: Buffer;
  readonly initrd: Buffer | null;
  readonly disk: Buffer | null;
  readonly addedBytes: number;
}

export class Images {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }
  async putAll({ kernel, initrd, disk }: StartImages): Promise<StoredImages> {
    const none = { hash: null, addedBytes: 0 };
    const [first, second, third] = await allEnded([
      this.put(kernel), initrd ? this.put(initrd) : none, disk ? this.put(disk) : none,
    ]);
    const addedBytes = first.addedBytes + second.addedBytes + third.addedBytes;
    return { kernel: first.hash, initrd: second.hash, disk: third.hash, addedBytes };
  }
  /** The image's hash, and the bytes that storing it added. */
  private async put(image: Uint8Array): Promise<{ hash: Buffer; addedBytes: number }> {
    const hash = sha256(image);
    if (this.database.prepare("SELECT 1 FROM images WHERE hash = ?").get(hash))
      return { hash, addedBytes: 0 };
    const data = await compressAside(image);
    // The same image may have been on its way twice.
    const { changes } = this.database
      .prepare("INSERT INTO images (hash, bytes, data) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
      .run(hash, image.length, data);
    return { hash, addedBytes: changes * data.length };
  }
  /** Throws a sentence where it is missing or damaged. */
  async read(hash: Buffer): Promise<Uint8Array<ArrayBuffer>> {
    const find = this.database.prepare<[Buffer], { bytes: number; data: Buffer }>(
      "SELECT bytes, data FROM images WHERE hash = ?",
    );
    const row = find.get(hash);
    const name = `image ${hash.toString("hex").slice(0, 12)}`;
    if (!row || row.bytes > IMAGE_BYTES_MAX) throw new Error(`The store is damaged: ${name} is missing.`);
    const image = await decompressAside(row.data, Math.max(1, row.bytes), name);
    if (!sha256(image).equals(hash)) throw new Error(`The store is damaged: ${name} has changed.`);
    return image;
  }
  /** Deletes images that no snapshot begins with. */
  sweep(): void {
    this.database.exec(`
      DELETE FROM images WHERE hash NOT IN (
        SELECT kernel FROM snapshots
        UNION SELECT initrd FROM snapshots WHERE initrd IS NOT NULL
        UNION SELECT disk FROM snapshots WHERE disk IS NOT NULL)`);
  }
}

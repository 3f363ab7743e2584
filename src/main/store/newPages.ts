/**
 * Pages on their way into the store: every page gets its id at once, and those whose contents are new are
 * packed, up to 64 in one zstd frame, because single pages compress badly and slowly. Packing goes on beside
 * the store's thread while later pages are hashed.
 *
 * Invariant: a page is in the index exactly if its pack will be written, both by `end` at the latest.
 */
import type { Statement } from "better-sqlite3";
import { PAGE_BYTES } from "../../engine/api/snapshot.ts";
import type { Database } from "./database.ts";
import { InTurn, sha256, sha256Text } from "./frames.ts";
import { compressAside } from "./packer.ts";
import { PageIndex } from "./pageIndex.ts";
import { PACK_BYTES, PACK_PAGES, pageId, packOf, slotOf } from "./pageList.ts";

/** What the index takes for a page: its hash, its id, and their place in a tree. */
const INDEXED_BYTES = 40;

interface Packed {
  readonly id: number;
  readonly plain: Uint8Array;
  readonly data: Buffer;
}

/** Belongs into one transaction, which lasts until `end` is done. */
export class NewPages {
  private readonly index: PageIndex;
  private readonly addPack: Statement<[number, Buffer, Buffer]>;
  private readonly packing = new InTurn<Packed>((packed) => this.keep(packed));
  /** Buffers of packs that are written: memory that was used before is had at once. */
  private readonly free: Uint8Array[] = [];
  private pack: Uint8Array | undefined;
  /** The page that came into the pack last. */
  private last = 0;
  private addedBytes = 0;

  constructor(database: Database) {
    this.addPack = database.prepare("INSERT INTO packs (id, data, hash) VALUES (?, ?, ?)");
    const newest = database.prepare<[], number | null>("SELECT max(id) FROM packs").pluck();
    this.index = new PageIndex(database, pageId((newest.get() ?? 0) + 1, 0));
  }

  /** The ids of these pages, one after another; they are copied. */
  async put(bytes: Uint8Array): Promise<Uint32Array> {
    const page = (index: number): Uint8Array =>
      bytes.subarray(index * PAGE_BYTES, (index + 1) * PAGE_BYTES);
    const hashes = Array.from({ length: bytes.length / PAGE_BYTES }, (_, index) => sha256Text(page(index)));
    const { ids, fresh } = this.index.enter(hashes);
    for (const index of fresh) {
      this.pack ??= this.free.pop() ?? new Uint8Array(PACK_BYTES);
      this.last = ids[index]!;
      this.pack.set(page(index), slotOf(this.last) * PAGE_BYTES);
      if (slotOf(this.last) === PACK_PAGES - 1) await this.close(this.pack);
    }
    return ids;
  }

  /** Until all of them are written; the bytes that this added to the store. */
  async end(): Promise<number> {
    if (this.pack) await this.close(this.pack);
    this.index.end();
    await this.packing.end();
    return this.addedBytes;
  }

  private close(pack: Uint8Array): Promise<void> {
    const id = packOf(this.last);
    const plain = pack.subarray(0, (slotOf(this.last) + 1) * PAGE_BYTES);
    this.pack = undefined;
    return this.packing.add(compressAside(plain).then((data) => ({ id, plain, data })));
  }
  private keep({ id, plain, data }: Packed): void {
    this.addPack.run(id, data, sha256(data));
    this.addedBytes += data.length + (plain.length / PAGE_BYTES) * INDEXED_BYTES;
    this.free.push(new Uint8Array(plain.buffer));
  }
}

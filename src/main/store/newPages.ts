/**
 * Pages on their way into the store: every page gets its id at once, and those whose contents are new are
 * packed, up to 64 in one zstd frame, because single pages compress badly and slowly. Packing goes on beside
 * the store's thread while later pages are hashed.
 *
 * Invariant: a page is in the index exactly if its pack will be written, by `end` at the latest.
 */
import type { Statement } from "better-sqlite3";
import { PAGE_BYTES } from "../../engine/api/snapshot.ts";
import type { Database } from "./database.ts";
import { InTurn, sha256, sha256Hex } from "./frames.ts";
import { compressAside } from "./packer.ts";
import { PACK_BYTES, PACK_PAGES, pageId } from "./pageList.ts";

/** What the index takes for a page: its hash, its id, and their place in a tree. */
const INDEXED_BYTES = 40;

interface Packed {
  readonly id: number;
  readonly plain: Uint8Array;
  readonly data: Buffer;
}

/** Belongs into one transaction, which lasts until `end` is done. */
export class NewPages {
  private readonly add: Statement<[string, number]>;
  private readonly find: Statement<[string], number>;
  private readonly addPack: Statement<[number, Buffer, Buffer]>;
  private readonly packing = new InTurn<Packed>((packed) => this.keep(packed));
  /** Buffers of packs that are written: memory that was used before is had at once. */
  private readonly free: Uint8Array[] = [];
  private pack: Uint8Array | undefined;
  private filled = 0;
  private id: number;
  private addedBytes = 0;

  constructor(database: Database) {
    this.add = database.prepare("INSERT INTO pages (hash, id) VALUES (unhex(?), ?) ON CONFLICT DO NOTHING");
    this.find = database.prepare<[string], number>("SELECT id FROM pages WHERE hash = unhex(?)").pluck();
    this.addPack = database.prepare("INSERT INTO packs (id, data, hash) VALUES (?, ?, ?)");
    const newest = database.prepare<[], number | null>("SELECT max(id) FROM packs").pluck();
    this.id = (newest.get() ?? 0) + 1;
  }

  /** The ids of these pages, one after another; they are copied. */
  async put(bytes: Uint8Array): Promise<Uint32Array> {
    const ids = new Uint32Array(bytes.length / PAGE_BYTES);
    for (let index = 0; index < ids.length; index++) {
      this.pack ??= this.free.pop() ?? new Uint8Array(PACK_BYTES);
      const page = this.pack.subarray(this.filled * PAGE_BYTES, (this.filled + 1) * PAGE_BYTES);
      page.set(bytes.subarray(index * PAGE_BYTES, (index + 1) * PAGE_BYTES));
      const hash = sha256Hex(page);
      const id = pageId(this.id, this.filled);
      const isNew = this.add.run(hash, id).changes > 0;
      ids[index] = isNew ? id : this.find.get(hash)!;
      if (isNew && ++this.filled === PACK_PAGES) await this.close();
    }
    return ids;
  }

  /** Until all of them are written; the bytes that this added to the store. */
  async end(): Promise<number> {
    if (this.filled > 0) await this.close();
    await this.packing.end();
    return this.addedBytes;
  }

  private close(): Promise<void> {
    const { id, pack, filled } = this;
    const plain = pack!.subarray(0, filled * PAGE_BYTES);
    this.id++;
    this.filled = 0;
    this.pack = undefined;
    return this.packing.add(compressAside(plain).then((data) => ({ id, plain, data })));
  }
  private keep({ id, plain, data }: Packed): void {
    this.addPack.run(id, data, sha256(data));
    this.addedBytes += data.length + (plain.length / PAGE_BYTES) * INDEXED_BYTES;
    this.free.push(new Uint8Array(plain.buffer));
  }
}

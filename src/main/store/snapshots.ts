/**
 * Snapshots in the database. Each is complete in itself: its page lists name every page, so a parent can go
 * without its children. What it shares with others is stored once.
 *
 * Invariant: every method that writes is one transaction. What it refuses or fails in has changed nothing.
 */
import {
  storages, type CapturedMachine, type PageSet, type SavedMachine, type SavedStorage, type SaveHead,
  type SnapshotSummary,
} from "../../engine/api/snapshot.ts";
import { decodeSections } from "../../engine/snapshot/sections.ts";
import { transact, type Database } from "./database.ts";
import { Images, type StartImages, type StoredImages } from "./images.ts";
import { allEnded, compress, decompress, sha256 } from "./frames.ts";
import { decodeList, type PageList } from "./pageList.ts";
import { Pages } from "./pages.ts";
import { receiveMachine } from "./receiveMachine.ts";
import { partsOf, type SaveParts } from "./saveParts.ts";
import { parseStartConfig, type StartConfig } from "./startConfig.ts";
import { unwatched, type Work } from "./work.ts";

/** What a host knows of a snapshot to be. */
export interface SnapshotFrame {
  readonly guest: string;
  readonly title: string;
  readonly note: string;
  readonly createdMs: number;
  readonly console: Uint8Array;
  /** The snapshot that a machine's changes are relative to, or that came before. */
  readonly parent: number | null;
  readonly config: StartConfig;
  /** Null with an incremental save: what the parent began with. */
  readonly images: StartImages | null;
}
/** With a machine that is there in whole. */
export interface NewSnapshot extends SnapshotFrame {
  readonly captured: CapturedMachine;
}
/** A snapshot without what its machine was started with. */
export interface StoredState {
  readonly summary: SnapshotSummary;
  readonly config: StartConfig;
  readonly saved: SavedMachine;
}
export interface StoredMachine extends StoredState {
  readonly images: StartImages<Uint8Array<ArrayBuffer>>;
}
/** The base of an incremental save is no longer there: save the whole machine. */
export class BaseGone extends Error {}
const baseGone = (): BaseGone => new BaseGone("The snapshot that this one builds on was removed.");

/** A guest's id and the title it has now. */
const NAME_GUEST = `
  INSERT INTO guests (id, title) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET title = excluded.title`;
const STATE_BYTES_MAX = 64 * 2 ** 20 + 64;
const LIST_BYTES_MAX = 2 ** 22 * 8;
const orders = { memory: "descending", disk: "ascending" } as const;

interface Row {
  id: number;
  parent: number | null;
  guest: string;
  title: string;
  note: string;
  created_ms: number;
  config: string;
  kernel: Buffer;
  initrd: Buffer | null;
  disk: Buffer | null;
  state: Buffer;
  state_hash: Buffer;
  instructions: number;
  virtual_seconds: number;
  pause_ms: number;
  new_bytes: number;
  console: Buffer;
  pages: number;
}
const SELECT = `
  SELECT s.*, g.title, (SELECT coalesce(sum(count), 0) FROM page_lists WHERE snapshot = s.id) AS pages
  FROM snapshots s JOIN guests g ON g.id = s.guest`;

export class Snapshots {
  private readonly database: Database;
  readonly pages: Pages;
  readonly images: Images;

  constructor(database: Database) {
    this.database = database;
    this.pages = new Pages(database);
    this.images = new Images(database);
  }

  list(): SnapshotSummary[] {
    return this.database.prepare<[], Row>(`${SELECT} ORDER BY s.id`).all().map(summarize);
  }

  save(given: NewSnapshot, work = unwatched): Promise<SnapshotSummary> {
    return this.saveParts(given, partsOf(given.captured), work);
  }
  /** Stores parts as they come. Throws `BaseGone` where the parent of an incremental save is not there. */
  saveParts(frame: SnapshotFrame, parts: SaveParts, work = unwatched): Promise<SnapshotSummary> {
    return transact(this.database, () => this.insert(frame, parts, work));
  }

  private async insert(given: SnapshotFrame, parts: SaveParts, work: Work): Promise<SnapshotSummary> {
    const parent = given.parent !== null && this.find(given.parent) ? given.parent : null;
    if (!given.images && parent === null) throw baseGone();
    const listsOf = ({ isWhole }: SaveHead, storage: SavedStorage): PageList => {
      if (isWhole) return new Map();
      if (parent === null) throw baseGone();
      return this.pageList(parent, storage);
    };
    // Packed while the pages come.
    const images = given.images ? this.images.putAll(given.images) : this.startedWith(parent!);
    const machine = receiveMachine(this.database, parts, listsOf, work);
    const [stored, received] = await allEnded([images, machine]);
    const { lists, instructions, virtualSeconds, pauseMs } = received;
    const state = compress(received.state);
    const addedBytes = state.length + stored.addedBytes + received.addedBytes;
    this.database.prepare(NAME_GUEST).run(given.guest, given.title);
    const id = this.newId();
    this.database
      .prepare(
        `
      INSERT INTO snapshots (id, parent, guest, note, created_ms, config, kernel, initrd, disk, state,
        state_hash, instructions, virtual_seconds, pause_ms, new_bytes, console)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        id,
        parent,
        given.guest,
        given.note,
        given.createdMs,
        JSON.stringify(given.config),
        stored.kernel,
        stored.initrd,
        stored.disk,
        state,
        sha256(state),
        instructions,
        virtualSeconds,
        pauseMs,
        addedBytes,
        given.console,
      );
    const addList = this.database.prepare(
      "INSERT INTO page_lists (snapshot, storage, count, list, list_hash) VALUES (?, ?, ?, ?, ?)",
    );
    for (const { storage, count, data } of lists) addList.run(id, storage, count, data, sha256(data));
    return summarize(this.find(id)!);
  }

  /** One that no snapshot has had. */
  private newId(): number {
    const { lastInsertRowid } = this.database.prepare("INSERT INTO snapshot_ids DEFAULT VALUES").run();
    this.database.exec("DELETE FROM snapshot_ids");
    return Number(lastInsertRowid);
  }

  private startedWith(parent: number): Promise<StoredImages> {
    return Promise.resolve({ ...this.row(parent), addedBytes: 0 });
  }

  private find(id: number): Row | undefined {
    return this.database.prepare<[number], Row>(`${SELECT} WHERE s.id = ?`).get(id);
  }
  private row(id: number): Row {
    const row = this.find(id);
    if (!row) throw new Error(`There is no snapshot ${id}; see the list of snapshots.`);
    return row;
  }
  /** Empty where the snapshot has no such storage. */
  pageList(id: number, storage: SavedStorage): PageList {
    const row = this.database
      .prepare<[number, string], { list: Buffer; list_hash: Buffer }>(
        "SELECT list, list_hash FROM page_lists WHERE snapshot = ? AND storage = ?",
      )
      .get(id, storage);
    if (!row) return new Map();
    if (!sha256(row.list).equals(row.list_hash))
      throw new Error(`The store is damaged: the page list of snapshot ${id} has changed.`);
    const plain = decompress(row.list, LIST_BYTES_MAX, `the page list of snapshot ${id}`);
    return decodeList(plain);
  }

  /** All of a snapshot, every part checked against its hash; throws a sentence for what is damaged. */
  async read(id: number, work = unwatched): Promise<StoredMachine> {
    const row = this.row(id);
    const image = async (hash: Buffer | null) => (hash ? this.images.read(hash) : undefined);
    const [stored, kernel, initrd, disk] = await Promise.all([
      this.readState(id, this.pageList(id, "memory"), work),
      this.images.read(row.kernel), image(row.initrd), image(row.disk),
    ]);
    return { ...stored, images: { kernel, ...(initrd && { initrd }), ...(disk && { disk }) } };
  }

  /** As `read`, but for the images; of the memory only what is in `list`. */
  async readState(id: number, list: PageList, work = unwatched): Promise<StoredState> {
    const row = this.row(id);
    const config = parseStartConfig(row.config);
    if (!config.ok) throw new Error(`Snapshot ${id} is damaged: ${config.error}.`);
    const state = this.state(id);
    const pagesOf = (storage: SavedStorage, its: PageList): Promise<PageSet> =>
      this.pages.read(its, orders[storage], work);
    const memory = await pagesOf("memory", list);
    const disk = row.disk && (await pagesOf("disk", this.pageList(id, "disk")));
    const saved: SavedMachine = { state, memory, ...(disk && { disk }) };
    return { summary: summarize(row), config: config.value, saved };
  }

  /** Both are there, and their machines were started alike. */
  beganAlike(one: number, other: number): boolean {
    const started = (id: number): string | undefined => {
      const row = this.find(id);
      return row && JSON.stringify([row.config, row.kernel, row.initrd, row.disk]);
    };
    const first = started(one);
    return first !== undefined && first === started(other);
  }

  /** Header and sections, checked against the hash and the checksums; throws a sentence. */
  state(id: number): Uint8Array<ArrayBuffer> {
    const { state, state_hash: hash } = this.row(id);
    if (!sha256(state).equals(hash))
      throw new Error(`The state of snapshot ${id} is damaged: its hash has changed.`);
    const plain = decompress(state, STATE_BYTES_MAX, `the state of snapshot ${id}`);
    const sections = decodeSections(plain);
    if (!sections.ok) throw new Error(`Snapshot ${id}: ${sections.error}`);
    return plain;
  }

  setNote(id: number, note: string): void {
    this.row(id);
    this.database.prepare("UPDATE snapshots SET note = ? WHERE id = ?").run(note, id);
  }

  /** Its children become its parent's; what only it had is deleted. */
  remove(id: number): void {
    this.database
      .transaction(() => {
        const { parent } = this.row(id);
        this.database.prepare("UPDATE snapshots SET parent = ? WHERE parent = ?").run(parent, id);
        this.database.prepare("DELETE FROM snapshots WHERE id = ?").run(id);
        this.pages.sweep(this.allLists());
        this.images.sweep();
      })
      .immediate();
  }
  private *allLists(): Generator<PageList> {
    for (const { id } of this.list()) for (const storage of storages) yield this.pageList(id, storage);
  }

  /** What is wrong with the store, as sentences; none if all is well. */
  async check(): Promise<string[]> {
    const found = (
      this.database.pragma("integrity_check", { simple: false }) as { integrity_check: string }[]
    )
      .map((row) => row.integrity_check)
      .filter((line) => line !== "ok");
    if ((this.database.pragma("foreign_key_check") as unknown[]).length > 0)
      found.push("Rows name others that are not there.");
    for (const { id } of this.list())
      try {
        await this.read(id);
      } catch (error) {
        found.push(error instanceof Error ? error.message : String(error));
      }
    // A damaged pack is told by every snapshot that has it.
    return [...new Set([...found, ...(await this.pages.check())])];
  }
}

function summarize(row: Row): SnapshotSummary {
  const config = parseStartConfig(row.config);
  return {
    id: row.id,
    parent: row.parent,
    guest: row.guest,
    title: row.title,
    note: row.note,
    createdMs: row.created_ms,
    memoryBytes: config.ok ? config.value.memoryBytes : 0,
    cpus: config.ok ? config.value.cpus : 0,
    instructions: row.instructions,
    virtualSeconds: row.virtual_seconds,
    pauseMs: row.pause_ms,
    pages: row.pages,
    newBytes: row.new_bytes,
    console: row.console.toString("utf8"),
  };
}

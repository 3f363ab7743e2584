/**
 * The store's database: one file, one connection, in a thread of its own.
 *
 * Write-ahead logging, and every commit is brought to the disk before it is told: whatever happens to the
 * process or the machine, what was committed is there. Migrations are numbered and only go forward; the
 * file's `user_version` says how far it is.
 */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import Sqlite from "better-sqlite3";
import { m0001Snapshots } from "./migrations/m0001Snapshots.ts";
import { m0002Sessions } from "./migrations/m0002Sessions.ts";
import { m0003PagesByPlace } from "./migrations/m0003PagesByPlace.ts";
import { m0004SnapshotIds } from "./migrations/m0004SnapshotIds.ts";

export type Database = Sqlite.Database;

/** In order; the first is number 1. */
const migrations: readonly (string | ((database: Database) => void))[] = [
  m0001Snapshots, m0002Sessions, m0003PagesByPlace, m0004SnapshotIds,
];
/** "LWST": other programs' databases are not touched. */
const APPLICATION_ID = 0x4c57_5354;
/** How long another process that is writing is waited for, in milliseconds. */
export const BUSY_MS = 5_000;

/** Throws a sentence for a file that is not this program's store, or is of a later version. */
export function openDatabase(path: string, busyMs = BUSY_MS): Database {
  mkdirSync(dirname(path), { recursive: true });
  const database = new Sqlite(path, { timeout: busyMs });
  try {
    prepare(database, path);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/** A log longer than that is emptied by the commit that made it so. */
const LOG_BYTES_MAX = 64 * 2 ** 20;

/**
 * From here on commits are only written to the log; `settle` moves them into the database once nobody waits.
 */
export function deferCheckpoints(database: Database): void {
  const pageBytes = database.pragma("page_size", { simple: true }) as number;
  database.pragma(`wal_autocheckpoint = ${LOG_BYTES_MAX / pageBytes}`);
}

/** What cannot be moved now, as somebody reads it or the disk is full, is safe in the log until the next. */
export function settle(database: Database): void {
  try {
    database.pragma("wal_checkpoint(PASSIVE)");
  } catch {
    // The next call meets the same trouble with its own work and says so.
  }
}

/**
 * All of `body` or nothing, with the file locked for other writers from its start. While `body` waits for
 * something, nobody else may use the connection.
 */
export async function transact<T>(database: Database, body: () => Promise<T>): Promise<T> {
  database.exec("BEGIN IMMEDIATE");
  try {
    const value = await body();
    database.exec("COMMIT");
    return value;
  } catch (error) {
    // Some failures have taken everything back already.
    if (database.inTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

function prepare(database: Database, path: string): void {
  const version = database.pragma("user_version", { simple: true }) as number;
  const application = database.pragma("application_id", { simple: true }) as number;
  const isNew =
    version === 0 && application === 0 && database.prepare("SELECT 1 FROM sqlite_schema").get() === undefined;
  if (!isNew && application !== APPLICATION_ID)
    throw new Error(`${path} is a database of another program; move it away, and a new store is made.`);
  if (version > migrations.length)
    throw new Error(
      `${path} is of a later version of this program (${version}; this one knows ${migrations.length}). ` +
        "Use that version, or choose another data folder.",
    );
  // Of a new file: most of what is written is long.
  database.pragma("page_size = 16384");
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.pragma("foreign_keys = ON");
  database.pragma("cache_size = -32768");
  migrate(database, version);
}

function migrate(database: Database, from: number): void {
  const steps = database.transaction(() => {
    // Another process may have been faster.
    const version = database.pragma("user_version", { simple: true }) as number;
    for (const step of migrations.slice(version))
      if (typeof step === "string") database.exec(step);
      else step(database);
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${migrations.length}`);
  });
  if (from < migrations.length) steps.immediate();
}

/** What went wrong, as a sentence a person can act on. */
export function describeFailure(error: unknown, path: string): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "SQLITE_FULL" || code === "ENOSPC")
    return `The disk with ${path} is full; nothing was changed. Make room and try again.`;
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED"))
    return `Another program is writing to ${path}; nothing was changed. Try again when it is done.`;
  if (code.startsWith("SQLITE_READONLY") || code === "EACCES" || code === "SQLITE_CANTOPEN")
    return `${path} cannot be written; nothing was changed. See whose file it is and who may write it.`;
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB")
    return `${path} is damaged. Move it away, and a new store is made.`;
  if (code.startsWith("SQLITE_IOERR"))
    return `${path} cannot be read or written (${code}); nothing was changed. Look at the disk.`;
  return error instanceof Error ? error.message : String(error);
}

/**
 * What hosts remember: settings, machines that were made from snapshots, and which machines are on. Each
 * change is one statement, so it is kept or has not happened.
 */
import type { Database } from "./database.ts";

export interface StoredCopy {
  readonly id: string;
  readonly title: string;
  /** Null once that snapshot was removed. */
  readonly snapshot: number | null;
  readonly memoryBytes: number;
  readonly cpus: number;
}
/** A machine that is on in a host, or was when that host ended. */
export interface StoredSession {
  readonly host: string;
  readonly machine: string;
  readonly title: string;
  /** The last snapshot that holds its state; null where there is none. */
  readonly snapshot: number | null;
  /** Milliseconds since 1970. */
  readonly beganMs: number;
}
/** With what is known of its snapshot. */
export interface SessionRow extends StoredSession {
  readonly note: string | null;
  readonly savedMs: number | null;
}

export class Memories {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  settings(): Record<string, string> {
    const rows = this.database.prepare<[], [string, string]>("SELECT key, value FROM settings").raw().all();
    return Object.fromEntries(rows);
  }
  /** Forgets the key where there is no value. */
  setSetting(key: string, value: string | undefined): void {
    if (value === undefined) this.database.prepare("DELETE FROM settings WHERE key = ?").run(key);
    else
      this.database
        .prepare("INSERT INTO settings VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
        .run(key, value);
  }
  /** What is set already stays as it is. */
  importSettings(values: Readonly<Record<string, string>>): void {
    const add = this.database.prepare("INSERT INTO settings VALUES (?, ?) ON CONFLICT (key) DO NOTHING");
    const all = this.database.transaction(() => {
      for (const [key, value] of Object.entries(values)) add.run(key, value);
    });
    all.immediate();
  }

  copies(): StoredCopy[] {
    return this.database
      .prepare<[], StoredCopy>(
        "SELECT id, title, snapshot, memory_bytes AS memoryBytes, cpus FROM copies ORDER BY id",
      )
      .all();
  }
  keepCopy({ id, title, snapshot, memoryBytes, cpus }: StoredCopy): void {
    this.database
      .prepare("INSERT INTO copies VALUES (?, ?, ?, ?, ?)")
      .run(id, title, snapshot, memoryBytes, cpus);
  }
  dropCopy(id: string): void {
    this.database.prepare("DELETE FROM copies WHERE id = ?").run(id);
  }

  sessions(): SessionRow[] {
    return this.database
      .prepare<[], SessionRow>(
        `SELECT host, machine, sessions.title, snapshot, began_ms AS beganMs, note, created_ms AS savedMs
        FROM sessions LEFT JOIN snapshots ON snapshots.id = snapshot ORDER BY began_ms DESC`,
      )
      .all();
  }
  keepSession({ host, machine, title, snapshot, beganMs }: StoredSession): void {
    this.database
      .prepare("INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?)")
      .run(host, machine, title, snapshot, beganMs);
  }
  endSession(host: string, machine: string): void {
    this.database.prepare("DELETE FROM sessions WHERE host = ? AND machine = ?").run(host, machine);
  }
}

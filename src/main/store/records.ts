/** The small tables of the store: when machines ran and how that ended, and settings by name. */
import type { Database } from "./database.ts";
import type { SessionStart } from "./storeApi.ts";

/** A guest's id and the title it has now. */
export const NAME_GUEST = `
  INSERT INTO guests (id, title) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET title = excluded.title`;

export class Records {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }
  beginSession({ guest, title, startedMs }: SessionStart): number {
    return this.database
      .transaction(() => {
        this.database
          .prepare(NAME_GUEST)
          .run(guest, title);
        const { lastInsertRowid } = this.database
          .prepare("INSERT INTO sessions (guest, started_ms) VALUES (?, ?)")
          .run(guest, startedMs);
        return Number(lastInsertRowid);
      })
      .immediate();
  }
  endSession(id: number, endedMs: number, reason: string): void {
    this.database
      .prepare("UPDATE sessions SET ended_ms = ?, reason = ? WHERE id = ?")
      .run(endedMs, reason, id);
  }
  getSetting(name: string): string | undefined {
    return this.database
      .prepare<[string], { value: string }>("SELECT value FROM settings WHERE name = ?")
      .get(name)?.value;
  }
  setSetting(name: string, value: string): void {
    this.database
      .prepare(
        `INSERT INTO settings (name, value) VALUES (?, ?)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      )
      .run(name, value);
  }
}

/** Migration 2: what a host remembers of itself. Never edited: what changes is another migration. */
export const m0002Sessions = `
  -- Texts of the window's own, by name.
  CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) WITHOUT ROWID;

  -- Machines of their own that were made from snapshots.
  CREATE TABLE copies (
    id           TEXT PRIMARY KEY,
    title        TEXT NOT NULL,
    snapshot     INTEGER REFERENCES snapshots (id) ON DELETE SET NULL,
    memory_bytes INTEGER NOT NULL,
    cpus         INTEGER NOT NULL
  ) WITHOUT ROWID;

  -- A machine that is on. A row outlives its host where the host ends first.
  CREATE TABLE sessions (
    host     TEXT NOT NULL,            -- process id and start
    machine  TEXT NOT NULL,
    title    TEXT NOT NULL,
    snapshot INTEGER REFERENCES snapshots (id) ON DELETE SET NULL,  -- the last that holds its state
    began_ms INTEGER NOT NULL,
    PRIMARY KEY (host, machine)
  ) WITHOUT ROWID;
  CREATE INDEX sessions_of_snapshot ON sessions (snapshot);
  CREATE INDEX copies_of_snapshot ON copies (snapshot);
`;

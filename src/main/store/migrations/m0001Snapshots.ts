/** Migration 1: snapshots and what they share. Never edited: what changes is another migration. */
export const m0001Snapshots = `
  -- Kernels, initial RAM disks and disks as machines were started with them.
  CREATE TABLE images (
    hash  BLOB PRIMARY KEY CHECK (length(hash) = 32),
    bytes INTEGER NOT NULL,
    data  BLOB NOT NULL            -- zstd
  ) WITHOUT ROWID;

  -- Pages of 4 KiB, up to 64 of them in one zstd frame.
  CREATE TABLE packs (
    id   INTEGER PRIMARY KEY,
    data BLOB NOT NULL
  );
  CREATE TABLE pages (
    id   INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),  -- SHA-256 of the page as it is stored
    pack INTEGER NOT NULL REFERENCES packs (id),
    slot INTEGER NOT NULL CHECK (slot BETWEEN 0 AND 63)
  );
  CREATE INDEX pages_of_pack ON pages (pack);

  CREATE TABLE guests (
    id     TEXT PRIMARY KEY,
    title  TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE snapshots (
    id              INTEGER PRIMARY KEY,
    parent          INTEGER REFERENCES snapshots (id),
    guest           TEXT NOT NULL REFERENCES guests (id),
    note            TEXT NOT NULL,
    created_ms      INTEGER NOT NULL,
    config          TEXT NOT NULL,   -- JSON
    kernel          BLOB NOT NULL REFERENCES images (hash),
    initrd          BLOB REFERENCES images (hash),
    disk            BLOB REFERENCES images (hash),
    state           BLOB NOT NULL,   -- zstd
    state_hash      BLOB NOT NULL CHECK (length(state_hash) = 32),  -- SHA-256 of it as stored
    instructions    INTEGER NOT NULL,
    virtual_seconds REAL NOT NULL,
    pause_ms        REAL NOT NULL,
    new_bytes       INTEGER NOT NULL, -- what it added to the store
    console         BLOB NOT NULL
  );
  -- One list per storage of a snapshot: u32 page number and u32 page id, little-endian, zstd.
  CREATE TABLE page_lists (
    snapshot INTEGER NOT NULL REFERENCES snapshots (id) ON DELETE CASCADE,
    storage  TEXT NOT NULL CHECK (storage IN ('memory', 'disk')),
    count    INTEGER NOT NULL,
    list     BLOB NOT NULL,
    list_hash BLOB NOT NULL CHECK (length(list_hash) = 32),
    PRIMARY KEY (snapshot, storage)
  ) WITHOUT ROWID;
`;

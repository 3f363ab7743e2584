/**
 * Migration 4: the id of a snapshot that was removed is never given to another: a machine that was saved
 * before would take that for its base. Never edited: what changes is another migration.
 */
export const m0004SnapshotIds = `
  -- Holds no row: SQLite remembers the greatest id that was ever in it.
  CREATE TABLE snapshot_ids (id INTEGER PRIMARY KEY AUTOINCREMENT);
  INSERT INTO snapshot_ids SELECT id FROM snapshots ORDER BY id DESC LIMIT 1;
  DELETE FROM snapshot_ids;
`;

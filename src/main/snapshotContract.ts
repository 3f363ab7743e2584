/** The shape of every call that a page may make on snapshots (`engine/api/snapshotCalls.ts`). */
import * as v from "valibot";
import { snapshotLimits, type SnapshotCall } from "../engine/api/snapshotCalls.ts";

const id = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/));
const snapshot = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const task = v.optional(id);
const note = v.pipe(
  v.string(),
  v.maxLength(snapshotLimits.noteCharactersMax),
  v.regex(/^[^\u0000-\u001f\u007f]*$/),
);
export { note as snapshotNote, snapshot as snapshotNumber };

export const snapshotCall: v.GenericSchema<unknown, SnapshotCall> = v.variant("name", [
  v.strictObject({ name: v.literal("list") }),
  v.strictObject({ name: v.literal("save"), machine: id, note, task }),
  v.strictObject({ name: v.literal("restore"), snapshot, into: v.picklist(["same", "new"]), task }),
  v.strictObject({ name: v.literal("note"), snapshot, note }),
  v.strictObject({ name: v.literal("remove"), snapshot }),
  v.strictObject({
    name: v.literal("diff"),
    before: snapshot,
    after: snapshot,
    rowsMax: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(snapshotLimits.rowsMax)),
    task,
  }),
  v.strictObject({ name: v.literal("export"), snapshot, task }),
  v.strictObject({
    name: v.literal("readExport"),
    id,
    offset: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  }),
  v.strictObject({ name: v.literal("dropExport"), id }),
  v.strictObject({ name: v.literal("import"), upload: id, task }),
  v.strictObject({ name: v.literal("cancel"), task: id }),
]);

/** What a guest-adapter-interruption table leaves in a snapshot. */
import { defineState, field } from "../../snapshot/schema.ts";

/** Entries of one table. */
export const GAIT_ENTRIES = 512;
/** Bytes of an entry. */
export const GAIT_ENTRY_BYTES = 16;

export interface GaitState {
  /** Guest ISC by summary bit; null where nothing is forwarded. */
  readonly iscs: readonly (number | null)[];
  /** Entry numbers beyond the table that were written, in the order of their first time. */
  readonly strayWrites: readonly number[];
}

export const gaitState = defineState<GaitState>({
  name: "s390.zpci.gait",
  version: 1,
  fields: {
    iscs: field.list(field.nullable(field.between(0, 7)), { max: GAIT_ENTRIES, min: GAIT_ENTRIES }),
    strayWrites: field.list(
      field.between(GAIT_ENTRIES, GAIT_ENTRIES * GAIT_ENTRY_BYTES - 1), { max: GAIT_ENTRIES }),
  },
  objection: ({ strayWrites }) =>
    new Set(strayWrites).size === strayWrites.length ? undefined : "a stray entry is named twice",
});

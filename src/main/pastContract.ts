/** The shape of a place in the past (`engine/api/history.ts`), whoever names it. */
import * as v from "valibot";
import type { PastGoal } from "../engine/api/history.ts";
import { watchpoint } from "./debugContract.ts";

const instructions = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

export const pastGoal: v.GenericSchema<unknown, PastGoal> = v.variant("kind", [
  v.strictObject({ kind: v.literal("at"), instructions }),
  v.strictObject({ kind: v.literal("back") }),
  v.strictObject({ kind: v.literal("stop") }),
  v.strictObject({ kind: v.literal("write"), watch: watchpoint }),
]);

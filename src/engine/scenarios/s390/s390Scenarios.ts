/** The scenarios of the s390 family, in the order of their rows. */
import type { Scenario } from "../scenario.ts";
import { gisaBitsLostOnShortBuffer } from "./gisaBitsLostOnShortBuffer.ts";

export const s390Scenarios: readonly Scenario[] = [gisaBitsLostOnShortBuffer];

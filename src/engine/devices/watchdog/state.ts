/** What the watchdog leaves in a snapshot. */
import type { PendingEvent } from "../../base/schedule.ts";
import { defineState, field } from "../../snapshot/schema.ts";
import { pendingTimer } from "../pendingTimer.ts";

export interface WatchdogState {
  /** The countdown, or null while there is none. */
  countdown: PendingEvent | null;
}

export const watchdogState = defineState<WatchdogState>({
  name: "s390.watchdog",
  version: 1,
  fields: { countdown: field.nullable(pendingTimer) },
});

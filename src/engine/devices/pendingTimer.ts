/** A running timer of a device, as it stands in the device's state. */
import type { PendingEvent } from "../base/schedule.ts";
import { field, type Field } from "../snapshot/schema.ts";

/** Virtual nanosecond at which it is due, and its handle: of two due at once the lower goes first. */
export const pendingTimer: Field<PendingEvent> = field.object<PendingEvent>({
  due: field.u64(),
  handle: field.between(1, Number.MAX_SAFE_INTEGER),
});

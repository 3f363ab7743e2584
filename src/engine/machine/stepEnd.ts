/** What came of a piece of a machine's run. */
import type { StopReason } from "../api/machine.ts";

export type StepEnd =
  | { readonly kind: "ran" }
  /** All CPUs wait; nothing happens before `untilNs` of virtual time (undefined: before input). */
  | { readonly kind: "idle"; readonly untilNs: bigint | undefined }
  | { readonly kind: "ended"; readonly reason: StopReason };

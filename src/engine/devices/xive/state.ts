/** What a pseries machine's XIVE leaves in a snapshot. Sources in the kernel have a section of their own. */
import { ok, refuse, type Result } from "../../base/result.ts";
import { defineState, field } from "../../snapshot/schema.ts";
import { chipField, loadChip, objectionToChip, saveChip, type ChipSnapshot } from "./chipState.ts";
import type { SpaprXive } from "./spaprXive.ts";

export interface SpaprXiveSnapshot {
  readonly isNegotiated: boolean;
  /** Ids of connected vCPUs, ascending. */
  readonly vcpus: readonly number[];
  readonly chip: ChipSnapshot;
}

export const spaprXiveState = defineState<SpaprXiveSnapshot>({
  name: "power.xive",
  version: 1,
  fields: { isNegotiated: field.bool(), vcpus: field.list(field.u32(), { max: 1 << 14 }), chip: chipField },
});

export const saveSpaprXive = (xive: SpaprXive): SpaprXiveSnapshot =>
  ({ isNegotiated: xive.isNegotiated, vcpus: xive.vcpuIds(), chip: saveChip(xive.chip) });

/** Takes over a snapshot, or refuses it with a sentence and changes nothing. */
export function loadSpaprXive(xive: SpaprXive, saved: SpaprXiveSnapshot): Result<void, string> {
  const vcpus = xive.vcpuIds();
  if (vcpus.join() !== saved.vcpus.join())
    return refuse(`the controller is of vCPUs ${saved.vcpus.join()}, this machine has ${vcpus.join()}`);
  const objection = objectionToChip(xive.chip, saved.chip);
  if (objection !== undefined) return refuse(`the controller cannot be restored: ${objection}`);
  xive.isNegotiated = saved.isNegotiated;
  loadChip(xive.chip, saved.chip);
  return ok(undefined);
}

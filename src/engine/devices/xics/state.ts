/** What KVM's XICS device leaves in a snapshot. */
import { ok, refuse, type Result } from "../../base/result.ts";
import { defineState, field } from "../../snapshot/schema.ts";
import {
  kvmXiveFields, loadKvmXive, objectionToKvmXive, saveKvmXive, type KvmXiveSnapshot,
} from "../xive/kvmState.ts";
import type { ScannedSource } from "./sourceScan.ts";
import type { Xics } from "./xics.ts";

export interface XicsSnapshot extends KvmXiveSnapshot {
  /** Priorities that every vCPU has a queue for, ascending. */
  readonly provisioned: readonly number[];
  /** Servers whose connection is complete, in order. */
  readonly connected: readonly number[];
  /** A series of reads that is under way. */
  readonly scan: readonly ScannedSource[];
  readonly reads: number;
}

const MANY = 1 << 20;
export const xicsState = defineState<XicsSnapshot>({
  name: "power.kvm-xics",
  version: 1,
  fields: {
    ...kvmXiveFields,
    provisioned: field.list(field.between(0, 7), { max: 8 }),
    connected: field.list(field.u32(), { max: MANY }),
    scan: field.list(
      field.object<ScannedSource>({
        number: field.u32(), priority: field.u8(), p: field.bool(), q: field.bool(),
      }),
      { max: MANY }),
    reads: field.u32(),
  },
});

export const saveXics = (device: Xics): XicsSnapshot =>
  ({ ...saveKvmXive(device, device.memory), ...device.saveOwn() });

/** Takes over a snapshot, or refuses it with a sentence and changes nothing. */
export function loadXics(device: Xics, saved: XicsSnapshot): Result<void, string> {
  const objection = objectionToKvmXive(device.host, saved);
  if (objection !== undefined) return refuse(`the XICS device cannot be restored: ${objection}`);
  const servers = new Set(saved.vcpus.map(({ server }) => server));
  if (saved.connected.some((server) => !servers.has(server)))
    return refuse("the XICS device cannot be restored: it names a server that is not there");
  loadKvmXive(device, device.memory, saved);
  device.loadOwn(saved);
  return ok(undefined);
}

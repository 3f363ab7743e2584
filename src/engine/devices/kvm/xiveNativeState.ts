/** What KVM's XIVE native device leaves in a snapshot. */
import { ok, refuse, type Result } from "../../base/result.ts";
import { defineState } from "../../snapshot/schema.ts";
import type { HostMemory } from "../xive/hostMemory.ts";
import {
  kvmXiveFields, loadKvmXive, objectionToKvmXive, saveKvmXive, type KvmXiveSnapshot,
} from "../xive/kvmState.ts";
import type { XiveNative } from "./xiveNative.ts";

export const xiveNativeState = defineState<KvmXiveSnapshot>({
  name: "power.kvm-xive",
  version: 1,
  fields: kvmXiveFields,
});

export const saveXiveNative = (device: XiveNative, memory: HostMemory): KvmXiveSnapshot =>
  saveKvmXive(device, memory);

/** Takes over a snapshot, or refuses it with a sentence and changes nothing. */
export function loadXiveNative(
  device: XiveNative, memory: HostMemory, saved: KvmXiveSnapshot,
): Result<void, string> {
  const objection = objectionToKvmXive(device.host, saved);
  if (objection !== undefined) return refuse(`the XIVE device cannot be restored: ${objection}`);
  for (const page of queuePages(device)) device.pages.release(page);
  loadKvmXive(device, memory, saved);
  for (const page of queuePages(device)) device.pages.hold(page);
  return ok(undefined);
}

/** Guest pages that queues hold a reference to. */
const queuePages = ({ vcpus }: XiveNative): bigint[] =>
  [...vcpus.values()].flatMap(({ queues }) =>
    queues.flatMap(({ page }) => (page === undefined ? [] : [page])));

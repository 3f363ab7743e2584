/** What a vCPU's requests, mode and sleep leave in a snapshot. */
import { ok, refuse, type Result } from "../../base/result.ts";
import { defineState, field, type Field } from "../../snapshot/schema.ts";
import { vcpuMode, type VcpuMode } from "./mode.ts";
import type { VcpuRequests } from "./vcpuRequests.ts";

export interface VcpuRequestsState {
  readonly mode: VcpuMode;
  /** Bit n from the right is request number n. */
  readonly requests: bigint;
  /** Host CPU, -1 for none. */
  readonly cpu: number;
  readonly waiting: boolean;
}

const MODE_MAX = Math.max(...Object.values(vcpuMode));
const HOST_CPUS_MAX = 0xffff;
const VCPUS_MAX = 1 << 14;

/** Of all vCPUs of a VM, in their order. */
export const requestsState = defineState<{ readonly vcpus: VcpuRequestsState[] }>({
  name: "kvm.requests",
  version: 1,
  fields: {
    vcpus: field.list(
      field.object<VcpuRequestsState>({
        mode: field.between(0, MODE_MAX) as Field<VcpuMode>,
        requests: field.u64(), cpu: field.between(-1, HOST_CPUS_MAX), waiting: field.bool(),
      }),
      { max: VCPUS_MAX }),
  },
});

export const saveRequests = (vcpus: readonly VcpuRequests[]): { readonly vcpus: VcpuRequestsState[] } =>
  ({ vcpus: vcpus.map(({ mode, requests, cpu, waiting }) => ({ mode, requests, cpu, waiting })) });

/** Refuses the state of another number of vCPUs; then nothing has changed. */
export function loadRequests(
  vcpus: readonly VcpuRequests[], saved: { readonly vcpus: readonly VcpuRequestsState[] },
): Result<void, string> {
  if (saved.vcpus.length !== vcpus.length)
    return refuse(`it is of ${saved.vcpus.length} vCPUs, this machine has ${vcpus.length}`);
  saved.vcpus.forEach((state, index) => Object.assign(vcpus[index]!, state));
  return ok(undefined);
}

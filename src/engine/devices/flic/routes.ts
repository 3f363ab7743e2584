/**
 * GSI routes to adapters (KVM_SET_GSI_ROUTING): a table is checked and translated as a whole, then replaces
 * the old one.
 */
import { errno } from "../../api/errno.ts";
import { ok, refuse, type Result } from "../../base/result.ts";
import { KVM_IRQ_ROUTING_S390_ADAPTER, KVM_MAX_IRQ_ROUTES } from "../../uapi/irqRouting.ts";
import type { KernelProfile } from "../../uapi/kernelProfile.ts";
import type { AdapterPages, AdapterRoute } from "./indicators.ts";

/** One entry as user space gives it: `indAddress` and `summaryAddress` are guest addresses. */
export interface RoutingRequest extends AdapterRoute {
  readonly type: number;
  readonly flags: number;
}

export type RouteTable = ReadonlyMap<number, AdapterRoute>;

/**
 * Checks all entries: -EINVAL for a GSI out of range anywhere; then per entry -EINVAL for flags, for a second
 * route of a GSI, for another type, and -EFAULT for an address without memory (summary first). The adapter is
 * not looked at.
 */
export function buildRoutes(
  requests: readonly RoutingRequest[], pages: AdapterPages, profile: KernelProfile,
): Result<RouteTable, number> {
  if (requests.some(({ gsi }) => gsi >= KVM_MAX_IRQ_ROUTES)) return refuse(errno.EINVAL);
  const table = new Map<number, AdapterRoute>();
  for (const request of requests) {
    if (request.flags !== 0 || table.has(request.gsi)) return refuse(errno.EINVAL);
    if (request.type !== KVM_IRQ_ROUTING_S390_ADAPTER) return refuse(errno.EINVAL);
    const route = resolve(request, pages, profile);
    if (!route) return refuse(errno.EFAULT);
    table.set(request.gsi, route);
  }
  return ok(table);
}

function resolve(
  request: RoutingRequest, pages: AdapterPages, profile: KernelProfile,
): AdapterRoute | undefined {
  const { gsi, indOffset, summaryOffset, adapterId } = request;
  if (profile.adapterPages === "pinned") {
    const { indAddress, summaryAddress } = request;
    return { gsi, indAddress, summaryAddress, indOffset, summaryOffset, adapterId };
  }
  const summaryAddress = pages.translate(request.summaryAddress);
  const indAddress = pages.translate(request.indAddress);
  if (summaryAddress === undefined || indAddress === undefined) return undefined;
  return { gsi, indAddress, summaryAddress, indOffset, summaryOffset, adapterId };
}

/**
 * The sysfs attributes that change what a matrix device has: assign_ and unassign_ for adapters, domains and
 * control domains. Each takes the text written and returns its length, or a negative errno; a refused text
 * changes nothing. Derived from the source of Linux 6.1.
 */
import { errno } from "../../api/errno.ts";
import { apidOf, apqiOf, makeApqn } from "../../uapi/ap.ts";
import type { ApConfiguration } from "./apConfiguration.ts";
import { hasId, idsOf, intersection, isEmptyMask, withoutId, type IdMask } from "./idMask.ts";
import type { BoundQueues, MatrixDevice } from "./matrixDevice.ts";
import type { ApHost, ApQueue } from "./queue.ts";
import { retireQueue } from "./queueReset.ts";
import { parseNumber } from "./sysfsText.ts";

/** What the driver knows beside the device itself. */
export interface AssignmentContext {
  readonly configuration: ApConfiguration;
  readonly bound: BoundQueues;
  /** Adapters and domains of the host's default drivers. */
  readonly pool: { readonly apm: IdMask; readonly aqm: IdMask };
  readonly devices: readonly MatrixDevice[];
  readonly host: ApHost;
}

type Dimension = "adapter" | "domain";
const partOf = { adapter: "apm", domain: "aqm", control: "adm" } as const;

/**
 * In order: no number -EINVAL or -ERANGE; above the device's limit -ENODEV; there already: done; any queue of
 * the resulting matrix in the default pool -EADDRNOTAVAIL; any of another device -EADDRINUSE.
 */
export function assign(
  device: MatrixDevice, dimension: Dimension, text: string, context: AssignmentContext,
): number {
  const id = idFrom(text, device.limits[dimension]);
  if (id < 0) return id;
  const part = partOf[dimension];
  if (hasId(device.matrix[part], id)) return text.length;
  device.assign(part, id, true);
  const refusal = conflictOf(device, context);
  if (refusal !== 0) {
    device.assign(part, id, false);
    return refusal;
  }
  for (const apqn of crossed(device, dimension, id)) {
    const queue = context.bound.get(apqn);
    if (queue) device.link(queue);
  }
  if (device.filterQueues(context.configuration, context.bound)) device.updateGuest();
  return text.length;
}

/**
 * As `assign` up to the limit. Queues that the guest saw are reset and let go; hidden ones keep their link
 * and what they hold. The guest's matrix is not filtered anew.
 */
export function unassign(
  device: MatrixDevice, dimension: Dimension, text: string, { host }: AssignmentContext,
): number {
  const id = idFrom(text, device.limits[dimension]);
  if (id < 0) return id;
  const part = partOf[dimension];
  const leaving: ApQueue[] = [];
  for (const apqn of crossed(device, dimension, id)) {
    const queue = device.queues.get(apqn);
    if (!queue) continue;
    device.unlink(queue);
    const isVisible = device.isInGuest(apidOf(apqn), apqiOf(apqn));
    if (isVisible || !host.quirks.hiddenQueueKeepsLink) leaving.push(queue);
  }
  device.assign(part, id, false);
  if (hasId(device.shadow[part], id)) {
    device.changeShadow({ ...device.shadow, [part]: withoutId(device.shadow[part], id) });
    device.updateGuest();
  }
  for (const queue of leaving) {
    retireQueue(queue, host);
    queue.device = undefined;
  }
  return text.length;
}

/** Control domains may be shared and need no owner: number and limit are all that is checked. */
export function assignControl(
  device: MatrixDevice, text: string, { configuration }: AssignmentContext,
): number {
  const id = idFrom(text, device.limits.control);
  if (id < 0 || hasId(device.matrix.adm, id)) return id < 0 ? id : text.length;
  device.assign("adm", id, true);
  if (device.filterControlDomains(configuration)) device.updateGuest();
  return text.length;
}

export function unassignControl(device: MatrixDevice, text: string): number {
  const id = idFrom(text, device.limits.control);
  if (id < 0) return id;
  device.assign("adm", id, false);
  if (hasId(device.shadow.adm, id)) {
    device.changeShadow({ ...device.shadow, adm: withoutId(device.shadow.adm, id) });
    device.updateGuest();
  }
  return text.length;
}

function idFrom(text: string, max: number): number {
  const parsed = parseNumber(text);
  if (!parsed.ok) return parsed.error;
  return parsed.value > BigInt(max) ? errno.ENODEV : Number(parsed.value);
}

/** Looks at the whole matrix: with one dimension empty there is no queue and nothing to object to. */
function conflictOf(device: MatrixDevice, { pool, devices }: AssignmentContext): number {
  if (sharesQueues(device.matrix, pool)) return errno.EADDRNOTAVAIL;
  const others = devices.filter((other) => other !== device);
  return others.some((other) => sharesQueues(device.matrix, other.matrix)) ? errno.EADDRINUSE : 0;
}

/** True if two sets of adapters and domains have a queue in common. */
export function sharesQueues(
  a: { readonly apm: IdMask; readonly aqm: IdMask }, b: { readonly apm: IdMask; readonly aqm: IdMask },
): boolean {
  return !isEmptyMask(intersection(a.apm, b.apm)) && !isEmptyMask(intersection(a.aqm, b.aqm));
}

/** Queue numbers that one id makes with the assigned ids of the other dimension. */
function crossed({ matrix }: MatrixDevice, dimension: Dimension, id: number): number[] {
  return dimension === "adapter"
    ? idsOf(matrix.aqm).map((apqi) => makeApqn(id, apqi))
    : idsOf(matrix.apm).map((apid) => makeApqn(apid, id));
}

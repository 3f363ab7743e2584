/**
 * Changes of the host's AP configuration while matrix devices exist. What leaves is hidden from the guest at
 * once; what comes is remembered, and shown when the bus has scanned it. Assignments stay as they are.
 */
import { apResponse, makeApqn, responseOf, AP_TYPE_OLDEST } from "../../uapi/ap.ts";
import type { ApConfiguration } from "./apConfiguration.ts";
import type { ApMasks } from "./crycb.ts";
import {
  difference, idsOf, intersection, isEmptyMask, withoutId, type IdMask,
} from "./idMask.ts";
import { noMasks, type BoundQueues, type MatrixDevice } from "./matrixDevice.ts";
import type { ApHost } from "./queue.ts";

export function changeConfiguration(
  devices: readonly MatrixDevice[], before: ApMasks, now: ApMasks, host: ApHost,
): void {
  const removed = compare(before, now);
  for (const device of devices) {
    const shadow: ApMasks = {
      apm: difference(device.shadow.apm, removed.apm), aqm: difference(device.shadow.aqm, removed.aqm),
      adm: difference(device.shadow.adm, removed.adm),
    };
    if (device.changeShadow(shadow)) device.updateGuest();
  }
  const added = compare(now, before);
  const passable = { ...added, apm: withoutUnknownTypes(added, host) };
  for (const device of devices)
    device.added = {
      apm: intersection(passable.apm, device.matrix.apm), aqm: intersection(passable.aqm, device.matrix.aqm),
      adm: intersection(passable.adm, device.matrix.adm),
    };
}

export function completeScan(
  devices: readonly MatrixDevice[], configuration: ApConfiguration, bound: BoundQueues,
): void {
  for (const device of devices) {
    const { apm, aqm, adm } = device.added;
    const queues = (!isEmptyMask(apm) || !isEmptyMask(aqm)) && device.filterQueues(configuration, bound);
    const control = !isEmptyMask(adm) && device.filterControlDomains(configuration);
    if (queues || control) device.updateGuest();
    device.added = noMasks();
  }
}

const compare = (a: ApMasks, b: ApMasks): ApMasks => ({
  apm: difference(a.apm, b.apm), aqm: difference(a.aqm, b.aqm), adm: difference(a.adm, b.adm),
});

/** Asks each added adapter's queue of the first added domain for its type; without a domain, nobody. */
function withoutUnknownTypes({ apm, aqm }: ApMasks, { hardware, quirks }: ApHost): IdMask {
  const [domain] = idsOf(aqm);
  if (domain === undefined) return apm;
  let passable = apm;
  for (const apid of idsOf(apm)) {
    const { status, info } = hardware.tapq(makeApqn(apid, domain));
    const type = Number(info >> 24n) & 0xff;
    if (!isAnswering(status) || isTooOld(type, quirks.oldAdaptersPass)) passable = withoutId(passable, apid);
  }
  return passable;
}

const isAnswering = (status: number): boolean => {
  const { NORMAL, RESET_IN_PROGRESS, DECONFIGURED, CHECKSTOPPED, BUSY } = apResponse;
  const response = responseOf(status);
  return [NORMAL, RESET_IN_PROGRESS, DECONFIGURED, CHECKSTOPPED, BUSY].some((code) => code === response);
};

/** The driver compares the type while it is still in the high byte of a signed word. */
const isTooOld = (type: number, inHighByte: boolean): boolean =>
  (inHighByte ? type << 24 : type) < AP_TYPE_OLDEST;

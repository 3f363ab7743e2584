/** AP passthrough as plain data: everything the driver knows of matrix devices and queues. */
import type { ApQueueView, ApView, MatrixView } from "../../api/apView.ts";
import { idsOf } from "../../devices/ap/idMask.ts";
import type { MatrixDevice } from "../../devices/ap/matrixDevice.ts";
import { ISC_INVALID, type ApWarning } from "../../devices/ap/queue.ts";
import type { VfioAp } from "../../devices/ap/vfioAp.ts";
import { CryptoHardware } from "../../devices/apMock/cryptoHardware.ts";
import type { CryptoQueueState } from "../../devices/apMock/cryptoQueue.ts";
import type { S390Kvm } from "../../devices/kvm/s390Kvm.ts";
import { apidOf, apqiOf, makeApqn } from "../../uapi/ap.ts";

/** A host's driver with the VM that it passes queues to. */
export interface ApWorld {
  readonly driver: VfioAp;
  readonly kvm: S390Kvm;
  readonly warnings: readonly { readonly warning: ApWarning; readonly apqn: number }[];
}

export function viewAp({ driver, kvm, warnings }: ApWorld): ApView {
  return {
    matrices: driver.devices.map(matrixOf),
    queues: queueNumbers(driver).map((apqn) => queueOf(driver, apqn)),
    isInterpreted: kvm.ap.crycb.interpreted,
    crycbFormat: kvm.ap.crycb.format,
    pins: kvm.ap.container.save().pins.map(({ iova, count }) => ({ address: iova.toString(16), count })),
    registrations: [...(kvm.flic.gisa?.references ?? [])],
    ...(kvm.flic.gisa && { gisaIpm: kvm.flic.gisa.ipm.toString(16).padStart(2, "0") }),
    warnings: warnings.map(({ warning, apqn }) => `${nameOf(apqn)}: ${warning.replaceAll("-", " ")}`),
  };
}

const nameOf = (apqn: number): string =>
  `${apidOf(apqn).toString(16).padStart(2, "0")}.${apqiOf(apqn).toString(16).padStart(4, "0")}`;

function matrixOf({ name, vm, matrix, shadow }: MatrixDevice): MatrixView {
  return {
    name,
    isOpen: vm !== undefined,
    assigned: { adapters: idsOf(matrix.apm), domains: idsOf(matrix.aqm) },
    seen: { adapters: idsOf(shadow.apm), domains: idsOf(shadow.aqm) },
    controlDomains: idsOf(matrix.adm),
  };
}

/** Bound or assigned, ascending. */
function queueNumbers({ bound, devices }: VfioAp): number[] {
  const assigned = devices.flatMap(({ matrix }) =>
    idsOf(matrix.apm).flatMap((apid) => idsOf(matrix.aqm).map((apqi) => makeApqn(apid, apqi))));
  return [...new Set([...bound.keys(), ...assigned])].sort((a, b) => a - b);
}

function queueOf(driver: VfioAp, apqn: number): ApQueueView {
  const queue = driver.bound.get(apqn);
  const owner = driver.ownerOf(apqn);
  const isc = queue && queue.savedIsc !== ISC_INVALID ? { isc: queue.savedIsc } : {};
  return {
    adapter: apidOf(apqn),
    domain: apqiOf(apqn),
    device: owner?.name ?? "",
    isBound: queue !== undefined,
    isInGuest: owner?.vm !== undefined && owner.isInGuest(apidOf(apqn), apqiOf(apqn)),
    nib: queue?.savedIova ? queue.savedIova.toString(16) : "",
    ...isc,
    resetResponse: queue?.resetResponse ?? 0,
    hardware: hardwareOf(driver, apqn),
  };
}

function hardwareOf({ host: { hardware } }: VfioAp, apqn: number): string {
  if (!(hardware instanceof CryptoHardware)) return "scripted";
  const state = hardware.save().queues.find((one) => one.apqn === apqn);
  return state ? stateText(state.queue) : "not there";
}

function stateText({ condition, requests, replies, target, change, resetAt, busyCalls }: CryptoQueueState):
string {
  const count = (of: readonly unknown[], one: string, many: string): string[] =>
    of.length ? [`${of.length} ${of.length === 1 ? one : many}`] : [];
  const facts = [
    ...(condition === "operating" ? [] : [condition]),
    ...count(requests, "request", "requests"), ...count(replies, "reply", "replies"),
    ...(resetAt === null ? [] : ["being reset"]), ...(busyCalls ? ["busy"] : []),
    target ? `interrupts on, ISC ${target.control.guestIsc}` : "interrupts off",
    ...(change ? [`going ${change.to ? "on" : "off"}`] : []),
  ];
  return facts.join(", ");
}

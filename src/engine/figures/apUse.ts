/** Random use of AP passthrough, its rules checked after every operation. */
import { apQuirks } from "../devices/ap/apQuirks.ts";
import { difference, idsOf, intersection, isEmptyMask } from "../devices/ap/idMask.ts";
import { noMasks } from "../devices/ap/matrixDevice.ts";
import { apidOf, apqiOf } from "../uapi/ap.ts";
import { apWalks, walkedHost, type WalkedHost } from "./apOperations.ts";
import type { RandomUse } from "./figure.ts";

/** Hosts with the quirks of Linux 6.1 and repaired ones in turn. */
const isRepaired = (seed: number): boolean => seed % 2 === 0;

interface ApWorld {
  readonly host: WalkedHost;
  readonly exact: boolean;
}

export const apUse: RandomUse<ApWorld> = {
  name: "AP passthrough",
  operations: apWalks.map(({ name, run }) => ({ name, run: ({ host }, prng) => run(host, prng) })),
  create: (seed) => {
    const exact = isRepaired(seed);
    return { host: walkedHost(exact ? apQuirks.none : apQuirks["linux-6.1"]), exact };
  },
  breach: ({ host, exact }) => brokenInvariants(host, exact)[0],
};

/** Sentences about broken invariants; `exact`: nothing may have leaked. */
export function brokenInvariants({ machine: { driver, kvm, ledger } }: WalkedHost, exact: boolean): string[] {
  const said: string[] = [];
  const check = (isSo: boolean, sentence: string): void => { if (!isSo) said.push(sentence); };
  const unbalanced = ledger.check();
  if (unbalanced !== undefined) said.push(unbalanced);
  const queues = [...driver.bound.values()];
  const pins = new Map(kvm.ap.container.save().pins.map(({ iova, count }) => [iova, count]));
  for (const iova of new Set([...pins.keys(), ...queues.map(({ savedIova }) => savedIova)])) {
    const held = iova === 0n ? 0 : queues.filter(({ savedIova }) => savedIova === iova).length;
    const count = pins.get(iova) ?? 0;
    check(exact ? count === held : count >= held, `${iova} is pinned ${count} times, held ${held} times`);
  }
  const { references, alertMask } = kvm.flic.gisa!;
  references.forEach((count, isc) => {
    const held = queues.filter(({ savedIsc }) => savedIsc === isc).length;
    check(exact ? count === held : count >= held, `ISC ${isc} has ${count} registrations, ${held} held`);
    check(((alertMask & (0x80 >> isc)) !== 0) === (count > 0), `alert mask and registrations of ISC ${isc}`);
  });
  driver.devices.forEach((device, index) => {
    for (const other of driver.devices.slice(index + 1)) {
      const shared = !isEmptyMask(intersection(device.matrix.apm, other.matrix.apm))
        && !isEmptyMask(intersection(device.matrix.aqm, other.matrix.aqm));
      check(!shared, `${device.name} and ${other.name} share a queue`);
    }
    for (const part of ["apm", "aqm", "adm"] as const) {
      const allowed = intersection(device.matrix[part], driver.configuration[part]);
      check(isEmptyMask(difference(device.shadow[part], allowed)), `${device.name} shows more than it may`);
    }
    for (const queue of device.queues.values()) {
      check(queue.device === device && driver.bound.get(queue.apqn) === queue, "a link is one-sided");
      check(device.isAssigned(apidOf(queue.apqn), apqiOf(queue.apqn)), "a queue is linked and not assigned");
    }
    if (device.vm) check(kvm.ap.hook === device.name, "open, and not the VM's hook");
    for (const [apqn, queue] of driver.bound)
      if (device.isAssigned(apidOf(apqn), apqiOf(apqn)))
        check(device.queues.get(apqn) === queue, "a queue is assigned and bound and not linked");
  });
  const open = driver.devices.find(({ vm }) => vm);
  const { apm, aqm, adm } = kvm.ap.crycb.masks();
  const seen = { apm: idsOf(apm), aqm: idsOf(aqm), adm: idsOf(adm) };
  const shadow = open?.shadow ?? noMasks();
  const meant = { apm: idsOf(shadow.apm), aqm: idsOf(shadow.aqm), adm: idsOf(shadow.adm) };
  check(JSON.stringify(seen) === JSON.stringify(meant), "the control block is not the guest's matrix");
  return said;
}

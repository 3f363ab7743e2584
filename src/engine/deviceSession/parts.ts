/**
 * What there is to look at in a scenario's world. A world is plain objects around machines, so the machines
 * are found by looking into it; what a world calls them is their name in the window.
 */
import type { ApDeviceMachine } from "../deviceMachine/apDeviceMachine.ts";
import { SteppedTime } from "../deviceMachine/steppedTime.ts";
import { ArmKvm } from "../devices/arm/armKvm.ts";
import { VfioAp } from "../devices/ap/vfioAp.ts";
import type { Flic } from "../devices/flic/flic.ts";
import { S390Kvm } from "../devices/kvm/s390Kvm.ts";
import { PowerKvm } from "../devices/kvm/powerKvm.ts";
import { XiveMonitor } from "../devices/kvm/xiveMonitor.ts";
import { Passthrough } from "../devices/passthrough/passthrough.ts";
import { KvmXive } from "../devices/xive/kvmXive.ts";
import { SpaprXive } from "../devices/xive/spaprXive.ts";
import { EventLedger } from "../ledger/eventLedger.ts";
import { FlicLedger } from "../ledger/flicLedger.ts";
import { PpiLedger } from "../ledger/ppiLedger.ts";
import type { Books } from "./bookView.ts";

interface PartBase {
  readonly name: string;
  readonly books?: Books;
}
export type Part = PartBase & (
  | { readonly kind: "flic"; readonly flic: Flic }
  /** What the guest's monitor keeps, what KVM keeps, or both: then KVM has the sources. */
  | { readonly kind: "xive"; readonly spapr?: SpaprXive; readonly kvm?: KvmXive }
  | { readonly kind: "passthrough"; readonly passthrough: Passthrough }
  | {
    readonly kind: "ap"; readonly driver: VfioAp; readonly kvm: S390Kvm;
    readonly warnings: ApDeviceMachine["warnings"];
  }
  | { readonly kind: "arm"; readonly kvm: ArmKvm; readonly time: SteppedTime }
);

/** Worlds hold machines, machines hold devices: nothing to show lies deeper. */
const DEPTH_MAX = 4;

/** In the order in which the world names them; the same for every world that a scenario builds. */
export function partsOf(world: unknown): Part[] {
  const found: Part[] = [];
  const seen = new Set<unknown>();
  const visit = (value: unknown, name: string, depth: number, books: WithBooks): void => {
    if (typeof value !== "object" || value === null || seen.has(value) || depth > DEPTH_MAX) return;
    seen.add(value);
    const machine = value as Readonly<Record<string, unknown>>;
    if (value instanceof Passthrough) found.push({ kind: "passthrough", name, passthrough: value, ...books });
    else if (isPlain(value)) {
      found.push(...s390Parts(machine, name, seen), ...powerParts(machine, name, seen),
        ...armParts(machine, name, seen));
      for (const [key, inner] of Object.entries(machine))
        visit(inner, nameBelow(name, key), depth + 1, booksIn(machine));
    }
  };
  visit(world, "", 0, {});
  return found;
}

type WithBooks = Pick<PartBase, "books">;
/** A machine has its ledger beside the controller that it listens to. */
const booksIn = ({ ledger }: Readonly<Record<string, unknown>>): WithBooks =>
  [FlicLedger, EventLedger, PpiLedger].some((one) => ledger instanceof one)
    ? { books: ledger as Books } : {};

/** A machine's own names say nothing: only what tells two machines apart does. */
const UNTOLD = new Set(["machine", "kvm", "kernel", "xive", "p", "device", "world"]);
const nameBelow = (name: string, key: string): string =>
  UNTOLD.has(key) ? name : name === "" ? key : `${name} ${key}`;

/** Devices and tables are looked at by their own views, not searched. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return true;
  return Object.values(value).some((inner) => inner instanceof Passthrough);
}

function s390Parts(machine: Readonly<Record<string, unknown>>, name: string, seen: Set<unknown>): Part[] {
  const { kvm, driver, warnings } = machine;
  if (!(kvm instanceof S390Kvm)) return [];
  seen.add(kvm);
  const flic: Part = { kind: "flic", name, flic: kvm.flic, ...booksIn(machine) };
  if (!(driver instanceof VfioAp)) return [flic];
  return [flic, { kind: "ap", name, driver, kvm, warnings: (warnings ?? []) as ApDeviceMachine["warnings"] }];
}

function armParts(machine: Readonly<Record<string, unknown>>, name: string, seen: Set<unknown>): Part[] {
  const { kvm, time } = machine;
  if (!(kvm instanceof ArmKvm) || !(time instanceof SteppedTime) || seen.has(kvm)) return [];
  seen.add(kvm);
  return [{ kind: "arm", name, kvm, time, ...booksIn(machine) }];
}

/** A monitor's controller and the kernel's device that it drives are one part. */
function powerParts(machine: Readonly<Record<string, unknown>>, name: string, seen: Set<unknown>): Part[] {
  const { xive, kvm: vm } = machine;
  const spapr = xive instanceof SpaprXive ? xive : undefined;
  const driven = spapr?.kernel instanceof XiveMonitor ? spapr.kernel.device : undefined;
  const owned = vm instanceof PowerKvm && vm.device instanceof KvmXive ? vm.device : undefined;
  const kvm = driven ?? owned;
  if ((!spapr && !kvm) || seen.has(spapr) || seen.has(kvm)) return [];
  if (spapr) seen.add(spapr);
  if (kvm) seen.add(kvm);
  return [{ kind: "xive", name, ...(spapr && { spapr }), ...(kvm && { kvm }), ...booksIn(machine) }];
}

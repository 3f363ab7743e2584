/** A pseries machine with its sources in the kernel, one source routed to one queue of vCPU 0. */
import { assert } from "../../base/assert.ts";
import { pseries, type PseriesMachine } from "../../deviceMachine/powerDeviceMachine.ts";
import type { PowerKvm } from "../../devices/kvm/powerKvm.ts";
import type { XiveMonitor } from "../../devices/kvm/xiveMonitor.ts";
import { xiveDefects, type XiveDefect } from "../../devices/xive/defects.ts";
import { ESB_RESET, ESB_SET_PQ } from "../../devices/xive/esb.ts";
import { hcall } from "../../devices/xive/hcallCodes.ts";
import { xiveHcall } from "../../devices/xive/hcalls.ts";
import type { SpaprXive } from "../../devices/xive/spaprXive.ts";
import type { XiveLedger } from "../../ledger/xiveLedger.ts";
import type { GuestMemory } from "../../memory/guestMemory.ts";
import type { Defects } from "../scenario.ts";

export const LISN = 0x1300;
export const PRIORITY = 6;
export const QUEUE = 0x1_0000;
const QUEUE_SHIFT = 16;
const DATA = 0x42;
/** A queue's first entry: generation 1 and the data. */
export const ENTRY = 0x8000_0042;

export interface PseriesWorld {
  readonly xive: SpaprXive;
  readonly memory: GuestMemory;
  readonly kvm: PowerKvm;
  readonly monitor: XiveMonitor;
  readonly ledger: XiveLedger;
}

/** Only the switches that the controller knows. */
export const xiveSwitches = (defects: Defects): ReadonlySet<XiveDefect> =>
  new Set((Object.keys(xiveDefects) as XiveDefect[]).filter((name) => defects.has(name)));

/** vCPUs 0 and 1, nothing claimed. */
export function emptyPseries(defects: Defects): PseriesWorld {
  const { xive, memory, kernel, ledger }: PseriesMachine = pseries(true, { defects: xiveSwitches(defects) });
  assert(kernel, "the sources are in the kernel");
  return { xive, memory, kvm: kernel.machine.kvm, monitor: kernel.monitor, ledger };
}

/** The source is open (PQ = 00) and leads to the queue. */
export function routedPseries(defects: Defects): PseriesWorld {
  const world = emptyPseries(defects);
  world.xive.claim(LISN, false);
  configureQueue(world, QUEUE);
  const route = [2n, BigInt(LISN), 0n, BigInt(PRIORITY), BigInt(DATA)];
  assert(xiveHcall(world.xive, hcall.H_INT_SET_SOURCE_CONFIG, route).status === 0, "the route is good");
  world.xive.storeEsb(LISN, "management", ESB_SET_PQ(ESB_RESET));
  return world;
}

/** The guest gives vCPU 0 a queue of 64 KiB for the priority. */
export function configureQueue({ xive }: PseriesWorld, address: number): void {
  const queue = [1n, 0n, BigInt(PRIORITY), BigInt(address), BigInt(QUEUE_SHIFT)];
  assert(xiveHcall(xive, hcall.H_INT_SET_QUEUE_CONFIG, queue).status === 0, "the queue is good");
}

/** The device stores into the source's trigger page. */
export const trigger = ({ monitor }: PseriesWorld): void => { monitor.storeEsb(LISN, "trigger", 0); };
/** Entries of the queue from its start that are not zero. */
export function entries({ memory }: PseriesWorld): number[] {
  const found: number[] = [];
  for (let at = QUEUE; memory.u32(at) !== 0; at += 4) found.push(memory.u32(at));
  return found;
}

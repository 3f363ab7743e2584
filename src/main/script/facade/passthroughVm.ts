/** PCI passthrough on POWER9 for scripts: the machine, its guest's sources, and what switches them. */
import * as v from "valibot";
import type {
  EsbAccess, PassthroughVm as PassthroughVmApi, PciShape,
} from "../../../../resources/scripts/api/passthrough.d.ts";
import type { EsbPage } from "../../../../resources/scripts/api/power.d.ts";
import type { Reply } from "../../../../resources/scripts/api/values.d.ts";
import {
  PassthroughMachine, type PassthroughMachineOptions,
} from "../../../engine/deviceMachine/passthroughMachine.ts";
import { SteppedCall } from "../../../engine/deviceMachine/steppedCall.ts";
import {
  CHANGE_MSI, CHANGE_MSIX, RTAS_PARAMETER_ERROR,
} from "../../../engine/devices/passthrough/changeMsi.ts";
import { faultOperation } from "../../../engine/devices/passthrough/fault.ts";
import {
  guestEoi, guestLoad, guestStore, hcallEsb,
} from "../../../engine/devices/passthrough/guestAccess.ts";
import { setIrq } from "../../../engine/devices/passthrough/injection.ts";
import { violations } from "../../../engine/devices/passthrough/invariants.ts";
import { runHostHandler } from "../../../engine/devices/passthrough/irqBypass.ts";
import type { PassthroughStep } from "../../../engine/devices/passthrough/observer.ts";
import { start } from "../../../engine/devices/passthrough/operation.ts";
import {
  configureSource, createSource, releaseDevice, resetSources, syncQueues, syncSource,
} from "../../../engine/devices/passthrough/sourceCalls.ts";
import {
  eoiOperation, intOff, intOn, setXive, type LockedCall,
} from "../../../engine/devices/passthrough/xicsCalls.ts";
import { encodeSourceConfig } from "../../../engine/uapi/xive.ts";
import { ScriptRefusal, type MethodTable } from "../hostObjects.ts";
import { WithBooks, booksMethods, type KeptBooks } from "./books.ts";
import { name, none, reply, u32, u64, wholeTo } from "./arguments.ts";
import { BegunCall } from "./passthroughCall.ts";
import { ScriptHostInterrupt } from "./passthroughHost.ts";
import { PassthroughUserSpace, userPage } from "./passthroughUserSpace.ts";
import { ScriptPciFunction } from "./pciFunction.ts";
import { esbOffset, esbPage } from "./powerVm.ts";

const FUNCTIONS_MAX = 3;
const STEPS_KEPT = 10_000;
/** Behind every source of the mapping. */
const LISNS = 0x2000;

export class PassthroughVm extends WithBooks implements PassthroughVmApi {
  private readonly machine: PassthroughMachine;
  private readonly trail: PassthroughStep[] = [];
  private readonly space: PassthroughUserSpace;

  constructor({ directPath = true, ...options }: PassthroughMachineOptions & { directPath?: boolean }) {
    super();
    this.machine = new PassthroughMachine(options);
    this.machine.p.isBypassDisabled = !directPath;
    this.space = new PassthroughUserSpace(this.machine.p);
    const { ledger } = this.machine;
    this.machine.p.observer = (step) => {
      ledger.note(step);
      this.trail.push(step);
      if (this.trail.length > STEPS_KEPT) this.trail.shift();
    };
  }

  protected books(): KeptBooks {
    return this.machine.ledger;
  }

  plug({ vendor = 0x1014, device = 1, msi = 8, msix = 0, hasLine = true }: PciShape = {}): ScriptPciFunction {
    if (this.machine.functions.length >= FUNCTIONS_MAX)
      throw new ScriptRefusal(`The bridge has room for ${FUNCTIONS_MAX} functions.`);
    return new ScriptPciFunction(this.machine.plug({ vendor, device, msi, msix, hasLine }));
  }

  changeMsi(
    address: number, count: number, type: "msi" | "msix" | number = "msi", sequence = 0,
  ): { status: number; count?: number; sequence?: number } {
    const number = type === "msi" ? CHANGE_MSI : type === "msix" ? CHANGE_MSIX : type;
    return this.machine.msi.call(address, number, count, sequence);
  }

  connect(lisn: number, hostIrq: number): { irqfd: number; returned: number | string } {
    const { irqfd, returned } = this.machine.connect(lisn, hostIrq);
    return { irqfd: irqfd.id, returned };
  }
  disconnect(irqfd: number): number | string {
    const found = this.machine.p.irqfds.get(irqfd);
    if (!found) throw new ScriptRefusal(`There is no irqfd ${irqfd}.`);
    return this.machine.disconnect(found);
  }
  beginConnect(lisn: number, hostIrq: number): BegunCall {
    const { irqfd, call } = this.machine.beginConnect(lisn, hostIrq);
    return new BegunCall(call, irqfd.id);
  }
  beginDisconnect(irqfd: number): BegunCall {
    const found = this.machine.p.irqfds.get(irqfd);
    if (!found) throw new ScriptRefusal(`There is no irqfd ${irqfd}.`);
    return new BegunCall(this.machine.beginDisconnect(found), irqfd);
  }
  beginFault(userPage: number): BegunCall {
    const { p } = this.machine;
    return new BegunCall(new SteppedCall(p, { operation: start(p, faultOperation(userPage)) }));
  }
  beginEoi(lisn: number): BegunCall {
    const { p } = this.machine;
    if (p.mode !== "xics") throw new ScriptRefusal("H_EOI is a call of XICS guests: { mode: \"xics\" }.");
    return new BegunCall(new SteppedCall(p, { operation: start(p, eoiOperation(lisn)) }));
  }

  createSource(lisn: number, value = 0n): Reply {
    return reply(createSource(this.machine.p, lisn, value));
  }
  syncSource(lisn: number): Reply {
    return reply(Math.min(0, syncSource(this.machine.p, lisn)));
  }
  syncQueues(): number[] {
    return syncQueues(this.machine.p);
  }
  resetController(): void {
    resetSources(this.machine.p);
  }
  closeController(): "done" | "blocked" {
    return releaseDevice(this.machine.p) ? "done" : "blocked";
  }
  rtas(call: string, args: readonly number[]): number | "blocked" {
    const { p } = this.machine;
    const [lisn = 0, server = 0, priority = 0] = args;
    const calls: Readonly<Record<string, { args: number; run: () => LockedCall }>> = {
      "ibm,int-off": { args: 1, run: () => intOff(p, lisn) },
      "ibm,int-on": { args: 1, run: () => intOn(p, lisn) },
      "ibm,set-xive": { args: 3, run: () => setXive(p, lisn, server, priority) },
    };
    const found = Object.hasOwn(calls, call) ? calls[call] : undefined;
    if (!found) throw new ScriptRefusal(`There is no RTAS call "${call}" here.`);
    if (p.mode !== "xics" || args.length !== found.args) return RTAS_PARAMETER_ERROR;
    const outcome = found.run();
    return outcome === "blocked" ? outcome : outcome === "done" ? 0 : RTAS_PARAMETER_ERROR;
  }

  userSpace(): PassthroughUserSpace {
    return this.space;
  }
  host(irq: number): ScriptHostInterrupt {
    const found = this.machine.p.host.get(irq);
    if (!found) throw new ScriptRefusal(`The host has no interrupt ${irq}.`);
    return new ScriptHostInterrupt(found);
  }

  configureSource(
    lisn: number, route: { server?: number; priority: number; isMasked?: boolean; eisn?: number },
  ): Reply {
    const { server = 0, priority, isMasked = false, eisn = lisn } = route;
    const value = encodeSourceConfig({ server, priority, isMasked, eisn });
    return reply(configureSource(this.machine.p, lisn, value));
  }

  load(lisn: number, page: EsbPage, offset: number): EsbAccess {
    return guestLoad(this.machine.p, lisn, page, offset);
  }
  store(lisn: number, page: EsbPage, offset: number): EsbAccess {
    return guestStore(this.machine.p, lisn, page, offset);
  }
  eoi(lisn: number): EsbAccess {
    return guestEoi(this.machine.p, lisn);
  }
  hcallEsb(lisn: number, isStore: boolean, offset: number): EsbAccess {
    return hcallEsb(this.machine.p, lisn, isStore, offset);
  }
  setIrq(lisn: number, level: number): Reply {
    return reply(setIrq(this.machine.p, lisn, level));
  }

  handleHost(): number | undefined {
    const { p } = this.machine;
    const one = runHostHandler(p);
    if (one) p.host.endOfInterrupt(one.irq);
    return one?.irq;
  }
  takeEntry(): { server: number; priority: number; data: number } | undefined {
    const entry = this.machine.p.queues.take();
    return entry && { server: entry.server, priority: entry.priority, data: entry.data };
  }
  finishEntry(data: number): void {
    this.machine.p.queues.finish(data);
  }
  queued(): number {
    return this.machine.p.queues.entries.length;
  }

  sources(): ReturnType<PassthroughVmApi["sources"]> {
    const { p } = this.machine;
    const pqOf = (source: number): number => (source < 0 ? -1 : (p.hardware.pq(source) ?? -1));
    return [...p.sources.sources.values()].filter(({ valid }) => valid).map((source) => ({
      lisn: source.lisn, ipi: source.ipi, phb: source.pt, ipiPq: pqOf(source.ipi), phbPq: pqOf(source.pt),
      server: source.actServer, priority: source.actPriority, eisn: source.eisn,
      ipiRoute: { ...p.hardware.routeOf(source.ipi) },
      ...(source.pt >= 0 && { phbRoute: { ...p.hardware.routeOf(source.pt) } }),
      guestPriority: source.guestPriority, savedPriority: source.savedPriority,
      oldP: source.oldP, oldQ: source.oldQ, isLsi: source.lsi, isAsserted: source.asserted,
    }));
  }
  pages(): { userPage: number; source: number; page: string }[] {
    return [...this.machine.p.space.entries].flatMap(([userPage, frame]) =>
      (frame === "tima-os" ? [] : [{ userPage, source: frame.source, page: frame.page }]));
  }
  violations(): string[] {
    return violations(this.machine.p).map(({ says }) => says);
  }
  steps(): PassthroughStep[] {
    return [...this.trail];
  }
}

const lisn = wholeTo(LISNS - 1);
const access = v.strictTuple([lisn, esbPage, esbOffset]);
const shape = v.strictObject({
  vendor: v.optional(wholeTo(0xffff)), device: v.optional(wholeTo(0xffff)),
  msi: v.optional(v.picklist([0, 1, 2, 4, 8])), msix: v.optional(wholeTo(8)),
  hasLine: v.optional(v.boolean()),
});
const route = v.strictObject({
  server: v.optional(wholeTo(0x1fff_ffff)), priority: wholeTo(7), isMasked: v.optional(v.boolean()),
  eisn: v.optional(wholeTo(0x7fff_ffff)),
});

export const passthroughVmMethods: MethodTable<PassthroughVmApi> = {
  ...booksMethods,
  plug: v.strictTuple([v.optional(shape)]),
  changeMsi: v.strictTuple([
    u32, u32, v.optional(v.union([v.picklist(["msi", "msix"]), u32])), v.optional(u32),
  ]),
  connect: v.strictTuple([lisn, u32]), beginConnect: v.strictTuple([lisn, u32]),
  disconnect: v.strictTuple([u32]), beginDisconnect: v.strictTuple([u32]),
  beginFault: v.strictTuple([userPage]), beginEoi: v.strictTuple([lisn]),
  createSource: v.strictTuple([u32, v.optional(u64)]), syncSource: v.strictTuple([u32]),
  syncQueues: none, resetController: none, closeController: none,
  rtas: v.strictTuple([name, v.pipe(v.array(u32), v.maxLength(16))]),
  userSpace: none, host: v.strictTuple([u32]),
  configureSource: v.strictTuple([lisn, route]),
  load: access, store: access,
  eoi: v.strictTuple([lisn]),
  hcallEsb: v.strictTuple([lisn, v.boolean(), esbOffset]),
  setIrq: v.strictTuple([lisn, wholeTo(0x7fff_ffff, -3)]),
  handleHost: none, takeEntry: none,
  finishEntry: v.strictTuple([u32]),
  queued: none, sources: none, pages: none, violations: none, steps: none,
};

/** PCI passthrough on POWER9 for scripts: functions behind a PHB4, their sources in a guest, step by step. */
import * as v from "valibot";
import type {
  EsbAccess, PassthroughVm as PassthroughVmApi, PciFunction as PciFunctionApi, PciShape,
} from "../../../../resources/scripts/api/passthrough.d.ts";
import type { EsbPage } from "../../../../resources/scripts/api/power.d.ts";
import type { Reply } from "../../../../resources/scripts/api/values.d.ts";
import {
  PassthroughMachine, type PassthroughMachineOptions, type PluggedFunction,
} from "../../../engine/deviceMachine/passthroughMachine.ts";
import { CHANGE_MSI, CHANGE_MSIX } from "../../../engine/devices/passthrough/changeMsi.ts";
import {
  guestEoi, guestLoad, guestStore, hcallEsb,
} from "../../../engine/devices/passthrough/guestAccess.ts";
import { setIrq } from "../../../engine/devices/passthrough/injection.ts";
import { violations } from "../../../engine/devices/passthrough/invariants.ts";
import { runHostHandler } from "../../../engine/devices/passthrough/irqBypass.ts";
import type { PassthroughStep } from "../../../engine/devices/passthrough/observer.ts";
import { configureSource } from "../../../engine/devices/passthrough/sourceCalls.ts";
import { encodeSourceConfig } from "../../../engine/uapi/xive.ts";
import { ScriptRefusal, type MethodTable } from "../hostObjects.ts";
import { WithBooks, booksMethods, type KeptBooks } from "./books.ts";
import { none, reply, u32, wholeTo } from "./arguments.ts";
import { esbOffset, esbPage } from "./powerVm.ts";

const FUNCTIONS_MAX = 3;
const STEPS_KEPT = 10_000;
/** Behind every source of the mapping. */
const LISNS = 0x2000;

export class PassthroughVm extends WithBooks implements PassthroughVmApi {
  private readonly machine: PassthroughMachine;
  private readonly trail: PassthroughStep[] = [];

  constructor(options: PassthroughMachineOptions) {
    super();
    this.machine = new PassthroughMachine(options);
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
    address: number, count: number, type: "msi" | "msix" = "msi", sequence = 0,
  ): { status: number; count?: number; sequence?: number } {
    return this.machine.msi.call(address, type === "msi" ? CHANGE_MSI : CHANGE_MSIX, count, sequence);
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

export class ScriptPciFunction implements PciFunctionApi {
  readonly address: number;
  readonly hostIrq: number;
  readonly lineIrq: number;
  private readonly plugged: PluggedFunction;

  constructor(plugged: PluggedFunction) {
    this.plugged = plugged;
    this.address = plugged.address;
    this.hostIrq = plugged.hostIrq;
    this.lineIrq = plugged.lineIrq;
  }
  interrupt(vector: number): "sent" | "pending" | "lost" {
    return this.plugged.pci.interrupt(vector);
  }
  setLine(isRaised: boolean): void {
    this.plugged.pci.setLine(isRaised);
  }
  readConfig(offset: number, size: 1 | 2 | 4): number {
    checkAligned(offset, size);
    return this.plugged.pci.readConfig(offset, size);
  }
  writeConfig(offset: number, size: 1 | 2 | 4, value: number): boolean {
    checkAligned(offset, size);
    return this.plugged.pci.writeConfig(offset, size, value);
  }
  maskVector(vector: number, isMasked: boolean): boolean {
    return this.plugged.pci.maskVector(vector, isMasked);
  }
  lisns(): number[] {
    return [...this.plugged.lisns];
  }
}

function checkAligned(offset: number, size: number): void {
  if (offset % size !== 0) throw new ScriptRefusal(`${offset} is not a multiple of ${size}.`);
}

const lisn = wholeTo(LISNS - 1);
const access = v.strictTuple([lisn, esbPage, esbOffset]);
const vector = wholeTo(2047);
const configSize = v.picklist([1, 2, 4]);
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
  changeMsi: v.strictTuple([u32, wholeTo(32), v.optional(v.picklist(["msi", "msix"])), v.optional(u32)]),
  connect: v.strictTuple([lisn, u32]),
  disconnect: v.strictTuple([u32]),
  configureSource: v.strictTuple([lisn, route]),
  load: access, store: access,
  eoi: v.strictTuple([lisn]),
  hcallEsb: v.strictTuple([lisn, v.boolean(), esbOffset]),
  setIrq: v.strictTuple([lisn, wholeTo(0x7fff_ffff, -3)]),
  handleHost: none, takeEntry: none,
  finishEntry: v.strictTuple([u32]),
  queued: none, sources: none, pages: none, violations: none, steps: none,
};

export const pciFunctionMethods: MethodTable<PciFunctionApi> = {
  interrupt: v.strictTuple([vector]),
  setLine: v.strictTuple([v.boolean()]),
  readConfig: v.strictTuple([wholeTo(255), configSize]),
  writeConfig: v.strictTuple([wholeTo(255), configSize, u32]),
  maskVector: v.strictTuple([vector, v.boolean()]),
  lisns: none,
};

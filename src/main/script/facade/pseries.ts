/** A pseries machine's XIVE for scripts: hypervisor calls, pages of sources and threads, queues in memory. */
import * as v from "valibot";
import type {
  EsbPage, HcallReply, Pseries as PseriesApi,
} from "../../../../resources/scripts/api/power.d.ts";
import type { Reply } from "../../../../resources/scripts/api/values.d.ts";
import type { PseriesMachine } from "../../../engine/deviceMachine/powerDeviceMachine.ts";
import { hcall } from "../../../engine/devices/xive/hcallCodes.ts";
import { xiveHcall } from "../../../engine/devices/xive/hcalls.ts";
import { TIMA_PAGE_OS, TIMA_PAGE_SHIFT } from "../../../engine/devices/xive/tima.ts";
import { ScriptRefusal, type MethodTable } from "../hostObjects.ts";
import { bytes, length, none, reply, u32, u64, wholeTo } from "./arguments.ts";
import { WithBooks, booksMethods, type KeptBooks } from "./books.ts";
import { accessSize, hcallArguments, timaOffset } from "./powerVcpu.ts";
import { esbOffset, esbPage, within } from "./powerVm.ts";
import { numberIn } from "./s390Vm.ts";

export class Pseries extends WithBooks implements PseriesApi {
  private readonly machine: PseriesMachine;

  constructor(machine: PseriesMachine) {
    super();
    this.machine = machine;
  }
  protected books(): KeptBooks {
    return this.machine.ledger;
  }

  claim(lisn: number, isLsi = false): boolean {
    return this.machine.xive.claim(lisn, isLsi);
  }
  release(lisn: number): boolean {
    return this.machine.xive.release(lisn);
  }
  hcall(call: string | number, ...args: bigint[]): HcallReply {
    return xiveHcall(this.machine.xive, numberIn(hcall, call, "call"), args);
  }
  setIrq(lisn: number, isRaised: boolean): void {
    this.machine.xive.setIrq(lisn, isRaised);
  }
  loadEsb(lisn: number, page: EsbPage, offset: number): number | undefined {
    return this.machine.xive.loadEsb(this.existing(lisn), page, offset);
  }
  storeEsb(lisn: number, page: EsbPage, offset: number): boolean {
    return this.machine.xive.storeEsb(this.existing(lisn), page, offset);
  }
  loadTima(vcpu: number, offset: number, size: number): bigint | undefined {
    return this.machine.xive.chip.timaLoad(vcpu, (TIMA_PAGE_OS << TIMA_PAGE_SHIFT) | offset, size);
  }
  storeTima(vcpu: number, offset: number, size: number, value: bigint): boolean {
    const at = (TIMA_PAGE_OS << TIMA_PAGE_SHIFT) | offset;
    return this.machine.xive.chip.timaStore(vcpu, at, size, value);
  }
  readMemory(address: number, size: number): Uint8Array {
    within(address, size);
    return this.machine.memory.read(address, size);
  }
  writeMemory(address: number, given: Uint8Array): void {
    within(address, given.length);
    this.machine.memory.write(address, given, "loader");
  }
  reset(): Reply {
    return reply(this.machine.xive.reset());
  }

  private existing(lisn: number): number {
    const { irqs } = this.machine.xive;
    if (lisn >= irqs) throw new ScriptRefusal(`There is no interrupt ${lisn}; there are ${irqs}.`);
    return lisn;
  }
}

const vcpu = wholeTo(1);

export const pseriesMethods: MethodTable<PseriesApi> = {
  ...booksMethods,
  claim: v.strictTuple([u32, v.optional(v.boolean())]),
  release: v.strictTuple([u32]),
  hcall: hcallArguments,
  setIrq: v.strictTuple([u32, v.boolean()]),
  loadEsb: v.strictTuple([u32, esbPage, esbOffset]),
  storeEsb: v.strictTuple([u32, esbPage, esbOffset]),
  loadTima: v.strictTuple([vcpu, timaOffset, accessSize]),
  storeTima: v.strictTuple([vcpu, timaOffset, accessSize, u64]),
  readMemory: v.strictTuple([u32, length]),
  writeMemory: v.strictTuple([u32, bytes]),
  reset: none,
};

/** The workbench's machines as a script sees them: every call is a question to the host. */
import * as v from "valibot";
import type {
  GuestInfo, MachineInfo, Machines as MachinesApi,
} from "../../../resources/scripts/api/machines.d.ts";
import { AskedMachine, type Ask } from "./askedMachine.ts";
import { name, none, wholeTo } from "./facade/arguments.ts";
import type { MethodTable } from "./hostObjects.ts";

export class AskedMachines implements MachinesApi {
  private readonly ask: Ask;

  constructor(ask: Ask) {
    this.ask = ask;
  }
  guests(): Promise<GuestInfo[]> {
    return this.ask("guests", {});
  }
  list(): Promise<MachineInfo[]> {
    return this.ask("list", {});
  }
  async get(id: string): Promise<AskedMachine> {
    await this.ask("info", { id });
    return new AskedMachine(id, this.ask);
  }
  async start(guest: string): Promise<AskedMachine> {
    await this.ask("start", { id: guest });
    return new AskedMachine(guest, this.ask);
  }
  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => { setTimeout(resolve, milliseconds); });
  }
}

const HOUR_MS = 3_600_000;

export const machinesMethods: MethodTable<MachinesApi> = {
  guests: none, list: none, get: v.strictTuple([name]), start: v.strictTuple([name]),
  sleep: v.strictTuple([wholeTo(HOUR_MS)]),
};

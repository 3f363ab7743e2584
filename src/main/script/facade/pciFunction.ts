/** A PCI function behind the bridge, for scripts. */
import * as v from "valibot";
import type { PciFunction as PciFunctionApi } from "../../../../resources/scripts/api/passthrough.d.ts";
import type { PluggedFunction } from "../../../engine/deviceMachine/passthroughMachine.ts";
import { ScriptRefusal, type MethodTable } from "../hostObjects.ts";
import { none, u32, wholeTo } from "./arguments.ts";

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

const vector = wholeTo(2047);
const configSize = v.picklist([1, 2, 4]);

export const pciFunctionMethods: MethodTable<PciFunctionApi> = {
  interrupt: v.strictTuple([vector]),
  setLine: v.strictTuple([v.boolean()]),
  readConfig: v.strictTuple([wholeTo(255), configSize]),
  writeConfig: v.strictTuple([wholeTo(255), configSize, u32]),
  maskVector: v.strictTuple([vector, v.boolean()]),
  lisns: none,
};

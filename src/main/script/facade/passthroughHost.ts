/** The host kernel's side of a passed-through interrupt, for scripts. */
import * as v from "valibot";
import type { HostInterrupt as HostInterruptApi } from "../../../../resources/scripts/api/passthrough.d.ts";
import type { HostInterrupt } from "../../../engine/devices/passthrough/hostInterrupts.ts";
import type { MethodTable } from "../hostObjects.ts";
import { none, wholeTo } from "./arguments.ts";

export class ScriptHostInterrupt implements HostInterruptApi {
  readonly irq: number;
  private readonly one: HostInterrupt;

  constructor(one: HostInterrupt) {
    this.one = one;
    this.irq = one.irq;
  }
  state(): ReturnType<HostInterruptApi["state"]> {
    const { target = -1, savedP, staleP, isForwarded } = this.one;
    return { cpu: target, savedP, staleP, isForwarded };
  }
  setCpu(cpu: number): void {
    this.one.target = cpu < 0 ? undefined : cpu;
  }
  failForwarding(error: number): void {
    this.one.affinityError = error;
  }
  failTakingBack(error: number): void {
    this.one.retargetError = error;
  }
}

const failure = wholeTo(0, -4095);

export const hostInterruptMethods: MethodTable<HostInterruptApi> = {
  state: none, setCpu: v.strictTuple([wholeTo(2047, -1)]),
  failForwarding: v.strictTuple([failure]), failTakingBack: v.strictTuple([failure]),
};

/** A call of a passthrough machine that a script takes step by step. */
import type {
  PassthroughCall as PassthroughCallApi,
} from "../../../../resources/scripts/api/passthrough.d.ts";
import type { CallOutcome, SteppedCall } from "../../../engine/deviceMachine/steppedCall.ts";
import type { StepOutcome } from "../../../engine/devices/passthrough/operation.ts";
import type { MethodTable } from "../hostObjects.ts";
import { none } from "./arguments.ts";

export class BegunCall implements PassthroughCallApi {
  readonly irqfd: number;
  private readonly call: SteppedCall;

  constructor(call: SteppedCall, irqfd = -1) {
    this.call = call;
    this.irqfd = irqfd;
  }
  next(): string | undefined {
    return this.call.next;
  }
  step(): StepOutcome {
    return this.call.step();
  }
  finish(): CallOutcome {
    while (this.call.returned === undefined) if (this.call.step() === "blocked") return "blocked";
    return this.call.returned;
  }
}

export const begunCallMethods: MethodTable<PassthroughCallApi> = { next: none, step: none, finish: none };

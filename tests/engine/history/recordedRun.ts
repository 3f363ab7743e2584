/**
 * A run as a worker would drive it, cut at random places and disturbed from outside, with its journal; and
 * the complete state of a machine, to compare repetitions by.
 */
import { createHash } from "node:crypto";
import type { OutsideAction, OutsideEvent } from "../../../src/engine/api/history.ts";
import type { MachineConfig } from "../../../src/engine/api/machine.ts";
import type { Prng } from "../../../src/engine/base/prng.ts";
import { carryOut } from "../../../src/engine/history/outside.ts";
import { Debugger } from "../../../src/engine/machine/debug/debugger.ts";
import { S390Ccw } from "../../../src/engine/machine/s390Ccw.ts";
import { saveState } from "../../../src/engine/machine/snapshot.ts";
import { capturePages } from "../../../src/engine/memory/pageCapture.ts";

export interface State {
  readonly instructions: number;
  readonly virtualNs: number;
  /** Of every section and of storage. */
  readonly sections: string;
  readonly storage: string;
}

const sha = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Everything that a settled machine is: registers, devices, interrupt controller, storage. */
export function stateOf(machine: S390Ccw): State {
  const { core, scheduler: { ended } } = machine;
  // A machine that has ended is not saved; its registers and devices are compared all the same.
  machine.scheduler.ended = undefined;
  const saved = saveState(machine, "test");
  machine.scheduler.ended = ended;
  if (!saved.ok) throw new Error(saved.error);
  // Pages that nobody has written hold zeros, and pages of zeros are not among `numbers`.
  const { numbers, bytes } = capturePages(core.ram, core.storage.dirty.written());
  return {
    instructions: Number(machine.instructions),
    virtualNs: Number(machine.now()),
    sections: sha(saved.value),
    storage: sha(new Uint8Array(numbers.buffer)) + sha(bytes),
  };
}

export function machineOf(config: MachineConfig): S390Ccw {
  const made = S390Ccw.create(config, () => undefined);
  if (!made.ok) throw new Error(made.error);
  return made.value;
}

export class RecordedRun {
  readonly machine: S390Ccw;
  readonly debug: Debugger;
  readonly journal: OutsideEvent[] = [];
  readonly states: State[] = [];
  private readonly random: Prng;
  isOn = true;

  constructor(config: MachineConfig, random: Prng) {
    this.machine = machineOf(config);
    this.debug = new Debugger(this.machine);
    this.random = random;
  }

  /** Up to `budget` instructions; waiting is cut short at a random moment, as a person's key would. */
  step(budget: number): void {
    const { machine, random } = this;
    const end = machine.step(budget);
    if (end.kind === "ended") this.isOn = false;
    if (end.kind !== "idle") return;
    const now = machine.now();
    const untilNs = end.untilNs ?? now + 1_000_000n;
    const isCut = random.below(3) === 0;
    machine.skipIdle(isCut ? now + BigInt(random.below(Number(untilNs - now) + 1)) : untilNs);
  }
  act(action: OutsideAction): void {
    const { machine, debug } = this;
    machine.scheduler.settle();
    const moment = { instructions: Number(machine.instructions), virtualNs: Number(machine.now()) };
    // What is noted at a moment is what it was behind the last action there.
    const { states } = this;
    while (states.at(-1)?.virtualNs === moment.virtualNs) states.pop();
    this.journal.push({ ...moment, action });
    carryOut(machine, debug, action);
  }
  mark(): void {
    this.machine.scheduler.settle();
    this.act({ kind: "mark", traceHash: this.machine.traceHash });
  }
  /** What the machine is now is to be found again. */
  note(): void {
    this.machine.scheduler.settle();
    this.states.push(stateOf(this.machine));
  }
}

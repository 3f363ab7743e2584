/**
 * Looks into one machine and steps it. Stepping and breakpoints change nothing of what the guest does: the
 * machine is only stepped in smaller pieces, so its trace hash is that of a run without a debugger.
 */
import type { DebugAnswer, DebugCall, Halt, Hex, LookAnswer, Moment } from "../../api/debug.ts";
import { errnoName } from "../../api/errno.ts";
import { ok, refuse, type Result } from "../../base/result.ts";
import { Breakpoints } from "../../cpu/breakpoints.ts";
import type { S390Ccw } from "../s390Ccw.ts";
import type { StepEnd } from "../stepEnd.ts";
import { disassembleFrom, instructionAt } from "./disassembly.ts";
import { viewAp } from "./apView.ts";
import { viewFlic } from "./flicView.ts";
import { viewLanes } from "./lanesView.ts";
import { explain, viewLedger } from "./ledgerView.ts";
import { readRegisters, writeRegister } from "./registerFile.ts";
import { find } from "./search.ts";
import { StorageView } from "./storageView.ts";
import { Watches } from "./watches.ts";

/** Machine steps in which a CPU that can execute gets its turn, with room to spare. */
const STEPS_MAX = 1_000_000;
/** Instructions that come back to the one behind them. */
const CALLS: ReadonlySet<number> = new Set([0x0a, 0x0c, 0x0d, 0x05, 0x45, 0x4d]);

const hex = (value: bigint): Hex => value.toString(16).padStart(16, "0");
const fromHex = (text: Hex): bigint => BigInt(`0x${text}`);

/** Of a machine that stepped: what came of it, and where it stopped if it was told to. */
export interface DebugStep {
  readonly end: StepEnd;
  readonly halt: Halt | undefined;
}

export class Debugger {
  private readonly machine: S390Ccw;
  private readonly breakpoints: Breakpoints;
  private readonly watches: Watches;
  private asked: readonly bigint[] = [];
  /** Where a run ends that was started by `runTo` or `stepOver`. */
  private goal: { readonly address: bigint; readonly why: Halt["why"] } | undefined;
  private met: Omit<Halt, "address"> | undefined;
  /** The machine stood still: a breakpoint at its next instruction was met already. */
  private begins = false;

  constructor(machine: S390Ccw) {
    this.machine = machine;
    this.breakpoints = new Breakpoints(machine.core, (address) => this.meet(address));
    this.watches = new Watches(machine, (hit) => this.stop({ why: "watchpoint", hit }));
  }

  private meet(address: bigint): void {
    const why = this.goal?.address === address ? this.goal.why : "breakpoint";
    this.stop({ why });
  }
  /** The machine comes back behind the present instruction; where that is, is known then. */
  private stop(halt: Pick<Halt, "why" | "hit">): void {
    this.met ??= { ...halt, cpu: this.machine.core.vcpu.id };
    this.machine.scheduler.leave();
  }

  /** What is asked of a machine by looking or writing. */
  look(call: DebugCall): Result<DebugAnswer, string> {
    if ("cpu" in call && call.cpu >= this.machine.core.vcpus.length)
      return refuse(`There is no CPU ${call.cpu}; this machine has ${this.machine.core.vcpus.length}.`);
    switch (call.name) {
      case "registers":
        return ok(this.registers(call.cpu));
      case "setRegister": {
        const refused = writeRegister(this.machine, call.cpu, call.register, call.value);
        return refused === undefined ? ok(this.registers(call.cpu)) : refuse(refused);
      }
      case "storage":
        return ok(this.view(call).read(fromHex(call.address), call.length));
      case "setStorage":
        return this.view(call).write(fromHex(call.address), call.bytes);
      case "find": {
        const { found, end } = find(this.view(call), fromHex(call.address), call.bytes);
        return ok({ end: hex(end), ...(found !== undefined && { found: hex(found) }) });
      }
      case "disassemble":
        return ok(disassembleFrom(this.code(call.cpu), fromHex(call.address), call.count));
      case "setBreakpoints":
        this.asked = call.addresses.map(fromHex);
        this.place();
        return ok(null);
      case "setWatchpoints":
        return this.watches.set(call.watchpoints);
      case "flic":
        return ok(viewFlic(this.machine.flic, this.moment));
      case "ap": {
        const { ap, kvm } = this.machine;
        if (!ap) return ok(null);
        return ok({ ...viewAp({ driver: ap.driver, kvm, warnings: ap.warnings }), ...this.moment });
      }
      case "apAction": {
        const result = this.machine.ap?.byHand(call.action, call.adapter, call.domain);
        if (result === undefined) return refuse("This machine was given no AP queues when it was started.");
        return ok({ result, errno: result === 0 ? "0" : errnoName(result) });
      }
      case "ledger":
        return ok(viewLedger(this.machine.log.ledger.book, call));
      case "why":
        return ok(explain(this.machine.log.ledger, call.id));
      case "readFlicAttribute": {
        const { user, kvm } = this.machine;
        const bytes = user.offer(call.length);
        const result = kvm.getAttr(call.group, fromHex(call.attr), 0n);
        return ok({ result, errno: result < 0 ? errnoName(result) : "0", bytes });
      }
      case "lanes":
        return ok(viewLanes(this.machine, call));
      case "together":
        return ok(call.looks.map((one) => this.look(one) as LookAnswer));
      case "flicAttribute": {
        this.machine.user.put(call.bytes);
        const result = this.machine.kvm.setAttr(call.group, fromHex(call.attr), 0n);
        return ok({ result, errno: result === 0 ? "0" : errnoName(result) });
      }
      case "step":
      case "stepOver":
      case "runTo":
        return refuse("This machine is not stepped here.");
    }
  }

  private get moment(): Moment {
    return { instructions: Number(this.machine.instructions), virtualNs: Number(this.machine.now()) };
  }
  private view({ cpu, space }: { cpu: number; space: "absolute" | "real" | "virtual" }): StorageView {
    return new StorageView(this.machine, cpu, space);
  }
  /** Instructions come from the space that the PSW names. */
  private code(cpu: number): StorageView {
    return new StorageView(this.machine, cpu, "virtual");
  }
  private registers(cpu: number) {
    const { machine } = this;
    const vcpu = machine.core.vcpus[cpu]!;
    return {
      cpu,
      state: vcpu.state,
      waiting: vcpu.waiting,
      ...this.moment,
      values: readRegisters(machine, cpu),
    };
  }

  private place(): void {
    this.breakpoints.set(this.goal ? [...this.asked, this.goal.address] : this.asked);
  }

  /** A machine that stood still goes on, to an address if one is given. */
  begin(goal?: { readonly address: Hex; readonly why: Halt["why"] }): void {
    this.begins = true;
    this.met = undefined;
    this.watches.rebase();
    this.aim(goal && { address: fromHex(goal.address), why: goal.why });
  }
  private aim(goal: Debugger["goal"]): void {
    if (this.goal === goal) return;
    this.goal = goal;
    this.place();
  }

  /** Steps the machine as `S390Ccw.step` does, or to a breakpoint; `budget` is at least 1. */
  run(budget: number): DebugStep {
    const { machine } = this;
    let end: StepEnd = { kind: "ran" };
    let left = budget;
    if (this.begins) {
      this.begins = false;
      end = this.breakpoints.passingAt(machine.core.pc, () => this.advance(1));
      left--;
    }
    if (end.kind === "ran" && !this.met && left > 0) end = this.advance(left);
    return { end, halt: this.takeHalt() };
  }
  /** All that happens before the next instruction; a watchpoint may be met by it. */
  settle(): DebugStep {
    const end = this.machine.scheduler.settle();
    this.watches.settle();
    return { end, halt: this.takeHalt() };
  }

  private advance(budget: number): StepEnd {
    const end = this.machine.step(budget);
    this.watches.settle();
    return end;
  }

  /** One instruction of a CPU, or the sentence that says why it has none. */
  step(cpu: number): Result<DebugStep, string> {
    const objection = this.objectionToStep(cpu);
    if (objection !== undefined) return refuse(objection);
    const { machine } = this;
    this.aim(undefined);
    this.met = undefined;
    this.watches.rebase();
    return this.breakpoints.passingAt(machine.adapters[cpu]!.address(), () => {
      for (let steps = 0; steps < STEPS_MAX; steps++) {
        const before = machine.instructions;
        const end = this.advance(1);
        const isDone = machine.core.vcpu.id === cpu && machine.instructions > before;
        if (isDone || end.kind !== "ran" || this.met)
          return ok({ end, halt: this.takeHalt() ?? this.here(cpu) });
      }
      return refuse(`CPU ${cpu} was not given a turn; the others run on. Step one of them, or run.`);
    });
  }

  /** Where a step over the instruction of a CPU ends; undefined where that is a step like any other. */
  afterCall(cpu: number): Hex | undefined {
    const address = this.machine.adapters[cpu]!.address();
    const instruction = instructionAt(this.code(cpu), address);
    if (!instruction) return undefined;
    const [first] = instruction.text;
    const isRelativeCall = (first & 0xff0f) === 0xa705 || (first & 0xff0f) === 0xc005;
    if (!isRelativeCall && !CALLS.has(first >>> 8)) return undefined;
    return hex(BigInt.asUintN(64, address + BigInt(instruction.bytes.length)));
  }

  /** The sentence that refuses to step a CPU that executes nothing. */
  objectionToStep(cpu: number): string | undefined {
    const vcpu = this.machine.core.vcpus[cpu];
    if (!vcpu) return `There is no CPU ${cpu}; this machine has ${this.machine.core.vcpus.length}.`;
    if (vcpu.state !== "operating") return `CPU ${cpu} is in the ${vcpu.state} state and executes nothing.`;
    if (vcpu.waiting) return `CPU ${cpu} waits for an interruption. Run the machine to go on.`;
    return undefined;
  }

  private here(cpu: number): Halt {
    return { why: "step", cpu, address: hex(this.machine.adapters[cpu]!.address()) };
  }
  private takeHalt(): Halt | undefined {
    const { met } = this;
    if (!met) return undefined;
    this.met = undefined;
    this.aim(undefined);
    return { ...met, address: this.here(met.cpu).address };
  }
}

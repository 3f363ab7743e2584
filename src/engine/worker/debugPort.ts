/**
 * The debugger of a machine that runs: looks at any time, writes and steps while it stands still. Breakpoints
 * and watchpoints outlive the machine where it is restored.
 */
import type { DebugAnswer, DebugCall, Halt, Hex } from "../api/debug.ts";
import { isDebugWrite, type OutsideAction, type OutsideEvent } from "../api/history.ts";
import { ledgerLimits, type LedgerBlock } from "../api/ledgerBlock.ts";
import type { Watchpoint } from "../api/watch.ts";
import { ok, refuse, type Result } from "../base/result.ts";
import { Replay } from "../history/replay.ts";
import { Debugger, type DebugStep } from "../machine/debug/debugger.ts";
import type { S390Ccw } from "../machine/s390Ccw.ts";

/** The machine's run, as far as a debugger moves it. */
export interface RunControl {
  readonly isPaused: boolean;
  /**
   * The machine is about to be changed from outside: from its rest, and with the moment kept. False: it ended
   * on its way there or repeats a run, and nothing is to be changed.
   */
  outside(action: OutsideAction): boolean;
  /** Goes on if it runs: something may have to be taken by a CPU that waits. */
  schedule(): void;
  /** The machine was stepped by hand. */
  stepped(step: DebugStep): void;
  /** Goes on from a pause. */
  resume(goal: { readonly address: Hex; readonly why: Halt["why"] }): void;
}

const WRITES: ReadonlySet<string> = new Set(["setRegister", "setStorage", "step", "stepOver", "runTo"]);

export class DebugPort {
  private readonly run: RunControl;
  private readonly machine: S390Ccw;
  private readonly debug: Debugger;
  private addresses: readonly Hex[];
  private watchpoints: readonly Watchpoint[];

  /** `before` is the port of the machine that this one takes the place of. */
  constructor(machine: S390Ccw, run: RunControl, before?: DebugPort) {
    this.run = run;
    this.machine = machine;
    this.debug = new Debugger(machine);
    this.addresses = before?.addresses ?? [];
    this.watchpoints = before?.watchpoints ?? [];
    if (this.addresses.length > 0) this.debug.look({ name: "setBreakpoints", addresses: this.addresses });
    if (this.watchpoints.length > 0) this.watch(this.watchpoints);
  }

  /** Gives the machine again what came to a run. */
  repeat(journal: readonly OutsideEvent[]): Replay {
    return new Replay(this.machine, this.debug, journal);
  }

  /** What can still be looked at once the machine has ended: its newest ledger lines. */
  remains(): { readonly ledger?: LedgerBlock } {
    const answer = this.debug.look({ name: "ledger", after: 0, max: ledgerLimits.linesMax });
    return answer.ok ? { ledger: answer.value as LedgerBlock } : {};
  }

  begin(goal?: { readonly address: Hex; readonly why: Halt["why"] }): void {
    this.debug.begin(goal);
  }
  settle(): DebugStep {
    return this.debug.settle();
  }
  /** Steps as the machine does, or to a breakpoint. */
  step(budget: number): DebugStep {
    return this.debug.run(budget);
  }

  answer(call: DebugCall): Result<DebugAnswer, string> {
    if (WRITES.has(call.name) && !this.run.isPaused)
      return refuse("The machine is not paused. Pause it first (F6), then write or step.");
    if (isDebugWrite(call) && !this.run.outside({ kind: "debug", call }))
      return refuse("The machine has ended or repeats a run, so nothing in it can be changed.");
    switch (call.name) {
      case "step":
        return this.stepOne(call.cpu);
      case "stepOver": {
        const objection = this.debug.objectionToStep(call.cpu);
        if (objection !== undefined) return refuse(objection);
        const address = this.debug.afterCall(call.cpu);
        if (address === undefined) return this.stepOne(call.cpu);
        this.run.resume({ address, why: "step" });
        return ok(null);
      }
      case "runTo":
        this.run.resume({ address: call.address, why: "run-to" });
        return ok(null);
      case "setBreakpoints":
        this.addresses = call.addresses;
        return this.debug.look(call);
      case "setWatchpoints":
        return this.watch(call.watchpoints);
      case "readFlicAttribute":
      case "apAction":
      case "flicAttribute": {
        const answer = this.debug.look(call);
        this.run.schedule();
        return answer;
      }
      default:
        return this.debug.look(call);
    }
  }

  private watch(watchpoints: readonly Watchpoint[]): Result<DebugAnswer, string> {
    const answer = this.debug.look({ name: "setWatchpoints", watchpoints });
    if (answer.ok) this.watchpoints = watchpoints;
    return answer;
  }
  private stepOne(cpu: number): Result<null, string> {
    const stepped = this.debug.step(cpu);
    if (!stepped.ok) return stepped;
    this.run.stepped(stepped.value);
    return ok(null);
  }
}

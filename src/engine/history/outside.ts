/**
 * What comes from outside, carried out: by the machine that runs and by every repetition of its run, in the
 * same way. Before each action the machine is settled, so that both agree on what had happened already.
 */
import type { DebugAnswer } from "../api/debug.ts";
import type { OutsideAction } from "../api/history.ts";
import { ok, type Result } from "../base/result.ts";
import type { Debugger } from "../machine/debug/debugger.ts";
import type { S390Ccw } from "../machine/s390Ccw.ts";

/** On a settled machine. A refusal is the debugger's; it is repeated like anything else. */
export function carryOut(
  machine: S390Ccw, debug: Debugger, action: OutsideAction,
): Result<DebugAnswer, string> {
  switch (action.kind) {
    case "console":
      machine.consoleInput(action.bytes);
      return ok(null);
    case "quiesce":
      machine.signalQuiesce();
      return ok(null);
    case "reset":
      machine.reset();
      return ok(null);
    case "debug":
      return debug.look(action.call);
    case "mark":
      return ok(null);
  }
}

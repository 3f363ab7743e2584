/**
 * Starts an engine where a machine was saved, and says whether it took the snapshot up. Until then nothing
 * that runs has been touched; what the new engine says meanwhile is kept for whoever takes it over.
 */
import type { MachineEvent } from "../../engine/api/machine.ts";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import { EngineHost, type EngineOptions } from "../engineHost.ts";

export interface TakenUp {
  readonly engine: EngineHost;
  /** From here on the engine's events go to `listener`, those from before first. */
  hearBy(listener: (event: MachineEvent) => void): void;
}

export function takeUp(options: Omit<EngineOptions, "onEvent">): Promise<Result<TakenUp, string>> {
  const early: MachineEvent[] = [];
  let listener: ((event: MachineEvent) => void) | undefined;
  return new Promise((resolve) => {
    const note = (event: MachineEvent): void => {
      const objection = objectionIn(event);
      if (objection !== undefined) {
        void engine.dispose();
        resolve(refuse(objection));
        return;
      }
      early.push(event);
      if (event.type === "state") resolve(ok({ engine, hearBy }));
    };
    const hearBy = (next: (event: MachineEvent) => void): void => {
      listener = next;
      for (const event of early.splice(0)) next(event);
    };
    const engine = new EngineHost({
      ...options,
      checkpoints: true,
      onEvent: (event) => (listener ? listener(event) : note(event)),
    });
  });
}

/** What says that an engine did not begin. */
function objectionIn(event: MachineEvent): string | undefined {
  if (event.type === "refused") return event.sentence;
  if (event.type !== "state" || (event.state !== "crashed" && event.state !== "stopped")) return undefined;
  const { reason } = event;
  return reason && "sentence" in reason ? reason.sentence : "The engine ended before it began.";
}

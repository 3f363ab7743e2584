/** What a script's worker and its host say to each other: plain data. */
import type { Grant, ScriptEnd } from "../../engine/api/script.ts";
import type { Verdict } from "../../engine/scenarios/runScenario.ts";

export interface ScriptStart {
  readonly source: string;
  /** Shown in traces. */
  readonly file: string;
  /** Wall time of the whole run. */
  readonly timeMs: number;
  /** Of the script itself; its device-only machines have a limit of their own. */
  readonly memoryBytes: number;
  readonly outputBytesMax: number;
  readonly grants: readonly Grant[];
  /** A scenario that the script exports is also played with each of its defects. */
  readonly withDefects: boolean;
}

/** As a window is told, with all of a verdict. */
export type RunEnd = ScriptEnd<Verdict>;

export type FromScript =
  | { readonly type: "output"; readonly stream: "out" | "err"; readonly text: string }
  /** A question to the host's services; `call` is a name of `machineAsks.ts`. */
  | { readonly type: "ask"; readonly id: number; readonly call: string; readonly argument: unknown }
  | { readonly type: "end"; readonly end: RunEnd };

export type ToScript = {
  readonly type: "answer";
  readonly id: number;
  readonly answer:
    | { readonly ok: true; readonly value: unknown }
    | { readonly ok: false; readonly error: string };
};

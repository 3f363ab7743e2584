/**
 * Asks one running machine for its state, and tells it what became of that. One save at a time; a machine
 * that ends meanwhile answers with a sentence.
 */
import type { MachineConfig, MachineRequest } from "../../engine/api/machine.ts";
import type { CapturedMachine, SnapshotEvent } from "../../engine/api/snapshot.ts";
import { refuse, type Result } from "../../engine/base/result.ts";

export class MachineSaver {
  readonly config: MachineConfig;
  /** The snapshot that the machine's next changes are relative to; null before the first. */
  base: number | null;
  private readonly post: (request: MachineRequest) => void;
  private waiting: ((result: Result<CapturedMachine, string>) => void) | undefined;
  private saves = 0;

  /** `base`: the snapshot that the machine was restored from. */
  constructor(config: MachineConfig, base: number | null, post: (request: MachineRequest) => void) {
    this.config = config;
    this.base = base;
    this.post = post;
  }

  capture(writer: string, whole: boolean): Promise<Result<CapturedMachine, string>> {
    if (this.waiting)
      return Promise.resolve(refuse("This machine is being saved already; wait for that to end."));
    return new Promise((resolve) => {
      this.waiting = resolve;
      this.post({ type: "save", id: ++this.saves, writer, whole });
    });
  }
  /** The machine's answer. */
  take({ result }: SnapshotEvent): void {
    this.answer(result.ok ? { ok: true, value: result.value } : refuse(result.error));
  }
  done(isKept: boolean): void {
    this.post({ type: "save-done", isKept });
  }
  /** No answer will come. */
  ended(): void {
    this.answer(refuse("The machine ended before it was saved."));
  }
  private answer(result: Result<CapturedMachine, string>): void {
    const tell = this.waiting;
    this.waiting = undefined;
    tell?.(result);
  }
}

/**
 * Has one running machine send its state to the store, and tells it what became of that. One save at a time.
 *
 *   begin ─▶ (the machine and the store are at it) ─▶ done
 */
import type { MessagePort } from "node:worker_threads";
import type { MachineConfig, MachineRequest } from "../../engine/api/machine.ts";
import type { SavePort } from "../../engine/api/snapshot.ts";
import type { Task } from "../task.ts";

export type PostToMachine = (request: MachineRequest, transfer?: MessagePort[]) => void;

export class MachineSaver {
  readonly config: MachineConfig;
  /** The snapshot that the machine's next changes are relative to; null before the first. */
  base: number | null;
  isSaving = false;
  private readonly post: PostToMachine;
  private saves = 0;

  /** `base`: the snapshot that the machine was restored from. */
  constructor(config: MachineConfig, base: number | null, post: PostToMachine) {
    this.config = config;
    this.base = base;
    this.post = post;
  }

  /** Only where none is under way. A machine that is not there closes the port. */
  begin(writer: string, whole: boolean, port: MessagePort, { signal }: Task): void {
    const id = ++this.saves;
    this.isSaving = true;
    this.post({ type: "save", id, writer, whole, port: port as unknown as SavePort }, [port]);
    const cancel = (): void => this.post({ type: "save-cancel", id });
    if (signal?.aborted) cancel();
    else signal?.addEventListener("abort", cancel, { once: true });
  }
  done(isKept: boolean): void {
    this.isSaving = false;
    this.post({ type: "save-done", isKept });
  }
}

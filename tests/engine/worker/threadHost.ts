/** A machine in a thread of its own, as a host sees it: requests in, events out. It ends with its test. */
import { Worker } from "node:worker_threads";
import { afterEach } from "vitest";
import type { DebugCall, DebugCalls, DebugName } from "../../../src/engine/api/debug.ts";
import type { MachineEvent, MachineRequest } from "../../../src/engine/api/machine.ts";

const url = new URL("../../../src/engine/worker/engineWorker.ts", import.meta.url);
const workers: Worker[] = [];
afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.terminate())));

export class ThreadHost {
  readonly events: MachineEvent[] = [];
  private readonly worker = new Worker(url);
  private waiting: (() => void)[] = [];
  private calls = 0;

  constructor(start: MachineRequest & { type: "start" }) {
    workers.push(this.worker);
    this.worker.on("message", (event: MachineEvent) => {
      this.events.push(event);
      for (const look of this.waiting.splice(0)) look();
    });
    this.ask(start);
  }
  ask(request: MachineRequest): void {
    this.worker.postMessage(request);
  }
  /** The first thing that `find` finds in the events from `from` on, as soon as it is there. */
  async until<T>(find: (event: MachineEvent) => T | undefined, from = 0): Promise<T> {
    for (;;) {
      for (const event of this.events.slice(from)) {
        const found = find(event);
        if (found !== undefined) return found;
      }
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }
  debug(call: DebugCall) {
    const id = ++this.calls;
    this.ask({ type: "debug", id, call });
    return this.until((event) => (event.type === "debug" && event.id === id ? event.answer : undefined));
  }
  /** The answer to a call that is not refused. */
  async look<Name extends DebugName>(
    call: DebugCall & { name: Name },
  ): Promise<ReturnType<DebugCalls[Name]>> {
    const answer = await this.debug(call);
    if (!answer.ok) throw new Error(answer.error);
    return answer.value as ReturnType<DebugCalls[Name]>;
  }
  /** Asks for something, and waits for the pause that follows. */
  paused(request: MachineRequest): Promise<MachineEvent & { type: "state" }> {
    const from = this.events.length;
    this.ask(request);
    return this.pause(from);
  }
  /** Asks the debugger for something that pauses the machine. */
  async halted(call: DebugCall): Promise<MachineEvent & { type: "state" }> {
    const from = this.events.length;
    await this.debug(call);
    return this.pause(from);
  }
  private pause(from: number): Promise<MachineEvent & { type: "state" }> {
    return this.until(
      (event) => (event.type === "state" && event.state === "paused" ? event : undefined), from);
  }
}

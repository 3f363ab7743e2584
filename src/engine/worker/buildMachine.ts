/** A machine for this thread: from its start, or from where one was saved. */
import type { MachineConfig } from "../api/machine.ts";
import type { SavedMachine } from "../api/snapshot.ts";
import { refuse, type Result } from "../base/result.ts";
import { S390Ccw } from "../machine/s390Ccw.ts";
import { restoreMachine } from "../machine/snapshot.ts";

/** Refuses with a sentence, also where the host has no room for it. `over`: as `restoreMachine` has it. */
export function buildMachine(
  config: MachineConfig, show: (bytes: Uint8Array) => void, clock: () => number,
  saved?: SavedMachine, over?: S390Ccw,
): Result<S390Ccw, string> {
  try {
    return saved ? restoreMachine(config, saved, show, clock, over) : S390Ccw.create(config, show, clock);
  } catch (error) {
    // What WebAssembly says when there is no room for the guest's memory.
    if (!(error instanceof RangeError)) throw error;
    const megabytes = config.memoryBytes / 0x100000;
    return refuse(`This host cannot give a machine ${megabytes} MiB of memory; ask for less.`);
  }
}

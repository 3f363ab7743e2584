/** Where a person wants one machine to stop: what its engine accepted, told again to the next engine. */
import type { DebugCall, Hex } from "../../engine/api/debug.ts";
import type { Watchpoint } from "../../engine/api/watch.ts";

export class MachineStops {
  breakpoints: readonly Hex[] = [];
  watchpoints: readonly Watchpoint[] = [];

  /** Takes what a call that was accepted has set; false for any other call. */
  keep(call: DebugCall): boolean {
    if (call.name === "setBreakpoints") this.breakpoints = call.addresses;
    else if (call.name === "setWatchpoints") this.watchpoints = call.watchpoints;
    else return false;
    return true;
  }

  /** What an engine that begins is to be asked. */
  calls(): DebugCall[] {
    const { breakpoints: addresses, watchpoints } = this;
    return [
      ...(addresses.length > 0 ? [{ name: "setBreakpoints", addresses } as const] : []),
      ...(watchpoints.length > 0 ? [{ name: "setWatchpoints", watchpoints } as const] : []),
    ];
  }
}

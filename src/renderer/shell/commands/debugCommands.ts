/** Commands of the debugger, on the machine in front and the vCPU that its panels show. */
import { useDebug } from "../../features/debug/debug.ts";
import type { Command } from "../command.ts";

export function debugCommands(): readonly Command[] {
  const debug = useDebug();
  const isPaused = (): boolean => debug.isPaused;
  return [
    {
      id: "debug.stepOver",
      title: "Step over a call",
      group: "Debug",
      keys: "F10",
      enabled: isPaused,
      run: async () => void (await debug.stepOver()),
    },
    {
      id: "debug.step",
      title: "Step one instruction",
      group: "Debug",
      keys: "F11",
      enabled: isPaused,
      run: async () => void (await debug.step()),
    },
    {
      id: "debug.runTo",
      title: "Run to the cursor",
      group: "Debug",
      keys: "Ctrl+F10",
      enabled: () => isPaused() && debug.cursor !== undefined,
      run: debug.runToCursor,
    },
    {
      id: "debug.breakpoint",
      title: "Set or remove a breakpoint at the cursor",
      group: "Debug",
      keys: "F9",
      enabled: () => debug.isOn && debug.cursor !== undefined,
      run: () => debug.toggleBreakpoint(debug.cursor!),
    },
  ];
}

/** Commands of the debugger, on the machine in front and the vCPU that its panels show. */
import { useDebug } from "../../features/debug/debug.ts";
import { usePast } from "../../features/past/past.ts";
import type { Command } from "../command.ts";

export function debugCommands(): readonly Command[] {
  const debug = useDebug();
  const past = usePast();
  const isPaused = (): boolean => debug.isPaused;
  const hasStops = (): boolean => debug.breakpoints.length + debug.watchpoints.length > 0;
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
      id: "debug.stepBack",
      title: "Step back one instruction",
      group: "Debug",
      keys: "Shift+F11",
      enabled: () => past.canGo,
      run: async () => void (await past.go({ kind: "back" })),
    },
    {
      id: "debug.runBack",
      title: "Run back to the last breakpoint or watchpoint",
      group: "Debug",
      keys: "Ctrl+F11",
      enabled: () => past.canGo && hasStops(),
      run: async () => void (await past.go({ kind: "stop" })),
    },
    {
      id: "debug.present",
      title: "Back to the present",
      group: "Debug",
      enabled: () => past.past !== undefined,
      run: past.leave,
    },
    {
      id: "debug.saveRecord",
      title: "Save the record of the run",
      group: "Debug",
      enabled: () => past.canGo && past.past === undefined,
      run: past.saveRecord,
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

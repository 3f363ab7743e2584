/** Commands on the script in the editor. */
import { useScripts } from "../../features/scripts/scripts.ts";
import { always, type Command } from "../command.ts";

export function scriptCommands(): readonly Command[] {
  const scripts = useScripts();
  return [
    {
      id: "script.run",
      title: "Run the script",
      group: "Script",
      keys: "Shift+F5",
      enabled: () => scripts.shelf !== undefined && !scripts.isRunning,
      run: scripts.start,
    },
    {
      id: "script.stop",
      title: "Stop the script",
      group: "Script",
      keys: "Shift+F6",
      enabled: () => scripts.isRunning,
      run: scripts.stop,
    },
    { id: "script.new", title: "New script", group: "Script", enabled: always, run: scripts.newScript },
    {
      id: "script.save",
      title: "Save the script",
      group: "Script",
      enabled: () => scripts.shelf !== undefined && scripts.isChanged,
      run: scripts.save,
    },
    {
      id: "script.remove",
      title: "Remove the script's file",
      group: "Script",
      enabled: () => scripts.isFile,
      run: scripts.remove,
    },
  ];
}

/** What a command is; the lists of them are in `commands/`. */
export const commandGroups = [
  "Machine",
  "Console",
  "Debug",
  "Snapshots",
  "Devices",
  "Script",
  "View",
  "Window",
] as const;
export type CommandGroup = (typeof commandGroups)[number];

export interface Command {
  readonly id: string;
  readonly title: string;
  readonly group: CommandGroup;
  /** As `KeyboardEvent` says it: "F5", "Ctrl+`", "Ctrl+Shift+F". */
  readonly keys?: string;
  /** A shorter chord that counts only where neither a guest nor a text field has the keyboard. */
  readonly shortKeys?: string;
  /** For what is on or off: whether it is on. */
  readonly checked?: () => boolean;
  readonly enabled: () => boolean;
  readonly run: () => void | Promise<void>;
}

export const always = (): boolean => true;

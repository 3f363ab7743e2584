/** Where guests and their files are kept: `$LATCHWORK_DATA`, or `latchwork` in the XDG data folder. */
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

export function dataFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const chosen = environment.LATCHWORK_DATA;
  if (chosen) return resolve(chosen);
  const xdg = environment.XDG_DATA_HOME;
  // The XDG specification: a relative path is to be ignored.
  const base = xdg && isAbsolute(xdg) ? xdg : join(homedir(), ".local", "share");
  return join(base, "latchwork");
}

/** A snapshot's number as an argument. */
import { InvalidArgumentError } from "commander";

export function snapshotId(text: string): number {
  if (!/^[1-9][0-9]{0,14}$/.test(text))
    throw new InvalidArgumentError("It must be a number from `snapshot list`.");
  return Number(text);
}

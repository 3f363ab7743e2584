/** `--ap ADAPTERS:DOMAINS`: a matrix of AP queues, numbers in decimal or with 0x, with commas between. */
import { InvalidArgumentError } from "commander";
import type { ApMatrix } from "../../engine/api/machine.ts";

const ID_MAX = 255;
const ids = "(?:0x[0-9a-f]+|\\d+)(?:,(?:0x[0-9a-f]+|\\d+))*";
const matrix = new RegExp(`^(${ids}):(${ids})$`, "i");

export function apFlag(text: string): ApMatrix {
  const [, adapters, domains] = matrix.exec(text) ?? [];
  const numbersIn = (list: string | undefined): number[] => (list ?? "").split(",").map(Number);
  const isFine = (list: readonly number[]): boolean =>
    list.every((id) => id <= ID_MAX) && new Set(list).size === list.length;
  const found = { adapters: numbersIn(adapters), domains: numbersIn(domains) };
  if (adapters === undefined || !isFine(found.adapters) || !isFine(found.domains))
    throw new InvalidArgumentError(
      `Adapters and domains are wanted, such as 5,6:4,71: numbers from 0 to ${ID_MAX}, each once.`);
  return found;
}

/** `--ap ADAPTERS:DOMAINS`: a matrix of AP queues, numbers in decimal or with 0x, with commas between. */
import { InvalidArgumentError } from "commander";
import { apMatrixHint, apMatrixOf } from "../../engine/api/apMatrix.ts";
import type { ApMatrix } from "../../engine/api/machine.ts";

export function apFlag(text: string): ApMatrix {
  const matrix = apMatrixOf(text);
  if (!matrix) throw new InvalidArgumentError(`Wanted are ${apMatrixHint}.`);
  return matrix;
}

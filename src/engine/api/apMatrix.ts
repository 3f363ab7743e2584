/** A matrix of AP queues as a person writes it: "5,6:4,0x47", adapters before the colon, domains behind. */
import type { ApMatrix } from "./machine.ts";

export const apMatrixLimits = { idMax: 255, queuesMax: 64 } as const;
const { idMax, queuesMax } = apMatrixLimits;
const ids = "(?:0x[0-9a-f]+|\\d+)(?:,(?:0x[0-9a-f]+|\\d+))*";
const shape = new RegExp(`^(${ids}):(${ids})$`, "i");
export const apMatrixHint =
  `adapters and domains, such as 5,6:4,71: numbers from 0 to ${idMax}, each once, up to ${queuesMax} queues`;

/** Undefined for a text that names no matrix. */
export function apMatrixOf(text: string): ApMatrix | undefined {
  const [, adapters, domains] = shape.exec(text.replaceAll(" ", "")) ?? [];
  if (adapters === undefined || domains === undefined) return undefined;
  const numbersIn = (list: string): number[] => list.split(",").map(Number);
  const isFine = (list: readonly number[]): boolean =>
    list.every((id) => id <= idMax) && new Set(list).size === list.length;
  const found = { adapters: numbersIn(adapters), domains: numbersIn(domains) };
  const isSmall = found.adapters.length * found.domains.length <= queuesMax;
  return isFine(found.adapters) && isFine(found.domains) && isSmall ? found : undefined;
}

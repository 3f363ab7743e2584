/** Which machine's console is beside the one in front. */
import type { MachineSummary } from "../../../engine/api/workbench.ts";

type Shown = Pick<MachineSummary, "id" | "past">;
/** A machine and its past are one: what a person sees of the two is the same console. */
const lineOf = ({ id, past }: Shown): string => past?.of ?? id;

/** The one that a person chose; else another machine than the one in front, which its past is not. */
export function machineBeside(
  machines: readonly Shown[], front: string | undefined, chosen: string | undefined,
): string | undefined {
  const shown = machines.find(({ id }) => id === front);
  const line = shown ? lineOf(shown) : front;
  const kept = machines.find(({ id }) => id === chosen);
  return (kept ?? machines.find((one) => lineOf(one) !== line))?.id;
}

/** What a bridge with its functions leaves in a snapshot. Which functions there are is the machine's. */
import { ok, refuse, type Result } from "../../base/result.ts";
import { defineState, field } from "../../snapshot/schema.ts";
import { CONFIG_BYTES } from "./configSpace.ts";
import type { PciFunction } from "./pciFunction.ts";
import type { Phb4 } from "./phb4.ts";

export interface PciFunctionState {
  /** Configuration space. */
  readonly config: Uint8Array;
  /** Per MSI-X vector, 1 masked. */
  readonly masked: Uint8Array;
  readonly pending: Uint8Array;
  readonly isLineUp: boolean;
}

export interface BridgeState {
  readonly isFrozen: boolean;
  /** In the order in which they were plugged. */
  readonly functions: PciFunctionState[];
}

const VECTORS_MAX = 2048;
const FUNCTIONS_MAX = 256;
const bits = field.bytes(VECTORS_MAX, 0);

export const bridgeState = defineState<BridgeState>({
  name: "power.phb4",
  version: 1,
  fields: {
    isFrozen: field.bool(),
    functions: field.list(
      field.object<PciFunctionState>({
        config: field.bytes(CONFIG_BYTES), masked: bits, pending: bits, isLineUp: field.bool(),
      }),
      { max: FUNCTIONS_MAX }),
  },
  objection: ({ functions }) =>
    functions.some(({ masked, pending }) => [...masked, ...pending].some((bit) => bit > 1))
      ? "a vector is neither masked nor open" : undefined,
});

export const saveBridge = (phb: Phb4, functions: readonly PciFunction[]): BridgeState =>
  ({ isFrozen: phb.isFrozen, functions: functions.map((one) => one.save()) });

/**
 * Takes over a bridge with the same functions, or refuses with a sentence and changes nothing. Its sources
 * have state of their own, which says as well whether they are frozen.
 */
export function loadBridge(
  phb: Phb4, functions: readonly PciFunction[], saved: BridgeState,
): Result<void, string> {
  if (saved.functions.length !== functions.length)
    return refuse(`it has ${saved.functions.length} functions, this bridge ${functions.length}`);
  if (!functions.every((one, index) => one.canLoad(saved.functions[index]!)))
    return refuse("it has another function");
  functions.forEach((one, index) => one.load(saved.functions[index]!));
  phb.isFrozen = saved.isFrozen;
  return ok(undefined);
}

/**
 * What can be done with the doubleword around an address, from any panel that shows one: the machine stops at
 * what happens to it, or goes back to where it was written.
 */
import type { AddressSpace } from "../../../engine/api/debug.ts";
import type { StorageEvent, StorageWatch } from "../../../engine/api/watch.ts";
import type { ValueAction } from "../../ui/valueMenu.ts";
import { hexAddress } from "../debug/addresses.ts";
import { useDebug } from "../debug/debug.ts";
import { usePast } from "../past/past.ts";

const WORD = 8;
const titles: Readonly<Record<StorageEvent, string>> = {
  change: "change", write: "are written", read: "are read", access: "are accessed",
};

export function useStorageActions() {
  const debug = useDebug();
  const past = usePast();
  const watchAt = (space: AddressSpace, address: bigint, on: StorageEvent): StorageWatch => ({
    kind: "storage",
    cpu: debug.cpu,
    space,
    address: hexAddress(address & ~7n),
    length: WORD,
    on,
  });
  const toggle = (space: AddressSpace, address: bigint, on: StorageEvent): Promise<void> =>
    debug.toggleWatch(watchAt(space, address, on));
  const lastWriter = async (space: AddressSpace, address: bigint): Promise<void> =>
    void (await past.lastWriter(watchAt(space, address, "write")));

  function isWatched(space: AddressSpace, address: bigint): boolean {
    return debug.watchpoints.some((watch) => {
      if (watch.kind !== "storage" || watch.space !== space) return false;
      const first = BigInt(`0x${watch.address}`);
      return address >= first && address < first + BigInt(watch.length);
    });
  }

  function actions(space: AddressSpace, address: bigint): ValueAction[] {
    const watches = (["change", "write", "read", "access"] as const).map((on): ValueAction => {
      const verb = debug.isWatched(watchAt(space, address, on)) ? "Do not break" : "Break";
      const title = `${verb} when the 8 bytes ${titles[on]}`;
      return { title, ...(on === "change" && { keys: "W" }), run: () => toggle(space, address, on) };
    });
    const back = () => lastWriter(space, address);
    return [...watches, { title: "Go to the last writer of the 8 bytes", keys: "L", run: back }];
  }
  return { toggle, lastWriter, isWatched, actions };
}

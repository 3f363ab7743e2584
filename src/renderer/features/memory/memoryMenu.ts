/** What can be done with the bytes at a place: copied, watched, followed, read as instructions. */
import type { StorageEvent, StorageWatch } from "../../../engine/api/watch.ts";
import { useWorkspace } from "../../shell/workspace.ts";
import { useCopying } from "../../ui/copying.ts";
import { showValueMenu, type ValueAction } from "../../ui/valueMenu.ts";
import { hexAddress } from "../debug/addresses.ts";
import { useDebug } from "../debug/debug.ts";
import { usePast } from "../past/past.ts";
import { wordAt, type MemoryRow } from "./memoryRows.ts";

const WORD = 8;
const titles: Readonly<Record<StorageEvent, string>> = {
  change: "change", write: "are written", read: "are read", access: "are accessed",
};

/** `space` is asked anew each time. */
export function useMemoryMenu(space: () => StorageWatch["space"]) {
  const debug = useDebug();
  const past = usePast();
  const workspace = useWorkspace();
  const copyAction = useCopying();

  /** On the doubleword around an address. */
  const watchAt = (address: bigint, on: StorageEvent): StorageWatch => ({
    kind: "storage",
    cpu: debug.cpu,
    space: space(),
    address: hexAddress(address & ~7n),
    length: WORD,
    on,
  });
  const toggle = (address: bigint, on: StorageEvent): Promise<void> =>
    debug.toggleWatch(watchAt(address, on));

  const lastWriter = async (address: bigint): Promise<void> =>
    void (await past.lastWriter(watchAt(address, "write")));

  function isWatched(address: bigint): boolean {
    return debug.watchpoints.some((watch) => {
      if (watch.kind !== "storage" || watch.space !== space()) return false;
      const first = BigInt(`0x${watch.address}`);
      return address >= first && address < first + BigInt(watch.length);
    });
  }

  function open(event: MouseEvent, row: MemoryRow, address: bigint, follow: () => void): void {
    const word = wordAt(row, Number(address & 0xfn));
    const watches = (["change", "write", "read", "access"] as const).map((on): ValueAction => {
      const verb = debug.isWatched(watchAt(address, on)) ? "Do not break" : "Break";
      const title = `${verb} when the 8 bytes ${titles[on]}`;
      return { title, ...(on === "change" && { keys: "W" }), run: () => toggle(address, on) };
    });
    showValueMenu(event, `${space()} ${hexAddress(address)}`, [
      copyAction("Copy the address", `0x${hexAddress(address)}`),
      ...(word ? [copyAction("Copy the 8 bytes", `0x${word}`)] : []),
      copyAction("Copy as gdb expression", `{long}0x${hexAddress(address & ~7n)}`),
      ...(word ? [{ title: "Follow as a pointer", keys: "Enter", run: follow }] : []),
      {
        title: "Show as instructions",
        run: () => {
          debug.showCode(hexAddress(address & ~1n));
          workspace.show("disassembly");
        },
      },
      ...watches,
      { title: "Go to the last writer of the 8 bytes", keys: "L", run: () => lastWriter(address) },
    ]);
  }
  return { toggle, lastWriter, isWatched, open };
}

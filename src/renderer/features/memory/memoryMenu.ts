/** What can be done with the bytes at a place: copied, watched, followed, read as instructions. */
import type { AddressSpace } from "../../../engine/api/debug.ts";
import { useWorkspace } from "../../shell/workspace.ts";
import { useCopying } from "../../ui/copying.ts";
import { showValueMenu } from "../../ui/valueMenu.ts";
import { hexAddress } from "../debug/addresses.ts";
import { useDebug } from "../debug/debug.ts";
import { useStorageActions } from "../values/storageActions.ts";
import { wordAt, type MemoryRow } from "./memoryRows.ts";

/** `space` is asked anew each time. */
export function useMemoryMenu(space: () => AddressSpace) {
  const debug = useDebug();
  const workspace = useWorkspace();
  const copyAction = useCopying();
  const storage = useStorageActions();

  function open(event: MouseEvent, row: MemoryRow, address: bigint, follow: () => void): void {
    const word = wordAt(row, Number(address & 0xfn));
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
      ...storage.actions(space(), address),
    ]);
  }
  return {
    toggleChange: (address: bigint) => storage.toggle(space(), address, "change"),
    lastWriter: (address: bigint) => storage.lastWriter(space(), address),
    isWatched: (address: bigint) => storage.isWatched(space(), address),
    open,
  };
}

/** Hands a file to the host piece by piece, telling how far it is. */
import type { Outcome } from "../../../engine/api/workbench.ts";
import type { Bridge } from "../../bridge.ts";

export async function uploadFile(
  bridge: Bridge,
  file: File,
  chunkBytes: number,
  onProgress: (doneBytes: number) => void,
  signal: AbortSignal,
): Promise<Outcome<string>> {
  const opened = await bridge.ask("openUpload", { name: file.name, sizeBytes: file.size });
  if (!opened.ok) return opened;
  const { id } = opened.value;
  for (let offset = 0; offset < file.size; offset += chunkBytes) {
    const bytes = new Uint8Array(await file.slice(offset, offset + chunkBytes).arrayBuffer());
    const written = signal.aborted
      ? ({ ok: false, error: "Cancelled. Nothing was added." } as const)
      : await bridge.ask("writeUpload", { id, offset, bytes });
    if (!written.ok) {
      await bridge.ask("dropUpload", { id });
      return written;
    }
    onProgress(bytes.length);
  }
  return { ok: true, value: id };
}

/**
 * Files a page is handing over, piece by piece, so that no message is large and a form can show how far it
 * is. Kept in memory, in order, never more than promised; they go when the page goes.
 */
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import { limits } from "../contract.ts";

interface Upload {
  readonly name: string;
  readonly sizeBytes: number;
  readonly pieces: Uint8Array[];
  doneBytes: number;
}

export class Uploads {
  private readonly open = new Map<string, Upload>();
  private opened = 0;

  begin(name: string, sizeBytes: number): Result<{ id: string }, string> {
    const promised = [...this.open.values()].reduce((sum, upload) => sum + upload.sizeBytes, sizeBytes);
    if (sizeBytes === 0) return refuse(`"${name}" is empty. Choose a file with something in it.`);
    if (this.open.size >= limits.uploadsMax || promised > limits.uploadBytesMax)
      return refuse(
        `"${name}" has ${sizeBytes} bytes; one guest's files together may have ${limits.uploadBytesMax}.`,
      );
    const id = `upload-${++this.opened}`;
    this.open.set(id, { name, sizeBytes, pieces: [], doneBytes: 0 });
    return ok({ id });
  }

  write(id: string, offset: number, bytes: Uint8Array): Result<void, string> {
    const upload = this.open.get(id);
    if (!upload) return refuse("This upload is no longer open. Choose the file again.");
    if (offset !== upload.doneBytes || bytes.length > upload.sizeBytes - offset)
      return refuse(
        `"${upload.name}" goes on at byte ${upload.doneBytes} of ${upload.sizeBytes}, not at ${offset}.`,
      );
    upload.pieces.push(bytes);
    upload.doneBytes += bytes.length;
    return ok(undefined);
  }

  /** The whole file, which stays open until it is dropped. */
  finished(id: string): Result<{ name: string; bytes: Uint8Array }, string> {
    const upload = this.open.get(id);
    if (!upload) return refuse("This upload is no longer open. Choose the file again.");
    if (upload.doneBytes < upload.sizeBytes)
      return refuse(
        `"${upload.name}" has arrived to byte ${upload.doneBytes} of ${upload.sizeBytes}. Send the rest.`,
      );
    const bytes = new Uint8Array(upload.sizeBytes);
    let at = 0;
    for (const piece of upload.pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return ok({ name: upload.name, bytes });
  }

  drop(id: string): void {
    this.open.delete(id);
  }

  clear(): void {
    this.open.clear();
  }
}

/** A machine that is being saved, part by part as it sends them; and one that is there in whole, alike. */
import type { MessagePort } from "node:worker_threads";
import { PAGE_BYTES, storages, type CapturedMachine, type SavePart } from "../../engine/api/snapshot.ts";
import { PACK_PAGES } from "./pageList.ts";

/** In the order that `SavePart` says. */
export type SaveParts = AsyncIterable<SavePart> | Iterable<SavePart>;

export const machineIsGone = (): Error => new Error("The machine ended before it was saved.");

/** Hears a machine from the first moment on, however late somebody asks what it said. */
export class MachineParts {
  private readonly port: MessagePort;
  private readonly come: SavePart[] = [];
  private isClosed = false;
  private wake = (): void => undefined;

  constructor(port: MessagePort) {
    this.port = port;
    port.on("message", (part: SavePart) => {
      this.come.push(part);
      this.wake();
    });
    port.on("close", () => {
      this.isClosed = true;
      this.wake();
    });
  }

  /**
   * Each part once. Pages are to be taken before the next part is asked for: others then take their place.
   * Throws a sentence where the machine refuses, or is gone.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<SavePart> {
    for (;;) {
      const part = this.come.shift();
      if (part) {
        if (part.kind === "refused") throw new Error(part.sentence);
        yield part;
        if (part.kind === "ended") return;
        if (part.kind === "pages") this.giveBack(part.set.bytes);
      } else if (this.isClosed) throw machineIsGone();
      else await new Promise<void>((resolve) => { this.wake = resolve; });
    }
  }

  private giveBack({ buffer, byteOffset }: Uint8Array): void {
    if (buffer instanceof SharedArrayBuffer) this.port.postMessage(byteOffset);
  }
  close(): void {
    this.port.close();
  }
}

export function* partsOf(captured: CapturedMachine): Generator<SavePart> {
  const sets = storages.flatMap((storage) => {
    const set = captured[storage];
    return set ? [{ storage, set }] : [];
  });
  const pages = sets.reduce((sum, { set }) => sum + set.numbers.length + set.zeros.length, 0);
  yield { kind: "begun", head: captured, pages };
  for (const { storage, set: { numbers, zeros, bytes, order } } of sets) {
    const none = new Uint32Array(0);
    yield { kind: "pages", storage, set: { numbers: none, zeros, bytes: new Uint8Array(0), order } };
    for (let at = 0; at < numbers.length; at += PACK_PAGES) {
      const piece = {
        numbers: numbers.subarray(at, at + PACK_PAGES),
        bytes: bytes.subarray(at * PAGE_BYTES, (at + PACK_PAGES) * PAGE_BYTES),
      };
      yield { kind: "pages", storage, set: { ...piece, zeros: none, order } };
    }
  }
  yield { kind: "ended", pauseMs: captured.pauseMs };
}

/**
 * One save on its way to the store (`api/snapshot.ts`, `SavePart`). Pages go through memory that both threads
 * have, as much of it as a save ever takes, however large the machine is; only a guest that changes pages
 * faster than they are stored makes it take more.
 */
import {
  PAGE_BYTES, type SavedStorage, type SaveHead, type SavePart, type SavePort,
} from "../api/snapshot.ts";
import type { PageSink } from "../memory/pageCapture.ts";

/** Few enough messages to cost nothing, and small enough for the processor's caches. */
export const SET_PAGES = 128;
const SET_BYTES = SET_PAGES * PAGE_BYTES;
/** More than two rounds of copying fill while the store waits for the disk. */
const SETS_MAX = 16;

export class SaveStream {
  private readonly port: SavePort;
  private readonly shared = new SharedArrayBuffer(SETS_MAX * SET_BYTES);
  /** Where in it sets may go, the one that was used last at the end: it is the warmest. */
  private readonly free = Array.from({ length: SETS_MAX }, (_, set) => set * SET_BYTES).reverse();

  /** `hasRoomAgain` is called whenever the store has taken a set. */
  constructor(port: SavePort, hasRoomAgain: () => void) {
    this.port = port;
    port.on("message", (taken) => {
      this.free.push(taken);
      hasRoomAgain();
    });
  }

  get hasRoom(): boolean {
    return this.free.length > 0;
  }

  begin(head: SaveHead, pages: number): void {
    this.send({ kind: "begun", head, pages }, [head.state.buffer]);
  }
  sinkOf(storage: SavedStorage): PageSink {
    return {
      room: (bytes) => this.room(bytes),
      take: (set) => {
        const { buffer } = set.bytes;
        this.send({ kind: "pages", storage, set }, buffer instanceof ArrayBuffer ? [buffer] : []);
      },
    };
  }
  end(pauseMs: number): void {
    this.send({ kind: "ended", pauseMs });
  }
  refuse(sentence: string): void {
    this.send({ kind: "refused", sentence });
  }

  private room(bytes: number): Uint8Array | undefined {
    const at = this.free.pop();
    if (at !== undefined) return new Uint8Array(this.shared, at, bytes);
    try {
      return new Uint8Array(bytes);
    } catch {
      return undefined;
    }
  }
  private send(part: SavePart, transfer: ArrayBuffer[] = []): void {
    this.port.postMessage(part, transfer);
  }
}

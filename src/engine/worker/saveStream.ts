/**
 * One save on its way to the store (`api/snapshot.ts`, `SavePart`). Pages go through memory that both threads
 * have, as much of it as a save ever takes, however large the machine is; only a guest that changes pages
 * faster than they are stored makes it take more.
 *
 * Nothing is transferred: when a thread gives its first buffer away, V8 drops all of its optimized code that
 * reads typed arrays, which here is nearly all. Copying the state costs a thousandth of that.
 */
import { PAGE_BYTES, type SavedStorage, type SaveHead, type SavePort } from "../api/snapshot.ts";
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
    this.port.postMessage({ kind: "begun", head, pages });
  }
  sinkOf(storage: SavedStorage): PageSink {
    return {
      room: (bytes) => this.room(bytes),
      take: (set) => this.port.postMessage({ kind: "pages", storage, set }),
    };
  }
  end(pauseMs: number): void {
    this.port.postMessage({ kind: "ended", pauseMs });
  }
  refuse(sentence: string): void {
    this.port.postMessage({ kind: "refused", sentence });
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
}

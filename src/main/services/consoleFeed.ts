/**
 * The consoles one page watches. For each: how far output was sent, and how far the page says it has shown
 * it. Never more than WINDOW_BYTES are between the two; the rest waits in the machine's own log.
 */
import type { ConsoleChunk } from "../../engine/api/workbench.ts";
import { ok, type Result } from "../../engine/base/result.ts";
import type { Machines } from "./machines.ts";

const WINDOW_BYTES = 256 * 2 ** 10;
const CHUNK_BYTES = 64 * 2 ** 10;

interface Watch {
  sent: number;
  acknowledged: number;
  scheduled: boolean;
}

export class ConsoleFeed {
  private readonly machines: Machines;
  private readonly send: (chunk: ConsoleChunk) => void;
  private readonly watches = new Map<string, Watch>();

  constructor(machines: Machines, send: (chunk: ConsoleChunk) => void) {
    this.machines = machines;
    this.send = send;
  }

  attach(id: string, fromOffset: number): Result<{ run: number; offset: number }, string> {
    const console = this.machines.console(id);
    if (!console.ok) return console;
    const log = console.value;
    const offset = fromOffset > log.end ? log.start : Math.max(fromOffset, log.start);
    this.watches.set(id, { sent: offset, acknowledged: offset, scheduled: false });
    this.grew(id);
    return ok({ run: log.run, offset });
  }

  acknowledge(id: string, offset: number): void {
    const watch = this.watches.get(id);
    if (!watch || offset > watch.sent) return;
    watch.acknowledged = Math.max(watch.acknowledged, offset);
    this.grew(id);
  }

  detach(id: string): void {
    this.watches.delete(id);
  }

  close(): void {
    this.watches.clear();
  }

  /** Sends what the window allows, once per turn of the event loop: a guest prints in single bytes. */
  grew(id: string): void {
    const watch = this.watches.get(id);
    if (!watch || watch.scheduled) return;
    watch.scheduled = true;
    setImmediate(() => {
      watch.scheduled = false;
      if (this.watches.get(id) === watch) this.pump(id, watch);
    });
  }

  private pump(id: string, watch: Watch): void {
    const console = this.machines.console(id);
    if (!console.ok) return;
    const log = console.value;
    while (watch.sent < log.end) {
      const room = WINDOW_BYTES - (watch.sent - watch.acknowledged);
      if (room <= 0) return;
      const { offset, bytes } = log.read(watch.sent, Math.min(CHUNK_BYTES, room));
      // The page fell behind and the log moved on: the gap is never in flight, and the offset tells the page.
      watch.acknowledged += offset - watch.sent;
      watch.sent = offset + bytes.length;
      this.send({ id, run: log.run, offset, bytes });
    }
  }
}

/**
 * The guest's event queues as far as passthrough is concerned: entries in order of arrival, and which of them
 * the guest has taken and not finished. A board with a whole XIVE gives its own port in place of this one.
 */

/**
 * Where events for the guest go. `data` is what the entry holds; `source` the hardware number it came from.
 */
export interface GuestEventPort {
  notify(server: number, priority: number, data: number, source: number): void;
}

export interface QueueEntry {
  readonly server: number;
  readonly priority: number;
  readonly data: number;
  readonly source: number;
}

export class GuestQueues implements GuestEventPort {
  entries: QueueEntry[] = [];
  /** Taken, and not yet ended by the guest. */
  handling: QueueEntry[] = [];
  onTaken: ((entry: QueueEntry) => void) | undefined;

  notify(server: number, priority: number, data: number, source: number): void {
    this.entries.push({ server, priority, data, source });
  }

  /** The guest takes the oldest entry. */
  take(): QueueEntry | undefined {
    const entry = this.entries.shift();
    if (!entry) return undefined;
    this.handling.push(entry);
    this.onTaken?.(entry);
    return entry;
  }

  /** The guest's EOI of an entry with this data has been done. */
  finish(data: number): void {
    const at = this.handling.findIndex((entry) => entry.data === data);
    if (at >= 0) this.handling.splice(at, 1);
  }

  /** Entries with this data that nobody has taken. */
  unconsumed(data: number): number {
    return this.entries.filter((entry) => entry.data === data).length;
  }

  isHandling(data: number): boolean {
    return this.handling.some((entry) => entry.data === data);
  }
}

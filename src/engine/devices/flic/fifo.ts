/**
 * First-in first-out list with cheap appends and takes, and removal from the middle. Insertion order is kept.
 */
export class Fifo<T> {
  private items: T[] = [];
  private head = 0;

  get length(): number {
    return this.items.length - this.head;
  }

  push(item: T): void {
    this.items.push(item);
  }

  /** Removes and returns the oldest item. */
  shift(): T | undefined {
    if (this.head === this.items.length) return undefined;
    const item = this.items[this.head++]!;
    if (this.head === this.items.length || this.head > 1024) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return item;
  }

  /** Removes and returns the oldest item that `matches`. */
  take(matches: (item: T) => boolean): T | undefined {
    for (let i = this.head; i < this.items.length; i++)
      if (matches(this.items[i]!)) return this.items.splice(i, 1)[0];
    return undefined;
  }

  /** Oldest first, at most so many. */
  values(max = Infinity): readonly T[] {
    return this.items.slice(this.head, this.head + max);
  }

  clear(): void {
    this.items = [];
    this.head = 0;
  }
}

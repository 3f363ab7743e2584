/**
 * A PHB4, POWER9's PCI host bridge, as far as interrupts go: each function below it owns a run of message
 * sources, and its line one of eight level-sensitive sources. A bridge in error (EEH freeze) lets nothing
 * through and answers every load with all ones.
 */
import type { BridgePort } from "./ports.ts";

/** Level-sensitive sources of one bridge; they follow the message sources. */
export const PHB_LINES = 8;

/** The bridge's own event state buffers. Sources count from 0 within the bridge. */
export interface PhbSources {
  trigger(source: number): void;
  setLine(source: number, isRaised: boolean): void;
  /** The bridge's pages read as all ones from now on, or answer again. */
  setFrozen(isFrozen: boolean): void;
}

/** A function's sources, and its way to them. */
export interface Slot {
  readonly first: number;
  readonly line: number;
  readonly port: BridgePort;
}

export class Phb4 {
  /** Message sources; lines are the sources after them. */
  readonly messages: number;
  isFrozen = false;
  private next = 0;
  private lines = 0;
  private readonly sources: PhbSources;

  constructor(messages: number, sources: PhbSources) {
    this.messages = messages;
    this.sources = sources;
  }

  /**
   * Room for a function with up to `vectors` messages: its first source and its line's; undefined if full.
   */
  plug(vectors: number): Slot | undefined {
    if (this.next + vectors > this.messages || this.lines >= PHB_LINES) return undefined;
    const first = this.next;
    const line = this.messages + this.lines++;
    this.next += vectors;
    const port: BridgePort = {
      message: (vector) => {
        if (!this.isFrozen) this.sources.trigger(first + vector);
      },
      line: (isRaised) => {
        if (!this.isFrozen) this.sources.setLine(line, isRaised);
      },
    };
    return { first, line, port };
  }

  /** The bridge has met an error, or has been recovered. */
  freeze(isFrozen: boolean): void {
    this.isFrozen = isFrozen;
    this.sources.setFrozen(isFrozen);
  }
}

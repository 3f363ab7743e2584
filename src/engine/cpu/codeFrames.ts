/**
 * Which parts of which frames hold code, and which frames have turned into data. A frame's 4 KiB are 16 lines
 * of 256 bytes, so that a store beside the code in a frame costs little. Frames are numbered by absolute
 * address / 4096.
 */
import type { EngineMemory } from "./engineMemory.ts";
import { FRAME_INFO } from "./layout.ts";

/** Stores beside the code of a frame before it is released for the first time. */
const PATIENCE = 128;
const PATIENCE_MAX = 0xffff;
const LINES = 0xffff;

/** Bit n: line n has bytes among the `length` from `offset` on, all in one frame. */
export function linesOf(offset: number, length: number): number {
  const first = offset >>> 8;
  const last = (offset + length - 1) >>> 8;
  return (2 << last) - (1 << first);
}

export class CodeFrames {
  /**
   * By frame number, also read and counted down by the runtime's slow stores: the low 16 bits say which lines
   * hold predecoded code or something derived from their text (line 0 is bit 1 << 0), the others count down
   * the stores beside them.
   */
  private readonly info: Uint32Array;
  /** Lines whose stores raise the code epoch. */
  private readonly watched: Uint16Array;
  /** How many stores beside the code are too many. */
  private readonly patience: Uint16Array;
  private idleFrames: number[] = [];
  /** A frame got its first code. */
  onNewCodeFrame: ((frame: number) => void) | undefined;

  constructor(memory: EngineMemory) {
    const count = memory.ramSize >>> 12;
    this.info = new Uint32Array(memory.wasm.buffer, FRAME_INFO, count);
    this.watched = new Uint16Array(count);
    this.patience = new Uint16Array(count).fill(PATIENCE);
  }

  hasCode(frameNumber: number): boolean {
    return (this.info[frameNumber]! & LINES) !== 0;
  }
  /** These lines hold code. */
  mark(frameNumber: number, lines: number): void {
    const before = this.info[frameNumber]!;
    if ((before & lines) === lines) return;
    if ((before & LINES) !== 0) {
      this.info[frameNumber] = before | lines;
      return;
    }
    this.info[frameNumber] = (this.patience[frameNumber]! << 16) | lines;
    this.onNewCodeFrame?.((frameNumber << 12) >>> 0);
  }
  /** From now on every store to these lines raises the code epoch. */
  watch(frameNumber: number, lines: number): void {
    this.watched[frameNumber]! |= lines;
    this.mark(frameNumber, lines);
  }
  isWatched(frameNumber: number, lines: number): boolean {
    return (this.watched[frameNumber]! & lines) !== 0;
  }
  isCode(frameNumber: number, lines: number): boolean {
    return (this.info[frameNumber]! & lines) !== 0;
  }

  /**
   * A store to a frame with code hit nothing decoded. A frame that a dead program left behind holds data now
   * and every store to it would take the slow path for ever; after some patience it is no longer taken for
   * code. A frame that is both gets twice the patience each time.
   */
  missed(frameNumber: number): void {
    const info = this.info[frameNumber]!;
    if (info <= LINES) return;
    this.info[frameNumber] = info - 0x10000;
    if (info > LINES + 0x10000) return;
    this.patience[frameNumber] = Math.min(this.patience[frameNumber]! * 2, PATIENCE_MAX);
    this.idleFrames.push((frameNumber << 12) >>> 0);
  }
  get hasIdle(): boolean {
    return this.idleFrames.length > 0;
  }
  /** Addresses of the frames to release; they are forgotten here. */
  takeIdle(): readonly number[] {
    const taken = this.idleFrames;
    this.idleFrames = [];
    for (const frame of taken) this.forget(frame >>> 12);
    return taken;
  }
  private forget(frameNumber: number): void {
    this.info[frameNumber] = 0;
    this.watched[frameNumber] = 0;
  }
  clear(): void {
    this.info.fill(0);
    this.watched.fill(0);
    this.idleFrames = [];
  }
}

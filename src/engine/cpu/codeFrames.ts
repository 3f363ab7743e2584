/**
 * Which frames of guest storage hold code, and which of them have turned into data. Frames are numbered by
 * absolute address / 4096.
 */
/** Stores beside the code of a frame before it is released for the first time. */
const PATIENCE = 128;

/** Of `hasCode`: something other than entries was derived from the frame's text. */
export const WATCHED = 2;

export class CodeFrames {
  /**
   * One byte per frame: 1 if it holds predecoded code, `WATCHED` if every store to it raises the code epoch.
   */
  readonly hasCode: Uint8Array;
  /**
   * Stores to a frame with code that hit none of it, since it was last released; and how many are too many.
   */
  private readonly futile: Uint16Array;
  private readonly patience: Uint16Array;
  private idleFrames: number[] = [];
  /** A frame got its first code. */
  onNewCodeFrame: ((frame: number) => void) | undefined;

  constructor(count: number) {
    this.hasCode = new Uint8Array(count);
    this.futile = new Uint16Array(count);
    this.patience = new Uint16Array(count).fill(PATIENCE);
  }

  mark(frame: number, mark: number): void {
    const before = this.hasCode[frame >>> 12]!;
    this.hasCode[frame >>> 12] = before | mark;
    if (before === 0) this.onNewCodeFrame?.(frame);
  }
  /** From now on every store to the frame raises the code epoch. */
  watch(frame: number): boolean {
    if (!(this.hasCode[frame >>> 12]! & WATCHED)) this.mark(frame, WATCHED);
    return true;
  }

  /**
   * A store to a frame with code hit nothing decoded. A frame that a dead program left behind holds data now
   * and every store to it would take the slow path for ever; after some patience it is no longer taken for
   * code. A frame that is both gets twice the patience each time.
   */
  missed(frameNumber: number): void {
    if (++this.futile[frameNumber]! !== this.patience[frameNumber]) return;
    this.patience[frameNumber] = Math.min(this.patience[frameNumber]! * 2, 0xffff);
    this.futile[frameNumber] = 0;
    this.idleFrames.push((frameNumber << 12) >>> 0);
  }
  get hasIdle(): boolean {
    return this.idleFrames.length > 0;
  }
  /** Addresses of the frames to release; they are forgotten here. */
  takeIdle(): readonly number[] {
    const taken = this.idleFrames;
    this.idleFrames = [];
    return taken;
  }
  clear(): void {
    this.hasCode.fill(0);
    this.idleFrames = [];
  }
}

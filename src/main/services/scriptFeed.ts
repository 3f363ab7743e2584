/**
 * The output of one run on its way to a page: never more than WINDOW_CHARACTERS beyond what the page says it
 * has shown; the rest waits here, where a run's own limit bounds it. The end comes after everything else.
 */
import type { ScriptEnd, ScriptOutput } from "../../engine/api/script.ts";

const WINDOW_CHARACTERS = 256 * 1024;
const PIECE_CHARACTERS = 64 * 1024;

interface Piece {
  readonly stream: "out" | "err";
  text: string;
}

export class ScriptFeed {
  readonly run: number;
  private readonly send: (output: ScriptOutput) => void;
  private readonly tellEnd: (end: ScriptEnd) => void;
  private readonly waiting: Piece[] = [];
  private sent = 0;
  private shown = 0;
  private isScheduled = false;
  private end: ScriptEnd | undefined;

  constructor(run: number, send: (output: ScriptOutput) => void, tellEnd: (end: ScriptEnd) => void) {
    this.run = run;
    this.send = send;
    this.tellEnd = tellEnd;
  }

  print(stream: "out" | "err", text: string): void {
    const last = this.waiting.at(-1);
    if (last?.stream === stream && last.text.length < PIECE_CHARACTERS) last.text += text;
    else this.waiting.push({ stream, text });
    this.schedule();
  }

  /** The page has shown everything before this character. */
  acknowledge(offset: number): void {
    if (offset > this.sent) return;
    this.shown = Math.max(this.shown, offset);
    this.schedule();
  }

  finish(end: ScriptEnd): void {
    this.end = end;
    this.schedule();
  }

  /** Once per turn of the event loop: a script prints line by line. */
  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.flush();
    });
  }

  private flush(): void {
    while (this.waiting.length > 0 && this.sent - this.shown < WINDOW_CHARACTERS) {
      const piece = this.waiting[0]!;
      const text = piece.text.slice(0, PIECE_CHARACTERS);
      piece.text = piece.text.slice(text.length);
      if (piece.text === "") this.waiting.shift();
      this.send({ run: this.run, offset: this.sent, stream: piece.stream, text });
      this.sent += text.length;
    }
    if (this.waiting.length > 0 || !this.end) return;
    const { end } = this;
    this.end = undefined;
    this.tellEnd(end);
  }
}

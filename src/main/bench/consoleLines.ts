/**
 * A guest's console as lines with the moment each was complete, for whoever waits for one.
 * Invariant: how the stream is cut into pieces changes no line; one waiter at a time, and it never misses a
 * line that came before it began to wait.
 */
import { refuse, ok, type Result } from "../../engine/base/result.ts";

export interface SeenLine {
  /** Without its line end. */
  readonly text: string;
  /** Milliseconds of the host's monotonic clock. */
  readonly atMs: number;
}

interface Waiter {
  readonly pattern: RegExp;
  readonly settle: (result: Result<SeenLine, string>) => void;
}

/** Said again when a guest ends early; a kernel's last words are a few dozen lines. */
const keptLinesMax = 40;
/** Of lines nobody waits for, so many are kept for the next who waits. */
const unreadLinesMax = 10_000;
/** A longer line is cut: nothing waits for one. */
const lineCharactersMax = 4096;

export class ConsoleLines {
  private readonly decoder = new TextDecoder("latin1");
  private partial = "";
  private unread: SeenLine[] = [];
  private readonly kept: string[] = [];
  private waiter: Waiter | undefined;
  private endSentence: string | undefined;

  take(bytes: Uint8Array, atMs: number): void {
    const parts = (this.partial + this.decoder.decode(bytes)).split("\n");
    this.partial = parts.pop()!.slice(-lineCharactersMax);
    for (const part of parts) this.takeLine({ text: part.replace(/\r+$/, ""), atMs });
  }

  private takeLine(line: SeenLine): void {
    this.kept.push(line.text);
    if (this.kept.length > keptLinesMax) this.kept.shift();
    this.unread.push(line);
    if (this.unread.length > unreadLinesMax) this.unread.shift();
    this.serve();
  }

  /** Nothing more will come. */
  end(sentence: string): void {
    this.endSentence ??= sentence;
    this.serve();
  }

  private serve(): void {
    if (this.waiter === undefined) return;
    const { pattern, settle } = this.waiter;
    const at = this.unread.findIndex(({ text }) => pattern.test(text));
    if (at < 0 && this.endSentence === undefined) {
      this.unread = [];
      return;
    }
    this.waiter = undefined;
    if (at < 0) return settle(refuse(this.endSentence!));
    const line = this.unread[at]!;
    this.unread = this.unread.slice(at + 1);
    settle(ok(line));
  }

  /** The next line that matches; what comes before it is passed over. */
  waitFor(pattern: RegExp, timeoutMs: number): Promise<Result<SeenLine, string>> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.waiter = undefined;
        resolve(refuse(`It did not print ${pattern.source} within ${Math.round(timeoutMs / 1000)} s.`));
      }, timeoutMs);
      const settle = (result: Result<SeenLine, string>): void => {
        clearTimeout(timer);
        resolve(result);
      };
      this.waiter = { pattern, settle };
      this.serve();
    });
  }

  /** The last lines, for a message about a guest that did not get where it should. */
  lastLines(): readonly string[] {
    return this.partial === "" ? this.kept : [...this.kept, this.partial];
  }
}

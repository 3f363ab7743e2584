/**
 * Records of runs on their way to whoever asked: a long one goes in parts, and what is left of it waits to be
 * asked for. Parts are of one moment, however far the machine has gone meanwhile.
 */
import type { RecordPart } from "../../engine/api/history.ts";
import { ok, refuse, type Result } from "../../engine/base/result.ts";

/** A message of that size holds nobody up. */
export const PART_CHARACTERS_MAX = 4 * 2 ** 20;
/** Readers that went away leave theirs: the oldest goes. */
const WAITING_MAX = 4;

export class RecordReading {
  private readonly waiting = new Map<number, string>();
  private numbers = 0;

  begin(text: string): RecordPart {
    if (text.length <= PART_CHARACTERS_MAX) return { text };
    const rest = ++this.numbers;
    this.waiting.set(rest, text.slice(PART_CHARACTERS_MAX));
    const [oldest] = this.waiting.keys();
    if (this.waiting.size > WAITING_MAX) this.waiting.delete(oldest!);
    return { text: text.slice(0, PART_CHARACTERS_MAX), rest };
  }
  /** Each rest once: what follows it has a number of its own. */
  goOn(rest: number): Result<RecordPart, string> {
    const text = this.waiting.get(rest);
    if (text === undefined) return refuse("The rest of this record is no longer kept. Ask for it again.");
    this.waiting.delete(rest);
    return ok(this.begin(text));
  }
}

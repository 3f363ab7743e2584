/**
 * AP hardware that answers from a script and writes down what it was asked. What a script does not answer
 * goes to other hardware; without that it agrees to everything: interrupts change at once, resets leave an
 * empty queue.
 */
import type { ApHardware, TapqAnswer } from "../devices/apPorts.ts";
import { AP_TYPE_NEWEST, queueStatus } from "../uapi/ap.ts";

export type ApCallName = "tapq" | "rapq" | "zapq" | "aqic";

/** One answer: which call it is for, and the status word. */
export type ScriptedAnswer = readonly [call: ApCallName, status: number];

const hex = (value: number | bigint, digits: number): string => value.toString(16).padStart(digits, "0");

export class ScriptedApHardware implements ApHardware {
  /** Calls in order, registers in hexadecimal: "aqic 03000504 0000830012345905 000000007a000234". */
  readonly calls: string[] = [];
  /** Calls that the script had another one in place of. */
  readonly unexpected: string[] = [];
  /** Nanoseconds slept. */
  slept = 0n;
  /** Adapter type that TAPQ tells. */
  type = AP_TYPE_NEWEST;
  /** Called at each AQIC, before it is answered. */
  onAqic: (() => void) | undefined;
  private readonly scripts = new Map<number, ScriptedAnswer[]>();
  private readonly behind: ApHardware | undefined;

  constructor(behind?: ApHardware) {
    this.behind = behind;
  }

  /** Further answers of one queue. */
  script(apqn: number, answers: readonly ScriptedAnswer[]): void {
    this.scripts.set(apqn, [...(this.scripts.get(apqn) ?? []), ...answers]);
  }

  /** Drops what is left of all scripts, and what was written down. */
  forget(): void {
    this.scripts.clear();
    this.calls.length = this.unexpected.length = 0;
  }

  /** Answers that were never asked for. */
  get unused(): number {
    return [...this.scripts.values()].reduce((sum, answers) => sum + answers.length, 0);
  }

  tapq(apqn: number): TapqAnswer {
    const status = this.answer("tapq", apqn, `tapq ${hex(apqn, 4)}`);
    if (status === undefined && this.behind) return this.behind.tapq(apqn);
    return { status: status ?? queueStatus.EMPTY, info: BigInt(this.type) << 24n };
  }

  rapq(apqn: number): number {
    const status = this.answer("rapq", apqn, `rapq ${hex(apqn, 4)}`);
    return status ?? this.behind?.rapq(apqn) ?? queueStatus.EMPTY;
  }

  zapq(apqn: number): number {
    const status = this.answer("zapq", apqn, `zapq ${hex(apqn, 4)}`);
    return status ?? this.behind?.zapq(apqn) ?? queueStatus.EMPTY;
  }

  aqic(apqn: number, control: bigint, nib: bigint): number {
    this.onAqic?.();
    const registers = `${hex(0x03000000 | apqn, 8)} ${hex(control, 16)} ${hex(nib, 16)}`;
    return this.answer("aqic", apqn, `aqic ${registers}`) ?? this.behind?.aqic(apqn, control, nib) ?? 0;
  }

  sleep(ns: bigint): void {
    this.slept += ns;
    this.behind?.sleep(ns);
  }

  private answer(call: ApCallName, apqn: number, line: string): number | undefined {
    this.calls.push(line);
    const next = this.scripts.get(apqn)?.shift();
    if (next && next[0] !== call) this.unexpected.push(`${line} where ${next[0]} was expected`);
    return next?.[1];
  }
}

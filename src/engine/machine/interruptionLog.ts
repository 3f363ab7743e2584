/**
 * What the machine remembers of its interruptions: the last of them for crash records, the rolling hash that
 * two runs are compared by, the ledger of its interrupt controller, and guests that will never get out of
 * their interruption handlers.
 */
import { TraceHash } from "../base/traceHash.ts";
import type { Flic } from "../devices/flic/flic.ts";
import { FlicLedger } from "../ledger/flicLedger.ts";
import type { LogState } from "./state.ts";

export interface LoggedInterruption {
  /** Instruction number. */
  readonly at: bigint;
  readonly cpu: number;
  readonly kind: "program" | "interrupt" | "reset";
  /** Program interruption code, or the type code of the injected interrupt. */
  readonly code: number;
  /** Instruction address before it was taken. */
  readonly pc: bigint;
}

export const KEPT = 32;
/** Program interruptions in a row, at one address, that mean the guest will never get out. */
const LOOP = 5_000;
/** Code of an event that alone interrupts: its instruction was executed, however often it comes. */
const PER_EVENT = 0x80;
/**
 * The failing instruction and a handler of one instruction: nothing else was executed between two of them.
 */
const LOOP_INSTRUCTIONS = 2n;

export class InterruptionLog {
  readonly hash = new TraceHash();
  /** Its time is the instruction number. */
  readonly ledger: FlicLedger;
  onTrace: ((line: string) => void) | undefined;
  private readonly recent: LoggedInterruption[] = [];
  private last: LoggedInterruption | undefined;
  private repeats = 0;

  constructor(flic: Flic, now: () => bigint) {
    this.ledger = new FlicLedger(flic, now);
  }

  note(entry: LoggedInterruption): void {
    const { at, cpu, kind, code, pc } = entry;
    this.recent.push(entry);
    if (this.recent.length > KEPT) this.recent.shift();
    this.hash.big(at);
    this.hash.word(code);
    this.hash.big(pc);
    this.onTrace?.(`${at} cpu${cpu} ${kind} 0x${code.toString(16)} pc 0x${pc.toString(16)}`);
  }

  /** Notes a program interruption; true if the guest only repeats it. */
  noteProgram(entry: LoggedInterruption): boolean {
    this.note(entry);
    const { last } = this;
    const isSame =
      entry.code !== PER_EVENT &&
      last?.code === entry.code && last.pc === entry.pc && last.cpu === entry.cpu &&
      entry.at - last.at <= LOOP_INSTRUCTIONS;
    this.last = entry;
    this.repeats = isSame ? this.repeats + 1 : 0;
    return this.repeats > LOOP;
  }

  /** Bytes that went to or came from a person, at an instruction number. */
  noteBytes(at: bigint, bytes: Uint8Array): void {
    this.hash.big(at);
    this.hash.bytes(bytes);
  }

  save(): LogState {
    const { recent, last = null, repeats } = this;
    return { hash: this.hash.save(), recent: [...recent], last, repeats };
  }
  load({ hash, recent, last, repeats }: LogState): void {
    this.hash.load(hash);
    this.recent.splice(0, this.recent.length, ...recent);
    this.last = last ?? undefined;
    this.repeats = repeats;
  }

  /** The last interruptions, oldest first, as sentences. */
  sentences(): string[] {
    return this.recent.map(
      (e) => `instruction ${e.at}: cpu ${e.cpu} ${e.kind} 0x${e.code.toString(16)} at 0x${e.pc.toString(16)}`,
    );
  }
}

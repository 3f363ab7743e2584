/**
 * A bank of interrupt sources of one controller, each with its ESB. Emulated and host sources, IPIs and those
 * of a PCI host bridge are the same; who forwards where differs, so `notify` is a port.
 *
 * One status byte per source is the whole state and what a snapshot keeps: bits 1:0 are P and Q, bit 2 says
 * that a level-sensitive line is asserted. Which sources are level-sensitive is configuration.
 */
import {
  ESB_OFF, ESB_PENDING, ESB_QUEUED, ESB_RESET, decodeEsbLoad, decodeEsbStore, eoiPq, triggerPq,
  type EsbPage, type Pq,
} from "./esb.ts";
import { xiveStep, type XiveBit, type XiveObserver, type XiveStepName } from "./observer.ts";

/** Status bit: the line of a level-sensitive source is asserted. */
export const STATUS_ASSERTED = 0x4;
/** PQ = 01, line not asserted. */
export const STATUS_AT_RESET = ESB_OFF;

export interface SourceBankOptions {
  /** Sources 0 .. count-1. */
  readonly count: number;
  /** A store at 0x400 of the management page ends an interrupt; without it the store is refused. */
  readonly storeEoi?: boolean;
  /** Number of source 0 in the observer's steps. Default 0. */
  readonly firstNumber?: number;
}

export class SourceBank {
  readonly count: number;
  readonly storeEoi: boolean;
  private readonly firstNumber: number;
  private readonly status: Uint8Array;
  private readonly levelSensitive: Uint8Array;
  /** An event goes on to routing. */
  notify: ((source: number) => void) | undefined;
  onStep: XiveObserver | undefined;

  constructor({ count, storeEoi = false, firstNumber = 0 }: SourceBankOptions) {
    this.count = count;
    this.storeEoi = storeEoi;
    this.firstNumber = firstNumber;
    this.status = new Uint8Array(count).fill(STATUS_AT_RESET);
    this.levelSensitive = new Uint8Array(count);
  }

  has(source: number): boolean {
    return Number.isInteger(source) && source >= 0 && source < this.count;
  }

  pq(source: number): Pq {
    return (this.status[source]! & 3) as Pq;
  }

  isAsserted(source: number): boolean {
    return (this.status[source]! & STATUS_ASSERTED) !== 0;
  }

  isLsi(source: number): boolean {
    return this.levelSensitive[source] === 1;
  }

  setLsi(source: number, isLsi: boolean): void {
    this.levelSensitive[source] = isLsi ? 1 : 0;
  }

  /** SET_PQ: returns the state before and forwards nothing. A latched event that is overwritten is lost. */
  setPq(source: number, pq: Pq): Pq {
    const before = this.pq(source);
    this.writePq(source, pq);
    this.tell("set", "PQ", source, before * 4 + pq);
    if (before === ESB_QUEUED && pq !== ESB_QUEUED) this.tell("cleared", "Q", source);
    if (before !== ESB_QUEUED && pq === ESB_QUEUED) {
      this.tell("raised", "PQ", source);
      this.tell("latched", "Q", source);
    }
    return before;
  }

  /** One event by a trigger store, or a message. True if it was forwarded. */
  trigger(source: number): boolean {
    const before = this.pq(source);
    const { pq, forwards } = triggerPq(before);
    this.writePq(source, pq);
    this.tell("raised", "P", source);
    if (forwards) this.tell("forwarded", "PQ=00", source);
    else if (pq === ESB_OFF) this.tell("masked", "PQ=01", source);
    else this.tell(before === ESB_PENDING ? "latched" : "coalesced", "Q", source);
    return this.finish(source, forwards);
  }

  /** An event that neither asks nor changes PQ. */
  inject(source: number): void {
    this.tell("raised", "inject", source);
    this.tell("forwarded", "inject", source);
    this.notify?.(source);
  }

  /** EOI as hardware does it. True if it forwarded an event. */
  eoi(source: number): boolean {
    const before = this.pq(source);
    if (before & ESB_PENDING) this.tell("eoi", "P", source);
    const step = eoiPq(before);
    this.writePq(source, step.pq);
    const asserts = this.isLsi(source) && this.isAsserted(source);
    // A line that is still up is an event of its own, and its outcome replaces the EOI's.
    const outcome = asserts ? this.assertLine(source) : step.forwards;
    if (step.forwards && !outcome) this.tell("coalesced", "LSI", source);
    if (outcome && !asserts) this.tell("forwarded", "Q", source);
    return this.finish(source, outcome);
  }

  /**
   * The line or message of a device. A level-sensitive source follows `isRaised`; another takes a true as one
   * event and ignores a false.
   */
  setIrq(source: number, isRaised: boolean): void {
    if (!this.isLsi(source)) {
      if (isRaised) this.trigger(source);
      return;
    }
    this.setAsserted(source, isRaised);
    if (isRaised) this.finish(source, this.assertLine(source));
  }

  /** The line's level alone, without an event. */
  setAsserted(source: number, isAsserted: boolean): void {
    const others = this.status[source]! & ~STATUS_ASSERTED;
    this.status[source] = isAsserted ? others | STATUS_ASSERTED : others;
  }

  /** A load of `size` bytes. Undefined is a failed access, which reads as all ones. */
  load(source: number, page: EsbPage, offset: number, size = 8): number | undefined {
    if (!this.has(source)) return undefined;
    const operation = decodeEsbLoad(page, offset, size);
    if (operation.kind === "eoi") return this.eoi(source) ? 1 : 0;
    if (operation.kind === "get") return this.pq(source);
    if (operation.kind === "set") return this.setPq(source, operation.pq);
    return undefined;
  }

  /** A store of `size` bytes; false if it was ignored as an error. */
  store(source: number, page: EsbPage, offset: number, size = 8): boolean {
    if (!this.has(source)) return false;
    const operation = decodeEsbStore(page, offset, size);
    if (operation.kind === "trigger") this.trigger(source);
    else if (operation.kind === "inject") this.inject(source);
    else if (operation.kind === "set") this.setPq(source, operation.pq);
    else if (operation.kind === "store-eoi" && this.storeEoi) this.eoi(source);
    else return false;
    return true;
  }

  /** One source as after power-on; its kind stays. */
  resetSource(source: number): void {
    this.setAsserted(source, false);
    this.setPq(source, ESB_OFF);
  }

  /** Every source off and its line down; which are level-sensitive stays. */
  reset(): void {
    for (let source = 0; source < this.count; source++)
      if (this.status[source] !== STATUS_AT_RESET) this.resetSource(source);
  }

  /** A copy of the status bytes. */
  saveStatus(): Uint8Array {
    return this.status.slice();
  }

  /** False, and nothing changed, unless there is one valid status byte per source. */
  loadStatus(status: Uint8Array): boolean {
    if (status.length !== this.count || status.some((byte) => byte > (STATUS_ASSERTED | 3))) return false;
    this.status.set(status);
    return true;
  }

  /** The step of an asserted line: only PQ = 00 sends, and Q is never set. */
  private assertLine(source: number): boolean {
    this.tell("raised", "LSI", source);
    if (this.pq(source) === ESB_RESET) {
      this.writePq(source, ESB_PENDING);
      this.tell("forwarded", "PQ=00", source);
      return true;
    }
    const isOff = this.pq(source) === ESB_OFF;
    this.tell(isOff ? "masked" : "coalesced", isOff ? "PQ=01" : "LSI", source);
    return false;
  }

  private finish(source: number, forwards: boolean): boolean {
    if (forwards) this.notify?.(source);
    return forwards;
  }

  private writePq(source: number, pq: Pq): void {
    this.status[source] = (this.status[source]! & ~3) | pq;
  }

  private tell(step: XiveStepName, bit: XiveBit, source: number, value = 0): void {
    this.onStep?.(xiveStep(step, bit, { source: this.firstNumber + source, value }));
  }
}

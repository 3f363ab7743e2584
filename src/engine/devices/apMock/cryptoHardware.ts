/**
 * AP hardware to pass through without having any: adapters whose queues behave like a crypto card's. A
 * reply is the request as `answer` changes it; there is no cryptography in it.
 */
import {
  AP_TYPE_NEWEST, apResponse, apidOf, decodeAqic, statusWord,
} from "../../uapi/ap.ts";
import { ok, refuse, type Result } from "../../base/result.ts";
import type { ApHardware, ApMessage, ApMessagePort, ApNotificationPort, TapqAnswer } from "../apPorts.ts";
import { DeviceTimer } from "../deviceTimer.ts";
import type { TimePort } from "../ports.ts";
import {
  bringForward, idleQueue, nextEvent, obstacle, runNext, statusOf,
  type AdapterCondition, type CryptoQueueState, type NotificationTarget, type QueueTiming,
} from "./cryptoQueue.ts";
import type { CryptoHardwareState } from "./state.ts";

export interface CryptoHardwareOptions {
  readonly time: TimePort;
  readonly notification: ApNotificationPort;
  readonly timing?: Partial<QueueTiming>;
  /** Messages a queue holds, requests and replies: 1 to 16. Default 8. */
  readonly depth?: number;
  /** Adapter type, 10 (CEX4) to 14 (CEX8). */
  readonly type?: number;
  /** Bytes of the longest message. Default 12 KiB. */
  readonly messageBytesMax?: number;
  /** What comes back for a request. Default: the request. */
  readonly answer?: (request: Uint8Array) => Uint8Array;
}

const DEFAULT_TIMING: QueueTiming = { serviceNs: 100_000n, resetNs: 1_000_000n, interruptChangeNs: 10_000n };

export class CryptoHardware implements ApHardware, ApMessagePort {
  readonly depth: number;
  private readonly options: CryptoHardwareOptions;
  private readonly timing: QueueTiming;
  private readonly queues = new Map<number, CryptoQueueState>();
  /** Runs while something is under way, for whatever comes next. */
  private readonly timer: DeviceTimer;

  constructor(options: CryptoHardwareOptions) {
    this.options = options;
    this.timer = new DeviceTimer(options.time, () => this.settle());
    this.timing = { ...DEFAULT_TIMING, ...options.timing };
    this.depth = options.depth ?? 8;
  }

  /** A new queue, empty and operating; one that is there already is left as it is. */
  plug(apqn: number): void {
    if (!this.queues.has(apqn)) this.queues.set(apqn, idleQueue());
  }

  /** All queues of an adapter are gone from now on, with what they held; no reply and no interrupt comes. */
  unplug(apid: number): void {
    this.settle();
    for (const apqn of [...this.queues.keys()]) if (apidOf(apqn) === apid) this.queues.delete(apqn);
    this.settle();
  }

  /** Takes an adapter out of operation or back into it. What it holds rests meanwhile. */
  setCondition(apid: number, condition: AdapterCondition): void {
    this.settle();
    for (const [apqn, state] of this.queues) if (apidOf(apqn) === apid) state.condition = condition;
    this.settle();
  }

  /** The next `calls` calls of a queue are answered "busy". */
  makeBusy(apqn: number, calls: number): void {
    const state = this.queues.get(apqn);
    if (state) state.busyCalls = calls;
  }

  /** NQAP: the status word. Refused: response 0x10 when full, 0x15 for a message that is too long. */
  enqueue(apqn: number, { id, bytes }: ApMessage): number {
    return this.call(apqn, (state) => {
      if (bytes.length > (this.options.messageBytesMax ?? 12 * 1024)) return apResponse.MESSAGE_TOO_BIG;
      if (state.requests.length + state.replies.length >= this.depth) return apResponse.Q_FULL;
      if (state.requests.length === 0) state.doneAt = this.options.time.now() + this.timing.serviceNs;
      state.requests.push({ id, bytes: bytes.slice() });
      return apResponse.NORMAL;
    });
  }

  /**
   * DQAP: the oldest reply and the status word after it was taken, or the status word alone: 0x10 without a
   * reply, 0x15 if it is longer than `bytesMax` (it stays).
   */
  dequeue(
    apqn: number, bytesMax: number,
  ): Result<{ readonly status: number; readonly reply: ApMessage }, number> {
    let reply: ApMessage | undefined;
    const status = this.call(apqn, (state) => {
      const oldest = state.replies[0];
      if (!oldest) return apResponse.NO_PENDING_REPLY;
      if (oldest.bytes.length > bytesMax) return apResponse.MESSAGE_TOO_BIG;
      reply = state.replies.shift();
      return apResponse.NORMAL;
    });
    return reply ? ok({ status, reply }) : refuse(status);
  }

  /** A test never waits: a busy queue answers it, and it does not use up a busy call. */
  tapq(apqn: number): TapqAnswer {
    this.settle();
    const state = this.queues.get(apqn);
    if (!state) return { status: statusWord(apResponse.Q_NOT_AVAIL), info: 0n };
    const response = obstacle({ ...state, busyCalls: 0 });
    const type = BigInt(this.options.type ?? AP_TYPE_NEWEST);
    // None of the optional facilities, which bits 0-31 would tell.
    return {
      status: statusOf(state, this.depth, response),
      info: (type << 24n) | BigInt(this.depth - 1),
    };
  }

  rapq(apqn: number): number {
    return this.reset(apqn);
  }

  /** Nothing is kept that a zeroize would have to wipe beyond a reset. */
  zapq(apqn: number): number {
    return this.reset(apqn);
  }

  /** 0x06 without an indicator, 0x08 without a GISA, 0x07 if interrupts are already as asked for. */
  aqic(apqn: number, control: bigint, nib: bigint): number {
    return this.call(apqn, (state) => {
      const wanted = decodeAqic(control);
      if (state.change) return apResponse.BUSY;
      if (wanted.enable === (state.target !== null)) return apResponse.OTHERWISE_CHANGED;
      if (wanted.enable && nib === 0n) return apResponse.INVALID_ADDRESS;
      if (wanted.enable && wanted.gisa === 0) return apResponse.INVALID_GISA;
      const to = wanted.enable ? { control: wanted, indicator: nib } : null;
      state.change = { at: this.options.time.now() + this.timing.interruptChangeNs, to };
      return apResponse.NORMAL;
    });
  }

  sleep(ns: bigint): void {
    for (const state of this.queues.values()) bringForward(state, ns);
    this.settle();
  }

  save(): CryptoHardwareState {
    const queues = [...this.queues].map(([apqn, queue]) => ({ apqn, queue }));
    return structuredClone({ queues, timer: this.timer.save() });
  }

  /** Takes over a state, or refuses it with a sentence and changes nothing. */
  load({ queues, timer }: CryptoHardwareState): Result<void, string> {
    const isTooMuch = queues.some(
      ({ queue: { requests, replies } }) => requests.length + replies.length > this.depth);
    if (isTooMuch) return refuse(`it has an AP queue with more than ${this.depth} messages`);
    this.queues.clear();
    for (const { apqn, queue } of structuredClone(queues)) this.queues.set(apqn, queue);
    this.timer.load(timer);
    return ok(undefined);
  }

  private reset(apqn: number): number {
    return this.call(apqn, (state) => {
      state.resetAt = this.options.time.now() + this.timing.resetNs;
      return apResponse.NORMAL;
    });
  }

  private call(apqn: number, work: (state: CryptoQueueState) => number): number {
    this.settle();
    const state = this.queues.get(apqn);
    if (!state) return statusWord(apResponse.Q_NOT_AVAIL);
    const response = obstacle(state) || work(state);
    this.settle();
    return statusOf(state, this.depth, response);
  }

  /** Carries out everything due, in the order of its time whatever the queue, and waits for the rest. */
  private settle(): void {
    const now = this.options.time.now();
    const answer = this.options.answer ?? ((request: Uint8Array) => request);
    let next = this.next();
    for (; next && next.at <= now; next = this.next())
      runNext(next.state, next.at, this.timing, ({ id, bytes }) => ({ id, bytes: answer(bytes) }),
        (target) => this.notify(target));
    if (next) this.timer.start(next.at - now);
    else this.timer.stop();
  }

  /** The queue where something happens first, and when. */
  private next(): { readonly state: CryptoQueueState; readonly at: bigint } | undefined {
    let first: { readonly state: CryptoQueueState; readonly at: bigint } | undefined;
    for (const state of this.queues.values()) {
      const at = nextEvent(state);
      if (at !== undefined && (!first || at < first.at)) first = { state, at };
    }
    return first;
  }

  private notify({ control, indicator }: NotificationTarget): void {
    this.options.notification.writeIndicator(indicator);
    this.options.notification.interrupt(control.gisa, control.guestIsc);
  }
}

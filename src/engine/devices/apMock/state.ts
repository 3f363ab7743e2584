/** What the mock of AP hardware leaves in a snapshot: each queue with what it holds and what is under way. */
import type { PendingEvent } from "../../base/schedule.ts";
import { defineState, field } from "../../snapshot/schema.ts";
import type { AqicControl } from "../../uapi/ap.ts";
import type { ApMessage } from "../apPorts.ts";
import { pendingTimer } from "../pendingTimer.ts";
import {
  nextEvent, type AdapterCondition, type CryptoQueueState, type NotificationTarget,
} from "./cryptoQueue.ts";

export interface PluggedQueueState {
  readonly apqn: number;
  readonly queue: CryptoQueueState;
}

export interface CryptoHardwareState {
  /** In the order in which they were plugged: of two events at one time the first queue's goes first. */
  readonly queues: readonly PluggedQueueState[];
  /** The one timer, for whatever comes next. */
  readonly timer: PendingEvent | null;
}

/** Messages a queue can hold. */
const DEPTH_MAX = 16;
const MESSAGE_BYTES_MAX = 64 * 1024;
const APQN_COUNT = 0x1_0000;
/** Due times lie before zero while the host waits for hardware; none is further than this, in ns. */
const TIME_BOUND = 1n << 62n;

const time = field.i64();
const messages = field.list(
  field.object<ApMessage>({ id: field.u64(), bytes: field.bytes(MESSAGE_BYTES_MAX, 0) }), { max: DEPTH_MAX });
const target = field.nullable(field.object<NotificationTarget>({
  control: field.object<AqicControl>({
    enable: field.bool(), guestIsc: field.between(0, 7), gisa: field.between(0, 0x7fff_fff0),
    isc: field.between(0, 7),
  }),
  indicator: field.u64(),
}));
const queue = field.object<CryptoQueueState>({
  requests: messages, replies: messages, doneAt: time, target,
  change: field.nullable(
    field.object<NonNullable<CryptoQueueState["change"]>>({ at: time, to: target })),
  resetAt: field.nullable(time),
  condition: field.oneOf<AdapterCondition>("operating", "deconfigured", "checkstopped"),
  busyCalls: field.u32(),
});

export const cryptoHardwareState = defineState<CryptoHardwareState>({
  name: "s390.ap.mock",
  version: 1,
  fields: {
    queues: field.list(
      field.object<PluggedQueueState>({ apqn: field.u16(), queue }), { max: APQN_COUNT }),
    timer: field.nullable(pendingTimer),
  },
  objection: ({ queues, timer }) => {
    if (new Set(queues.map(({ apqn }) => apqn)).size !== queues.length) return "a queue is plugged twice";
    const times = queues.flatMap(({ queue: { doneAt, change, resetAt } }) =>
      [doneAt, change?.at ?? 0n, resetAt ?? 0n]);
    if (times.some((at) => at > TIME_BOUND || at < -TIME_BOUND)) return "a time is centuries away";
    const isAtWork = queues.some((one) => nextEvent(one.queue) !== undefined);
    return isAtWork && !timer ? "something is under way, and no timer runs" : undefined;
  },
});

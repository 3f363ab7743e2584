/**
 * Two queues of one adapter as the specification tells their life, in plain values: a second opinion beside
 * the driver, for a driver without defects.
 */

/** What one queue holds: the ISC of its interrupts, or nothing. */
export type Holding = 3 | 5 | null;
export type Which = 0 | 1;

export interface ModelQueue {
  readonly bound: boolean;
  /** Its domain is assigned to the device. */
  readonly assigned: boolean;
  readonly holds: Holding;
  /** The latest reset went well. */
  readonly sound: boolean;
}

export interface ApModel {
  readonly queues: readonly [ModelQueue, ModelQueue];
  readonly open: boolean;
  /** The guest's matrix has the adapter. */
  readonly visible: boolean;
}

export type ApEvent =
  | { readonly does: "enable"; readonly queue: Which; readonly isc: 3 | 5; readonly answer: 0 | 7 | 3 }
  | { readonly does: "disable" | "bind" | "unbind" | "assign" | "unassign"; readonly queue: Which }
  | { readonly does: "reset"; readonly answer: 0 | 3 | 5 }
  | { readonly does: "open" }
  | { readonly does: "close" };

const EACH = [0, 1] as const;
export const apEvents: readonly ApEvent[] = [
  ...EACH.flatMap((queue) => ([3, 5] as const).flatMap((isc) =>
    ([0, 7, 3] as const).map((answer): ApEvent => ({ does: "enable", queue, isc, answer })))),
  ...EACH.flatMap((queue) => (["disable", "bind", "unbind", "assign", "unassign"] as const).map(
    (does): ApEvent => ({ does, queue }))),
  ...([0, 3, 5] as const).map((answer): ApEvent => ({ does: "reset", answer })),
  { does: "open" }, { does: "close" },
];

export const apModelAtStart: ApModel = {
  queues: [0, 1].map(() => ({ bound: true, assigned: true, holds: null, sound: true })) as
    [ModelQueue, ModelQueue],
  open: true, visible: true,
};

/** The device has the queue to work with. */
const isLinked = ({ bound, assigned }: ModelQueue): boolean => bound && assigned;
/** An adapter is shown if every assigned domain has a bound queue whose latest reset went well. */
const filtered = ({ queues }: ApModel): boolean =>
  queues.every(({ assigned, bound, sound }) => !assigned || (bound && sound));

const change = (model: ApModel, which: Which, part: Partial<ModelQueue>): ApModel => ({
  ...model, queues: model.queues.map((queue, index) => (index === which ? { ...queue, ...part } : queue)) as
    [ModelQueue, ModelQueue],
});
const GONE = { bound: false, holds: null, sound: true } as const;
const RELEASED = { holds: null, sound: true } as const;

export function nextModel(model: ApModel, event: ApEvent): ApModel {
  if (event.does === "open") return { ...model, open: true };
  if (event.does === "close" || event.does === "reset") return resetAll(model, event);
  const queue = model.queues[event.queue];
  const isReachable = model.open && isLinked(queue);
  switch (event.does) {
    case "enable": {
      const holds = event.answer === 0 ? event.isc : event.answer === 7 ? queue.holds : null;
      return isReachable ? change(model, event.queue, { holds }) : model;
    }
    case "disable": return isReachable ? change(model, event.queue, { holds: null }) : model;
    case "bind": {
      if (queue.bound) return model;
      const next = change(model, event.queue, { bound: true });
      return queue.assigned ? { ...next, visible: filtered(next) } : next;
    }
    case "unbind": {
      const next = change(model, event.queue, GONE);
      return isLinked(queue) ? { ...next, visible: false } : next;
    }
    case "assign": {
      if (queue.assigned) return model;
      const next = change(model, event.queue, { assigned: true });
      return { ...next, visible: filtered(next) };
    }
    case "unassign":
      // The guest's matrix is not filtered anew: a hidden adapter stays hidden.
      return change(model, event.queue, { assigned: false, ...(isLinked(queue) ? RELEASED : {}) });
  }
}

/** A close is a reset that always ends well here; a reset leaves a busy queue what it holds. */
function resetAll(model: ApModel, event: Extract<ApEvent, { does: "close" | "reset" }>): ApModel {
  if (event.does === "close" && !model.open) return model;
  const part = event.does === "close" || event.answer === 0 ? RELEASED
    : event.answer === 3 ? { holds: null, sound: false } : { sound: false };
  const reset = EACH.reduce(
    (next, which) => (isLinked(next.queues[which]) ? change(next, which, part) : next), model);
  return event.does === "close" ? { ...reset, open: false } : reset;
}

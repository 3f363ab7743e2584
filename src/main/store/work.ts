/** What a long piece of the store's work tells while it lasts, and the one way in which it is given up. */
import type { TaskProgress } from "../../engine/api/task.ts";

/** Thrown inside a transaction, which takes everything back. */
export class Cancelled extends Error {
  constructor() {
    super("The work was cancelled; nothing was changed.");
  }
}

/** Called now and then by work under way; throws `Cancelled` once nobody wants its end. */
export type Work = (progress: TaskProgress) => void;

export const unwatched: Work = () => undefined;

/** At most so many reports in a second: more would only be work for whoever is told. */
const PERIOD_MS = 50;

/** `isCancelled` holds one word that is not zero once the work is to stop. */
export function watchedWork(tell: Work, isCancelled: Int32Array, clock = () => performance.now()): Work {
  let told = clock();
  return (progress) => {
    if (Atomics.load(isCancelled, 0) !== 0) throw new Cancelled();
    if (clock() - told < PERIOD_MS) return;
    told = clock();
    tell(progress);
  };
}

/** Work that takes its time: how whoever asked for it sees how far it is, and gives it up. */
import type { TaskProgress } from "../engine/api/task.ts";

export interface Task {
  readonly onProgress?: (progress: TaskProgress) => void;
  /** What was not committed when it aborts is not kept. */
  readonly signal?: AbortSignal;
}

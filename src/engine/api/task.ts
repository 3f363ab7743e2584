/** How far a piece of work is that takes its time. */
export interface TaskProgress {
  /** What is being done now, in words. */
  readonly step: string;
  /** Of `total`, in the step's own unit. */
  readonly done: number;
  readonly total: number;
}

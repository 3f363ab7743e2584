/**
 * The newest events of the vCPUs' threads, in columns: a guest that is kicked 100,000 times a second makes no
 * object for any of them, and one is made only for who asks.
 */
import { LANE_EVENTS, laneSteps, type LaneEvent, type LaneStep } from "../api/lanes.ts";

export class LaneRing<Request extends string> {
  private readonly names: readonly Request[];
  private readonly at = new Float64Array(LANE_EVENTS);
  private readonly cpus = new Uint8Array(LANE_EVENTS);
  private readonly steps = new Uint8Array(LANE_EVENTS);
  /** Position among the names, from 1; 0 for none. */
  private readonly requests = new Uint8Array(LANE_EVENTS);
  private count = 0;

  constructor(names: readonly Request[]) {
    this.names = names;
  }

  /** Number of the newest event; 0 before the first. */
  get written(): number {
    return this.count;
  }

  write(at: number, cpu: number, step: LaneStep, request?: Request): void {
    const place = this.count++ % LANE_EVENTS;
    this.at[place] = at;
    this.cpus[place] = cpu;
    this.steps[place] = laneSteps.indexOf(step);
    this.requests[place] = request === undefined ? 0 : 1 + this.names.indexOf(request);
  }

  /** The newest `max` of those behind the number `after` that are still kept, oldest first. */
  newest(after: number, max: number): LaneEvent[] {
    const { count } = this;
    const length = Math.min(LANE_EVENTS, max, Math.max(0, count - after), count);
    return Array.from({ length }, (_, n) => this.event(count - length + n));
  }

  private event(index: number): LaneEvent {
    const place = index % LANE_EVENTS;
    const request = this.names[this.requests[place]! - 1];
    return {
      number: index + 1, at: this.at[place]!, cpu: this.cpus[place]!, step: laneSteps[this.steps[place]!]!,
      ...(request !== undefined && { request }),
    };
  }
}

/**
 * Events of a machine's vCPUs as columns: what happened, and where every vCPU was behind it. A vCPU is in the
 * guest from its entry until another one enters, or it sleeps or stops: they share one host thread.
 */
import { LANE_EVENTS, type LaneEvent, type LanesView } from "../../../engine/api/lanes.ts";

/** "": nothing is known of it yet. */
export type LanePlace = "guest" | "outside" | "asleep" | "stopped" | "";

export interface LaneColumn {
  readonly event: LaneEvent;
  /** By vCPU. */
  readonly places: readonly LanePlace[];
}

/** The events that a page has after one more answer: without a gap, and of one machine. */
export function appended(
  events: readonly LaneEvent[], { written, events: more }: LanesView,
): readonly LaneEvent[] {
  const newest = events.at(-1)?.number ?? 0;
  // Set back: its events are counted anew.
  if (written < newest) return more;
  // Two questions may be under way at a time, both behind the same number.
  const fresh = more.filter(({ number }) => number > newest);
  if (fresh.length === 0) return events;
  return fresh[0]!.number === newest + 1 ? [...events, ...fresh].slice(-LANE_EVENTS) : fresh;
}

/** All events with the places behind each; `cpus` is how many vCPUs there are. */
export function columnsOf(events: readonly LaneEvent[], cpus: number): LaneColumn[] {
  let places: readonly LanePlace[] = new Array<LanePlace>(cpus).fill("");
  return events.map((event) => {
    places = behind(places, event);
    return { event, places };
  });
}

function behind(places: readonly LanePlace[], { cpu, step }: LaneEvent): readonly LanePlace[] {
  switch (step) {
    case "enter":
      return places.map((place, n) => (n === cpu ? "guest" : place === "guest" ? "outside" : place));
    case "sleep": return places.with(cpu, "asleep");
    case "wake":
    case "started":
    case "handled": return places.with(cpu, "outside");
    case "stopped": return places.with(cpu, "stopped");
    default: return places;
  }
}

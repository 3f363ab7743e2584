/**
 * The threads of a machine's vCPUs as KVM has them, in plain data: mode, requests, kicks. Reading changes
 * nothing.
 */

/** `vcpu->mode`: outside guest mode, in it, on the way out, or reading page tables without a lock. */
export type LaneMode = "outside" | "in guest" | "exiting" | "reading";

/**
 * `enter`: into the guest, first or after another vCPU; until another one enters, it sleeps or is stopped, it
 * is there but for its looks at requests. `sleep` and `wake`: into and out of block(). `kick`: asked to look
 * at its interrupts. `request` and `handled`: made by somebody, and done before an entry. `outside`:
 * everybody is asked out, as for a breakpoint. `started` and `stopped`: the operating state.
 */
export const laneSteps = [
  "enter", "sleep", "wake", "kick", "request", "handled", "outside", "started", "stopped",
] as const;
export type LaneStep = (typeof laneSteps)[number];

export interface LaneEvent {
  /** Counts all events since the machine was made, from 1. */
  readonly number: number;
  /** Instructions executed by all CPUs. */
  readonly at: number;
  readonly cpu: number;
  readonly step: LaneStep;
  /** Of `kick`, `request` and `handled`: the request's name. */
  readonly request?: string;
}

/** Since the machine was made or loaded. */
export interface LaneCounts {
  readonly kicks: number;
  /** Kicks that ended a sleep. */
  readonly wakeUps: number;
  /** Steps from IN_GUEST_MODE to EXITING_GUEST_MODE. */
  readonly exits: number;
  readonly ipis: number;
  /** Kicks of a vCPU that was awake, for which no IPI was sent. */
  readonly ipisSaved: number;
  /** Requests whose bit was set already. */
  readonly coalesced: number;
}

export interface VcpuLane {
  readonly cpu: number;
  /** "operating", "stopped", "check-stop" or "load". */
  readonly state: string;
  readonly mode: LaneMode;
  /** In block(): it has nothing to execute. */
  readonly blocked: boolean;
  /** In block() and not woken yet. */
  readonly asleep: boolean;
  /** Interlock-and-broadcast suppression: it is the only CPU that is started. */
  readonly ibs: boolean;
  /** Names of the requests that are pending, by their numbers. */
  readonly requests: readonly string[];
  readonly counts: LaneCounts;
}

export interface LanesView {
  readonly instructions: number;
  readonly virtualNs: number;
  readonly lanes: readonly VcpuLane[];
  /** Events that there have been: the number of the newest. */
  readonly written: number;
  /** The newest behind the number asked for that are still kept, as many as asked for, oldest first. */
  readonly events: readonly LaneEvent[];
}

/** Events that are kept. */
export const LANE_EVENTS = 1024;

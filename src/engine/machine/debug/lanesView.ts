/** The threads of the vCPUs as plain data; reading changes nothing. */
import { LANE_EVENTS, type LaneMode, type LanesView, type VcpuLane } from "../../api/lanes.ts";
import type { VcpuMode } from "../../devices/requests/mode.ts";
import type { S390Ccw } from "../s390Ccw.ts";
import { requestNames, type RequestName, type VcpuThread } from "../vcpuThreads.ts";

const modes: Readonly<Record<VcpuMode, LaneMode>> = {
  0: "outside", 1: "in guest", 2: "exiting", 3: "reading",
};

/** `after`: number of the last event that the caller has; `max`: how many it takes. */
export function viewLanes(
  machine: S390Ccw, { after, max = LANE_EVENTS }: { readonly after: number; readonly max?: number },
): LanesView {
  const { threads } = machine.scheduler;
  return {
    instructions: Number(machine.instructions), virtualNs: Number(machine.now()),
    lanes: threads.all.map(laneOf), written: threads.events.written,
    events: threads.events.newest(after, max),
  };
}

function laneOf(thread: VcpuThread): VcpuLane {
  const { vcpu, requests, blocked, ibs, counts } = thread;
  const names = Object.keys(requestNames) as RequestName[];
  return {
    cpu: vcpu.id, state: vcpu.state, mode: modes[requests.mode], blocked, asleep: requests.waiting, ibs,
    requests: names.filter((name) => thread.has(name)), counts: { ...counts },
  };
}

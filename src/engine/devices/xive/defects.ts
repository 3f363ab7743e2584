/**
 * Defects that were met in kernels and machine monitors, or read in their source, each a switch that is off
 * unless named. With one on, the model does what the defective code did; a scenario must then fail.
 */

export const xiveDefects = {
  "xive.eqSync.skipMarkDirty":
    "EQ_SYNC does not mark the queue's page: entries written after the page was sent stay behind",
  "xive.stop.maskOff":
    "a stopped machine's sources are masked with PQ = 01 in place of 10: events that arrive are swallowed",
  "xive.resume.skipTrigger": "an event latched while the machine stood still is not sent again at resume",
  "xive.restore.routesBeforeQueues":
    "sources are routed before the queues exist: the kernel refuses, and their events are dropped",
  "xive.restore.skipHotplugged": "the thread context of a CPU plugged in later is not restored",
  "xive.vpState.skipBacklog": "VP_STATE leaves out the priorities that wait in the NVT",
  "xive.queue.leakPage": "configuring a queue again keeps the reference to its old page",
  "xive.escalation.keepsProdded": "an escalation's mark stays set, and the next H_CEDE returns at once",
  "xive.hcallReset.kernelOnly":
    "H_INT_RESET resets the kernel's device and leaves the monitor's tables (derived from source)",
  "xics.ipoll.wrongVcpu":
    "H_IPOLL of another server stores its answer in that CPU's register (derived from source)",
  "power.dpdes.skipRequest": "DPDES leaves out a doorbell that was requested and is not in the register yet",
} as const;
export type XiveDefect = keyof typeof xiveDefects;

/** The defects a machine is built with; most have none. */
export type XiveDefects = ReadonlySet<XiveDefect>;
export const noDefects: XiveDefects = new Set<XiveDefect>();

/**
 * Stopping, moving and resuming a pseries machine whose sources are in the kernel
 * (Documentation/virt/kvm/devices/xive.rst, Migration). The order is: mask sources, flush queues, save; then
 * on the target queues, routes, thread contexts, and source states as it starts to run.
 *
 * The document masks with PQ = 01, which swallows what arrives meanwhile; here it is 10, which latches it in
 * Q, and sources that are off stay off.
 */
import { END_ENQUEUE, END_GENERATION, END_INDEX, endPriority, queueShift } from "./end.ts";
import { ESB_GET, ESB_OFF, ESB_PENDING, ESB_QUEUED, ESB_RESET, ESB_SET_PQ, type Pq } from "./esb.ts";
import { queueAddress } from "./eventQueue.ts";
import type { QueueConfig, SourceRoute, XiveKernel } from "./kernelPort.ts";
import { refreshQueue } from "./queueHcalls.ts";
import { PRIORITIES, type SpaprXive } from "./spaprXive.ts";
import { RING_OS } from "./threadContext.ts";

/** The vCPUs stand still: remembers each source's PQ, latches from now on, flushes. 0 or an errno. */
export function stopSources(xive: SpaprXive, kernel: XiveKernel): number {
  const { sources } = xive.chip;
  const masked: Pq = xive.defects.has("xive.stop.maskOff") ? ESB_OFF : ESB_PENDING;
  for (const lisn of xive.lisns()) {
    let pq = kernel.loadEsb(lisn, "management", ESB_GET) as Pq;
    if (pq !== ESB_OFF) pq = kernel.loadEsb(lisn, "management", ESB_SET_PQ(masked)) as Pq;
    sources.setPq(lisn, pq);
  }
  return kernel.syncQueues();
}

/** The vCPUs run again, here or on the target: PQ as remembered; what came meanwhile is sent once more. */
export function resumeSources(xive: SpaprXive, kernel: XiveKernel): void {
  const { sources } = xive.chip;
  for (const lisn of xive.lisns()) {
    const saved = sources.pq(lisn);
    const before = kernel.loadEsb(lisn, "management", ESB_SET_PQ(saved));
    const came = saved === ESB_RESET && before === ESB_QUEUED;
    if (came && !xive.defects.has("xive.resume.skipTrigger")) kernel.storeEsb(lisn, "trigger", 0);
  }
}

/** Takes over what only the kernel knows: the queues' indices and the thread contexts. 0 or an errno. */
export function collectState(xive: SpaprXive, kernel: XiveKernel): number {
  for (const vcpu of xive.vcpuIds()) {
    for (let priority = 0; priority < PRIORITIES; priority++)
      if (!refreshQueue(xive, vcpu, priority)) return -1;
    const state = kernel.threadState(vcpu);
    if (!state.ok) return state.error;
    new DataView(xive.context(vcpu).registers.buffer).setBigUint64(RING_OS, state.value);
  }
  return 0;
}

/**
 * Gives the kernel of the target what it needs before the machine runs. 0 or the first errno.
 * `presentVcpus`: those that the machine was built with; others were plugged in later.
 */
export function restoreKernel(
  xive: SpaprXive, kernel: XiveKernel, presentVcpus: readonly number[] = xive.vcpuIds(),
): number {
  const routesFirst = xive.defects.has("xive.restore.routesBeforeQueues");
  const steps = routesFirst ? [restoreRoutes, restoreQueues] : [restoreQueues, restoreRoutes];
  for (const step of steps) {
    const refused = step(xive, kernel);
    if (refused) return refused;
  }
  const skipsHotplugged = xive.defects.has("xive.restore.skipHotplugged");
  for (const vcpu of skipsHotplugged ? presentVcpus : xive.vcpuIds()) {
    const state = new DataView(xive.context(vcpu).registers.buffer).getBigUint64(RING_OS);
    const refused = kernel.setThreadState(vcpu, state);
    if (refused) return refused;
  }
  return 0;
}

function restoreQueues(xive: SpaprXive, kernel: XiveKernel): number {
  const { ends } = xive.chip;
  for (const vcpu of xive.vcpuIds())
    for (let priority = 0; priority < PRIORITIES; priority++) {
      const end = xive.endIndex(vcpu, priority);
      if (!ends.isValid(end) || !(ends.word(end, 0) & END_ENQUEUE)) continue;
      const refused = kernel.configureQueue(vcpu, priority, queueConfig(xive, end));
      if (refused) return refused;
    }
  return 0;
}

function queueConfig({ chip: { ends } }: SpaprXive, end: number): QueueConfig {
  const word1 = ends.word(end, 1);
  return {
    flags: 1, qshift: queueShift(ends.word(end, 0)), qaddr: queueAddress(ends, end),
    qtoggle: word1 & END_GENERATION ? 1 : 0, qindex: word1 & END_INDEX,
  };
}

function restoreRoutes(xive: SpaprXive, kernel: XiveKernel): number {
  const { eas, sources } = xive.chip;
  for (const lisn of xive.lisns()) {
    const refused = kernel.createSource(lisn, sources.isLsi(lisn), sources.isAsserted(lisn));
    if (refused) return refused;
    if (eas.isMasked(lisn)) continue;
    const failed = kernel.configureSource(lisn, routeOf(xive, lisn));
    if (failed) return failed;
  }
  return 0;
}

function routeOf({ chip: { eas, ends } }: SpaprXive, lisn: number): SourceRoute {
  const end = eas.endIndex(lisn);
  return {
    server: Math.floor(end / PRIORITIES), priority: endPriority(ends.word(end, 7)),
    isMasked: eas.isMasked(lisn), eisn: eas.data(lisn),
  };
}

/**
 * XICS presentation over a XIVE: what a vCPU is to take next. Sources wait in its queues, one per priority;
 * inter-processor interrupts wait in MFRR. Both compete, and an IPI wins a tie.
 */
import { advance, peekEntry, queueEntries } from "../xive/eventQueue.ts";
import { ESB_QUEUED } from "../xive/esb.ts";
import { hostSetPq, hostSourceEoi, selected } from "../xive/irqState.ts";
import type { ConnectedVcpu, VcpuQueue } from "../xive/kvmXive.ts";
import { TIMA_OS_CPPR, TIMA_PAGE_OS, TIMA_SET_OS_PENDING } from "../xive/tima.ts";
import { XICS_DUMMY, XICS_IPI, type Xics } from "./xics.ts";

const OS = TIMA_PAGE_OS << 16;
const NONE = 0xff;
/** Priorities that hardware has. */
const LOWEST = 7;

/** `fetch` takes what it finds, `tidy` only forgets priorities with nothing left, `peek` changes nothing. */
export type ScanKind = "fetch" | "tidy" | "peek";

export interface Presented {
  /** 0 is nothing. */
  readonly irq: number;
  readonly priority: number;
}

/**
 * The most favoured interrupt below the vCPU's CPPR, among the `pending` priorities and MFRR. Bit 0x01 is
 * priority 0.
 */
export function scanPending(device: Xics, vcpu: ConnectedVcpu, pending: number, kind: ScanKind): Presented {
  const { icp } = vcpu;
  let left = pending;
  let found: Presented = { irq: 0, priority: NONE };
  for (let priority = 0; priority <= LOWEST && priority < icp.cppr; priority++) {
    if (!(left & (1 << priority))) continue;
    const entry = firstDeviceEntry(device, vcpu, priority, kind);
    if (entry.irq === 0) left &= ~(1 << priority);
    if (icp.mfrr <= priority) break;
    if (entry.irq === 0) continue;
    found = { irq: entry.irq, priority };
    if (kind === "fetch") entry.take();
    break;
  }
  if (found.irq === 0 && icp.mfrr < icp.cppr) found = { irq: XICS_IPI, priority: icp.mfrr };
  if (kind !== "peek") icp.pending = left;
  return found;
}

interface DeviceEntry {
  /** 0 where the queue holds none. */
  readonly irq: number;
  /** Moves the queue past it. */
  take(): void;
}

/**
 * Looks past entries of IPIs and of sources that moved away. Fetching moves the queue past those, and ends
 * the IPI's source, so that the next H_IPI is heard.
 */
function firstDeviceEntry(
  device: Xics, vcpu: ConnectedVcpu, priority: number, kind: ScanKind,
): DeviceEntry {
  const queue = vcpu.queues[priority]!;
  const { page, consumer } = queue;
  const isFetch = kind === "fetch";
  if (page === undefined) {
    if (isFetch && priority === 0) hostSourceEoi(device.host, vcpu.icp.ipi);
    return { irq: 0, take: () => undefined };
  }
  const ahead = { ...consumer };
  let irq: number | undefined;
  while ((irq = peekEntry(ahead, page, device.memory)) === XICS_IPI || irq === XICS_DUMMY) {
    advance(ahead, queueEntries(queue.shift));
    if (!isFetch) continue;
    Object.assign(consumer, ahead);
    if (irq === XICS_IPI) hostSourceEoi(device.host, vcpu.icp.ipi);
  }
  return { irq: irq ?? 0, take: () => advance(consumer, queueEntries(queue.shift)) };
}

/** Makes hardware interrupt the vCPU for what software knows to be pending. */
export function pushPending(device: Xics, vcpu: ConnectedVcpu, thread: number): void {
  const { icp } = vcpu;
  const lowest = icp.pending & -icp.pending;
  const fromQueues = lowest === 0 ? NONE : 31 - Math.clz32(lowest);
  const fromIpi = icp.mfrr === NONE ? NONE : Math.min(icp.mfrr, LOWEST);
  const priority = Math.min(fromQueues, fromIpi);
  if (priority === NONE) return;
  device.host.chip.timaStore(thread, OS | TIMA_SET_OS_PENDING, 1, BigInt(priority));
}

/** Brings hardware's CPPR to the vCPU's. */
export function writeCppr(device: Xics, { icp }: ConnectedVcpu, thread: number): void {
  icp.hwCppr = icp.cppr;
  device.host.chip.timaStore(thread, OS | TIMA_OS_CPPR, 1, BigInt(icp.cppr));
}

/**
 * Entries that this vCPU can no longer take, of sources that are now routed to another one: each becomes a
 * dummy, and its source sends again.
 */
export function resendRerouted(device: Xics, vcpu: ConnectedVcpu): void {
  for (let priority = vcpu.icp.cppr; priority <= LOWEST; priority++)
    resendReroutedOf(device, vcpu, vcpu.queues[priority]!);
}

function resendReroutedOf(device: Xics, { server }: ConnectedVcpu, queue: VcpuQueue): void {
  const { host, memory } = device;
  if (queue.page === undefined) return;
  const ahead = { ...queue.consumer };
  let irq: number | undefined;
  while ((irq = peekEntry(ahead, queue.page, memory)) !== undefined) {
    const address = queue.page + 4n * BigInt(ahead.index);
    const toggleBit = memory.load(address)! & 0x80000000;
    advance(ahead, queueEntries(queue.shift));
    const state = device.irqs.valid(irq);
    if (!state || irq <= XICS_IPI || state.actServer === server) continue;
    memory.store(address, (toggleBit | XICS_DUMMY) >>> 0);
    device.onStep?.({ step: "rerouted", server, irq, priority: state.actPriority });
    if (!host.chip.sources.isLsi(selected(state))) hostSetPq(host, selected(state), ESB_QUEUED);
    hostSourceEoi(host, selected(state));
  }
}

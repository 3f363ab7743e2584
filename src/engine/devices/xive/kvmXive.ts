/**
 * What KVM's two devices over a XIVE have in common: servers, the queues of connected vCPUs, and the choice
 * of a target for an interrupt.
 */
import { errno } from "../../api/errno.ts";
import { noDefects, type XiveDefects } from "./defects.ts";
import { queueEntries, type QueueConsumer } from "./eventQueue.ts";
import type { HostXive } from "./hostXive.ts";
import { IrqStates } from "./irqState.ts";

/** Most vCPUs of one machine (NR_CPUS of the host kernel), and the ids they may have. */
export const KVM_MAX_VCPUS = 2048;
export const KVM_MAX_VCPU_IDS = 8 * KVM_MAX_VCPUS;
export const QUEUES_PER_VCPU = 8;
/** The priority of escalations where a vCPU has one for all its queues; no guest may use it. */
export const SINGLE_ESCALATION_PRIORITY = 7;
/** Entries of a queue that are never promised to a source. */
const QUEUE_GAP = 2;

export interface VcpuQueue {
  /** Address of the page hardware writes; undefined without one. */
  page: bigint | undefined;
  /** As user space gave them. */
  guestAddress: bigint;
  guestShift: number;
  /** log2 of its bytes. */
  shift: number;
  /** Sources that were ever sent here; never more than the queue has room for. */
  count: number;
  hasEscalation: boolean;
  readonly consumer: QueueConsumer;
}

/** Registers of a XICS presentation controller. A vCPU of the native device has them too, at zero. */
export interface Icp {
  cppr: number;
  /** CPPR as the thread context has it. */
  hwCppr: number;
  /** Priority of a pending inter-processor interrupt; 0xff is none. */
  mfrr: number;
  /** Priorities acknowledged in hardware whose queue may still hold entries; bit 0x01 is priority 0. */
  pending: number;
  /** A source that was presented in saved state and does not exist yet; 0 is none. */
  delayedIrq: number;
  /** Host interrupt that H_IPI triggers; 0 is none. */
  ipi: number;
}

export interface ConnectedVcpu {
  readonly server: number;
  readonly vp: number;
  readonly queues: readonly VcpuQueue[];
  /** The OS ring's first eight bytes while the vCPU is not on a thread. */
  readonly saved: Uint8Array;
  isPushed: boolean;
  /** An escalation came; cleared as the vCPU enters the guest. */
  irqPending: boolean;
  /** Single escalation: the priority whose ESe arms and tells; undefined where there is nothing to arm. */
  escalationPriority: number | undefined;
  escalationOn: boolean;
  readonly icp: Icp;
}

const ACK_CNT = 4;

export function newConnectedVcpu(server: number): ConnectedVcpu {
  const saved = new Uint8Array(8);
  saved[ACK_CNT] = 0xff;
  const queues = Array.from({ length: QUEUES_PER_VCPU }, (): VcpuQueue => ({
    page: undefined, guestAddress: 0n, guestShift: 0, shift: 0, count: 0, hasEscalation: false,
    consumer: { index: 0, toggle: 0 },
  }));
  return {
    server, vp: server, queues, saved, isPushed: false, irqPending: false, escalationPriority: undefined,
    escalationOn: false, icp: { cppr: 0, hwCppr: 0, mfrr: 0, pending: 0, delayedIrq: 0, ipi: 0 },
  };
}

export interface KvmXiveOptions {
  readonly host: HostXive;
  /** One escalation interrupt per vCPU in place of one per queue. Default false. */
  readonly singleEscalation?: boolean;
  readonly defects?: XiveDefects;
  /** False makes the kernel fail an allocation of so many bytes. */
  readonly allocate?: (bytes: number) => boolean;
}

/** State of one device. */
export class KvmXive {
  readonly host: HostXive;
  readonly singleEscalation: boolean;
  readonly defects: XiveDefects;
  readonly allocate: (bytes: number) => boolean;
  readonly irqs = new IrqStates();
  /** By server, in the order of connection. */
  readonly vcpus = new Map<number, ConnectedVcpu>();
  nrServers = KVM_MAX_VCPUS;
  /** Firmware gave a block of virtual processors: the number of servers is fixed. */
  hasProcessors = false;

  constructor({ host, singleEscalation = false, defects = noDefects, allocate }: KvmXiveOptions) {
    this.host = host;
    this.singleEscalation = singleEscalation;
    this.defects = defects;
    this.allocate = allocate ?? (() => true);
    host.onEscalation = (vp) => this.escalated(vp);
  }

  /** NR_SERVERS: 0 or an errno. */
  setServers(count: number): number {
    if (count === 0 || count > KVM_MAX_VCPU_IDS) return errno.EINVAL;
    if (this.hasProcessors) return errno.EBUSY;
    this.nrServers = Math.min(count, KVM_MAX_VCPUS);
    return 0;
  }

  /**
   * The checks of connecting a vCPU as `server`, which leave nothing behind but the block of virtual
   * processors: 0 or an errno.
   */
  reserveServer(server: number): number {
    if (server >= this.nrServers) return errno.EINVAL;
    if (!this.hasProcessors && !this.host.allocateProcessors(this.nrServers)) return errno.ENOSPC;
    this.hasProcessors = true;
    if (this.vcpus.has(server)) return errno.EEXIST;
    return this.allocate(512) ? 0 : errno.ENOMEM;
  }

  /**
   * Picks whose queue of `priority` gets one more source: the server asked for or, where that has no room,
   * the first in the order of connection that has. Returns the server, or -EINVAL for one that does not
   * exist, or -EBUSY.
   */
  selectTarget(server: number, priority: number): number {
    const wanted = this.vcpus.get(server);
    if (!wanted) return errno.EINVAL;
    for (const vcpu of [wanted, ...this.vcpus.values()]) {
      const queue = vcpu.queues[priority]!;
      if (queue.page === undefined || queue.count >= queueEntries(queue.shift) - QUEUE_GAP) continue;
      queue.count++;
      return vcpu.server;
    }
    return errno.EBUSY;
  }

  /** The escalation's handler; the interrupt is not ended, so it comes once until it is armed again. */
  private escalated(vp: number): void {
    for (const vcpu of this.vcpus.values()) {
      if (vcpu.vp !== vp) continue;
      vcpu.irqPending = true;
      if (!this.defects.has("xive.escalation.keepsProdded")) vcpu.escalationOn = false;
    }
  }
}

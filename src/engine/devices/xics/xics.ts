/**
 * KVM's XICS device over a XIVE: guests that know only XICS make hypervisor and RTAS calls, and KVM drives
 * the XIVE for them. Each vCPU has one queue per priority in kernel memory
 * (Documentation/virt/kvm/devices/xics.rst; order of checks derived from the source of Linux 6.1). Results
 * are 0 or a negative errno.
 */
import { errno } from "../../api/errno.ts";
import { KVM_DEV_XICS_NR_SERVERS, xicsGroup } from "../../uapi/xive.ts";
import type { UserMemory } from "../../uapi/userMemory.ts";
import { ESB_RESET } from "../xive/esb.ts";
import type { HostMemory } from "../xive/hostMemory.ts";
import { KVM_IRQS, hardMask, hostSetPq, provideIpi, type IrqState } from "../xive/irqState.ts";
import {
  KvmXive, SINGLE_ESCALATION_PRIORITY, newConnectedVcpu, type ConnectedVcpu, type KvmXiveOptions,
} from "../xive/kvmXive.ts";
import type { XicsObserver } from "./observer.ts";
import { SourceScan } from "./sourceScan.ts";
import { setSourceState } from "./sourceState.ts";
import type { XicsSnapshot } from "./state.ts";

/** Lowest number a source may have. */
export const XICS_FIRST_IRQ = 16;
/** Numbers that are no source's: an entry whose source moved away, and inter-processor interrupts. */
export const XICS_DUMMY = 1;
export const XICS_IPI = 2;
const QUEUE_SHIFT = 16;

export interface XicsOptions extends KvmXiveOptions {
  readonly user: UserMemory;
  readonly memory: HostMemory;
}

export class Xics extends KvmXive {
  readonly user: UserMemory;
  readonly memory: HostMemory;
  onStep: XicsObserver | undefined;
  private readonly scan = new SourceScan(this);
  /** Priorities that every vCPU has a queue for. */
  private provisioned = new Set<number>();
  /** Servers whose connection is complete. */
  private connected = new Set<number>();

  constructor(options: XicsOptions) {
    super(options);
    this.user = options.user;
    this.memory = options.memory;
  }

  /** KVM_SET_DEVICE_ATTR. */
  setAttr(group: number, attr: bigint, addr: bigint): number {
    if (group === xicsGroup.SOURCES) return this.setSource(attr, addr);
    if (group !== xicsGroup.CTRL || attr !== KVM_DEV_XICS_NR_SERVERS) return errno.ENXIO;
    const bytes = this.user.read(addr, 4);
    if (!bytes) return errno.EFAULT;
    return this.setServers(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true));
  }

  /** KVM_GET_DEVICE_ATTR. Sources are read as a series: the queues are scanned at its first. */
  getAttr(group: number, attr: bigint, addr: bigint): number {
    if (group !== xicsGroup.SOURCES) return errno.ENXIO;
    const state = this.irqs.valid(Number(attr));
    if (!state) return errno.ENOENT;
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, this.scan.read(state), true);
    return this.user.write(addr, bytes) ? 0 : errno.EFAULT;
  }

  /** KVM_HAS_DEVICE_ATTR. */
  hasAttr(group: number, attr: bigint): number {
    const isKnown = group === xicsGroup.SOURCES
      ? isSourceNumber(attr)
      : group === xicsGroup.CTRL && attr === KVM_DEV_XICS_NR_SERVERS;
    return isKnown ? 0 : errno.ENXIO;
  }

  /**
   * Connects a vCPU as `server`: 0 or an errno. What a late failure left behind makes a second attempt answer
   * -EEXIST.
   */
  connect(server: number): number {
    const refused = this.reserveServer(server);
    if (refused) return refused;
    const vcpu = newConnectedVcpu(server);
    vcpu.icp.mfrr = 0xff;
    this.vcpus.set(server, vcpu);
    const { host } = this;
    vcpu.icp.ipi = host.allocateInterrupt() ?? 0;
    if (vcpu.icp.ipi === 0) return errno.ENOMEM;
    if (!host.enableProcessor(vcpu.vp)) return errno.EIO;
    for (const priority of this.provisioned) if (!this.provideQueue(vcpu, priority)) return errno.EIO;
    // Inter-processor interrupts come at priority 0, which needs no queue to be told of them.
    if (!this.provisioned.has(0) && !host.configureQueue(vcpu.vp, 0, undefined, 0)) return errno.EIO;
    if (!this.attachEscalation(vcpu, 0)) return errno.EIO;
    if (!host.configureInterrupt(vcpu.icp.ipi, vcpu.vp, 0, XICS_IPI)) return errno.EIO;
    hostSetPq(host, vcpu.icp.ipi, ESB_RESET);
    this.connected.add(server);
    return 0;
  }

  /** The vCPU of a server, once it is connected whole. */
  connectedVcpu(server: number): ConnectedVcpu | undefined {
    return this.connected.has(server) ? this.vcpus.get(server) : undefined;
  }

  /** close(2). */
  destroy(): void {
    for (const vcpu of this.vcpus.values()) {
      if (vcpu.icp.ipi) this.host.freeInterrupt(vcpu.icp.ipi);
      vcpu.queues.forEach(({ page }, priority) => {
        this.host.disableQueue(vcpu.vp, priority);
        if (page !== undefined) this.memory.freePage(page);
      });
      this.host.disableProcessor(vcpu.vp);
    }
    for (const state of this.irqs.allValid()) {
      hardMask(this.host, state.ipi);
      if (state.passthrough) hardMask(this.host, state.passthrough);
      this.host.freeInterrupt(state.ipi);
    }
    this.vcpus.clear();
    this.connected.clear();
    this.irqs.replaceAll([], []);
  }

  /** Gives every vCPU a queue of a priority, once. False leaves what was done so far. */
  provision(priority: number): boolean {
    if (this.provisioned.has(priority)) return true;
    for (const vcpu of this.vcpus.values()) {
      if (!this.provideQueue(vcpu, priority)) return false;
      if (!this.singleEscalation && !this.attachEscalation(vcpu, priority)) return false;
    }
    this.provisioned.add(priority);
    return true;
  }

  /** Routes a source to a server, or another one that has room. 0 or an errno. */
  target(state: IrqState, server: number, priority: number): number {
    const chosen = this.selectTarget(server, priority);
    if (chosen < 0) return chosen;
    const old = this.vcpus.get(state.actServer)?.queues[state.actPriority];
    if (old && old.count > 0) old.count--;
    Object.assign(state, { actServer: chosen, actPriority: priority });
    const interrupt = state.passthrough || state.ipi;
    const { vp } = this.vcpus.get(chosen)!;
    return this.host.configureInterrupt(interrupt, vp, priority, state.number) ? 0 : errno.EIO;
  }

  /** What only this device keeps. */
  saveOwn(): Pick<XicsSnapshot, "provisioned" | "connected" | "scan" | "reads"> {
    const provisioned = [...this.provisioned].sort((a, b) => a - b);
    return { provisioned, connected: [...this.connected], ...this.scan.save() };
  }

  loadOwn(saved: ReturnType<Xics["saveOwn"]>): void {
    this.provisioned = new Set(saved.provisioned);
    this.connected = new Set(saved.connected);
    this.scan.load(saved);
  }

  private setSource(attr: bigint, addr: bigint): number {
    if (!isSourceNumber(attr)) return errno.ENOENT;
    const irq = Number(attr);
    if (!this.irqs.hasBlock(irq)) {
      if (!this.allocate(0x20000)) return errno.ENOMEM;
      this.irqs.createBlock(irq);
    }
    const bytes = this.user.read(addr, 8);
    if (!bytes) return errno.EFAULT;
    const state = this.irqs.get(irq)!;
    if (!provideIpi(this.host, state)) return errno.ENOMEM;
    setSourceState(this, state, new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    return 0;
  }

  private provideQueue(vcpu: ConnectedVcpu, priority: number): boolean {
    const queue = vcpu.queues[priority]!;
    if (queue.page !== undefined) return true;
    if (!this.allocate(1 << QUEUE_SHIFT)) return false;
    const page = this.memory.allocatePage();
    if (!this.host.configureQueue(vcpu.vp, priority, page, QUEUE_SHIFT)) {
      this.memory.freePage(page);
      return false;
    }
    Object.assign(queue, { page, shift: QUEUE_SHIFT });
    return true;
  }

  private attachEscalation(vcpu: ConnectedVcpu, priority: number): boolean {
    const queue = vcpu.queues[priority]!;
    if (queue.hasEscalation) return true;
    const gather = this.singleEscalation ? SINGLE_ESCALATION_PRIORITY : undefined;
    if (!this.host.attachEscalation(vcpu.vp, priority, gather)) return false;
    queue.hasEscalation = true;
    vcpu.escalationPriority = gather;
    return true;
  }
}

const isSourceNumber = (attr: bigint): boolean => attr >= BigInt(XICS_FIRST_IRQ) && attr < BigInt(KVM_IRQS);

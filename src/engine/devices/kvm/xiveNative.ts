/**
 * KVM's XIVE native device: the guest reaches sources and thread contexts through mapped pages, user space
 * configures them by device attributes (Documentation/virt/kvm/devices/xive.rst; order of checks derived from
 * the source of Linux 6.1). Results are 0 or a negative errno.
 *
 * Two rules surprise: a source is routed to another vCPU, silently, where the one asked for has no room; and
 * asking again for what is already so does nothing, even if it also asks to mask.
 */
import { errno } from "../../api/errno.ts";
import type { UserMemory } from "../../uapi/userMemory.ts";
import {
  KVM_XIVE_EQ_ALWAYS_NOTIFY, KVM_XIVE_LEVEL_ASSERTED, KVM_XIVE_LEVEL_SENSITIVE, decodeQueueName,
  decodeSourceConfig, xiveControl, xiveEq, xiveGroup,
} from "../../uapi/xive.ts";
import { ESB_OFF } from "../xive/esb.ts";
import { PRIORITY_MASKED } from "../xive/hostXive.ts";
import {
  KVM_IRQS, hardMask, hostSetPq, provideIpi, selected, type IrqState,
} from "../xive/irqState.ts";
import {
  KvmXive, SINGLE_ESCALATION_PRIORITY, newConnectedVcpu, type KvmXiveOptions,
} from "../xive/kvmXive.ts";
import type { GuestPages } from "./guestPages.ts";
import { clearQueue, configureQueue } from "./xiveQueues.ts";

export interface XiveNativeOptions extends KvmXiveOptions {
  readonly user: UserMemory;
  readonly pages: GuestPages;
}

export class XiveNative extends KvmXive {
  readonly user: UserMemory;
  readonly pages: GuestPages;

  constructor(options: XiveNativeOptions) {
    super(options);
    this.user = options.user;
    this.pages = options.pages;
  }

  /** KVM_SET_DEVICE_ATTR. `attr` and `addr` are unsigned 64-bit numbers. */
  setAttr(group: number, attr: bigint, addr: bigint): number {
    switch (group) {
      case xiveGroup.CTRL: return this.control(attr, addr);
      case xiveGroup.SOURCE: return this.setSource(attr, addr);
      case xiveGroup.SOURCE_CONFIG: return this.setSourceConfig(attr, addr);
      case xiveGroup.EQ_CONFIG: return this.setQueue(attr, addr);
      case xiveGroup.SOURCE_SYNC: return this.syncSource(attr);
      default: return errno.ENXIO;
    }
  }

  /** KVM_GET_DEVICE_ATTR. */
  getAttr(group: number, attr: bigint, addr: bigint): number {
    return group === xiveGroup.EQ_CONFIG ? this.getQueue(attr, addr) : errno.ENXIO;
  }

  /** KVM_HAS_DEVICE_ATTR: 0 or -ENXIO. */
  hasAttr(group: number, attr: bigint): number {
    const isSource = group === xiveGroup.SOURCE || group === xiveGroup.SOURCE_CONFIG
      || group === xiveGroup.SOURCE_SYNC;
    const isKnown = (group === xiveGroup.CTRL && Object.values<bigint>(xiveControl).includes(attr))
      || (isSource && attr < BigInt(KVM_IRQS)) || group === xiveGroup.EQ_CONFIG;
    return isKnown ? 0 : errno.ENXIO;
  }

  /** Connects a vCPU as `server`: 0 or an errno, nothing left behind but the block of processors. */
  connect(server: number): number {
    const refused = this.reserveServer(server);
    if (refused) return refused;
    if (!this.host.enableProcessor(server)) return errno.EIO;
    this.vcpus.set(server, newConnectedVcpu(server));
    return 0;
  }

  disconnect(server: number): void {
    const vcpu = this.vcpus.get(server);
    if (!vcpu) return;
    this.maskSourcesOf(server);
    for (let priority = 0; priority < vcpu.queues.length; priority++) clearQueue(this, vcpu, priority);
    this.host.disableProcessor(vcpu.vp);
    this.vcpus.delete(server);
  }

  /** close(2): vCPUs are disconnected, sources freed; a device can be created again. */
  destroy(): void {
    for (const server of [...this.vcpus.keys()]) this.disconnect(server);
    for (const state of this.irqs.allValid()) {
      hardMask(this.host, state.ipi);
      if (state.passthrough) hardMask(this.host, state.passthrough);
      this.host.freeInterrupt(state.ipi);
    }
    this.irqs.replaceAll([], []);
  }

  private control(attr: bigint, addr: bigint): number {
    if (attr === xiveControl.RESET) return this.reset();
    if (attr === xiveControl.EQ_SYNC) return this.syncQueues();
    if (attr !== xiveControl.NR_SERVERS) return errno.ENXIO;
    const bytes = this.user.read(addr, 4);
    if (!bytes) return errno.EFAULT;
    return this.setServers(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true));
  }

  private setSource(attr: bigint, addr: bigint): number {
    if (attr >= BigInt(KVM_IRQS)) return errno.E2BIG;
    const irq = Number(attr);
    if (!this.irqs.hasBlock(irq)) {
      if (!this.allocate(0x20000)) return errno.ENOMEM;
      this.irqs.createBlock(irq);
    }
    const value = this.readU64(addr);
    if (value === undefined) return errno.EFAULT;
    const state = this.irqs.get(irq)!;
    if (!provideIpi(this.host, state)) return errno.ENXIO;
    // Both are only ever set: a number that changes its kind keeps the old one as well.
    if (value & KVM_XIVE_LEVEL_SENSITIVE) {
      state.lsi = true;
      if (value & KVM_XIVE_LEVEL_ASSERTED) state.asserted = true;
    }
    Object.assign(state, { actServer: 0, actPriority: PRIORITY_MASKED, valid: true });
    hostSetPq(this.host, state.ipi, ESB_OFF);
    this.host.configureInterrupt(state.ipi, 0, PRIORITY_MASKED, 0);
    return 0;
  }

  private setSourceConfig(attr: bigint, addr: bigint): number {
    const state = this.sourceAt(attr);
    if (typeof state === "number") return state;
    const value = this.readU64(addr);
    if (value === undefined) return errno.EFAULT;
    const { priority, server, isMasked, eisn } = decodeSourceConfig(value);
    if (priority === SINGLE_ESCALATION_PRIORITY) return errno.EINVAL;
    const isAsBefore = state.actServer === server && state.actPriority === priority && state.eisn === eisn;
    if (isAsBefore) return 0;
    if (isMasked) return this.route(state, 0, PRIORITY_MASKED, 0);
    const target = this.selectTarget(server, priority);
    return target < 0 ? target : this.route(state, target, priority, eisn);
  }

  /** What firmware refuses stays recorded. */
  private route(state: IrqState, server: number, priority: number, eisn: number): number {
    Object.assign(state, { actServer: server, actPriority: priority, eisn });
    const vp = this.vcpus.get(server)?.vp ?? 0;
    return this.host.configureInterrupt(selected(state), vp, priority, eisn) ? 0 : errno.ENXIO;
  }

  private setQueue(attr: bigint, addr: bigint): number {
    const bytes = this.user.read(addr, xiveEq.size);
    if (!bytes) return errno.EFAULT;
    const { server, priority } = decodeQueueName(attr);
    const vcpu = this.vcpus.get(server);
    if (!vcpu) return errno.ENOENT;
    if (priority === SINGLE_ESCALATION_PRIORITY) return errno.EINVAL;
    return configureQueue(this, vcpu, priority, xiveEq.decode(bytes));
  }

  private getQueue(attr: bigint, addr: bigint): number {
    const { server, priority } = decodeQueueName(attr);
    const vcpu = this.vcpus.get(server);
    if (!vcpu) return errno.ENOENT;
    if (priority === SINGLE_ESCALATION_PRIORITY) return errno.EINVAL;
    const queue = vcpu.queues[priority]!;
    if (queue.page === undefined) return 0;
    const state = this.host.queueState(vcpu.vp, priority);
    if (!state) return errno.EIO;
    const reply = xiveEq.encode({
      flags: KVM_XIVE_EQ_ALWAYS_NOTIFY, qshift: queue.guestShift, qaddr: queue.guestAddress, ...state,
    });
    return this.user.write(addr, reply) ? 0 : errno.EFAULT;
  }

  /** Events in flight are in their queue once this returns. */
  private syncSource(attr: bigint): number {
    const state = this.sourceAt(attr);
    return typeof state === "number" ? state : 0;
  }

  /** Marks the pages of all queues: hardware wrote them, and no CPU store did. */
  private syncQueues(): number {
    if (this.defects.has("xive.eqSync.skipMarkDirty")) return 0;
    for (const vcpu of this.vcpus.values())
      for (const { page, guestAddress } of vcpu.queues)
        if (page !== undefined) this.pages.markDirty(guestAddress);
    return 0;
  }

  /** Routings and queues go; sources stay valid, vCPUs connected. A source that is masked keeps its PQ. */
  private reset(): number {
    for (const vcpu of this.vcpus.values()) {
      this.maskSourcesOf(vcpu.server);
      for (let priority = 0; priority < vcpu.queues.length; priority++) clearQueue(this, vcpu, priority);
    }
    for (const state of this.irqs.allValid()) {
      if (state.actPriority === PRIORITY_MASKED) continue;
      this.maskSource(state);
      Object.assign(state, { eisn: 0, actServer: 0 });
    }
    return 0;
  }

  private maskSourcesOf(server: number): void {
    for (const state of this.irqs.allValid())
      if (state.actPriority !== PRIORITY_MASKED && state.actServer === server) this.maskSource(state);
  }

  private maskSource(state: IrqState): void {
    state.actPriority = PRIORITY_MASKED;
    hardMask(this.host, state.ipi);
    if (state.passthrough) hardMask(this.host, state.passthrough);
  }

  /** Only the lower half of the attribute counts. A number is the refusal. */
  private sourceAt(attr: bigint): IrqState | number {
    const state = this.irqs.get(Number(BigInt.asUintN(32, attr)));
    if (!state) return errno.ENOENT;
    return state.valid ? state : errno.EINVAL;
  }

  private readU64(addr: bigint): bigint | undefined {
    const bytes = this.user.read(addr, 8);
    return bytes && new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  }
}

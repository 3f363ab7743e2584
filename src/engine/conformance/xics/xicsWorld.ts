/**
 * Two sources at two priorities and inter-processor interrupts, at one XICS vCPU in the guest; and the same
 * told as a rule: what waits, and what the vCPU is to be given.
 */
import { HostMemory } from "../../devices/xive/hostMemory.ts";
import { HostXive } from "../../devices/xive/hostXive.ts";
import { hostTrigger } from "../../devices/xive/irqState.ts";
import type { ConnectedVcpu, Icp } from "../../devices/xive/kvmXive.ts";
import type { Pq } from "../../devices/xive/esb.ts";
import { advance, peekEntry, queueEntries, type QueueMemory } from "../../devices/xive/eventQueue.ts";
import { hcall } from "../../devices/xive/hcallCodes.ts";
import { RING_OS, type ThreadContext } from "../../devices/xive/threadContext.ts";
import { pushVcpu } from "../../devices/xive/vcpuContext.ts";
import { xicsHcall } from "../../devices/xics/xicsHcalls.ts";
import { XICS_IPI, Xics } from "../../devices/xics/xics.ts";
import type { UserMemory } from "../../uapi/userMemory.ts";
import { xicsGroup } from "../../uapi/xive.ts";

/** Number and priority of the sources. */
export const worldSources = [{ irq: 0x20, priority: 2 }, { irq: 0x21, priority: 5 }] as const;
const OPEN = 0xff;
const THREAD = 0;
/** Generation bit of the entries of a ring's first round. */
const GENERATION = 0x80000000;
/** Entries at the beginning of a ring that a restored state leaves without an old one. */
const CLEARED = 8;

const noGuest: QueueMemory = { load: () => undefined, store: () => false };

/** Eight bytes at address 0. */
class OneArgument implements UserMemory {
  private readonly bytes = new Uint8Array(8);
  read(_address: bigint, length: number): Uint8Array {
    return this.bytes.slice(0, length);
  }
  write(_address: bigint, bytes: Uint8Array): boolean {
    this.bytes.set(bytes.subarray(0, 8));
    return true;
  }
  setU64(value: bigint): void {
    new DataView(this.bytes.buffer).setBigUint64(0, value, true);
  }
}

/** All that decides what comes next. Places in the rings are left out, what they hold is in. */
export interface WorldState {
  readonly icp: Icp;
  /** Of the inter-processor interrupt and of each source. */
  readonly pqs: readonly Pq[];
  /** What each source's queue holds, the oldest first. */
  readonly entries: readonly (readonly number[])[];
  /** The thread's OS ring, bytes 0-7. */
  readonly ring: readonly number[];
  readonly lineIsUp: boolean;
}

export class XicsWorld {
  private readonly device: Xics;
  private readonly vcpu: ConnectedVcpu;

  constructor() {
    const memory = new HostMemory(noGuest);
    const user = new OneArgument();
    const host = new HostXive({ memory, interrupts: 8, processors: 1 });
    this.device = new Xics({ host, memory, user });
    this.device.setServers(1);
    this.device.connect(0);
    this.vcpu = this.device.connectedVcpu(0)!;
    for (const { irq, priority } of worldSources) {
      user.setU64(BigInt(priority) << 32n);
      this.device.setAttr(xicsGroup.SOURCES, BigInt(irq), 0n);
    }
    pushVcpu(this.device, this.vcpu, THREAD);
    this.call(hcall.H_CPPR, BigInt(OPEN));
  }

  trigger(irq: number): void {
    hostTrigger(this.device.host, this.device.irqs.get(irq)!.ipi);
  }

  setMfrr(mfrr: number): void {
    this.call(hcall.H_IPI, 0n, BigInt(mfrr));
  }

  setCppr(cppr: number): void {
    this.call(hcall.H_CPPR, BigInt(cppr));
  }

  /** H_XIRR: the interrupt, 0 for none, and the CPPR before it. */
  fetch(): Taken {
    const xirr = Number(this.call(hcall.H_XIRR));
    return { irq: xirr & 0xffffff, cppr: xirr >>> 24 };
  }

  end({ irq, cppr }: Taken): void {
    this.call(hcall.H_EOI, BigInt(((cppr << 24) | irq) >>> 0));
  }

  poll(): number {
    return Number(this.call(hcall.H_IPOLL, 0n)) & 0xffffff;
  }

  get lineIsUp(): boolean {
    return this.context().osLine;
  }

  state(): WorldState {
    const { sources } = this.device.host.chip;
    return {
      icp: { ...this.vcpu.icp }, pqs: this.interrupts().map((interrupt) => sources.pq(interrupt)),
      entries: worldSources.map(({ priority }) => this.entriesOf(priority)),
      ring: [...this.context().registers.subarray(RING_OS, RING_OS + 8)], lineIsUp: this.lineIsUp,
    };
  }

  /** The same state with its queues at the beginning of their rings. */
  restore({ icp, pqs, entries, ring, lineIsUp }: WorldState): void {
    const { host, memory } = this.device;
    Object.assign(this.vcpu.icp, icp);
    this.interrupts().forEach((interrupt, i) => host.chip.sources.setPq(interrupt, pqs[i]!));
    worldSources.forEach(({ priority }, i) => {
      const { page, consumer } = this.vcpu.queues[priority]!;
      Object.assign(consumer, { index: 0, toggle: 0 });
      host.setQueueState(this.vcpu.vp, priority, 1, entries[i]!.length);
      entries[i]!.forEach((entry, at) => memory.store(page! + 4n * BigInt(at), (GENERATION | entry) >>> 0));
      for (let at = entries[i]!.length; at < CLEARED; at++) memory.store(page! + 4n * BigInt(at), 0);
    });
    const context = this.context();
    context.registers.set(ring, RING_OS);
    context.osLine = lineIsUp;
  }

  private context(): ThreadContext {
    return this.device.host.chip.thread(THREAD);
  }

  private interrupts(): number[] {
    return [this.vcpu.icp.ipi, ...worldSources.map(({ irq }) => this.device.irqs.get(irq)!.ipi)];
  }

  private entriesOf(priority: number): number[] {
    const { page, shift, consumer } = this.vcpu.queues[priority]!;
    const ahead = { ...consumer };
    const entries: number[] = [];
    let entry: number | undefined;
    while ((entry = peekEntry(ahead, page!, this.device.memory)) !== undefined) {
      entries.push(entry);
      advance(ahead, queueEntries(shift));
    }
    return entries;
  }

  private call(number: number, ...args: bigint[]): bigint {
    const caller = { vcpu: this.vcpu, thread: THREAD };
    return xicsHcall(this.device, caller, number, args).outputs[0] ?? 0n;
  }
}

/** What the vCPU was given and has not ended, with the CPPR to return to. */
export interface Taken {
  readonly irq: number;
  readonly cppr: number;
}

export interface RuleState {
  readonly cppr: number;
  readonly mfrr: number;
  /** Sources with an event that was not given yet, and those with another behind one in service. */
  readonly waiting: readonly number[];
  readonly again: readonly number[];
  readonly taken: readonly Taken[];
}

export const ruleAtStart: RuleState = { cppr: OPEN, mfrr: OPEN, waiting: [], again: [], taken: [] };

const without = (list: readonly number[], irq: number): number[] => list.filter((other) => other !== irq);
const including = (list: readonly number[], irq: number): number[] => [...without(list, irq), irq].sort();

/** A source waits once; what comes while it waits or is in service is one more behind it. */
export function ruleTrigger(rule: RuleState, irq: number): RuleState {
  const isBusy = rule.waiting.includes(irq) || rule.taken.some((one) => one.irq === irq);
  return isBusy
    ? { ...rule, again: including(rule.again, irq) }
    : { ...rule, waiting: including(rule.waiting, irq) };
}

/** Everything more favoured than CPPR that waits. */
export const mayTake = (rule: RuleState): { irq: number; priority: number }[] =>
  [{ irq: XICS_IPI, priority: rule.mfrr }, ...worldSources.filter(({ irq }) => rule.waiting.includes(irq))]
    .filter(({ priority }) => priority < rule.cppr);

/** The vCPU was given `irq`; undefined where it must not have been. */
export function ruleTake(rule: RuleState, irq: number): RuleState | undefined {
  if (irq === 0) return rule;
  const found = mayTake(rule).find((one) => one.irq === irq);
  return found && {
    ...rule, cppr: found.priority, waiting: without(rule.waiting, irq),
    taken: [...rule.taken, { irq, cppr: rule.cppr }],
  };
}

export function ruleEnd(rule: RuleState): RuleState {
  const latest = rule.taken.at(-1);
  if (!latest) return rule;
  const { irq, cppr } = latest;
  const sendsAgain = rule.again.includes(irq);
  return {
    ...rule, cppr, taken: rule.taken.slice(0, -1), again: without(rule.again, irq),
    waiting: sendsAgain ? including(rule.waiting, irq) : rule.waiting,
  };
}

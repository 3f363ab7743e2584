/**
 * Which CPU executes, and for how long: CPUs take turns of virtual time; interruptions are taken when a CPU
 * is picked.
 *
 * Invariant: turns, timers and interruptions fall on instruction numbers that follow from what the guest
 * does. The budget of `step` may end a run of the engine anywhere, and then the same CPU goes on with the
 * rest of its turn.
 */
import type { StopReason } from "../api/machine.ts";
import type { Schedule } from "../base/schedule.ts";
import type { Core } from "../cpu/core.ts";
import { PswBit } from "../cpu/mode.ts";
import type { Vcpu } from "../cpu/vcpu.ts";
import type { Flic } from "../devices/flic/flic.ts";
import { isOpenToTimers, isTimerDue, timerWakeTime } from "./cpuTimers.ts";
import { InputQueue } from "./inputQueue.ts";
import type { InterruptionLog } from "./interruptionLog.ts";
import type { SchedulerState } from "./state.ts";
import type { StepEnd } from "./stepEnd.ts";
import { Turns } from "./turns.ts";
import type { VcpuAdapter } from "./vcpuAdapter.ts";
import { VcpuThreads } from "./vcpuThreads.ts";
import type { VirtualTime } from "./virtualTime.ts";

/** Longest run of the engine without a look at interruptions, in instructions. */
const RUN_MAX = 200_000;
/** Interruptions taken in a row, without one instruction between, that mean the guest will never get out. */
const LOOP = 5_000;
/** Interruption masks of a PSW that can end a wait. */
const WAKEABLE = PswBit.io | PswBit.external | PswBit.machineCheck;
/** Linux answers a quiesce signal with a disabled wait at this address. */
const QUIESCED = 0xfffn;

export interface SchedulerPorts {
  readonly core: Core;
  readonly flic: Flic;
  readonly adapters: readonly VcpuAdapter[];
  readonly time: VirtualTime;
  readonly schedule: Schedule;
  readonly log: InterruptionLog;
  /** Does what a guest or the watchdog asked for since the last call. */
  resetIfWanted(): void;
  /** Gives input to the guest's console. */
  typed(bytes: Uint8Array): void;
}

export class Scheduler {
  private readonly ports: SchedulerPorts;
  readonly threads: VcpuThreads;
  private readonly turns: Turns;
  /** What a person typed and the guest has not got yet. */
  readonly input = new InputQueue();
  ended: StopReason | undefined;
  private isLeaving = false;

  constructor(ports: SchedulerPorts) {
    this.ports = ports;
    const { core, time } = ports;
    this.threads = new VcpuThreads(core.vcpus, () => time.instructions);
    this.turns = new Turns(time, core.vcpus.length);
  }

  /** What it carries from one step to the next; a machine that has ended has nothing to carry. */
  save(): SchedulerState {
    const { turn, place, turnEnd } = this.turns;
    return { turn, place, turnEnd, input: this.input.all() };
  }
  load({ turn, place, turnEnd, input }: SchedulerState): void {
    Object.assign(this.turns, { turn, place, turnEnd });
    for (const { atNs, bytes } of input) this.input.add(atNs, bytes);
  }

  /** Runs about `budget` instructions, or until all CPUs wait or the machine ends. */
  step(budget: number): StepEnd {
    const { time } = this.ports;
    let left = budget;
    this.isLeaving = false;
    while (left > 0) {
      const next = this.next();
      if (!next) break;
      if (!("vcpu" in next)) return next;
      const { vcpu } = next;
      this.threads.enter(vcpu);
      const { done } = time.run(Math.min(left, this.runLength(vcpu)));
      this.threads.exit(vcpu);
      left -= Math.max(1, done);
      if (vcpu.state === "check-stop") this.checkStopped(vcpu);
    }
    return this.ended ? { kind: "ended", reason: this.ended } : { kind: "ran" };
  }
  /**
   * Everything that happens before the next instruction, and not that: due events, interruptions, input. Done
   * again at once it does nothing, so it is a place that a run and its repetition agree upon.
   */
  settle(): StepEnd {
    let next: ReturnType<Scheduler["next"]>;
    do {
      this.isLeaving = false;
      next = this.next();
    } while (!next);
    return "vcpu" in next ? { kind: "ran" } : next;
  }
  /** The CPU that executes next, or why there is none; undefined where a device asked to come back. */
  private next(): { readonly vcpu: Vcpu } | StepEnd | undefined {
    while (!this.isLeaving) {
      if (this.ended) return { kind: "ended", reason: this.ended };
      this.ports.schedule.runDue();
      this.ports.resetIfWanted();
      const vcpu = this.pick();
      if (this.ended || this.isLeaving || this.takeInput()) continue;
      if (vcpu) return { vcpu };
      const idle = this.idleOrEnd();
      if (idle) return idle;
    }
    return undefined;
  }

  /** A device asks that `step` comes back behind the present instruction, whatever is left of its budget. */
  leave(): void {
    this.isLeaving = true;
    this.threads.outside();
  }
  /** Only once a CPU was picked: which of them are idle decides who is told. */
  private takeInput(): boolean {
    const bytes = this.input.take(this.ports.time.now());
    if (bytes) this.ports.typed(bytes);
    return bytes !== undefined;
  }
  /** When something happens that no CPU does. */
  private nextEvent(): bigint | undefined {
    const scheduled = this.ports.schedule.next();
    const input = this.input.next();
    if (scheduled === undefined || input === undefined) return scheduled ?? input;
    return input < scheduled ? input : scheduled;
  }

  /** Ends the machine with a sentence and the current CPU's PSW; the first reason counts. */
  crash(sentence: string): void {
    const { core } = this.ports;
    const hex = (value: bigint): string => value.toString(16).padStart(16, "0");
    this.ended ??= { kind: "crashed", sentence, pswMask: hex(core.pswMask()), pswAddress: hex(core.pc) };
  }

  // ---- turns
  /** The running CPU gives up the rest of its turn, to `to` if that is another CPU. */
  yield(to?: number): void {
    this.turns.yield(to);
  }
  /** A CPU has something to look at. */
  kick(vcpu: Vcpu): void {
    if (this.threads.of(vcpu).blocked) this.turns.shorten();
    this.threads.kick(vcpu);
  }
  /** A stopped CPU begins to execute. */
  start(vcpu: Vcpu): void {
    vcpu.state = "operating";
    this.threads.started(vcpu);
    this.turns.shorten();
  }
  /** A CPU leaves the operating state. */
  stop(vcpu: Vcpu): void {
    const wasOperating = vcpu.state === "operating";
    vcpu.state = "stopped";
    if (wasOperating) this.threads.stopped(vcpu);
    if (this.threads.unblock(vcpu)) this.ports.flic.leaveIdle(this.ports.adapters[vcpu.id]!);
  }

  /** The next CPU that can run, switched to, with its interruptions taken. */
  private pick(): Vcpu | undefined {
    const { core, adapters } = this.ports;
    if (this.turns.isOver) this.turns.yield();
    const { turn } = this.turns;
    for (let nth = 0; nth <= adapters.length; nth++) {
      const vcpu = core.vcpus[this.turns.at(nth)]!;
      if (nth > 0 && vcpu.id === turn) continue;
      if (vcpu.state !== "operating") continue;
      const adapter = adapters[vcpu.id]!;
      if (this.threads.of(vcpu).blocked && !this.isAwake(adapter)) continue;
      core.switchTo(vcpu);
      if (!this.prepare(adapter)) continue;
      this.turns.pass(vcpu.id);
      return vcpu;
    }
    return undefined;
  }
  private isAwake(adapter: VcpuAdapter): boolean {
    const { vcpu } = adapter;
    const { requests, watchful } = this.threads.of(vcpu);
    if (!requests.waiting || (isOpenToTimers(vcpu) && isTimerDue(adapter, this.ports.time))) return true;
    return watchful && this.ports.flic.hasDeliverable(adapter);
  }

  /** Takes interruptions and stops; false if the CPU has nothing to execute. */
  private prepare(adapter: VcpuAdapter): boolean {
    const { vcpu } = adapter;
    const { flic } = this.ports;
    this.threads.looks(vcpu);
    const wasIdle = this.threads.unblock(vcpu);
    if (wasIdle) flic.leaveIdle(adapter);
    const isOn = this.takeInterruptions(adapter);
    const stop = flic.takeStop(adapter);
    if (stop) {
      if (stop.storeStatus) adapter.storeStatus();
      vcpu.state = "stopped";
      this.threads.stopped(vcpu);
      return false;
    }
    if (vcpu.state === "check-stop") this.checkStopped(vcpu);
    if (vcpu.state !== "operating" || !isOn) return false;
    if (!vcpu.waiting) {
      this.ports.core.setPending(flic.isPending(adapter) || isTimerDue(adapter, this.ports.time));
      this.threads.handleRequests(vcpu);
      return true;
    }
    // An adapter interruption of an open subclass behind a closed I/O mask: not idle for the controller,
    // nothing to take.
    this.threads.block(vcpu, flic.enterIdle(adapter) === "runnable");
    if (wasIdle) this.passOn(adapter);
    return false;
  }

  /** All that the CPU is open to; false if that has no end. */
  private takeInterruptions(adapter: VcpuAdapter): boolean {
    const { flic, core, log, time } = this.ports;
    for (let times = 0; flic.hasDeliverable(adapter); times++) {
      const before = core.pc;
      const { delivered, error } = flic.deliverPending(adapter);
      for (const { type } of delivered) {
        log.note({ at: time.instructions, cpu: adapter.id, kind: "interrupt", code: type, pc: before });
      }
      if (error) this.crash(`CPU ${adapter.id} can take no interruption: its prefix area is not in storage.`);
      else if (times > LOOP) {
        const where = `0x${core.pc.toString(16)}`;
        this.crash(`The guest loops in interruptions: each opens the CPU at ${where} for the next.`);
      } else if (adapter.vcpu.state === "operating") continue;
      return false;
    }
    return true;
  }

  /** An idle CPU was woken for what it is not open to: another idle one may be. */
  private passOn(from: VcpuAdapter): void {
    const { flic, adapters } = this.ports;
    for (const adapter of adapters) {
      if (adapter === from || !this.threads.of(adapter.vcpu).requests.waiting) continue;
      if (!flic.hasDeliverable(adapter)) continue;
      this.threads.kick(adapter.vcpu);
      return;
    }
  }

  private runLength(vcpu: Vcpu): number {
    const { time, adapters } = this.ports;
    const now = time.now();
    let limit = this.turns.left ?? RUN_MAX;
    const until = (at: bigint | undefined): void => {
      if (at !== undefined && at - now < BigInt(limit)) limit = Number(at > now ? at - now : 1n);
    };
    until(this.nextEvent());
    const wake = timerWakeTime(adapters[vcpu.id]!, time);
    // A timer that is due behind a closed mask is told by the pending flag when the mask opens.
    if (wake !== undefined && (wake > now || isOpenToTimers(vcpu))) until(wake);
    return Math.max(1, limit);
  }

  // ---- the end
  /** Nobody can run: the machine has ended, or it waits for its next event. */
  private idleOrEnd(): StepEnd | undefined {
    const { core, adapters, time } = this.ports;
    const operating = core.vcpus.filter((v) => v.state === "operating");
    const wakeable = operating.filter((v) => v.maskHigh & WAKEABLE);
    if (wakeable.length === 0) {
      this.ended ??= this.endOf(operating);
      return { kind: "ended", reason: this.ended };
    }
    if (operating.some((v) => this.threads.of(v).has("UNBLOCK"))) return undefined;
    let next = this.nextEvent();
    for (const v of wakeable) {
      const at = isOpenToTimers(v) ? timerWakeTime(adapters[v.id]!, time) : undefined;
      if (at !== undefined && (next === undefined || at < next)) next = at;
    }
    if (next !== undefined && next <= time.now()) return undefined;
    return { kind: "idle", untilNs: next };
  }
  private endOf(disabled: readonly Vcpu[]): StopReason {
    const { core } = this.ports;
    for (const vcpu of disabled) {
      core.switchTo(vcpu);
      if (core.pc === QUIESCED) this.ended ??= { kind: "powered-off" };
      else if (core.pc !== 0n) {
        this.crash(`The guest is in a disabled wait with code 0x${core.pc.toString(16)}.`);
      }
    }
    return this.ended ?? { kind: "all-stopped" };
  }
  private checkStopped(vcpu: Vcpu): void {
    this.ports.core.switchTo(vcpu);
    this.crash(`CPU ${vcpu.id} is in the check-stop state: its program new PSW is not valid.`);
  }
}

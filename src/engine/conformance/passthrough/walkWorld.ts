/**
 * One guest source, one device, one host and one guest, with everything that each of them may do next: the
 * world that `walk.ts` explores. Actions of one actor are atomic; a switch, a fault and an H_EOI are as many
 * actions as they have steps.
 */
import { assert } from "../../base/assert.ts";
import { ESB_SET_PQ, type EsbPage } from "../../devices/xive/esb.ts";
import { guestLoad, guestStore, userPageOf } from "../../devices/passthrough/guestAccess.ts";
import { faultOperation } from "../../devices/passthrough/fault.ts";
import { isMapped } from "../../devices/passthrough/guestSource.ts";
import { PHB_FIRST } from "../../devices/passthrough/hardware.ts";
import { setIrq } from "../../devices/passthrough/injection.ts";
import {
  addIrqfd, addProducer, deleteProducer, runHostHandler, type Irqfd,
} from "../../devices/passthrough/irqBypass.ts";
import { advance, nextStepOf, start } from "../../devices/passthrough/operation.ts";
import { Passthrough, type InterruptMode } from "../../devices/passthrough/passthrough.ts";
import { remapOperation } from "../../devices/passthrough/remap.ts";
import { configureSource, createSource } from "../../devices/passthrough/sourceCalls.ts";
import { loadPassthrough, savePassthrough, type PassthroughState } from "../../devices/passthrough/state.ts";
import type { StrategyName } from "../../devices/passthrough/strategy.ts";
import { eoiOperation, intOff, intOn, setXive } from "../../devices/passthrough/xicsCalls.ts";

const LISN = 0;
const HOST_IRQ = 45;
/** Native: priority 6 of server 0, EISN 1. */
const ROUTE = 0x2_0000_0006n;

export interface WalkOptions {
  readonly mode: InterruptMode;
  readonly strategy?: StrategyName;
  readonly defects?: ReadonlySet<string>;
  /** How often each may happen: events of the device, events by software, touches by another vCPU. */
  readonly events?: number;
  readonly injections?: number;
  readonly touches?: number;
  /** Whether a XICS guest masks and unmasks once. */
  readonly masks?: boolean;
  /** The device is taken away again. Default true. */
  readonly unmaps?: boolean;
}

/** What the guest's CPU is about to do with the interrupt that it has taken. */
type GuestPhase = "idle" | "eoi" | "resend" | "waits for H_EOI";

/** Beside passthrough itself: what is left to happen, and what is owed. */
export interface Script {
  events: number;
  injections: number;
  touches: number;
  /** 0 before int-off, 1 before int-on, 2 after. */
  masked: number;
  /** 0 before the device comes, 1 while it is there, 2 after it was taken away. */
  stage: number;
  /** The switch has ended and user space has yet to map anew. */
  follows: boolean;
  phase: GuestPhase;
  /** An event came after which no handler has run that could have seen it. */
  owed: boolean;
}

/**
 * What may happen next, in the state that it was asked for; it can be done again whenever that is loaded.
 * `isOutside`: nobody in the machine needs it to happen.
 */
export interface Action {
  readonly says: string;
  readonly isOutside: boolean;
  /** False if it has to wait; then nothing has changed. */
  act(): boolean;
}

export class WalkWorld {
  readonly p: Passthrough;
  script: Script;
  /** What went wrong in the last action, beside the invariants. */
  mishap = "";
  private readonly unmaps: boolean;

  constructor(options: WalkOptions) {
    const { mode, strategy, defects } = options;
    this.p = new Passthrough({
      mode, ipis: 1, phbSources: 1, ...strategy && { strategy }, ...defects && { defects },
    });
    const { p } = this;
    p.mapSources(1);
    createSource(p, LISN);
    p.host.add(HOST_IRQ, PHB_FIRST, 0);
    p.hardware.setPq(PHB_FIRST, 0);
    if (mode === "native") {
      configureSource(p, LISN, ROUTE);
      guestLoad(p, LISN, "management", ESB_SET_PQ(0));
    } else setXive(p, LISN, 0, 5);
    addIrqfd(p, LISN, HOST_IRQ);
    this.script = {
      events: options.events ?? 2, injections: options.injections ?? 1, touches: options.touches ?? 1,
      masked: options.masks ? 0 : 2, stage: 0, follows: false, phase: "idle", owed: false,
    };
    this.unmaps = options.unmaps ?? true;
  }
  save(): readonly [PassthroughState, Script] {
    return [savePassthrough(this.p), { ...this.script }];
  }
  load([state, script]: readonly [PassthroughState, Script]): void {
    assert(loadPassthrough(this.p, state).ok, "a state of this world can be loaded");
    this.script = { ...script };
    this.mishap = "";
  }

  actions(): Action[] {
    return [
      ...this.underWay(), ...this.ofGuest(), ...this.ofHost(), ...this.ofUserSpace(), ...this.outside(),
    ];
  }

  /** The next step of every call that has begun. */
  private underWay(): Action[] {
    return this.p.operations.map((operation, index) =>
      inside(`${operation.kind}: ${nextStepOf(this.p, operation)}`, () => {
        const outcome = advance(this.p, this.p.operations[index]!);
        if (outcome === "done") this.ended(operation.kind);
        return outcome !== "blocked";
      }));
  }

  private ended(kind: string): void {
    const { script, p } = this;
    const { overlay, region } = p.strategy;
    if (kind === "set-mapped" || kind === "clr-mapped") script.follows = overlay === "after-irqfd" || region;
    if (kind === "eoi") this.finishHandling();
  }

  private ofGuest(): Action[] {
    const actions = this.ofHandler();
    if (this.script.masked === 1)
      actions.push(inside("guest: int-on", () => this.masks(intOn(this.p, LISN))));
    return actions;
  }

  private ofHandler(): Action[] {
    const { p } = this;
    switch (this.script.phase) {
      case "idle":
        return p.queues.entries.length === 0 ? [] : [inside("guest: takes an entry", () => {
          p.queues.take();
          Object.assign(this.script, { owed: false, phase: "eoi" });
          return true;
        })];
      case "eoi":
        return [p.mode === "native"
          ? inside("guest: EOI, SET_PQ_00", () => this.nativeEoi())
          : inside("guest: H_EOI", () => {
            start(p, eoiOperation(LISN));
            this.script.phase = "waits for H_EOI";
            return true;
          })];
      case "resend":
        return [inside("guest: EOI, trigger again", () => this.reach("trigger", () => {
          guestStore(p, LISN, "trigger", 0);
          this.script.phase = "idle";
        }))];
      case "waits for H_EOI": return [];
    }
  }

  private nativeEoi(): boolean {
    return this.reach("management", () => {
      const old = guestLoad(this.p, LISN, "management", ESB_SET_PQ(0));
      this.finishHandling();
      if (old.kind === "value" && (old.value & 1n) === 1n) this.script.phase = "resend";
    });
  }

  private finishHandling(): void {
    const { queues } = this.p;
    queues.finish(queues.handling[0]!.data);
    this.script.phase = "idle";
  }

  /** Accesses a page, or begins the fault that it takes; false while one is under way. */
  private reach(page: EsbPage, access: () => void): boolean {
    const { p } = this;
    const userPage = userPageOf(p, LISN, page);
    if (userPage === undefined || !p.space.mappingAt(userPage)) {
      this.mishap = "the guest finds no memory at a page of its source";
      return true;
    }
    if (p.space.entries.has(userPage)) {
      access();
      return true;
    }
    if (p.operations.some((one) => one.kind === "fault" && one.userPage === userPage)) return false;
    start(p, faultOperation(userPage));
    return true;
  }

  private ofHost(): Action[] {
    const { p } = this;
    const handling = p.host.handling[0];
    if (handling !== undefined)
      return [inside("host: EOI", () => (p.host.endOfInterrupt(handling), true))];
    if (p.host.queue.length === 0) return [];
    return [inside("host: handler", () => {
      runHostHandler(p);
      if (p.irqfds.size === 0) this.script.owed = false;
      return true;
    })];
  }

  private ofUserSpace(): Action[] {
    if (!this.script.follows) return [];
    return [inside("user space: maps anew", () => {
      start(this.p, remapOperation(LISN, 1, isMapped(this.p.source(LISN)!)));
      this.script.follows = false;
      return true;
    })];
  }

  private outside(): Action[] {
    const { p, script } = this;
    const isSwitching = p.operations.some(({ kind }) => kind !== "fault" && kind !== "eoi") || script.follows;
    const possible: readonly (readonly [boolean, string, () => boolean])[] = [
      [script.events > 0, "device: event", () => {
        this.script.events--;
        this.script.owed = true;
        p.hardware.trigger(PHB_FIRST);
        return true;
      }],
      [script.injections > 0, "software: event", () => {
        this.script.injections--;
        if (setIrq(p, LISN, 1) === 0) this.script.owed = true;
        return true;
      }],
      [script.touches > 0 && p.mode === "native", "another vCPU: touches a page", () =>
        this.reach("trigger", () => {}) && this.script.touches-- > 0],
      [script.masked === 0, "guest: int-off", () => this.masks(intOff(p, LISN))],
      [script.stage === 0, "device comes", () => {
        this.script.stage = 1;
        addProducer(p, this.irqfd);
        return true;
      }],
      [script.stage === 1 && this.unmaps && !isSwitching, "device goes", () => {
        this.script.stage = 2;
        const { irqfd } = this;
        p.irqfds.delete(irqfd.id);
        deleteProducer(p, irqfd);
        return true;
      }],
    ];
    return possible.filter(([can]) => can).map(([, says, act]) => ({ says, isOutside: true, act }));
  }

  private get irqfd(): Irqfd {
    return [...this.p.irqfds.values()][0]!;
  }

  private masks(outcome: string): boolean {
    if (outcome === "blocked") return false;
    this.script.masked++;
    return true;
  }
}

const inside = (says: string, act: () => boolean): Action => ({ says, isOutside: false, act });

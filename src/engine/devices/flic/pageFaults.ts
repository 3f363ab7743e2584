/**
 * Asynchronous page faults: the host tells a CPU that a page is on its way (PFAULT_INIT, local) and, once,
 * that it has come (PFAULT_DONE, floating), both with the guest's token.
 *
 * Invariant: every INIT is followed by one DONE, also when faults are switched off in between.
 */
import { interruptType } from "../../uapi/s390Interrupt.ts";
import type { FloatingInterrupt } from "./pending.ts";
import type { LocalInterrupt } from "./local.ts";

/** Faults one CPU may have under way. */
export const PAGE_FAULTS_PER_CPU = 64;

/** One that was announced and has not come yet. */
export interface PageFaultUnderWay {
  readonly cpu: number;
  readonly token: bigint;
}

export interface PageFaultPort {
  enqueue(interrupt: FloatingInterrupt): number;
  injectLocal(cpu: number, interrupt: LocalInterrupt): number;
}

export class PageFaults {
  /** Off until user space enables it. */
  enabled = false;
  private underWay: PageFaultUnderWay[] = [];
  private readonly port: PageFaultPort;

  constructor(port: PageFaultPort) {
    this.port = port;
  }

  /**
   * Starts one fault; false if faults are off or the CPU has too many under way (the host then waits itself).
   */
  start(cpu: number, token: bigint): boolean {
    const own = this.underWay.filter((fault) => fault.cpu === cpu).length;
    if (!this.enabled || own >= PAGE_FAULTS_PER_CPU) return false;
    this.underWay.push({ cpu, token });
    this.port.injectLocal(cpu, { type: interruptType.INT_PFAULT_INIT, params: 0, pad: 0, params2: token });
    return true;
  }

  /** The page has come. */
  finish(cpu: number, token: bigint): void {
    const index = this.underWay.findIndex((fault) => fault.cpu === cpu && fault.token === token);
    if (index < 0) return;
    this.underWay.splice(index, 1);
    this.done(token);
  }

  /** No new faults; those under way are completed before this returns. */
  disableAndWait(): void {
    this.enabled = false;
    const waiting = this.underWay;
    this.underWay = [];
    for (const { token } of waiting) this.done(token);
  }

  list(): readonly PageFaultUnderWay[] {
    return [...this.underWay];
  }

  restore(enabled: boolean, faults: readonly PageFaultUnderWay[]): void {
    this.enabled = enabled;
    this.underWay = [...faults];
  }

  private done(token: bigint): void {
    this.port.enqueue({
      kind: "ext", type: interruptType.INT_PFAULT_DONE, params: 0, pad: 0, params2: token,
    });
  }
}

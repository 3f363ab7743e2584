/**
 * The directed privileged doorbell of one vCPU, as KVM holds it for a guest whose message is sent by the host
 * (Power ISA, Directed Privileged Doorbell Exception State; when a request becomes state is told by Linux
 * ff42df49e75f).
 *
 * Invariant: for the guest and for whoever reads the register, a doorbell requested is a doorbell pending.
 */
import type { XiveDefects } from "../xive/defects.ts";

/** What a doorbell leaves in a snapshot; a move by registers has only DPDES. */
export interface DoorbellSnapshot {
  readonly isRequested: boolean;
  readonly isPending: boolean;
}

export class Doorbell {
  /** Asked for by another vCPU, not in the register yet: that is loaded when the vCPU enters its guest. */
  private isRequested = false;
  private isPending = false;
  private readonly forgetsRequest: boolean;

  constructor(defects: XiveDefects) {
    this.forgetsRequest = defects.has("power.dpdes.skipRequest");
  }

  /** Another vCPU of the core sends a message. */
  ring(): void {
    this.isRequested = true;
  }
  /** The vCPU is about to enter: true if its guest finds a doorbell exception pending. */
  enter(): boolean {
    if (this.isRequested) this.isPending = true;
    this.isRequested = false;
    return this.isPending;
  }
  /** The guest takes the interruption, which ends the exception. */
  take(): void {
    this.isPending = false;
  }

  /** DPDES of a core of one thread: bit 63 is the exception. Reading changes nothing. */
  get dpdes(): bigint {
    return this.isPending || (this.isRequested && !this.forgetsRequest) ? 1n : 0n;
  }
  set dpdes(value: bigint) {
    this.isPending = (value & 1n) === 1n;
  }
  save(): DoorbellSnapshot {
    return { isRequested: this.isRequested, isPending: this.isPending };
  }
  load({ isRequested, isPending }: DoorbellSnapshot): void {
    Object.assign(this, { isRequested, isPending });
  }
}

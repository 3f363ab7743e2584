/**
 * The interrupt context of one hardware thread: four rings of 16 bytes, and the rules that raise the CPU's
 * lines. Priority 0 is the most favoured; IPB bit 0x80 is priority 0. PIPR is the most favoured pending
 * priority, CPPR the thread's own: a thread is interrupted while PIPR is below CPPR.
 */
import { xiveStep, type XiveObserver } from "./observer.ts";

/** Ring offsets. */
export const RING_USER = 0x00;
export const RING_OS = 0x10;
export const RING_POOL = 0x20;
export const RING_PHYS = 0x30;
export type Ring = typeof RING_USER | typeof RING_OS | typeof RING_POOL | typeof RING_PHYS;
export const RINGS_SIZE = 0x40;

/** Offsets in a ring; word 2 holds the valid bit and the CAM line or logical server. */
export const NSR = 0;
export const CPPR = 1;
export const IPB = 2;
export const LSMFB = 3;
export const ACK_CNT = 4;
export const AGE = 6;
export const PIPR = 7;
export const WORD_2 = 8;

/** NSR of the OS ring: an exception is waiting. In the PHYS ring the same bit says "physical". */
export const NSR_EO = 0x80;
/** NSR of the PHYS ring: bits that say which kind of exception. */
const NSR_HE = 0xc0;
/** Bit 0 of word 2: VU, VO, VP or VT. */
export const CONTEXT_VALID = 0x80000000;
/** Bits 8-31 of word 2: NVT block and index. */
export const CAM_LINE = 0x00ffffff;

/** The IPB bit of a priority; none for one above 7. */
export const ipbBit = (priority: number): number => (priority > 7 ? 0 : 0x80 >> priority);
/** The most favoured priority in an IPB, or 0xff. */
export const pipr = (ipb: number): number => (ipb === 0 ? 0xff : Math.clz32(ipb) - 24);

export class ThreadContext {
  /** Number of the thread (PIR & 0x7f in the hardware CAM line). */
  readonly thread: number;
  readonly registers = new Uint8Array(RINGS_SIZE);
  /** External interrupt lines to the guest and to the hypervisor. */
  osLine = false;
  hvLine = false;
  onStep: XiveObserver | undefined;
  /** A line went up or down. */
  onLine: ((line: "os" | "hv", isUp: boolean) => void) | undefined;

  constructor(thread: number) {
    this.thread = thread;
    this.reset();
  }

  reset(): void {
    this.registers.fill(0);
    for (const register of [LSMFB, ACK_CNT, AGE, PIPR]) this.registers[RING_OS + register] = 0xff;
    this.registers[RING_PHYS + PIPR] = 0xff;
    this.setLine(RING_OS, false);
    this.setLine(RING_PHYS, false);
    this.onStep?.(xiveStep("cleared", "reset", { target: this.thread }));
  }

  get(ring: Ring, register: number): number {
    return this.registers[ring + register]!;
  }

  word2(ring: Ring): number {
    return this.view().getUint32(ring + WORD_2);
  }

  setWord2(ring: Ring, value: number): void {
    this.view().setUint32(ring + WORD_2, value);
  }

  /** A value above 7 becomes 0xff. A line that is up stays up, even if CPPR now is more favoured. */
  setCppr(ring: Ring, value: number): void {
    this.registers[ring + CPPR] = value > 7 ? 0xff : value;
    this.present(ring);
  }

  /** Makes priorities pending. With no bits it still recomputes PIPR and looks whether to interrupt. */
  addPending(ring: Ring, bits: number): void {
    const ipb = this.get(ring, IPB) | bits;
    this.registers[ring + IPB] = ipb;
    this.registers[ring + PIPR] = pipr(ipb);
    this.present(ring);
  }

  /** Software makes a priority of the OS ring pending; one above 7 only looks whether to interrupt. */
  setPending(priority: number): void {
    const bit = ipbBit(priority);
    if (bit !== 0 && this.onStep) {
      const isPending = (this.get(RING_OS, IPB) & bit) !== 0;
      const known = { target: this.thread, priority, value: RING_OS };
      this.onStep(xiveStep("raised", "IPB", {}));
      this.onStep(xiveStep(isPending ? "coalesced" : "pending", "IPB", known));
    }
    this.addPending(RING_OS, bit);
  }

  /**
   * Acknowledge cycle: lowers the line and, if an exception was waiting, takes the priority in PIPR as the
   * new CPPR. Returns the old NSR in bits 15:8 and CPPR in bits 7:0.
   */
  acknowledge(ring: typeof RING_OS | typeof RING_PHYS): number {
    this.setLine(ring, false);
    const nsr = this.get(ring, NSR);
    const waiting = ring === RING_OS ? NSR_EO : NSR_HE;
    if (nsr & waiting) {
      const priority = this.get(ring, PIPR);
      this.registers[ring + CPPR] = priority;
      this.registers[ring + IPB]! &= ~ipbBit(priority);
      this.registers[ring + PIPR] = pipr(this.get(ring, IPB));
      this.registers[ring + NSR]! &= ~waiting;
      this.onStep?.(xiveStep("accepted", "NSR", { target: this.thread, priority, value: ring }));
    }
    return (nsr << 8) | this.get(ring, CPPR);
  }

  setLine(ring: Ring, isUp: boolean): void {
    const line = ring === RING_PHYS ? "hv" : "os";
    const wasUp = line === "hv" ? this.hvLine : this.osLine;
    if (line === "hv") this.hvLine = isUp;
    else this.osLine = isUp;
    if (wasUp !== isUp) this.onLine?.(line, isUp);
  }

  /** Rings without a CPPR never interrupt: theirs reads 0. */
  private present(ring: Ring): void {
    const priority = this.get(ring, PIPR);
    if (priority >= this.get(ring, CPPR)) return;
    const wasWaiting = (this.get(ring, NSR) & NSR_EO) !== 0;
    this.registers[ring + NSR]! |= NSR_EO;
    this.setLine(ring, true);
    if (wasWaiting) return;
    this.onStep?.(xiveStep("presented", "CPPR", { target: this.thread, priority, value: ring }));
  }

  private view(): DataView {
    return new DataView(this.registers.buffer);
  }
}

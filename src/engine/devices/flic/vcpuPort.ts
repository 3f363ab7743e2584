/**
 * What the controller needs from one CPU. The CPU engine implements it; PSW and control-register bits are
 * numbered from the left (Principles of Operation, chapter 4).
 */
import type { Errno } from "../../api/errno.ts";
import type { Result } from "../../base/result.ts";
import type { DeliveredInterrupt } from "./deliver.ts";

export interface VcpuPort {
  /** CPU address, 0 to 254. */
  readonly id: number;
  /** Bits 0-31 of the PSW as an unsigned number: I/O mask is bit 6, external bit 7, machine check bit 13. */
  pswMaskHigh(): number;
  /** Bits 32-63 of control register `n` (0 and 6 are asked for) as an unsigned number. */
  crLow(n: number): number;
  /** All of control register `n`; asked only for CR14 while a machine check is pending. */
  cr(n: number): bigint;
  /**
   * Clock comparator condition alone: comparator < clock, signed if CR0 bit 10 is one. Masks are not its
   * matter.
   */
  clockComparatorPending(): boolean;
  /** CPU timer condition alone: bit 0 of the CPU timer is one. */
  cpuTimerPending(): boolean;
  /** True while a debugger single-steps the CPU: no clock-comparator interruption then. */
  singleStepping(): boolean;
  stopped(): boolean;
  /** Absolute address of the prefix area, a multiple of 8192. */
  prefix(): number;
  setPrefix(address: number): void;
  /**
   * Stores the current PSW at lowcore offset `oldPsw` and loads the one at `newPsw` (both relative to the
   * prefix). An invalid new PSW is the CPU's own matter. EFAULT if the prefix area is not in storage.
   */
  swapPsw(oldPsw: number, newPsw: number): Result<void, Errno>;
  /** Length in bytes (0, 2, 4 or 6) of the instruction that was intercepted last. */
  interceptedInstructionLength(): number;
  /** Moves the PSW back by `length` bytes, for a nullified instruction. */
  rewindPsw(length: number): void;
  /** Breaking-event address, stored with a program interruption. */
  breakingEventAddress(): bigint;
  /**
   * Stores the register-save areas of a machine check (lowcore 0x1200 and up, all but the 16 bytes at 0x1300)
   * and the extended save area as far as one is usable.
   */
  saveForMachineCheck(): { readonly vectorSaved: boolean; readonly guardedStorageSaved: boolean };
  /** SIGP store-status for a CPU that is already stopped; 0 or an errno. */
  storeStatus(): number;
  /** Stores at a logical address of the program that runs (TPI operand); false on an access exception. */
  storeLogical(address: bigint, bytes: Uint8Array): boolean;
  /**
   * Protected guests only: true while the ultravisor still has an interruption to present (iictl is not 0).
   */
  injectionBusy?(): boolean;
  /** Protected guests only: hands the interruption to the ultravisor in place of lowcore stores. */
  injectProtected?(interrupt: DeliveredInterrupt): void;
}

/** What a measurement asks of a guest, whichever virtual machine it runs in. */
import type { MachineConfig, MachineStats } from "../../engine/api/machine.ts";
import type { ConsoleLines } from "./consoleLines.ts";

/** `ours`: the engine in its worker; `qemu`: QEMU's own process. */
export type Side = "ours" | "qemu";

/** The same for both sides. */
export type GuestImages = Pick<MachineConfig, "kernel" | "commandLine" | "memoryBytes"> & {
  readonly initrd: Uint8Array;
};

export interface MeasuredGuest {
  readonly lines: ConsoleLines;
  /** When the virtual machine was asked to start, in milliseconds of the host's monotonic clock. */
  readonly startedAtMs: number;
  /** Types on the guest's console. */
  type(text: string): void;
  /** Keeps the guest from using the host's processors while another is measured; `thaw` ends that. */
  freeze(): Promise<void>;
  thaw(): void;
  /** The engine's own figures as of now, where it has any. */
  figures(): Promise<MachineStats | undefined>;
  /**
   * Processor time of all threads since the start, in milliseconds; undefined where the host does not say.
   */
  processorMs(): number | undefined;
  /** What the virtual machine holds of the host's memory, in bytes; undefined where the host does not say. */
  residentBytes(): number | undefined;
  /** Ends the guest and everything it holds. */
  close(): Promise<void>;
}

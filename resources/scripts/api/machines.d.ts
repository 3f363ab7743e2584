import type { SnapshotInfo } from "./snapshots.d.ts";
import type { BytesLike, Fields, LedgerLine, Reply, S390Irq, U64, Why } from "./values.d.ts";

/** A guest of this workbench. */
export interface GuestInfo {
  readonly id: string;
  readonly title: string;
  /** Everything that a start needs is on this machine. */
  readonly ready: boolean;
  readonly memoryBytes: number;
  readonly cpus: number;
}
/** "starting", "running", "paused", "stopped" or "crashed". */
export type MachinePhase = "starting" | "running" | "paused" | "stopped" | "crashed";
export interface MachineInfo {
  readonly id: string;
  readonly title: string;
  readonly phase: MachinePhase;
  readonly memoryBytes: number;
  readonly cpus: number;
  /** Instructions executed by all CPUs; undefined before the first figures. */
  readonly instructions?: number;
  /** Guest time since the start. */
  readonly virtualSeconds?: number;
  /** Why it is no longer running. */
  readonly reason?: string;
}

/** The machines of the workbench: the ones in the window where the script runs in it, its own on a terminal. */
export interface Machines {
  /** Grant `read`. */
  guests(): Promise<GuestInfo[]>;
  /** Machines that were started. Grant `read`. */
  list(): Promise<MachineInfo[]>;
  /** A machine that was started; rejected where there is none. Grant `read`. */
  get(id: string): Promise<Machine>;
  /** Starts a guest and waits until it runs. Grant `drive`. */
  start(guest: string): Promise<Machine>;
  /** Waits so many milliseconds of wall time. */
  sleep(milliseconds: number): Promise<void>;
}

export interface MemoryPlace {
  /** "absolute" (default), "real", or "virtual" by the CPU's PSW and control registers. */
  readonly space?: "absolute" | "real" | "virtual";
  /** Default 0. */
  readonly cpu?: number;
}

export interface Machine {
  readonly id: string;
  /** Grant `read`. */
  info(): Promise<MachineInfo>;
  /** Each waits until it is so. Grant `drive`. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  reset(): Promise<void>;
  powerOff(): Promise<void>;
  /** Saves it with a note of at most 1000 characters on one line; it runs on meanwhile. At most 100 in one run. Grant `snapshot`. */
  snapshot(note?: string): Promise<SnapshotInfo>;
  /** Waits for a phase, or for the machine to be off. Grant `read`. */
  waitForPhase(phase: MachinePhase): Promise<MachineInfo>;
  /** One instruction of a CPU (default 0); the machine must be paused. Grant `drive`. */
  step(cpu?: number): Promise<void>;
  /** Runs until a CPU is about to execute there, and waits for that. Grant `drive`. */
  runTo(address: U64): Promise<void>;
  /** Registers of a CPU by name: pswMask, pswAddress, r0–r15, c0–c15, a0–a15, v0–v31, fpc, prefix, cpuTimer, clockComparator, tod. Grant `read`. */
  registers(cpu?: number): Promise<Readonly<Record<string, bigint>>>;
  /** The machine must be paused. Grant `drive`. */
  setRegister(name: string, value: U64, cpu?: number): Promise<void>;
  /** Up to 64 KiB. Grant `read`. */
  readMemory(address: U64, length: number, place?: MemoryPlace): Promise<Uint8Array>;
  /** Up to 4 KiB; the machine must be paused. Grant `drive`. */
  writeMemory(address: U64, bytes: BytesLike, place?: MemoryPlace): Promise<void>;
  /** Instructions from a virtual address on. Grant `read`. */
  disassemble(address: U64, count: number, cpu?: number): Promise<{ readonly address: bigint; readonly source: string }[]>;
  /** Types on the console. Grant `drive`. */
  write(text: string): Promise<void>;
  /** Waits until the console has printed the text behind what was waited for before; the line that holds it, as far as it is printed. Grant `read`. */
  waitFor(text: string, seconds?: number): Promise<string>;
  /** What the console still keeps. Grant `read`. */
  consoleText(): Promise<string>;
  /** The interrupt controller as it is now: modes per ISC, adapters, what is pending. Grant `read`. */
  flic(): Promise<FlicInfo>;
  /** The newest lines of the interrupt ledger, oldest first, at most `count` (default 100, up to 1000). Grant `read`. */
  ledger(count?: number): Promise<LedgerLine[]>;
  /** What became of an interrupt, and why it was not delivered; undefined for one that is not known. Grant `read`. */
  why(id: number): Promise<Why | undefined>;
  /** KVM_SET_DEVICE_ATTR on the controller, by group name or number. Grant `inject`. */
  setFlicAttr(group: string | number, value?: BytesLike | Fields | readonly S390Irq[], attr?: U64): Promise<Reply>;
}

export interface FlicInfo {
  readonly instructions: number;
  readonly profile: string;
  readonly suppression: boolean;
  readonly iscs: readonly { readonly isc: number; readonly mode: "all" | "single" | "closed"; readonly listed: number; readonly gisa: boolean }[];
  readonly adapters: readonly { readonly id: number; readonly isc: number; readonly masked: boolean; readonly suppressible: boolean }[];
  readonly pendingCount: number;
  /** `fields`: as the structure calls them, values in hexadecimal digits. */
  readonly pending: readonly { readonly id: number; readonly place: string; readonly type: number; readonly fields: readonly { readonly name: string; readonly value: string }[] }[];
}

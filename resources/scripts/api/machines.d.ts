import type { FlicInfo, VcpuLane } from "./inspector.d.ts";
import type { AttrGroup, AttrValue } from "./s390.d.ts";
import type { SnapshotInfo } from "./snapshots.d.ts";
import type { BytesLike, BytesReply, LedgerLine, Reply, U64, Why } from "./values.d.ts";

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
  /** Where and why it stopped by itself, of one that is paused. */
  readonly halt?: Halt;
  /** Where it is to stop, whoever said so. */
  readonly breakpoints: readonly bigint[];
  readonly watchpoints: readonly Watchpoint[];
  /** Of one that stands in the past of the machine `of`; `difference` says that the run was another there. */
  readonly past?: { readonly of: string; readonly instructions: number; readonly difference?: string };
}

/** Stops behind the instruction that touched storage, or changed a register; a change is a write that leaves other bytes than before. */
export type Watchpoint =
  | {
      readonly kind: "storage";
      readonly address: U64;
      /** Bytes, 1 to 4096. */
      readonly length: number;
      readonly on: "change" | "write" | "read" | "access";
      /** "absolute" is the default; a real or virtual address is that of `cpu` (default 0). */
      readonly space?: "absolute" | "real" | "virtual";
      readonly cpu?: number;
    }
  /** r0–r15, c0–c15, a0–a15, v0–v31, fpc or prefix; the CPU goes instruction by instruction meanwhile. */
  | { readonly kind: "register"; readonly register: string; readonly cpu?: number };

/** Why a machine that ran is paused. */
export interface Halt {
  readonly why: "breakpoint" | "step" | "run-to" | "watchpoint";
  readonly cpu: number;
  /** Virtual address of the instruction that is next. */
  readonly address: bigint;
  /** What touched a watchpoint: a CPU's instruction, or a device without one. Values of up to 16 bytes. */
  readonly hit?: {
    readonly watchpoint: Watchpoint;
    readonly event: "read" | "written" | "changed";
    readonly by: string;
    readonly instruction?: bigint;
    readonly before?: bigint;
    readonly after?: bigint;
  };
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
  /** As `step`, but a call is one step; waits until it has returned. Grant `drive`. */
  stepOver(cpu?: number): Promise<Halt | undefined>;
  /**
   * The machine as it was elsewhere in its run: at an instruction number, one instruction "back", at the
   * breakpoint or watchpoint met last ("stop"), or behind the last writer of what a watchpoint names. The answer
   * stands there; it is stepped, run on and sent elsewhere likewise, and nothing can be changed in it. There is
   * one of each machine; power it off to let it go. Grant `drive`.
   */
  stateAt(place: number | "back" | "stop" | Watchpoint): Promise<Machine>;
  /** All breakpoints, by virtual address of an instruction, in place of those before, those of the window too: at most 256. Grant `drive`. */
  setBreakpoints(addresses: readonly U64[]): Promise<void>;
  /** All watchpoints, likewise: at most 32. Grant `drive`. */
  setWatchpoints(watchpoints: readonly Watchpoint[]): Promise<void>;
  /** Waits until the machine is paused, and says where; undefined where a person or a script paused it. Rejected after so many seconds (default 60). Grant `read`. */
  waitForStop(seconds?: number): Promise<Halt | undefined>;
  /** Registers of a CPU by name: pswMask, pswAddress, r0–r15, c0–c15, a0–a15, v0–v31, fpc, prefix, cpuTimer, clockComparator, tod. Grant `read`. */
  registers(cpu?: number): Promise<Readonly<Record<string, bigint>>>;
  /** The machine must be paused. Grant `drive`. */
  setRegister(name: string, value: U64, cpu?: number): Promise<void>;
  /** Up to 64 KiB. Grant `read`. */
  readMemory(address: U64, length: number, place?: MemoryPlace): Promise<Uint8Array>;
  /** Up to 4 KiB; the machine must be paused. Grant `drive`. */
  writeMemory(address: U64, bytes: BytesLike, place?: MemoryPlace): Promise<void>;
  /** The first place at or behind `address` that holds up to 256 bytes; undefined where 32 MiB from there do not. Grant `read`. */
  findMemory(address: U64, bytes: BytesLike, place?: MemoryPlace): Promise<bigint | undefined>;
  /** Instructions from a virtual address on. Grant `read`. */
  disassemble(address: U64, count: number, cpu?: number): Promise<{ readonly address: bigint; readonly source: string }[]>;
  /** Types on the console. Grant `drive`. */
  write(text: string): Promise<void>;
  /** Waits until the console has printed the text behind what was waited for before; the line that holds it, as far as it is printed. Grant `read`. */
  waitFor(text: string, seconds?: number): Promise<string>;
  /** What the console still keeps. Grant `read`. */
  consoleText(): Promise<string>;
  /** The threads of all vCPUs as KVM has them: mode, requests, kicks. Grant `read`. */
  lanes(): Promise<readonly VcpuLane[]>;
  /** The interrupt controller as it is now: modes per ISC, adapters and their routes, what is pending, GISA. Grant `read`. */
  flic(): Promise<FlicInfo>;
  /** The newest lines of the interrupt ledger, oldest first, at most `count` (default 100, up to 1000). Grant `read`. */
  ledger(count?: number): Promise<LedgerLine[]>;
  /** What became of an interrupt, and why it was not delivered; undefined for one that is not known. Grant `read`. */
  why(id: number): Promise<Why | undefined>;
  /**
   * KVM_SET_DEVICE_ATTR on the controller, by group name or number: bytes, the fields of the group's structure,
   * or interrupts for ENQUEUE. The errno is an answer; a refused attribute changes nothing. Grant `inject`.
   */
  setFlicAttr(group: AttrGroup, value?: AttrValue, attr?: U64): Promise<Reply>;
  /**
   * KVM_GET_DEVICE_ATTR into a buffer of `length` bytes (default: the size of the group's structure; at most
   * 4096). GET_ALL_IRQS takes the GISA's pending bits out of the machine where the profile's kernel does, so
   * this needs the grant `inject`.
   */
  getFlicAttr(group: AttrGroup, options?: { readonly attr?: U64; readonly length?: number }): Promise<BytesReply>;
}

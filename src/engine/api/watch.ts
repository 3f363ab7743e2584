/**
 * Watchpoints: the machine stops behind the instruction that touched watched storage, or changed a watched
 * register. Plain data; a machine keeps a list of them, which is replaced as a whole.
 */
import { registerDigits, type AddressSpace, type Hex } from "./debug.ts";

/** What of storage is asked about; a change is a write that leaves other bytes than before. */
export const storageEvents = ["change", "write", "read", "access"] as const;
export type StorageEvent = (typeof storageEvents)[number];

export interface StorageWatch {
  readonly kind: "storage";
  /** Whose prefix and tables say where real and virtual addresses lie; accesses of every CPU count. */
  readonly cpu: number;
  readonly space: AddressSpace;
  readonly address: Hex;
  /** In bytes; the range does not wrap. */
  readonly length: number;
  readonly on: StorageEvent;
}
/** While it is there its CPU executes instruction by instruction. */
export interface RegisterWatch {
  readonly kind: "register";
  readonly cpu: number;
  readonly register: string;
}
export type Watchpoint = StorageWatch | RegisterWatch;

/** What stopped the machine. */
export interface WatchHit {
  readonly watchpoint: Watchpoint;
  readonly event: "read" | "written" | "changed";
  /** "cpu", or the device or unit that stored without an instruction of its own. */
  readonly by: string;
  /** Address of the instruction that did it. */
  readonly instruction?: Hex;
  /** The value, in hex digits, of up to 16 bytes; only where it was another before. */
  readonly before?: Hex;
  readonly after?: Hex;
}

/** PSW and clocks are no registers that an instruction sets by name. */
const unwatched: ReadonlySet<string> = new Set([
  "pswMask", "pswAddress", "cpuTimer", "clockComparator", "tod", "todProgrammable",
]);
export const isWatchable = (register: string): boolean =>
  Object.hasOwn(registerDigits, register) && !unwatched.has(register);

export const watchLimits = { watchpointsMax: 32, lengthMax: 4096, shownBytes: 16 } as const;

export const sameWatch = (a: Watchpoint, b: Watchpoint): boolean => keyOf(a) === keyOf(b);
const keyOf = (watch: Watchpoint): string =>
  watch.kind === "register"
    ? `${watch.cpu} ${watch.register}`
    : `${watch.cpu} ${watch.space} ${watch.address} ${watch.length} ${watch.on}`;

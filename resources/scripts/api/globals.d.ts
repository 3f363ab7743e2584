import type { KvmFactory } from "./kvm.d.ts";
import type { Machines } from "./machines.d.ts";
import type { Snapshots } from "./snapshots.d.ts";
import type { Codecs } from "./values.d.ts";

/** Device-only machines: KVM's user-space API without a guest. Needs no grant. */
export declare const kvm: KvmFactory;
/** The structures of KVM's API. Needs no grant. */
export declare const codecs: Codecs;
/** The workbench's machines. */
export declare const machines: Machines;
/** What was saved of them. */
export declare const snapshots: Snapshots;
/** errno values by name, negative: errno.EINVAL is -22. */
export declare const errno: Readonly<Record<string, number>>;
/** Prints lines of the run's output; `warn` and `error` go to the other stream. At most 4 MiB in all. */
export declare const console: {
  log(...values: unknown[]): void;
  info(...values: unknown[]): void;
  debug(...values: unknown[]): void;
  warn(...values: unknown[]): void;
  error(...values: unknown[]): void;
};
/** Ends the script with this sentence unless the condition holds. */
export declare function assert(condition: unknown, sentence?: string): asserts condition;

/**
 * What a pseries machine asks of a XIVE device in the kernel, one call per device attribute. Results are 0 or
 * a negative errno. Without a kernel the machine's own controller does the work.
 */
import type { Result } from "../../base/result.ts";
import type { EsbPage } from "./esb.ts";

/** One event queue as struct kvm_ppc_xive_eq has it. */
export interface QueueConfig {
  /** 1: notify always. */
  readonly flags: number;
  /** log2 of the bytes; 0 is no queue. */
  readonly qshift: number;
  /** Guest address. */
  readonly qaddr: bigint;
  /** Generation of the next entry. */
  readonly qtoggle: number;
  readonly qindex: number;
}

export interface SourceRoute {
  readonly server: number;
  /** 0 to 7. */
  readonly priority: number;
  readonly isMasked: boolean;
  /** 31 bits. */
  readonly eisn: number;
}

export interface XiveKernel {
  createSource(lisn: number, isLsi: boolean, isAsserted: boolean): number;
  configureSource(lisn: number, route: SourceRoute): number;
  syncSource(lisn: number): number;
  configureQueue(server: number, priority: number, queue: QueueConfig): number;
  /** A queue that was never configured leaves `fallback` as it is. */
  queueState(server: number, priority: number, fallback: QueueConfig): Result<QueueConfig, number>;
  syncQueues(): number;
  reset(): number;
  /** The OS ring's first eight bytes, the first in the most significant place. */
  threadState(server: number): Result<bigint, number>;
  setThreadState(server: number, state: bigint): number;
  /** The source's pages, mapped into the monitor. Undefined or false is a failed access. */
  loadEsb(lisn: number, page: EsbPage, offset: number): number | undefined;
  storeEsb(lisn: number, page: EsbPage, offset: number): boolean;
}

import type { S390Options, S390Vm } from "./s390.d.ts";
import type { BytesLike, Reply, U64 } from "./values.d.ts";

export interface ApOptions extends S390Options {
  /** Default "linux-6.1": what its driver does wrong is derived from source. "none" is a driver without that. */
  readonly driver?: "linux-6.1" | "none";
  /** Nanoseconds that the mock takes for a request. Default 100000. */
  readonly serviceNs?: U64;
  /** Messages a queue of the mock holds, 1 to 16. Default 8. */
  readonly depth?: number;
}
export type AssignmentAttribute =
  | "assign_adapter" | "assign_domain" | "assign_control_domain"
  | "unassign_adapter" | "unassign_domain" | "unassign_control_domain";

/** What became of a PQAP. Registers are general registers 0 to 2 after it. */
export interface PqapReply {
  /** "done"; "userspace" with the errno; "program" with the interruption code. */
  readonly kind: "done" | "userspace" | "program";
  readonly errno?: number;
  readonly code?: number;
  readonly conditionCode: number;
  readonly registers: readonly [bigint, bigint, bigint];
  /** Response code, bits 40-47 of register 1. */
  readonly response: number;
}

/** A VM of s390 with a host's vfio-ap driver beside it and adapters of a mock. A queue's number (APQN) is adapter * 256 + domain. */
export interface ApVm extends S390Vm {
  /** A queue appears in the mock, or an adapter leaves with all its queues. */
  plugQueue(apqn: number): void;
  unplugAdapter(adapter: number): void;
  setCondition(adapter: number, condition: "operating" | "deconfigured" | "checkstopped"): void;
  /** So many further calls of the queue answer "busy". */
  makeBusy(apqn: number, calls: number): void;
  /** The driver takes a queue, or loses it. `type`: 10 (CEX4) to 14 (CEX8, default). */
  bindQueue(apqn: number, type?: number): Reply;
  unbindQueue(apqn: number): Reply;
  /** "unassigned", "assigned" or "in use"; undefined for one that is not bound. */
  queueStatus(apqn: number): string | undefined;
  /** A write to the bus's apmask or aqmask. */
  storePoolMask(attribute: "apmask" | "aqmask", text: string): Reply;
  createMatrix(name: string): Reply;
  removeMatrix(name: string): Reply;
  /** A write to an attribute of a matrix device: the text's length or an errno. */
  assign(name: string, attribute: AssignmentAttribute, text: string): Reply;
  /** What sysfs shows of it: all queues, those of the guest, control domains. */
  showMatrix(name: string): { readonly matrix: string; readonly guestMatrix: string; readonly controlDomains: string };
  /** open(2) of a matrix device for this VM, and close(2). */
  openMatrix(name: string): Reply;
  closeMatrix(name: string): void;
  /** VFIO_DEVICE_RESET: the last queue's error, or 0. */
  resetMatrix(name: string): Reply;
  /** The guest executes PQAP with these general registers 0, 1 and 2. */
  pqap(gr0: U64, gr1?: U64, gr2?: U64): PqapReply;
  /** NQAP and DQAP of the guest: the status word, and the reply. */
  enqueue(apqn: number, id: U64, message: BytesLike): number;
  dequeue(apqn: number, bytesMax: number): { readonly status: number; readonly id?: bigint; readonly message?: Uint8Array };
  /** Virtual time passes; what is due happens at its time. */
  passTime(nanoseconds: U64): void;
  /** What the kernel would have warned of in its log. */
  warnings(): { readonly warning: string; readonly apqn: number }[];
}

import type { S390Options, S390Vm } from "./s390.d.ts";
import type { BytesLike, Reply, U64 } from "./values.d.ts";

/** What the host's driver does wrong. Derived from source. */
export type ApQuirkName =
  | "statusInHighWord" | "enableErrorLeaks" | "giscFailureLeaksPin" | "busyResetGivesUp"
  | "resetReleasesUnverified" | "unmapIgnoresIndicators" | "closeWithoutVmKeepsAll" | "absentQueueLeaks"
  | "failedResetKeeps" | "oldAdaptersPass" | "hiddenQueueKeepsLink" | "removalOnlyFrees";

export interface ApOptions extends S390Options {
  /** Default "linux-6.1": what its driver does wrong is derived from source. "none" is a driver without that. */
  readonly driver?: "linux-6.1" | "none";
  /** Switched on or off, over what `driver` has. */
  readonly driverQuirks?: Partial<Record<ApQuirkName, boolean>>;
  /** Facilities of the CPU model among 15 (AP facilities test), 65 (AQIC) and 76 (decides the control block's format). Default all. */
  readonly facilities?: readonly number[];
  /** Default: AP instructions, addresses up to 255 (without `extendedAddressing` 63 and 15), all ids configured. */
  readonly host?: ApHost & { readonly hasAp?: boolean; readonly extendedAddressing?: boolean; readonly adapterMax?: number; readonly domainMax?: number };
  /** Nanoseconds that the mock takes for a request. Default 100000. */
  readonly serviceNs?: U64;
  /** Messages a queue of the mock holds, 1 to 16. Default 8. */
  readonly depth?: number;
}
/** Numbers in the host's configuration; those not given: all. */
export interface ApHost {
  readonly adapters?: readonly number[];
  readonly domains?: readonly number[];
  readonly controlDomains?: readonly number[];
}

/** A queue that is bound to the driver. */
export interface BoundQueue {
  /** Indicator address in the guest; absent: nothing is pinned. */
  readonly indicator?: bigint;
  /** Guest ISC; absent: none is registered. */
  readonly isc?: number;
  /** Response code of the latest reset; other than 0 hides the adapter at the next filtering. */
  readonly resetResponse: number;
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
  /** The queue's next answers to the host, call and status word, in place of the mock's; bits 8-15 of the word are the response code. */
  answer(apqn: number, answers: readonly (readonly [call: "tapq" | "rapq" | "zapq" | "aqic", status: number])[]): void;
  /** Calls of the hardware since the last time, such as "aqic 03000504 0000830012345905 000000007a000234". */
  takeHardwareCalls(): string[];
  /** The host's configuration changes; what comes is used when the bus has scanned it. */
  changeHost(host: ApHost): void;
  completeScan(): void;
  /** The driver takes a queue, or loses it. `type`: 10 (CEX4) to 14 (CEX8, default). */
  bindQueue(apqn: number, type?: number): Reply;
  unbindQueue(apqn: number): Reply;
  /** "unassigned", "assigned" or "in use"; undefined for one that is not bound. */
  queueStatus(apqn: number): string | undefined;
  /** undefined for one that is not bound. */
  boundQueue(apqn: number): BoundQueue | undefined;
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
  /** An ioctl of the open device's descriptor, such as 0x3b6b (VFIO_DEVICE_GET_INFO); `argument`: an address given to `placeUser`. */
  matrixIoctl(name: string, request: number, argument?: U64): Reply;
  /** VFIO_IOMMU_MAP_DMA and _UNMAP_DMA of guest memory, in pages of 4096; all of it is mapped at the start. Unmapping tells the bytes; "host-stopped": a pin stayed in it. */
  mapDma(mapping: { readonly address: U64; readonly size: U64; readonly read?: boolean; readonly write?: boolean }): Reply;
  unmapDma(address: U64, size: U64): bigint | "host-stopped";
  /** Pins by the exact address they were asked for. */
  pins(): { readonly address: bigint; readonly count: number }[];
  /** The crypto control block (CRYCB), 256 bytes, and how often its masks were written. */
  controlBlock(): { readonly format: 0 | 1 | 2; readonly bytes: Uint8Array; readonly updates: number };
  /** The guest's CPU that executes PQAP: problem state, whether its GISA is used (ECA.AIV), its condition code. At the start: supervisor state, yes, 0. */
  setGuestCpu(to: { readonly problemState?: boolean; readonly aiv?: boolean; readonly conditionCode?: number }): void;
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

/**
 * What a vector of the floating interrupt controller is made of: what is there, what is called, what comes
 * back, what is then there.
 *
 * Numbers written as strings are hexadecimal bytes. Unless given: linux-6.1, GISA, facility 72, one operating
 * CPU.
 */

/** Where a buffer is: given bytes, a zeroed buffer of a length, or an address nothing is at. */
export type Buffer = "bad" | { readonly bytes: string } | { readonly size: number };

export type FlicStep =
  | { readonly op: "has"; readonly group: number; readonly result: number }
  | {
    readonly op: "set" | "get"; readonly group: number; readonly attr?: bigint; readonly flags?: number;
    readonly buffer?: Buffer; readonly result: number; readonly out?: string;
  }
  | {
    readonly op: "createDevice"; readonly type: number; readonly flags: number; readonly result: number;
    readonly fd?: number;
  }
  | { readonly op: "close" }
  | { readonly op: "enableCap"; readonly cap: number; readonly result: number }
  | { readonly op: "createIrqchip"; readonly result: number }
  | {
    readonly op: "routes"; readonly nr?: number; readonly entries: readonly Route[]; readonly result: number;
  }
  | {
    readonly op: "irqfd"; readonly fd: number | string; readonly gsi: number; readonly flags: number;
    readonly result: number;
  }
  | { readonly op: "eventfd" | "regularFile"; readonly name: string }
  | { readonly op: "signal"; readonly gsi: number; readonly result: number }
  | { readonly op: "vmInterrupt"; readonly argument: string; readonly result: number }
  | { readonly op: "cpuInterrupt"; readonly argument: string; readonly result: number }
  | { readonly op: "cpuIrq"; readonly bytes: string; readonly result: number }
  | { readonly op: "setIrqState"; readonly length: number; readonly buffer: Buffer; readonly result: number }
  | { readonly op: "getIrqState"; readonly length: number; readonly result: number; readonly out?: string }
  | { readonly op: "fillIo"; readonly count: number }
  | { readonly op: "memory"; readonly address: number; readonly bytes: string }
  | { readonly op: "gisa"; readonly iam: number }
  | { readonly op: "roundRobin"; readonly next: number }
  | { readonly op: "cpu"; readonly id: number; readonly set: Cpu }
  /** `delivered`: type code and parameter of each; external service parameters are the stored ones. */
  | { readonly op: "deliver"; readonly delivered: readonly (readonly [type: number,
    parm: number])[] }
  | { readonly op: "tpi"; readonly address: bigint; readonly cc: number }
  | { readonly op: "check"; readonly is: Check };

export interface Route {
  readonly gsi: number;
  readonly type?: number;
  readonly flags?: number;
  readonly ind?: bigint;
  readonly indOffset?: bigint;
  readonly summary?: bigint;
  readonly summaryOffset?: number;
  readonly adapter?: number;
}

export interface Cpu {
  readonly stopped?: boolean;
  readonly idle?: boolean;
  /** Bits 0-31 of the PSW. */
  readonly psw?: number;
  readonly cr0?: bigint;
  readonly cr6?: bigint;
  readonly cr14?: bigint;
  /** Mask of all new PSWs; their addresses are 0x10000 + their offset. */
  readonly newPsws?: number;
}

export interface Check {
  readonly bits?: number;
  readonly localBits?: number;
  readonly localMcic?: bigint;
  readonly localCr14?: bigint;
  readonly ipm?: number;
  readonly iam?: number;
  readonly ais?: readonly [simm: number, nimm: number];
  /** Every ISC list that is not empty: id, number, parameter, word of each entry in order. */
  readonly lists?: Readonly<Record<number, readonly (readonly [number, number, number, number])[]>>;
  readonly counters?: { readonly io?: number; readonly virtio?: number; readonly pfault?: number };
  readonly service?: number;
  readonly mchk?: readonly [cr14: bigint, mcic: bigint];
  readonly cpustat?: Readonly<Record<number, number>>;
  readonly roundRobin?: number;
  readonly kicks?: readonly number[];
  readonly adapters?: readonly {
    readonly id: number; readonly isc: number; readonly suppressible: boolean;
  }[];
  readonly gsis?: readonly number[];
  readonly eventfdGsis?: readonly [name: string, gsis: readonly number[]];
  /** Address to expected bytes. */
  readonly memory?: Readonly<Record<number, string>>;
  readonly psw?: readonly [mask: bigint, address: bigint];
}

export interface FlicVector {
  readonly id: string;
  readonly title: string;
  readonly facility72?: boolean;
  readonly gisa?: boolean;
  readonly cpus?: number;
  readonly steps: readonly FlicStep[];
}

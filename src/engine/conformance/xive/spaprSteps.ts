/** What the vectors of a pseries machine's XIVE are made of, and words that they are written in. */

export type SpaprStep =
  /** R4 and on; `status` and the first outputs. */
  | {
    readonly op: "hcall"; readonly number: number; readonly args: readonly bigint[]; readonly status: number;
    readonly outputs?: readonly bigint[];
  }
  | { readonly op: "setIrq"; readonly lisn: number; readonly level: 0 | 1 }
  | { readonly op: "stop" }
  | { readonly op: "resume" }
  /** `pq`: what the source's page says now; `saved`: what the stopped machine remembers. */
  | { readonly op: "setPq"; readonly lisn: number; readonly pq: number; readonly saved?: number }
  | {
    readonly op: "check"; readonly lisn?: number; readonly pq?: number; readonly saved?: number;
    readonly asserted?: boolean; readonly eas?: bigint; readonly end?: number;
    readonly words?: readonly number[]; readonly triggers?: number;
  };

export interface SpaprVector {
  readonly id: string;
  readonly title: string;
  readonly kernel?: boolean;
  readonly steps: readonly SpaprStep[];
}

export const hcall = {
  GET_SOURCE_INFO: 0x3a8, SET_SOURCE_CONFIG: 0x3ac, GET_SOURCE_CONFIG: 0x3b0, GET_QUEUE_INFO: 0x3b4,
  SET_QUEUE_CONFIG: 0x3b8, GET_QUEUE_CONFIG: 0x3bc, SET_OS_REPORTING_LINE: 0x3c0,
  GET_OS_REPORTING_LINE: 0x3c4, ESB: 0x3c8, SYNC: 0x3cc, RESET: 0x3d0,
} as const;
export const ALL_ONES = 0xffff_ffff_ffff_ffffn;
export const END_AT_RESET = [0, 0x50000000, 0, 0, 0, 0, 0, 0];

export const call = (number: number, args: bigint[], status: number, outputs?: bigint[]): SpaprStep =>
  ({ op: "hcall", number, args, status, outputs });

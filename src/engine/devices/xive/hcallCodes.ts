/**
 * Hypervisor calls of the XIVE exploitation mode and their results (LoPAPR, chapter on interrupt services).
 */

export const H_SUCCESS = 0;
export const H_HARDWARE = -1;
export const H_FUNCTION = -2;
export const H_PARAMETER = -4;
export const H_P2 = -55;
export const H_P3 = -56;
export const H_P4 = -57;
export const H_P5 = -58;
/** For the monitor: this call was not handled here. */
export const H_TOO_HARD = 9999;

export const hcall = {
  H_EOI: 0x64,
  H_CPPR: 0x68,
  H_IPI: 0x6c,
  H_IPOLL: 0x70,
  H_XIRR: 0x74,
  H_XIRR_X: 0x2fc,
  H_INT_GET_SOURCE_INFO: 0x3a8,
  H_INT_SET_SOURCE_CONFIG: 0x3ac,
  H_INT_GET_SOURCE_CONFIG: 0x3b0,
  H_INT_GET_QUEUE_INFO: 0x3b4,
  H_INT_SET_QUEUE_CONFIG: 0x3b8,
  H_INT_GET_QUEUE_CONFIG: 0x3bc,
  H_INT_SET_OS_REPORTING_LINE: 0x3c0,
  H_INT_GET_OS_REPORTING_LINE: 0x3c4,
  H_INT_ESB: 0x3c8,
  H_INT_SYNC: 0x3cc,
  H_INT_RESET: 0x3d0,
} as const;

/** Flags of H_INT_GET_SOURCE_INFO's answer. */
export const SOURCE_STORE_EOI = 0x1;
export const SOURCE_TRIGGERS_ON_ONE_PAGE = 0x2;
export const SOURCE_LSI = 0x4;
export const SOURCE_NEEDS_H_INT_ESB = 0x8;
/** Flags of H_INT_SET_SOURCE_CONFIG. */
export const SOURCE_MASK = 0x1;
export const SOURCE_SET_EISN = 0x2;
/** Flag of H_INT_SET_QUEUE_CONFIG and its reader's answer. */
export const QUEUE_ALWAYS_NOTIFY = 0x1;
/** Flag of H_INT_GET_QUEUE_CONFIG: also generation and index. */
export const QUEUE_DEBUG = 0x1;
/** Generation in H_INT_GET_QUEUE_CONFIG's answer, counted from the least significant bit. */
export const QUEUE_GENERATION_SHIFT = 62n;
/** Flag of H_INT_ESB. */
export const ESB_STORE = 0x1;

/** `outputs` go to R4 and on; they are given only with H_SUCCESS. */
export interface HcallResult {
  readonly status: number;
  readonly outputs: readonly bigint[];
}
export const hcallDone = (...outputs: bigint[]): HcallResult => ({ status: H_SUCCESS, outputs });
export const hcallRefused = (status: number): HcallResult => ({ status, outputs: [] });

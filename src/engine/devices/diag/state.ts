/** What DIAGNOSE leaves in a snapshot: plain data. */
export const DIAGNOSE_STATE_VERSION = 1;

export interface DiagnoseState {
  version: number;
  /** CPU addresses whose page-fault handshake is established. */
  handshakes: number[];
  /** The IPL parameter block that the next re-IPL uses, or null. */
  iplBlock: number[] | null;
}

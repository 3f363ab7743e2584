/** What the SCLP leaves in a snapshot: plain data. */
export const SCLP_STATE_VERSION = 1;

export interface SclpState {
  version: number;
  /** Event types the guest receives: bit 0 (most significant of 64) is type 1. */
  receiveMask: bigint;
  /** Bytes of one mask in the last WRITE EVENT MASK. */
  maskLength: number;
  /** Console input not yet read by the guest. */
  vt220Input: number[];
  /** The line being typed, and complete operator commands, oldest first. */
  lineInput: number[];
  commands: number[][];
  quiescePending: boolean;
}

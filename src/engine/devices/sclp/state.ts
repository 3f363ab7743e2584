/** What the SCLP leaves in a snapshot. */
import { defineState, field } from "../../snapshot/schema.ts";
import { COMMAND_BYTES_MAX } from "./lineMode.ts";

/** Most bytes and lines of console input that wait to be read. */
export const VT220_INPUT_MAX = 0x1_0000;
export const COMMANDS_MAX = 256;
export const MASK_BYTES_MAX = 1021;

export interface SclpState {
  /** Event types the guest receives: bit 0 (most significant of 64) is type 1. */
  receiveMask: bigint;
  /** Bytes of one mask in the last WRITE EVENT MASK. */
  maskLength: number;
  /** Console input not yet read by the guest. */
  vt220Input: Uint8Array;
  /** The line being typed, and complete operator commands, oldest first. */
  lineInput: Uint8Array;
  commands: Uint8Array[];
  quiescePending: boolean;
}

const line = field.bytes(COMMAND_BYTES_MAX, 0);

export const sclpState = defineState<SclpState>({
  name: "s390.sclp",
  version: 1,
  fields: {
    receiveMask: field.u64(),
    maskLength: field.between(1, MASK_BYTES_MAX),
    vt220Input: field.bytes(VT220_INPUT_MAX, 0),
    lineInput: line,
    commands: field.list(line, { max: COMMANDS_MAX }),
    quiescePending: field.bool(),
  },
});

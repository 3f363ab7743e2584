/** What DIAGNOSE leaves in a snapshot. */
import { defineState, field } from "../../snapshot/schema.ts";
import { IPL_BLOCK_BYTES_MAX, isIplBlockValid } from "./iplBlock.ts";

/** CPU addresses are 16 bits; a machine has far fewer. */
const HANDSHAKES_MAX = 64;

export interface DiagnoseState {
  /** CPU addresses whose page-fault handshake is established, ascending. */
  handshakes: number[];
  /** The IPL parameter block that the next re-IPL uses, or null. */
  iplBlock: Uint8Array | null;
}

export const diagnoseState = defineState<DiagnoseState>({
  name: "s390.diagnose",
  version: 1,
  fields: {
    handshakes: field.list(field.u16(), { max: HANDSHAKES_MAX }),
    iplBlock: field.nullable(field.bytes(IPL_BLOCK_BYTES_MAX, 0)),
  },
  objection: ({ iplBlock }) =>
    iplBlock && !isIplBlockValid(iplBlock) ? "the IPL parameter block is none" : undefined,
});

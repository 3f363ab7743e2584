/**
 * The interruption-response block that TEST SUBCHANNEL stores: SCSW (bytes 0-11), extended-status word
 * (12-31), extended-control word (32-63). Principles of Operation, chapter 16.
 */
import {
  encodeScsw, IRB_BYTES, type Scsw, scswFlag, SENSE_BYTES, subchannelStatus,
} from "./channelLayouts.ts";

const LOGGED = subchannelStatus.dataCheck | subchannelStatus.controlCheck | subchannelStatus.interfaceCheck;
/** Extended-status word 0: last path used, and for logged errors that path is the failing one. */
const PATH_ONLY = 0x0080_0000;
const PATH_AND_LOGOUT = 0x0480_4000;
/** Extended-report word: concurrent sense, with its count in bits 10-15. */
const CONCURRENT_SENSE = 0x0100_0000 | (SENSE_BYTES << 16);

/** `status` is given while the subchannel is status-pending; `sense` in it where concurrent sense is due. */
export function encodeInterruptionResponse(
  current: Scsw, status?: { readonly sense?: Uint8Array }): Uint8Array {
  const irb = new Uint8Array(IRB_BYTES);
  const view = new DataView(irb.buffer);
  const scsw = { ...current };
  if (status) {
    const hasLogout = (scsw.subchannelStatus & LOGGED) !== 0;
    if (hasLogout) scsw.flags |= scswFlag.logout;
    view.setUint32(12, hasLogout ? PATH_AND_LOGOUT : PATH_ONLY);
  }
  if (status?.sense) {
    scsw.flags |= scswFlag.logout | scswFlag.extendedControl;
    view.setUint32(16, CONCURRENT_SENSE);
    irb.set(status.sense, 32);
  }
  encodeScsw(scsw, irb, 0);
  return irb;
}

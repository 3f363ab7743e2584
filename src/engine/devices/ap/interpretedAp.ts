/**
 * AP instructions that the machine interprets for a guest without telling anybody: the masks of its control
 * block are checked, then the queue itself is asked. What a machine does there is not written in the sources
 * of KVM; this follows the descriptions of the interface that Linux relies on.
 */
import { apResponse, apidOf, apqiOf, pqapFunction, responseOf, statusWord } from "../../uapi/ap.ts";
import type { ApHardware } from "../apPorts.ts";
import type { ApConfiguration } from "./apConfiguration.ts";
import type { Crycb } from "./crycb.ts";
import { hasId } from "./idMask.ts";
import type { ApCpu } from "./pqap.ts";

/** True if the guest may use the queue. */
export function isInMasks(crycb: Crycb, apqn: number): boolean {
  const { apm, aqm } = crycb.masks();
  return hasId(apm, apidOf(apqn)) && hasId(aqm, apqiOf(apqn));
}

/**
 * TAPQ, RAPQ or ZAPQ of a guest: status to general register 1, queue information to register 2 after TAPQ,
 * condition code 3 for any response code but 0. False for another function code.
 */
export function interpretPqap(cpu: ApCpu, crycb: Crycb, hardware: ApHardware): boolean {
  const gr0 = cpu.gr(0);
  const apqn = Number(gr0 & 0xffffn);
  const functionCode = Number(gr0 >> 24n) & 0xff;
  const { TAPQ, RAPQ, ZAPQ } = pqapFunction;
  if (functionCode !== TAPQ && functionCode !== RAPQ && functionCode !== ZAPQ) return false;
  let status = statusWord(apResponse.Q_NOT_AVAIL);
  if (isInMasks(crycb, apqn)) {
    if (functionCode === TAPQ) {
      const answer = hardware.tapq(apqn);
      status = answer.status;
      cpu.setGr(2, answer.info);
    } else status = functionCode === RAPQ ? hardware.rapq(apqn) : hardware.zapq(apqn);
  }
  cpu.setGr(1, BigInt(status));
  cpu.setConditionCode(responseOf(status) === apResponse.NORMAL ? 0 : 3);
  return true;
}

/** Bits of QCI's first byte: compatible modes S, extended addressing N, QACT C. */
const QCI_EXTENDED_ADDRESSING = 0x40;
const QCI_BYTES = 128;

/** QCI of a guest: the host's answer with the guest's own masks, 128 bytes. */
export function interpretQci({ apxa, adapterMax, domainMax }: ApConfiguration, crycb: Crycb): Uint8Array {
  const block = new Uint8Array(QCI_BYTES);
  const { apm, aqm, adm } = crycb.masks();
  block[0] = apxa && crycb.hasExtendedAddressing ? QCI_EXTENDED_ADDRESSING : 0;
  block[4] = adapterMax;
  block[5] = domainMax;
  block.set(apm, 16);
  block.set(aqm, 48);
  block.set(adm, 80);
  return block;
}

/**
 * The passthrough driver's answer to an intercepted AQIC (KVM's pqap hook). Whether the guest's matrix has
 * the queue is not asked: an assigned and bound queue that is hidden passes. Derived from source.
 */
import { errno } from "../../api/errno.ts";
import { apResponse, statusWord } from "../../uapi/ap.ts";
import { ok, refuse, type Result } from "../../base/result.ts";
import type { ApVm } from "./apVm.ts";
import type { VfioAp } from "./vfioAp.ts";
import { disableInterrupts, enableInterrupts, isEnable } from "./queueInterrupts.ts";

/** General registers 0 to 2 of the guest, and whether its CPU takes adapter interrupts from a GISA. */
export interface AqicCall {
  readonly gr0: bigint;
  readonly gr1: bigint;
  readonly gr2: bigint;
  /** ECA.AIV of the CPU. */
  readonly aiv: boolean;
}

/** The status word, or -EOPNOTSUPP with nothing done. */
export function handleAqic(
  driver: VfioAp, vm: ApVm, { gr0, gr1, gr2, aiv }: AqicCall,
): Result<number, number> {
  if (!aiv) return refuse(errno.EOPNOTSUPP);
  const device = driver.devices.find(({ name }) => name === vm.hook);
  const queue = device?.vm && device.queues.get(Number(gr0 & 0xffffn));
  if (!device?.vm || !queue) return ok(statusWord(apResponse.Q_NOT_AVAIL));
  if (!isEnable(gr1)) return ok(disableInterrupts(queue, driver.host));
  return ok(enableInterrupts(queue, device.vm, { isc: Number(gr1 & 7n), indicator: gr2 }, driver.host));
}

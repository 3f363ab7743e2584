/**
 * KVM_REG_PPC_ICP_STATE, bits from the least significant: CPPR 63:56, XISR 55:32, MFRR 31:24, PPRI 23:16.
 */
import { errno } from "../../api/errno.ts";
import { hostTrigger } from "../xive/irqState.ts";
import type { ConnectedVcpu, KvmXive } from "../xive/kvmXive.ts";
import { CPPR } from "../xive/threadContext.ts";
import { XICS_IPI } from "./xics.ts";

/** XISR always reads 0 and PPRI 0xff: what is presented stays in its queue. */
export const icpState = ({ icp }: ConnectedVcpu): bigint =>
  (BigInt(icp.cppr) << 56n) | (BigInt(icp.mfrr) << 24n) | (0xffn << 16n);

/**
 * 0, or -EIO while the context is on a thread. A presented source is triggered, or remembered until it is set
 * up; one vCPU remembers one.
 */
export function setIcpState(device: KvmXive, vcpu: ConnectedVcpu, value: bigint): number {
  if (vcpu.isPushed) return errno.EIO;
  const { icp, saved } = vcpu;
  icp.cppr = icp.hwCppr = Number((value >> 56n) & 0xffn);
  saved[CPPR] = icp.cppr;
  icp.mfrr = Number((value >> 24n) & 0xffn);
  const irq = Number((value >> 32n) & 0xff_ffffn);
  if (icp.mfrr < icp.cppr && icp.ipi) hostTrigger(device.host, icp.ipi);
  if (irq <= XICS_IPI) return 0;
  const state = device.irqs.valid(irq);
  if (state) hostTrigger(device.host, state.ipi);
  else icp.delayedIrq = irq;
  return 0;
}

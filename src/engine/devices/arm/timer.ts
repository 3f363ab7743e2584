/**
 * KVM_ARM_VCPU_TIMER_CTRL: the PPIs of the virtual and the physical timer (kernel devices/vcpu.rst, section
 * 2; orders of checks derived from source).
 *
 * Numbers belong to vCPUs, but setting one writes all vCPUs that exist; they are compared when a vCPU first
 * runs, and only then are the lines claimed.
 */
import { errno } from "../../api/errno.ts";
import { timerAttr } from "../../uapi/arm.ts";
import { readInt, writeInt, type ArmVcpu, type ArmVm } from "./armVm.ts";
import { isPpi } from "./vgic.ts";

const isKnown = (attr: bigint): boolean =>
  attr === BigInt(timerAttr.IRQ_VTIMER) || attr === BigInt(timerAttr.IRQ_PTIMER);

export function setTimerAttr(vm: ArmVm, vcpu: ArmVcpu, attr: bigint, addr: bigint): number {
  if (!vm.gic) return errno.EINVAL;
  const irq = readInt(vm.user, addr);
  if (irq === undefined) return errno.EFAULT;
  if (!isPpi(irq)) return errno.EINVAL;
  if (vcpu.timerEnabled) return errno.EBUSY;
  if (!isKnown(attr)) return errno.ENXIO;
  const isVirtual = attr === BigInt(timerAttr.IRQ_VTIMER);
  const virtualTimerIrq = isVirtual ? irq : vcpu.virtualTimerIrq;
  const physicalTimerIrq = isVirtual ? vcpu.physicalTimerIrq : irq;
  for (const each of vm.vcpus) Object.assign(each, { virtualTimerIrq, physicalTimerIrq });
  return 0;
}

export function getTimerAttr(vm: ArmVm, vcpu: ArmVcpu, attr: bigint, addr: bigint): number {
  if (!isKnown(attr)) return errno.ENXIO;
  const isVirtual = attr === BigInt(timerAttr.IRQ_VTIMER);
  const irq = isVirtual ? vcpu.virtualTimerIrq : vcpu.physicalTimerIrq;
  return writeInt(vm.user, addr, irq) ? 0 : errno.EFAULT;
}

export const hasTimerAttr = (attr: bigint): number => (isKnown(attr) ? 0 : errno.ENXIO);

/** The timers' part of the first KVM_RUN. Lines claimed before a refusal stay claimed. */
export function enableTimers(vm: ArmVm, vcpu: ArmVcpu): number {
  if (vcpu.timerEnabled) return 0;
  if (vm.gic) {
    const { index, virtualTimerIrq, physicalTimerIrq } = vcpu;
    if (vm.gic.claim(index, virtualTimerIrq, "virtual timer") !== 0) return errno.EINVAL;
    if (vm.gic.claim(index, physicalTimerIrq, "physical timer") !== 0) return errno.EINVAL;
    const isEqual = (other: ArmVcpu): boolean =>
      other.virtualTimerIrq === virtualTimerIrq && other.physicalTimerIrq === physicalTimerIrq;
    if (!vm.vcpus.every(isEqual)) return errno.EINVAL;
  }
  vcpu.timerEnabled = true;
  return 0;
}

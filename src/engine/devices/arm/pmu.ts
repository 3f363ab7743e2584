/**
 * KVM_ARM_VCPU_PMU_V3_CTRL: the PMU's interrupt, its creation, the event filter and the choice of a host PMU
 * (kernel devices/vcpu.rst, section 1; orders of checks derived from source).
 *
 * Two ages: since 5.10 what is common to all attributes is checked before any of them is looked at.
 */
import { errno } from "../../api/errno.ts";
import { KVM_PMU_EVENT_ALLOW, KVM_PMU_EVENT_DENY, pmuAttr, pmuEventFilter } from "../../uapi/arm.ts";
import { readInt, writeInt, type ArmVcpu, type ArmVm } from "./armVm.ts";
import { isPpi, isSpi } from "./vgic.ts";

const hasIrq = ({ pmuIrq }: ArmVcpu): boolean => pmuIrq >= 16;

export function setPmuAttr(vm: ArmVm, vcpu: ArmVcpu, attr: bigint, addr: bigint): number {
  return vm.profile.pmuChecksFirst ? setNow(vm, vcpu, attr, addr) : setOld(vm, vcpu, attr, addr);
}

function setNow(vm: ArmVm, vcpu: ArmVcpu, attr: bigint, addr: bigint): number {
  if (!vcpu.hasPmuFeature) return errno.ENODEV;
  if (vcpu.pmuCreated) return errno.EBUSY;
  // Kept for the VM whatever becomes of the call.
  vm.pmu ??= vm.host.pmus[0];
  if (!vm.pmu) return errno.ENODEV;
  switch (Number(attr)) {
    case pmuAttr.IRQ: return vm.gic ? setIrq(vm, vcpu, addr) : errno.EINVAL;
    case pmuAttr.INIT: return create(vm, vcpu);
    case pmuAttr.FILTER: return filter(vm, addr);
    case pmuAttr.SET_PMU: return choose(vm, addr);
    default: return errno.ENXIO;
  }
}

function setOld(vm: ArmVm, vcpu: ArmVcpu, attr: bigint, addr: bigint): number {
  switch (Number(attr)) {
    case pmuAttr.IRQ:
      if (!vm.gic) return errno.EINVAL;
      return vcpu.hasPmuFeature ? setIrq(vm, vcpu, addr) : errno.ENODEV;
    case pmuAttr.INIT:
      if (vm.host.pmus.length === 0) return errno.ENODEV;
      if (!vcpu.hasPmuFeature) return errno.ENXIO;
      return vcpu.pmuCreated ? errno.EBUSY : create(vm, vcpu);
    default: return errno.ENXIO;
  }
}

function setIrq(vm: ArmVm, vcpu: ArmVcpu, addr: bigint): number {
  const irq = readInt(vm.user, addr);
  if (irq === undefined) return errno.EFAULT;
  if (!isPpi(irq) && !isSpi(irq)) return errno.EINVAL;
  if (!isConsistent(vm, irq)) return errno.EINVAL;
  if (hasIrq(vcpu)) return errno.EBUSY;
  vcpu.pmuIrq = irq;
  return 0;
}

/** A PPI is the same on every vCPU, an SPI different on each. The new number alone says which rule counts. */
function isConsistent({ vcpus }: ArmVm, irq: number): boolean {
  return vcpus.filter(hasIrq).every(({ pmuIrq }) => (isPpi(irq) ? pmuIrq === irq : pmuIrq !== irq));
}

function create(vm: ArmVm, vcpu: ArmVcpu): number {
  if (vm.gic) {
    if (!vm.gic.initialized) return errno.ENODEV;
    if (!hasIrq(vcpu)) return errno.ENXIO;
    const claimed = vm.gic.claim(vcpu.index, vcpu.pmuIrq, "pmu");
    if (claimed !== 0) return claimed;
  }
  vcpu.pmuCreated = true;
  return 0;
}

function filter(vm: ArmVm, addr: bigint): number {
  const bytes = vm.user.read(addr, pmuEventFilter.size);
  if (!bytes) return errno.EFAULT;
  const { base_event: base, nevents: count, action } = pmuEventFilter.decode(bytes);
  if (base + count > vm.host.eventSpace) return errno.EINVAL;
  if (action !== KVM_PMU_EVENT_ALLOW && action !== KVM_PMU_EVENT_DENY) return errno.EINVAL;
  if (vm.hasRun) return errno.EBUSY;
  const allowed = action === KVM_PMU_EVENT_ALLOW ? 1 : 0;
  // The first filter decides what holds for the events that none names.
  vm.eventFilter ??= new Uint8Array(vm.host.eventSpace).fill(1 - allowed);
  vm.eventFilter.fill(allowed, base, base + count);
  return 0;
}

function choose(vm: ArmVm, addr: bigint): number {
  const type = readInt(vm.user, addr);
  if (type === undefined) return errno.EFAULT;
  const chosen = vm.host.pmus.find((pmu) => pmu.type === type);
  if (!chosen) return errno.ENXIO;
  if (vm.hasRun || (vm.eventFilter && vm.pmu !== chosen)) return errno.EBUSY;
  vm.pmu = chosen;
  return 0;
}

export function getPmuAttr(vm: ArmVm, vcpu: ArmVcpu, attr: bigint, addr: bigint): number {
  if (attr !== BigInt(pmuAttr.IRQ)) return errno.ENXIO;
  if (!vm.gic) return errno.EINVAL;
  if (!vcpu.hasPmuFeature) return errno.ENODEV;
  if (!hasIrq(vcpu)) return errno.ENXIO;
  return writeInt(vm.user, addr, vcpu.pmuIrq) ? 0 : errno.EFAULT;
}

export function hasPmuAttr(vm: ArmVm, vcpu: ArmVcpu, attr: bigint): number {
  const last = vm.profile.pmuChecksFirst ? pmuAttr.SET_PMU : pmuAttr.INIT;
  const hostCounts = vm.profile.pmuChecksFirst || vm.host.pmus.length > 0;
  return vcpu.hasPmuFeature && hostCounts && attr <= BigInt(last) ? 0 : errno.ENXIO;
}

/** The PMU's part of the first KVM_RUN. */
export function checkPmuForRun(vm: ArmVm, vcpu: ArmVcpu): number {
  if (!vcpu.hasPmuFeature) return 0;
  if (!vcpu.pmuCreated) return vm.profile.pmuMustBeCreated ? errno.EINVAL : 0;
  if (vm.gic) return isPpi(vcpu.pmuIrq) || vm.gic.isValidSpi(vcpu.pmuIrq) ? 0 : errno.EINVAL;
  return hasIrq(vcpu) ? errno.EINVAL : 0;
}

/** SW_INCR and CHAIN count whatever the filter says. */
const NEVER_FILTERED: readonly number[] = [0x00, 0x1e];

/** Whether the guest may count an event. */
export const isEventAllowed = ({ eventFilter }: ArmVm, event: number): boolean =>
  !eventFilter || NEVER_FILTERED.includes(event) || eventFilter[event] === 1;

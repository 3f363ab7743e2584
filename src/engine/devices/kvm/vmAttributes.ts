/**
 * Attributes of the VM itself (KVM_SET_DEVICE_ATTR and KVM_HAS_DEVICE_ATTR on its descriptor): interpretation
 * of AP instructions, and the CPU model's facility list. Other groups are -ENXIO here.
 */
import { errno } from "../../api/errno.ts";
import {
  KVM_S390_VM_CPU_MODEL, KVM_S390_VM_CPU_PROCESSOR, KVM_S390_VM_CRYPTO, KVM_S390_VM_CRYPTO_DISABLE_APIE,
  KVM_S390_VM_CRYPTO_ENABLE_APIE, vmCpuProcessor,
} from "../../uapi/deviceAttr.ts";
import type { UserMemory } from "../../uapi/userMemory.ts";
import type { Crycb } from "../ap/crycb.ts";
import type { VmFacilities } from "./vmFacilities.ts";

export interface VmAttribute {
  readonly group: number;
  readonly attr: bigint;
  readonly addr: bigint;
}

export interface AttributedVm {
  readonly crycb: Crycb;
  readonly hostHasAp: boolean;
  readonly facilities: VmFacilities;
  readonly hasCpus: boolean;
  readonly user: UserMemory;
}

const isApie = ({ group, attr }: VmAttribute): boolean =>
  group === KVM_S390_VM_CRYPTO
  && (attr === BigInt(KVM_S390_VM_CRYPTO_ENABLE_APIE) || attr === BigInt(KVM_S390_VM_CRYPTO_DISABLE_APIE));
const isProcessor = ({ group, attr }: VmAttribute): boolean =>
  group === KVM_S390_VM_CPU_MODEL && attr === BigInt(KVM_S390_VM_CPU_PROCESSOR);

/**
 * APIE: at any time, `addr` ignored, -EOPNOTSUPP on a host without AP instructions. Processor: -EBUSY once a
 * CPU exists, -EFAULT.
 */
export function setVmAttribute(vm: AttributedVm, attribute: VmAttribute): number {
  if (isApie(attribute))
    return vm.crycb.setInterpreted(attribute.attr === BigInt(KVM_S390_VM_CRYPTO_ENABLE_APIE), vm.hostHasAp);
  if (!isProcessor(attribute)) return errno.ENXIO;
  if (vm.hasCpus) return errno.EBUSY;
  const bytes = vm.user.read(attribute.addr, vmCpuProcessor.size);
  if (!bytes) return errno.EFAULT;
  vm.facilities.setList(vmCpuProcessor.decode(bytes).fac_list);
  return 0;
}

/** 0 or -ENXIO. */
export function hasVmAttribute({ hostHasAp }: AttributedVm, attribute: VmAttribute): number {
  const isThere = isProcessor(attribute) || (isApie(attribute) && hostHasAp);
  return isThere ? 0 : errno.ENXIO;
}

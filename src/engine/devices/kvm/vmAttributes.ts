/**
 * Attributes of the VM itself (KVM_{SET,GET,HAS}_DEVICE_ATTR on its descriptor): interpretation of AP
 * instructions, the CPU model's facility list, migration mode. Other groups are -ENXIO here.
 */
import { errno } from "../../api/errno.ts";
import {
  KVM_S390_VM_CPU_MODEL, KVM_S390_VM_CPU_PROCESSOR, KVM_S390_VM_CRYPTO, KVM_S390_VM_CRYPTO_DISABLE_APIE,
  KVM_S390_VM_CRYPTO_ENABLE_APIE, vmCpuProcessor,
} from "../../uapi/deviceAttr.ts";
import type { UserMemory } from "../../uapi/userMemory.ts";
import {
  KVM_S390_VM_MIGRATION, KVM_S390_VM_MIGRATION_START, KVM_S390_VM_MIGRATION_STATUS,
} from "../../uapi/s390Memory.ts";
import type { Crycb } from "../ap/crycb.ts";
import type { StorageAttributes } from "./storageAttributes.ts";
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
  readonly attributes: StorageAttributes;
  readonly hasCpus: boolean;
  readonly user: UserMemory;
}

const isApie = ({ group, attr }: VmAttribute): boolean =>
  group === KVM_S390_VM_CRYPTO
  && (attr === BigInt(KVM_S390_VM_CRYPTO_ENABLE_APIE) || attr === BigInt(KVM_S390_VM_CRYPTO_DISABLE_APIE));
const isProcessor = ({ group, attr }: VmAttribute): boolean =>
  group === KVM_S390_VM_CPU_MODEL && attr === BigInt(KVM_S390_VM_CPU_PROCESSOR);

const isMigration = ({ group, attr }: VmAttribute): boolean =>
  group === KVM_S390_VM_MIGRATION && attr <= BigInt(KVM_S390_VM_MIGRATION_STATUS);
const isStatus = ({ attr }: VmAttribute): boolean => attr === BigInt(KVM_S390_VM_MIGRATION_STATUS);

/**
 * APIE: at any time, `addr` ignored, -EOPNOTSUPP on a host without AP instructions. Processor: -EBUSY once a
 * CPU exists, -EFAULT. Migration mode: the rules of `StorageAttributes`.
 */
export function setVmAttribute(vm: AttributedVm, attribute: VmAttribute): number {
  if (isApie(attribute))
    return vm.crycb.setInterpreted(attribute.attr === BigInt(KVM_S390_VM_CRYPTO_ENABLE_APIE), vm.hostHasAp);
  if (isMigration(attribute) && !isStatus(attribute))
    return attribute.attr === BigInt(KVM_S390_VM_MIGRATION_START)
      ? vm.attributes.startMigration() : vm.attributes.stopMigration();
  if (!isProcessor(attribute)) return errno.ENXIO;
  if (vm.hasCpus) return errno.EBUSY;
  const bytes = vm.user.read(attribute.addr, vmCpuProcessor.size);
  if (!bytes) return errno.EFAULT;
  vm.facilities.setList(vmCpuProcessor.decode(bytes).fac_list);
  return 0;
}

/** Migration mode's status, 8 bytes: -ENXIO for anything else, -EFAULT. */
export function getVmAttribute({ attributes, user }: AttributedVm, attribute: VmAttribute): number {
  if (!isMigration(attribute) || !isStatus(attribute)) return errno.ENXIO;
  const status = new Uint8Array(8);
  status[7] = attributes.migrationMode ? 1 : 0;
  return user.write(attribute.addr, status) ? 0 : errno.EFAULT;
}

/** 0 or -ENXIO. */
export function hasVmAttribute({ hostHasAp }: AttributedVm, attribute: VmAttribute): number {
  const isThere = isProcessor(attribute) || isMigration(attribute) || (isApie(attribute) && hostHasAp);
  return isThere ? 0 : errno.ENXIO;
}

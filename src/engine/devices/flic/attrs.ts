/**
 * The controller's device attributes, groups 1 to 11, with each group's checks in the kernel's order
 * (Documentation/virt/kvm/devices/s390_flic.rst). Results are 0, a count, or a negative errno.
 */
import { errno } from "../../api/errno.ts";
import {
  KVM_S390_AIS_MODE_ALL, KVM_S390_AIS_MODE_SINGLE, KVM_S390_FLIC_MAX_BUFFER, aisAll, aisReq, flicGroup,
  ioAdapter,
  ioAdapterReq,
} from "../../uapi/flic.ts";
import { KVM_S390_IRQ_SIZE } from "../../uapi/s390Interrupt.ts";
import type { UserMemory } from "../../uapi/userMemory.ts";
import { setAisMode } from "./ais.ts";
import type { Flic } from "./flic.ts";
import { getAllInterrupts } from "./getAll.ts";
import { readFloating } from "./irqCodec.ts";

/** struct kvm_device_attr, decoded. */
export interface FlicAttribute {
  readonly flags: number;
  readonly group: number;
  readonly attr: bigint;
  readonly addr: bigint;
}

/** The caller's memory, and whether the kernel can allocate so many bytes. */
export interface CallerPort {
  readonly user: UserMemory;
  readonly allocate: (bytes: number) => boolean;
}

/** Kernel memory of one registered adapter or queued interrupt, in bytes; only failure tests look at it. */
const SMALL = 128;

/** KVM_HAS_DEVICE_ATTR: 0 for a known group, whatever else it holds; else -ENXIO. */
export function hasFlicAttr(flic: Flic, group: number): number {
  if (group === flicGroup.AISM_ALL && !flic.profile.aisMigration) return errno.ENXIO;
  return group >= flicGroup.GET_ALL_IRQS && group <= flicGroup.AISM_ALL ? 0 : errno.ENXIO;
}

/** KVM_GET_DEVICE_ATTR. */
export function getFlicAttr(flic: Flic, caller: CallerPort, { group, attr, addr }: FlicAttribute): number {
  if (group === flicGroup.GET_ALL_IRQS) return getAllInterrupts(flic, caller, attr, addr);
  if (group === flicGroup.AISM_ALL && flic.profile.aisMigration) {
    if (attr < BigInt(aisAll.size)) return errno.EINVAL;
    if (!flic.facility72) return flic.profile.aisUnavailable;
    return caller.user.write(addr, aisAll.encode(flic.ais)) ? 0 : errno.EFAULT;
  }
  return errno.EINVAL;
}

/** KVM_SET_DEVICE_ATTR. */
export function setFlicAttr(flic: Flic, caller: CallerPort, attribute: FlicAttribute): number {
  const { group, attr, addr } = attribute;
  switch (group) {
    case flicGroup.ENQUEUE: return enqueueAll(flic, caller, attr, addr);
    case flicGroup.CLEAR_IRQS:
      flic.clearFloating();
      return 0;
    case flicGroup.APF_ENABLE:
      flic.pageFaults.enabled = true;
      return 0;
    case flicGroup.APF_DISABLE_WAIT:
      flic.pageFaults.disableAndWait();
      return 0;
    case flicGroup.ADAPTER_REGISTER: return registerAdapter(flic, caller, addr);
    case flicGroup.ADAPTER_MODIFY: {
      const bytes = caller.user.read(addr, ioAdapterReq.size);
      if (!bytes) return errno.EFAULT;
      return flic.adapters.modify(ioAdapterReq.decode(bytes), flic.profile, flic.pages);
    }
    case flicGroup.CLEAR_IO_IRQ: return clearIo(flic, caller, attribute);
    case flicGroup.AISM: return modifyAisMode(flic, caller, addr);
    case flicGroup.AIRQ_INJECT:
      return flic.injectAdapter(Number(BigInt.asUintN(32, attr)), () => caller.allocate(SMALL));
    case flicGroup.AISM_ALL:
      return flic.profile.aisMigration ? setAisModes(flic, caller, addr) : errno.EINVAL;
    default: return errno.EINVAL;
  }
}

/**
 * The length is the low half of `attr` as a signed number, and its remainder is taken after widening to 64
 * bits; so some negative lengths pass and the loop runs until memory or a limit ends it. What was injected
 * stays.
 */
function enqueueAll(flic: Flic, caller: CallerPort, attr: bigint, addr: bigint): number {
  let length = Number(BigInt.asIntN(32, attr));
  if (BigInt.asUintN(64, BigInt(length)) % BigInt(KVM_S390_IRQ_SIZE) !== 0n) return errno.EINVAL;
  if (length > KVM_S390_FLIC_MAX_BUFFER) return errno.EINVAL;
  let address = addr;
  while (length < 0 || length >= KVM_S390_IRQ_SIZE) {
    if (!caller.allocate(SMALL)) return errno.ENOMEM;
    const interrupt = readFloating(caller.user, address);
    if (!interrupt.ok) return interrupt.error;
    const result = flic.enqueue(interrupt.value);
    if (result !== 0) return result;
    length = (length - KVM_S390_IRQ_SIZE) | 0;
    address = BigInt.asUintN(64, address + BigInt(KVM_S390_IRQ_SIZE));
  }
  return 0;
}

function registerAdapter(flic: Flic, caller: CallerPort, addr: bigint): number {
  const bytes = caller.user.read(addr, ioAdapter.size);
  if (!bytes) return errno.EFAULT;
  const registration = ioAdapter.decode(bytes);
  if (flic.adapters.canRegister(registration.id) && !caller.allocate(SMALL)) return errno.ENOMEM;
  return flic.adapters.register(registration);
}

function clearIo(flic: Flic, caller: CallerPort, { flags, attr, addr }: FlicAttribute): number {
  if (flags !== 0 || attr !== 4n) return errno.EINVAL;
  const bytes = caller.user.read(addr, 4);
  if (!bytes) return errno.EFAULT;
  const schid = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  if (schid === 0) return errno.EINVAL;
  flic.clearIo(schid);
  return 0;
}

function modifyAisMode(flic: Flic, caller: CallerPort, addr: bigint): number {
  if (!flic.facility72) return flic.profile.aisUnavailable;
  const bytes = caller.user.read(addr, aisReq.size);
  if (!bytes) return errno.EFAULT;
  const { isc, mode } = aisReq.decode(bytes);
  if (mode !== KVM_S390_AIS_MODE_ALL && mode !== KVM_S390_AIS_MODE_SINGLE) return errno.EINVAL;
  const next = setAisMode(flic.ais, isc, mode === KVM_S390_AIS_MODE_SINGLE ? "single" : "all");
  if (!next.ok) return next.error;
  flic.ais = next.value;
  return 0;
}

function setAisModes(flic: Flic, caller: CallerPort, addr: bigint): number {
  if (!flic.facility72) return flic.profile.aisUnavailable;
  const bytes = caller.user.read(addr, aisAll.size);
  if (!bytes) return errno.EFAULT;
  flic.ais = aisAll.decode(bytes);
  return 0;
}

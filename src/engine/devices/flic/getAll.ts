/**
 * GET_ALL_IRQS: every pending floating interrupt into one buffer.
 *
 * The kernel takes the GISA's bits while it reads them, and checks for room before each ISC whether it is
 * pending or not; what it took is gone when a later step fails. With the quirk off nothing is taken and
 * nothing can be lost.
 */
import { errno } from "../../api/errno.ts";
import { KVM_S390_FLIC_MAX_BUFFER } from "../../uapi/flic.ts";
import {
  ADAPTER_INTERRUPT, KVM_S390_IRQ_SIZE, encodeIrq, extInfo, interruptType, ioInfo, mchkInfo,
} from "../../uapi/s390Interrupt.ts";
import { ISC_COUNT } from "./ais.ts";
import type { CallerPort } from "./attrs.ts";
import type { Flic } from "./flic.ts";
import { SERVICE_MASK, adapterWord, bitOfIsc, pendingBit } from "./interruptBits.ts";
import { encodeListed } from "./irqCodec.ts";

type Drained = { readonly id: number; readonly isc: number }[];

/** Number of entries written, or an errno. `length` is in bytes. */
export function getAllInterrupts(flic: Flic, caller: CallerPort, length: bigint, addr: bigint): number {
  if (length > BigInt(KVM_S390_FLIC_MAX_BUFFER) || length === 0n) return errno.EINVAL;
  if (!caller.allocate(Number(length))) return errno.ENOBUFS;
  const capacity = Math.floor(Number(length) / KVM_S390_IRQ_SIZE);
  const entries: Uint8Array[] = [];
  const drained: Drained = [];
  const room = readGisa(flic, entries, drained, capacity) && readFloating(flic, entries, capacity);
  const result = room ? copyOut(caller, entries, addr) : errno.ENOMEM;
  for (const { id, isc } of drained)
    flic.decisions.note(result < 0 ? "lost" : "drained", id, ADAPTER_INTERRUPT, bitOfIsc(isc));
  return result;
}

function readGisa(flic: Flic, entries: Uint8Array[], drained: Drained, capacity: number): boolean {
  const { gisa } = flic;
  if (!gisa || gisa.ipm === 0) return true;
  const takes = flic.profile.quirks.getAllDrainsGisa;
  for (let isc = 0; isc < ISC_COUNT; isc++) {
    const isPending = (gisa.ipm & (0x80 >> isc)) !== 0;
    if (entries.length === capacity && (takes || isPending)) return false;
    if (!isPending) continue;
    if (takes) drained.push({ id: gisa.take(isc)!, isc });
    entries.push(encodeIrq(ADAPTER_INTERRUPT, ioInfo.encode({ io_int_word: adapterWord(isc) })));
  }
  return true;
}

/** Lists in order of ISC, page faults, virtio; then the two slots. False if they do not fit. */
function readFloating({ floating }: Flic, entries: Uint8Array[], capacity: number): boolean {
  const lists = [...floating.io, floating.pfault, floating.virtio];
  const hasService = (floating.bits & SERVICE_MASK) !== 0;
  const hasMachineCheck = (floating.bits & (1 << pendingBit.MCHK_REP)) !== 0;
  const listed = lists.reduce((sum, list) => sum + list.length, 0);
  if (entries.length + listed + Number(hasService) + Number(hasMachineCheck) > capacity) return false;
  for (const list of lists) for (const { interrupt } of list.values()) entries.push(encodeListed(interrupt));
  if (hasService)
    entries.push(
      encodeIrq(interruptType.INT_SERVICE, extInfo.encode({ ext_params: floating.serviceParams })),
    );
  if (hasMachineCheck)
    entries.push(
      encodeIrq(interruptType.MCHK, mchkInfo.encode({ cr14: floating.mchkCr14, mcic: floating.mchkMcic })),
    );
  return true;
}

function copyOut({ user }: CallerPort, entries: readonly Uint8Array[], addr: bigint): number {
  if (entries.length === 0) return 0;
  const buffer = new Uint8Array(entries.length * KVM_S390_IRQ_SIZE);
  entries.forEach((entry, index) => buffer.set(entry, index * KVM_S390_IRQ_SIZE));
  return user.write(addr, buffer) ? entries.length : errno.EFAULT;
}

/**
 * Everything that is pending in the controller, with each field of each structure decoded: bits of interrupt
 * codes as the Principles of Operation name them (chapters 6, 11 and 16), type codes as KVM does.
 */
import type { PendingField, PendingView } from "../../api/flicView.ts";
import type { Flic } from "../../devices/flic/flic.ts";
import { adapterWord, iscOfWord, pendingBit } from "../../devices/flic/interruptBits.ts";
import type { FloatingInterrupt } from "../../devices/flic/pending.ts";
import type { VcpuSlot } from "../../devices/flic/vcpus.ts";
import { ADAPTER_INTERRUPT, KVM_S390_INT_IO_AI_MASK, interruptType } from "../../uapi/s390Interrupt.ts";
import { bitNames, cr14Subclasses, mcicBits } from "./interruptCodes.ts";

/** The first `max` pending interrupts, and how many there are. */
export function pendingOf(
  flic: Flic,
  max: number,
): { readonly shown: PendingView[]; readonly count: number } {
  const shown: PendingView[] = [];
  let count = 0;
  const add = (make: () => PendingView): void => {
    if (count++ < max) shown.push(make());
  };
  for (const [isc, id] of (flic.gisa?.ids ?? []).entries())
    if (flic.gisa!.ipm & (0x80 >> isc)) add(() => ({ id, place: `GISA ISC ${isc}`, ...adapterBit(isc) }));
  const { io, pfault, virtio } = flic.floating;
  const lists = [
    ...io.map((list, isc) => [`ISC ${isc}`, list] as const), ["page faults", pfault] as const,
    ["virtio", virtio] as const,
  ];
  for (const [place, list] of lists) {
    // What is not shown is only counted: a list can hold hundreds of thousands.
    for (const { id, interrupt } of list.values(max - shown.length))
      shown.push({ id, place, type: interrupt.type, fields: fieldsOf(interrupt) });
    count += list.length;
  }
  addSlots(flic, add);
  for (const slot of flic.vcpus.slots) addLocal(slot, add);
  return { shown, count };
}

function addSlots({ floating }: Flic, add: (make: () => PendingView) => void): void {
  const isSet = (bit: number): boolean => (floating.bits & (1 << bit)) !== 0;
  const { service, serviceEvent, machineCheck } = floating.slotIds;
  const type = interruptType.INT_SERVICE;
  const fields = [serviceField(floating.serviceParams)];
  if (isSet(pendingBit.EXT_SERVICE)) add(() => ({ id: service, place: "service signal", type, fields }));
  if (isSet(pendingBit.EXT_SERVICE_EV))
    add(() => ({ id: serviceEvent, place: "service event", type, fields }));
  if (isSet(pendingBit.MCHK_REP)) {
    const { mchkCr14: cr14, mchkMcic: mcic } = floating;
    add(() => ({
      id: machineCheck, place: "machine check", type: interruptType.MCHK,
      fields: fieldsOf({ kind: "mchk", cr14, mcic }),
    }));
  }
}

function addLocal({ port, local }: VcpuSlot, add: (make: () => PendingView) => void): void {
  const cpu = port.id;
  const one = (id: number, bit: number, type: number, fields: PendingField[]): void =>
    add(() => ({ id, place: `vCPU ${cpu} ${bitName(bit)}`, type, cpu, fields }));
  const from = (source: number): PendingField => field("code", source, 4, `from CPU ${source}`);
  for (const { id, bit, type } of local.pendingIdentities()) {
    if (bit === pendingBit.EXT_EMERGENCY) continue;
    const fields: Partial<Record<number, () => PendingField[]>> = {
      [pendingBit.PROG]: () => [field("code", local.pgm.code, 4)],
      [pendingBit.MCHK_EX]: () => fieldsOf({ kind: "mchk", ...local.mchk }),
      [pendingBit.MCHK_REP]: () => fieldsOf({ kind: "mchk", ...local.mchk }),
      [pendingBit.PFAULT_INIT]: () => [field("token", local.pfault.params2, 16)],
      [pendingBit.SET_PREFIX]: () => [field("address", local.prefix, 8)],
      [pendingBit.SIGP_STOP]: () => [
        field("flags", local.stopFlags, 8, local.stopFlags & 1 ? "store status" : undefined),
      ],
      [pendingBit.EXT_EXTERNAL]: () => [from(local.sca?.source ?? local.externalCall)],
    };
    one(id, bit, type, fields[bit]?.() ?? []);
  }
  for (const [source, id] of local.emergency)
    one(id, pendingBit.EXT_EMERGENCY, interruptType.INT_EMERGENCY, [from(source)]);
}

const adapterBit = (isc: number): Omit<PendingView, "id" | "place"> => ({
  type: ADAPTER_INTERRUPT,
  fields: [wordField(adapterWord(isc))],
});

function fieldsOf(interrupt: FloatingInterrupt): PendingField[] {
  switch (interrupt.kind) {
    case "io": {
      const { type, subchannelId, subchannelNr, ioIntParm, ioIntWord } = interrupt;
      const what = type & KVM_S390_INT_IO_AI_MASK
        ? "adapter"
        : `cssid ${(type >>> 18) & 0xff} ssid ${(type >>> 16) & 3} schid ${(type & 0xffff).toString(16)}`;
      const [css, ssid] = [subchannelId >>> 8, (subchannelId >>> 1) & 3];
      const number = subchannelNr.toString(16).padStart(4, "0");
      return [
        field("type", type, 8, what),
        field("subchannel_id", subchannelId, 4),
        field("subchannel_nr", subchannelNr, 4, subchannelId ? `${css}.${ssid}.${number}` : undefined),
        field("io_int_parm", ioIntParm, 8),
        wordField(ioIntWord),
      ];
    }
    case "ext": {
      const { type, params, params2 } = interrupt;
      const meaning = type === interruptType.INT_PFAULT_DONE ? "token" : undefined;
      return [
        field("type", type, 8), field("ext_params", params, 8), field("ext_params2", params2, 16, meaning),
      ];
    }
    case "mchk":
      return [
        field("cr14", interrupt.cr14, 16, bitNames(interrupt.cr14, cr14Subclasses)),
        field("mcic", interrupt.mcic, 16, bitNames(interrupt.mcic, mcicBits)),
      ];
  }
}

const wordField = (word: number): PendingField =>
  field("io_int_word", word, 8, `${word >>> 31 ? "adapter, " : ""}ISC ${iscOfWord(word)}`);

function serviceField(params: number): PendingField {
  const events = ["", "event data", "event-mask change", "event data and event-mask change"][params & 3]!;
  const sccb = params & 0xfffffff8 ? `SCCB at ${((params & 0xfffffff8) >>> 0).toString(16)}` : "";
  return field("ext_params", params, 8, [sccb, events].filter(Boolean).join(", "));
}

function field(name: string, value: number | bigint, digits: number, meaning?: string): PendingField {
  const unsigned = typeof value === "number" ? value >>> 0 : value;
  const text = unsigned.toString(16).padStart(digits, "0");
  return { name, value: text, ...(meaning && { meaning }) };
}

const names = new Map(Object.entries(pendingBit).map(([name, bit]) => [bit as number, name]));
const bitName = (bit: number): string => names.get(bit) ?? String(bit);

/** What the buffers of the controllers' attribute groups hold, so that a script can give fields for bytes. */
import { flicGroup } from "../../../engine/uapi/flic.ts";
import { xicsGroup, xiveGroup } from "../../../engine/uapi/xive.ts";
import type { AttributeGroup, GroupBuffer } from "./attributeForms.ts";

const interrupts: GroupBuffer = { interrupts: true };
const little = (integer: 4 | 8): GroupBuffer => ({ integer, order: "little" });

export const flicGroups: Readonly<Record<keyof typeof flicGroup, AttributeGroup>> = {
  GET_ALL_IRQS: { number: flicGroup.GET_ALL_IRQS, buffer: interrupts, attrIsLength: true },
  ENQUEUE: { number: flicGroup.ENQUEUE, buffer: interrupts, attrIsLength: true },
  CLEAR_IRQS: { number: flicGroup.CLEAR_IRQS },
  APF_ENABLE: { number: flicGroup.APF_ENABLE },
  APF_DISABLE_WAIT: { number: flicGroup.APF_DISABLE_WAIT },
  ADAPTER_REGISTER: { number: flicGroup.ADAPTER_REGISTER, buffer: { struct: "kvm_s390_io_adapter" } },
  ADAPTER_MODIFY: { number: flicGroup.ADAPTER_MODIFY, buffer: { struct: "kvm_s390_io_adapter_req" } },
  CLEAR_IO_IRQ: {
    number: flicGroup.CLEAR_IO_IRQ, buffer: { integer: 4, order: "big" }, attrIsLength: true,
  },
  AISM: { number: flicGroup.AISM, buffer: { struct: "kvm_s390_ais_req" } },
  AIRQ_INJECT: { number: flicGroup.AIRQ_INJECT },
  AISM_ALL: { number: flicGroup.AISM_ALL, buffer: { struct: "kvm_s390_ais_all" }, attrIsLength: true },
};

/** CTRL takes a number of servers with its third attribute, and nothing with the others. */
export const xiveGroups: Readonly<Record<keyof typeof xiveGroup, AttributeGroup>> = {
  CTRL: { number: xiveGroup.CTRL, buffer: little(4) },
  SOURCE: { number: xiveGroup.SOURCE, buffer: little(8) },
  SOURCE_CONFIG: { number: xiveGroup.SOURCE_CONFIG, buffer: little(8) },
  EQ_CONFIG: { number: xiveGroup.EQ_CONFIG, buffer: { struct: "ppc64le/kvm_ppc_xive_eq" } },
  SOURCE_SYNC: { number: xiveGroup.SOURCE_SYNC },
};

export const xicsGroups: Readonly<Record<keyof typeof xicsGroup, AttributeGroup>> = {
  SOURCES: { number: xicsGroup.SOURCES, buffer: little(8) },
  CTRL: { number: xicsGroup.CTRL, buffer: little(4) },
};

/** An s390 machine of the FLIC alone: attributes with raw bytes, injections, and the CPU's masks. */
import type { HandField } from "../../api/handMade.ts";
import { s390DeviceMachine, type S390DeviceMachine } from "../../deviceMachine/s390DeviceMachine.ts";
import { deviceAttr } from "../../uapi/deviceAttr.ts";
import { aisReq, flicGroup, ioAdapter } from "../../uapi/flic.ts";
import { ioctl } from "../../uapi/ioctl.ts";
import { s390Interrupt } from "../../uapi/s390Interrupt.ts";
import { toHex } from "../../base/hex.ts";
import { resultText, type Arguments, type HandCall, type HandMachine } from "./handMachine.ts";

const ARGUMENT = 0x6000_0000n;
const BUFFER = 0x6100_0000n;
const isc: HandField = { name: "isc", label: "ISC", kind: "number", initial: "3", max: 255 };
const WORD_MAX = 0xffff_ffff;
const adapter: HandField = { name: "adapter", label: "adapter", kind: "number", initial: "7", max: WORD_MAX };
const group: HandField = { name: "group", label: "group", kind: "number", initial: "9", max: WORD_MAX };
const attr: HandField = { name: "attr", label: "attr", kind: "number", initial: "0" };

function attribute(
  { kvm, user, flicFd }: S390DeviceMachine, request: number, of: number, at: bigint, bytes: Uint8Array,
): number {
  user.place(BUFFER, bytes);
  const argument = user.place(ARGUMENT, deviceAttr.encode({ group: of, attr: at, addr: BUFFER }));
  return kvm.ioctl(flicFd, request, argument);
}
const set = (machine: S390DeviceMachine, of: number, bytes: Uint8Array, at = 0n): string =>
  resultText(attribute(machine, ioctl.KVM_SET_DEVICE_ATTR, of, at, bytes));

function get(machine: S390DeviceMachine, given: Arguments): string {
  const bytes = new Uint8Array(given.number("length"));
  const result = attribute(
    machine, ioctl.KVM_GET_DEVICE_ATTR, given.number("group"), given.wide("attr"), bytes);
  return `${resultText(result)}, bytes ${toHex(machine.user.at(BUFFER).slice(0, bytes.length))}`;
}

/** Exported for the machine with AP, which has the same controller. */
export const flicCalls: readonly HandCall<S390DeviceMachine>[] = [
  {
    id: "register-adapter", title: "register a suppressible adapter", fields: [adapter, isc],
    run: (machine, given) => set(machine, flicGroup.ADAPTER_REGISTER, ioAdapter.encode({
      id: given.number("adapter"), isc: given.number("isc"), flags: 1,
    })),
  },
  {
    id: "mode", title: "set the suppression mode",
    fields: [
      isc, { name: "mode", label: "mode", kind: "choice", initial: "SINGLE", options: ["ALL", "SINGLE"] },
    ],
    run: (machine, given) => set(machine, flicGroup.AISM, aisReq.encode({
      isc: given.number("isc"), mode: given.text("mode") === "SINGLE" ? 1 : 0,
    })),
  },
  {
    id: "inject-adapter", title: "inject an adapter's interrupt", fields: [adapter],
    run: (machine, given) =>
      set(machine, flicGroup.AIRQ_INJECT, new Uint8Array(), given.wide("adapter")),
  },
  {
    id: "inject", title: "KVM_S390_INTERRUPT",
    fields: [
      { name: "type", label: "type", kind: "number", initial: "0xffff2401", max: WORD_MAX },
      { name: "parm", label: "parm", kind: "number", initial: "1", max: WORD_MAX },
      { name: "parm64", label: "parm64", kind: "number", initial: "0" },
    ],
    run: ({ kvm, user }, given) => resultText(kvm.ioctl(kvm.vmFd, ioctl.KVM_S390_INTERRUPT,
      user.place(ARGUMENT, s390Interrupt.encode({
        type: given.number("type"), parm: given.number("parm"), parm64: given.wide("parm64"),
      })))),
  },
  {
    id: "set-attr", title: "KVM_SET_DEVICE_ATTR",
    fields: [group, attr, { name: "bytes", label: "bytes", kind: "bytes", initial: "03 00 00 01" }],
    run: (machine, given) =>
      set(machine, given.number("group"), given.bytes("bytes"), given.wide("attr")),
  },
  {
    id: "get-attr", title: "KVM_GET_DEVICE_ATTR",
    fields: [
      { ...group, initial: "11" }, { ...attr, initial: "8" },
      { name: "length", label: "bytes to read", kind: "number", initial: "8", max: 4096 },
    ],
    run: get,
  },
  {
    id: "masks", title: "open the CPU",
    fields: [
      { name: "psw", label: "PSW bits 0-31", kind: "number", initial: "0x03040000", max: WORD_MAX },
      { name: "cr6", label: "CR6 bits 32-63", kind: "number", initial: "0xff000000", max: WORD_MAX },
      { name: "cr0", label: "CR0 bits 32-63", kind: "number", initial: "0x0000ee00", max: WORD_MAX },
    ],
    run: ({ cpus }, given) => {
      const [cpu] = cpus;
      cpu!.psw = { ...cpu!.psw, mask: given.wide("psw") << 32n };
      cpu!.controls[6] = given.wide("cr6");
      cpu!.controls[0] = given.wide("cr0");
      return "open";
    },
  },
  {
    id: "deliver", title: "the CPU looks for interrupts", fields: [],
    run: ({ kvm, cpus, decisions }) => {
      const before = decisions.length;
      kvm.flic.deliverPending(cpus[0]!);
      return `${decisions.slice(before).filter(({ step }) => step === "delivered").length} delivered`;
    },
  },
];

export const flicMachine: HandMachine<S390DeviceMachine> = {
  kind: "s390", title: "s390: FLIC, one CPU without instructions",
  given: [
    "profile linux-6.1 with a GISA", "adapter-interruption suppression is on", "a CPU with all masks closed",
  ],
  calls: flicCalls,
  build: () => s390DeviceMachine(),
};

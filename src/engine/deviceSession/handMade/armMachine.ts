/**
 * arm64 machines: attributes of PMU, timers and PVTIME on a vCPU's descriptor with the errno that KVM
 * answers, KVM_RUN up to the entry, and the guest's registers. Orders of checks are derived from source.
 */
import {
  armDeviceMachine, type ArmDeviceMachine, type ArmShape,
} from "../../deviceMachine/armDeviceMachine.ts";
import type { AttributeCall } from "../../devices/arm/armKvm.ts";
import {
  KVM_ARM_VCPU_PMU_V3_CTRL, KVM_ARM_VCPU_PVTIME_CTRL, KVM_ARM_VCPU_PVTIME_IPA, KVM_ARM_VCPU_TIMER_CTRL,
  pmuAttr, timerAttr,
} from "../../uapi/arm.ts";
import { armGuestCalls } from "./armGuestCalls.ts";
import { choiceField, numberField, vcpuField } from "./armVcpu.ts";
import { hexText, resultText, type Arguments, type HandCall, type HandMachine } from "./handMachine.ts";

const STRUCTURE = 0x6200_0000n;
const VALUE = 0x6300_0000n;
/** Nothing can be read or written there. */
const BAD_POINTER = 0n;
const OPERATIONS = ["SET", "GET", "HAS"];
const YES_NO = ["no", "yes"];

interface Attribute {
  readonly group: number;
  readonly attr: number;
  /** Of the value that `addr` points to. */
  readonly bytes: 4 | 8;
}
const of = (group: number, attr: number, bytes: 4 | 8 = 4): Attribute => ({ group, attr, bytes });
const attributes: Readonly<Record<string, Attribute>> = {
  "PMU IRQ": of(KVM_ARM_VCPU_PMU_V3_CTRL, pmuAttr.IRQ),
  "PMU INIT": of(KVM_ARM_VCPU_PMU_V3_CTRL, pmuAttr.INIT),
  "PMU SET_PMU": of(KVM_ARM_VCPU_PMU_V3_CTRL, pmuAttr.SET_PMU),
  "TIMER IRQ_VTIMER": of(KVM_ARM_VCPU_TIMER_CTRL, timerAttr.IRQ_VTIMER),
  "TIMER IRQ_PTIMER": of(KVM_ARM_VCPU_TIMER_CTRL, timerAttr.IRQ_PTIMER),
  "PVTIME IPA": of(KVM_ARM_VCPU_PVTIME_CTRL, KVM_ARM_VCPU_PVTIME_IPA, 8),
};

/** arm64 hosts are little-endian. */
function littleEndian(value: bigint, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, n) => Number((value >> BigInt(8 * n)) & 0xffn));
}
const fromLittleEndian = (bytes: Uint8Array): bigint =>
  bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);

function attributeCall(
  { kvm, user }: ArmDeviceMachine, given: Arguments, { group, attr }: Pick<Attribute, "group" | "attr">,
  bytes: Uint8Array,
): string {
  const addr = given.text("pointer") === "bad" ? BAD_POINTER : user.place(VALUE, bytes);
  const struct = [[0, 4], [group, 4], [attr, 8], [addr, 8]] as const;
  user.place(STRUCTURE, Uint8Array.from(
    struct.flatMap(([value, size]) => [...littleEndian(BigInt(value), size)])));
  const operation = given.text("operation");
  const call = operation.toLowerCase() as AttributeCall;
  const result = kvm.attribute(given.number("vcpu"), call, STRUCTURE);
  if (result !== 0 || operation !== "GET") return resultText(result);
  const read = fromLittleEndian(user.at(VALUE).slice(0, bytes.length));
  return `0, value ${read < 4096n ? read : hexText(read)}`;
}

const operation = choiceField("operation", "operation", OPERATIONS);
const pointer = choiceField("pointer", "addr", ["good", "bad"]);

const vmmCalls: readonly HandCall<ArmDeviceMachine>[] = [
  {
    id: "attribute", title: "attribute of a vCPU",
    fields: [
      vcpuField, operation, choiceField("attribute", "attribute", Object.keys(attributes)),
      numberField("value", "value", "23"), pointer,
    ],
    run: (machine, given) => {
      const attribute = attributes[given.text("attribute")]!;
      return attributeCall(machine, given, attribute, littleEndian(given.wide("value"), attribute.bytes));
    },
  },
  {
    id: "filter", title: "SET PMU FILTER",
    fields: [
      vcpuField, numberField("base", "first event", "0x10", 0xffff),
      numberField("count", "events", "4", 0xffff), numberField("action", "action: 0 allow, 1 deny", "1", 255),
      pointer,
    ],
    run: (machine, given) => attributeCall(
      machine, { ...given, text: (name) => (name === "operation" ? "SET" : given.text(name)) },
      { group: KVM_ARM_VCPU_PMU_V3_CTRL, attr: pmuAttr.FILTER },
      Uint8Array.from([
        ...littleEndian(given.wide("base"), 2), ...littleEndian(given.wide("count"), 2),
        given.number("action"), 0, 0, 0,
      ])),
  },
  {
    id: "raw-attribute", title: "attribute by numbers",
    fields: [
      vcpuField, operation, numberField("group", "group", "3", 0xffff_ffff),
      numberField("attr", "attr", "0", Number.MAX_SAFE_INTEGER),
      { name: "bytes", label: "bytes", kind: "bytes", initial: "1b 00 00 00" }, pointer,
    ],
    run: (machine, given) => attributeCall(
      machine, given, { group: given.number("group"), attr: given.number("attr") }, given.bytes("bytes")),
  },
  {
    id: "run", title: "KVM_RUN, up to the guest's entry",
    fields: [
      vcpuField, choiceField("immediate", "immediate_exit", YES_NO),
      numberField("host", "on host CPU", "0", 4095),
    ],
    run: ({ kvm }, given) => {
      const { result, entered, exit } = kvm.run(given.number("vcpu"), {
        immediateExit: given.text("immediate") === "yes", hostCpu: given.number("host"),
      });
      if (exit) return `0, exit reason ${exit.reason}, failure ${exit.failureReason}, CPU ${exit.cpu}`;
      return entered ? "enters the guest" : resultText(result);
    },
  },
  {
    id: "create-vcpu", title: "KVM_CREATE_VCPU", fields: [],
    run: ({ kvm, ledger }) => {
      const result = kvm.createVcpu();
      ledger.listen();
      return result < 0 ? resultText(result) : `vCPU ${result}`;
    },
  },
  {
    id: "init-vcpu", title: "KVM_ARM_VCPU_INIT",
    fields: [vcpuField, choiceField("pmu", "PMU feature", ["yes", "no"])],
    run: ({ kvm }, given) => resultText(kvm.initVcpu(given.number("vcpu"), given.text("pmu") === "yes")),
  },
  {
    id: "create-gic", title: "KVM_CREATE_DEVICE of a GIC",
    fields: [
      choiceField("version", "version", ["3", "2"]), numberField("spis", "SPIs", "224", 988),
      choiceField("bases", "base addresses", ["set", "unset", "overlapping"]),
    ],
    run: ({ kvm }, given) => resultText(kvm.createGic({
      version: given.number("version") === 2 ? 2 : 3, spis: given.number("spis"),
      bases: given.text("bases") as "set" | "unset" | "overlapping",
    })),
  },
  {
    id: "init-gic", title: "KVM_DEV_ARM_VGIC_CTRL_INIT", fields: [],
    run: ({ kvm }) => resultText(kvm.initGic()),
  },
];

const SLOT = { address: 0n, size: 0x1_0000n };
const MEMORY = "guest memory at 0x0–0xffff, for PVTIME";
const SOURCE = "orders of checks are derived from source";

function machine(kind: string, title: string, given: readonly string[], shape: ArmShape):
HandMachine<ArmDeviceMachine> {
  return {
    kind, title: `arm64: ${title}`, given: [...given, MEMORY, SOURCE],
    calls: [...vmmCalls, ...armGuestCalls],
    build: () => armDeviceMachine({ vcpus: 2, pmu: true, slots: [SLOT], ...shape }),
  };
}

const READY = ["vCPUs 0 and 1, initialised with the PMU feature", "an initialised GICv3 with 224 SPIs"];
export const armMachines: readonly HandMachine<ArmDeviceMachine>[] = [
  machine("arm", "timers, PMU and PVTIME of linux-6.1", READY, {}),
  machine("arm-4.13", "timers and PMU of linux-4.13", READY, { profile: "linux-4.13" }),
  machine("arm-bare", "a VM of linux-6.1 before its GIC", ["vCPUs 0 and 1, not initialised", "no GIC"],
    { gic: false, initialized: false }),
];

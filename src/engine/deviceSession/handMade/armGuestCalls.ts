/**
 * What the guest of an arm64 machine does: timers, PMU, redistributor and CPU interface by their registers'
 * names (Arm Architecture Reference Manual; GIC Architecture Specification, IHI 0069).
 */
import type { ArmDeviceMachine } from "../../deviceMachine/armDeviceMachine.ts";
import { openPpis } from "../../deviceMachine/armDeviceMachine.ts";
import type { GenericTimer } from "../../devices/arm/genericTimer.ts";
import {
  EVENT_COUNTERS, clearMask, setCounter, setCycles, setMask, softwareIncrement, writeControl, type PmuState,
} from "../../devices/arm/pmuCounters.ts";
import { gicr } from "../../devices/arm/ppiRegisters.ts";
import type { VcpuInterrupts } from "../../devices/arm/vcpuInterrupts.ts";
import { byGuest, choiceField, numberField } from "./armVcpu.ts";
import { hexText, type HandCall } from "./handMachine.ts";

const WORD_MAX = 0xffff_ffff;
const value = (initial: string, max?: number) => numberField("value", "value", initial, max);
const word = (wide: bigint): number => Number(BigInt.asUintN(32, wide));

const timerRegisters: Readonly<Record<string, (timer: GenericTimer, to: bigint) => void>> = {
  TVAL: (timer, to) => timer.setTimerValue(word(to)),
  CVAL: (timer, to) => timer.setCompareValue(to),
  CTL: (timer, to) => timer.setControl(word(to)),
};
const timerNames = ["CNTV", "CNTP"].flatMap((timer) =>
  Object.keys(timerRegisters).map((register) => `${timer}_${register}_EL0`));

const pmuRegisters: Readonly<Record<string, (pmu: PmuState, to: bigint) => PmuState>> = {
  PMCR_EL0: (pmu, to) => writeControl(pmu, word(to)),
  PMCNTENSET_EL0: (pmu, to) => setMask(pmu, "enabled", word(to)),
  PMCNTENCLR_EL0: (pmu, to) => clearMask(pmu, "enabled", word(to)),
  PMINTENSET_EL1: (pmu, to) => setMask(pmu, "interrupting", word(to)),
  PMINTENCLR_EL1: (pmu, to) => clearMask(pmu, "interrupting", word(to)),
  PMOVSSET_EL0: (pmu, to) => setMask(pmu, "overflowed", word(to)),
  PMOVSCLR_EL0: (pmu, to) => clearMask(pmu, "overflowed", word(to)),
  PMSWINC_EL0: (pmu, to) => softwareIncrement(pmu, word(to)),
  PMCCNTR_EL0: setCycles,
};

const interfaceRegisters: Readonly<Record<string, (vcpu: VcpuInterrupts, to: number) => string>> = {
  "read ICC_IAR1_EL1": (vcpu) => `INTID ${vcpu.acknowledge(1)}`,
  "write ICC_EOIR1_EL1": (vcpu, to) => (vcpu.endInterrupt(1, to), signalText(vcpu)),
  "read ICC_IAR0_EL1": (vcpu) => `INTID ${vcpu.acknowledge(0)}`,
  "write ICC_EOIR0_EL1": (vcpu, to) => (vcpu.endInterrupt(0, to), signalText(vcpu)),
  "write ICC_PMR_EL1": (vcpu, to) => (vcpu.setPriorityMask(to), signalText(vcpu)),
  "write ICC_IGRPEN1_EL1": (vcpu, to) => (vcpu.enableGroup(1, (to & 1) !== 0), signalText(vcpu)),
  "write ICC_IGRPEN0_EL1": (vcpu, to) => (vcpu.enableGroup(0, (to & 1) !== 0), signalText(vcpu)),
};

const signalText = ({ signal }: VcpuInterrupts): string => signal?.toUpperCase() ?? "no interrupt signalled";

export const armGuestCalls: readonly HandCall<ArmDeviceMachine>[] = [
  byGuest({
    id: "open", title: "the guest enables a PPI, its group and all priorities",
    fields: [numberField("intid", "INTID", "27", 31)],
    run: (vcpu, given, machine) => {
      openPpis(machine, given.number("vcpu"), given.number("intid"));
      return signalText(vcpu);
    },
  }),
  byGuest({
    id: "timer", title: "the guest writes a timer's register",
    fields: [choiceField("register", "register", timerNames), value("0x1000")],
    run: (vcpu, given) => {
      const [timer, register] = given.text("register").split("_");
      const of = timer === "CNTV" ? vcpu.virtualTimer : vcpu.physicalTimer;
      timerRegisters[register!]!(of, given.wide("value"));
      return `CTL ${of.control}, TVAL ${of.timerValue}, output ${of.output ? "high" : "low"}`;
    },
  }),
  {
    id: "pass", title: "time passes", fields: [numberField("us", "µs", "1000", 1e9)],
    run: ({ time }, given) => {
      time.pass(given.wide("us") * 1000n);
      return `${time.now() / 1000n} µs in all`;
    },
  },
  byGuest({
    id: "pmu", title: "the guest writes a PMU register",
    fields: [choiceField("register", "register", Object.keys(pmuRegisters)), value("1")],
    run: (vcpu, given) => {
      vcpu.changePmu((pmu) => pmuRegisters[given.text("register")]!(pmu, given.wide("value")));
      return `overflowed ${hexText(vcpu.pmu.overflowed)}`;
    },
  }),
  byGuest({
    id: "counter", title: "the guest sets an event counter",
    fields: [
      numberField("counter", "counter", "0", EVENT_COUNTERS - 1),
      numberField("event", "event", "0x08", 0xffff), numberField("count", "count", "0xffffff00", WORD_MAX),
    ],
    run: (vcpu, given) => {
      const [counter, event, count] = ["counter", "event", "count"].map((name) => given.number(name));
      vcpu.changePmu((pmu) => setCounter(pmu, counter!, event!, count!));
      return `counts event ${hexText(event!)} from ${hexText(count!)}`;
    },
  }),
  byGuest({
    id: "events", title: "an event happens",
    fields: [numberField("event", "event", "0x08", 0xffff), numberField("times", "times", "0x100", WORD_MAX)],
    run: (vcpu, given) => {
      vcpu.eventHappened(given.number("event"), given.number("times"));
      return `overflowed ${hexText(vcpu.pmu.overflowed)}`;
    },
  }),
  byGuest({
    id: "gicr", title: "the guest accesses its redistributor",
    fields: [
      choiceField("access", "access", ["write", "read"]),
      choiceField("register", "register", Object.keys(gicr).map((name) => `GICR_${name}`)),
      value("0x08000000", WORD_MAX),
    ],
    run: (vcpu, given) => {
      const offset = gicr[given.text("register").slice(5) as keyof typeof gicr];
      if (given.text("access") === "read") return hexText(vcpu.read(offset));
      vcpu.write(offset, given.number("value"));
      return signalText(vcpu);
    },
  }),
  byGuest({
    id: "icc", title: "the guest accesses its CPU interface",
    fields: [choiceField("register", "access", Object.keys(interfaceRegisters)), value("27", WORD_MAX)],
    run: (vcpu, given) => interfaceRegisters[given.text("register")]!(vcpu, given.number("value")),
  }),
];

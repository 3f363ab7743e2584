/**
 * The whole state space of adapter-interruption suppression: every pair of mode masks of the eight ISCs, and
 * from each of them every event on every ISC, called as a VMM calls it.
 */
import { s390DeviceMachine, type S390DeviceMachine } from "../../deviceMachine/s390DeviceMachine.ts";
import { ISC_COUNT } from "../../devices/flic/ais.ts";
import { KVM_S390_ADAPTER_SUPPRESSIBLE, aisReq, flicGroup, ioAdapter } from "../../uapi/flic.ts";
import type { Walk } from "../suite.ts";

/** The masks to begin with, and one request to set each ISC to each mode, placed before the walk. */
const MASKS_ARGUMENT = 0x1000n, MODE_ARGUMENTS = 0x2000n;
const MASKS = 0x10000;
const VIOLATIONS_MAX = 10;

type Mode = "ALL" | "SINGLE" | "NO" | "ODD";
type Event = "all" | "single" | "interrupt";
const events: readonly Event[] = ["all", "single", "interrupt"];

/** The rule in words: mode before, event, mode after, and whether an interrupt comes through. */
const rule: Readonly<Record<Mode, Readonly<Record<Event, readonly [Mode, boolean]>>>> = {
  ALL: { all: ["ALL", false], single: ["SINGLE", false], interrupt: ["ALL", true] },
  SINGLE: { all: ["ALL", false], single: ["SINGLE", false], interrupt: ["NO", true] },
  NO: { all: ["ALL", false], single: ["SINGLE", false], interrupt: ["NO", false] },
  ODD: { all: ["ALL", false], single: ["SINGLE", false], interrupt: ["ODD", false] },
};

/** Mode of one ISC; ISC 0 is the leftmost bit of both masks. */
function modeOf(simm: number, nimm: number, isc: number): Mode {
  const [single, none] = [simm, nimm].map((mask) => (mask >> (7 - isc)) & 1);
  if (none) return single ? "NO" : "ODD";
  return single ? "SINGLE" : "ALL";
}

/** Puts one ISC's mode into masks. */
function withMode(simm: number, nimm: number, isc: number, mode: Mode): readonly [number, number] {
  const bit = 1 << (7 - isc);
  const isSingle = mode === "SINGLE" || mode === "NO";
  const isNone = mode === "NO" || mode === "ODD";
  return [isSingle ? simm | bit : simm & ~bit, isNone ? nimm | bit : nimm & ~bit];
}

const modeArgument = (isc: number, mode: number): bigint => MODE_ARGUMENTS + BigInt(0x100 * (2 * isc + mode));

function machineWithAdapters(): S390DeviceMachine {
  const machine = s390DeviceMachine();
  const { kvm, user } = machine;
  kvm.flic.onDecision = undefined;
  kvm.flic.kick = undefined;
  for (let isc = 0; isc < ISC_COUNT; isc++) {
    const adapter = ioAdapter.encode({ id: isc, isc, flags: KVM_S390_ADAPTER_SUPPRESSIBLE });
    kvm.setAttr(flicGroup.ADAPTER_REGISTER, 0n, user.place(MASKS_ARGUMENT, adapter));
    for (const mode of [0, 1]) user.place(modeArgument(isc, mode), aisReq.encode({ isc, mode }));
  }
  return machine;
}

export const aisWalk: Walk = {
  name: "adapter-interruption suppression, 8 ISCs",
  whole: { states: 65_536, transitions: 1_572_864 },
  run() {
    const machine = machineWithAdapters();
    const violations: string[] = [];
    let transitions = 0;
    for (let masks = 0; masks < MASKS; masks++) {
      machine.user.place(MASKS_ARGUMENT, Uint8Array.of(masks >> 8, masks & 0xff));
      for (let isc = 0; isc < ISC_COUNT; isc++)
        for (const event of events) {
          transitions++;
          const violation = oneStep(machine, masks >> 8, masks & 0xff, isc, event);
          if (violation !== undefined && violations.length < VIOLATIONS_MAX) violations.push(violation);
        }
    }
    return { states: MASKS, transitions, violations };
  },
};

function oneStep(
  { kvm }: S390DeviceMachine, simm: number, nimm: number, isc: number, event: Event,
): string | undefined {
  const { flic } = kvm;
  kvm.setAttr(flicGroup.AISM_ALL, 0n, MASKS_ARGUMENT);
  const result = event === "interrupt"
    ? kvm.setAttr(flicGroup.AIRQ_INJECT, BigInt(isc), 0n)
    : kvm.setAttr(flicGroup.AISM, 0n, modeArgument(isc, event === "single" ? 1 : 0));
  const delivered = flic.gisa!.take(isc) !== undefined;
  const [mode, passes] = rule[modeOf(simm, nimm, isc)][event];
  const [nextSimm, nextNimm] = withMode(simm, nimm, isc, mode);
  const isRight = result === 0 && delivered === passes && flic.ais.simm === nextSimm
    && flic.ais.nimm === nextNimm && flic.gisa!.ipm === 0;
  return isRight ? undefined
    : `simm ${simm} nimm ${nimm}: ${event} on ISC ${isc} gave ${result}, ${JSON.stringify(flic.ais)}`;
}

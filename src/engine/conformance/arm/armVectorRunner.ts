/** Carries out one vector of arm64's vCPU attributes and says what was different. */
import { errno } from "../../api/errno.ts";
import { PlacedMemory } from "../../deviceMachine/placedMemory.ts";
import { ArmKvm } from "../../devices/arm/armKvm.ts";
import { isEventAllowed } from "../../devices/arm/pmu.ts";
import { armProfiles } from "../../devices/arm/profile.ts";
import { differs } from "../differs.ts";
import {
  PMU_A, PMU_B, type ArmRunResult, type ArmStep, type ArmValue, type ArmVector, type AttributeName,
} from "./armVectors.ts";

const BAD = 0xdead_0000n;
const STRUCTURE = 0x6000_0000n;
const VALUE = 0x6100_0000n;

const places: Readonly<Record<string, readonly [group: number, attr: number]>> = {
  "pmu irq": [0, 0], "pmu init": [0, 1], "pmu filter": [0, 2], "pmu choice": [0, 3], vtimer: [1, 0],
    ptimer: [1, 1],
  "steal time": [2, 0],
};

interface Run {
  readonly kvm: ArmKvm;
  readonly user: PlacedMemory;
  readonly immediateExit: boolean;
}

/** Sentences about what was not as the vector says; empty if it holds. */
export function armVectorMismatches(vector: ArmVector): string[] {
  const run = begin(vector);
  return vector.steps.flatMap((step, index) =>
    runStep(run, step).map((mismatch) => `${vector.id} step ${index + 1}: ${mismatch}`));
}

function begin(vector: ArmVector): Run {
  const { profile = "linux-6.1", gic, spis, vcpus = ["pmu", "pmu"], twoPmus } = vector;
  const user = new PlacedMemory();
  const kvm = new ArmKvm({
    profile: armProfiles[profile], user, slots: [{ address: 0n, size: 0x10000n }],
    host: {
      pmus: twoPmus ? [{ type: PMU_A, cpus: [0] }, { type: PMU_B, cpus: [1] }] : [{ type: PMU_A, cpus: [0,
        1] }],
      eventSpace: vector.eventSpace ?? 65536, schedulerInfo: !vector.noSchedulerInfo,
    },
  });
  for (const feature of vcpus) {
    const index = kvm.createVcpu();
    if (feature !== "not initialised") kvm.initVcpu(index, feature === "pmu");
  }
  if (gic !== "none")
    kvm.createGic({ version: gic === "v2 not initialised" ? 2 : 3, ...(spis === undefined ? {} : { spis }) });
  if (gic === undefined) kvm.initGic();
  return { kvm, user, immediateExit: vector.immediateExit ?? false };
}

function runStep(run: Run, step: ArmStep): string[] {
  const { kvm, user } = run;
  if (step[0] === "init GIC") return differs("init GIC", kvm.initGic(), 0);
  if (step[0] === "allows")
    return differs(`event ${step[1]}`, isEventAllowed(kvm.vm, step[1]), step[2]);
  const [name, call] = step;
  const index = Number(name.slice(1));
  const label = `${name} ${call}`;
  switch (call) {
    case "create": {
      const made = kvm.createVcpu();
      return differs(label, made < 0 ? made : 0, resultOf(step[2]));
    }
    case "init": return differs(label, kvm.initVcpu(index, step[2]), 0);
    case "run": return runVcpu(run, index, step[2]);
    case "unreadable": return differs(label, kvm.attribute(index, "set", BAD), resultOf(step[2]));
    case "has": return differs(label, kvm.attribute(index, "has", place(user, step[2], BAD)),
      resultOf(step[3]));
    case "get into bad":
      return differs(label, kvm.attribute(index, "get", place(user, step[2], BAD)), resultOf(step[3]));
    case "set": {
      const address = place(user, step[2], valueAt(user, step[3]));
      return differs(label, kvm.attribute(index, "set", address), resultOf(step[4]));
    }
    case "get": return get(run, index, step[2], step[3]);
  }
}

const resultOf = (name: 0 | keyof typeof errno): number => (name === 0 ? 0 : errno[name]);

function place(user: PlacedMemory, attribute: AttributeName, addr: bigint): bigint {
  const [group, attr] = typeof attribute === "string" ? places[attribute]! : attribute;
  const bytes = new Uint8Array(24);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, group, true);
  view.setBigUint64(8, BigInt(attr), true);
  view.setBigUint64(16, addr, true);
  return user.place(STRUCTURE, bytes);
}

function valueAt(user: PlacedMemory, value: ArmValue): bigint {
  if (value === "bad") return BAD;
  const bytes = new Uint8Array(typeof value === "number" ? 4 : 8);
  const view = new DataView(bytes.buffer);
  if (typeof value === "number") view.setInt32(0, value, true);
  else if (typeof value === "bigint") view.setBigUint64(0, value, true);
  else {
    const [base, count, action] = value;
    view.setUint16(0, base, true);
    view.setUint16(2, count, true);
    // The last three bytes are not looked at.
    bytes.set([action, 0xff, 0xff, 0xff], 4);
  }
  return user.place(VALUE, bytes);
}

function get({ kvm, user }: Run, index: number, attribute: AttributeName, expected: number | bigint | string):
string[] {
  const isWide = typeof expected === "bigint";
  const bytes = new Uint8Array(8);
  const result = kvm.attribute(index, "get", place(user, attribute, user.place(VALUE, bytes)));
  if (typeof expected === "string") return differs("get", result, errno[expected as keyof typeof errno]);
  const view = new DataView(bytes.buffer);
  const got = isWide ? view.getBigUint64(0, true) : view.getInt32(0, true);
  return [...differs("get", result, 0), ...differs("the value got", got, expected)];
}

function runVcpu({ kvm, immediateExit }: Run, index: number, expected: ArmRunResult):
string[] {
  const { result, entered, exit } = kvm.run(index, { immediateExit });
  if (expected === "enters") return differs("run", [result, entered], [0, true]);
  if (typeof expected === "string") return differs("run", [result, entered], [errno[expected], false]);
  return differs("exit", exit && [exit.reason, exit.failureReason, exit.cpu], [...expected]);
}

/** Carries out one AP vector against a machine and says what was different. */
import {
  apDeviceMachine, type ApDeviceMachine,
} from "../../deviceMachine/apDeviceMachine.ts";
import { ScriptedApHardware } from "../../deviceMachine/scriptedApHardware.ts";
import { hex, toHex } from "../../base/hex.ts";
import { deviceIoctl } from "../../devices/ap/deviceCalls.ts";
import { idsOf, withoutId } from "../../devices/ap/idMask.ts";
import { ISC_INVALID } from "../../devices/ap/queue.ts";
import type { AssignmentAttribute } from "../../devices/ap/vfioAp.ts";
import { deviceAttr } from "../../uapi/deviceAttr.ts";
import { ioctl } from "../../uapi/ioctl.ts";
import { VFIO_DEVICE_GET_INFO, VFIO_DEVICE_RESET } from "../../uapi/vfio.ts";
import { differs } from "../differs.ts";
import type { ApCheck, ApStep, ApVector } from "./apVector.ts";

const ARGUMENT = 0x6000_0000n;
const apqnOf = (name: string): number => Number.parseInt(name.slice(0, 2) + name.slice(5), 16);

interface Run {
  readonly machine: ApDeviceMachine;
  readonly hardware: ScriptedApHardware;
  during: Held;
  callsBefore: number;
  updatesBefore: number;
}
type Held = NonNullable<ApCheck["during"]>;

/** Sentences about what was not as the vector says; empty if it holds. */
export function apVectorMismatches(vector: ApVector): string[] {
  const run = begin(vector);
  const said = vector.steps.flatMap((step, index) =>
    runStep(run, step).map((mismatch) => `${vector.id} step ${index + 1} (${step.op}): ${mismatch}`));
  const { unexpected, unused } = run.hardware;
  return [...said, ...unexpected, ...(unused ? [`${vector.id}: ${unused} answers never asked for`] : [])];
}

function begin({ hostHasAp, apxa, facilities, open = true }: ApVector): Run {
  const hardware = new ScriptedApHardware();
  const machine = apDeviceMachine(() => hardware, {
    apie: hostHasAp ?? true,
    options: {
      gisaAddress: 0x12345900, facilities: facilities ?? [15, 65, 76],
      ap: { hostHasAp, apxa, hostBase: 0x79fff000n },
    },
  });
  const { driver, kvm } = machine;
  driver.createDevice("M");
  driver.createDevice("M2");
  for (const name of ["05.0004", "05.0047"]) driver.bind(apqnOf(name));
  for (const [attribute, text] of [
    ["assign_adapter", "5"], ["assign_domain", "4"], ["assign_domain", "0x47"],
  ] as const) driver.store("M", attribute, text);
  if (open) driver.open("M", kvm.ap);
  const run: Run = { machine, hardware, during: {}, callsBefore: 0, updatesBefore: 0 };
  hardware.onAqic = () => { run.during = heldBy(machine); };
  return run;
}

function heldBy({ kvm }: ApDeviceMachine): Held {
  const { references, alertMask, iam } = kvm.flic.gisa!;
  const used = references.map((count, isc) => [isc, count] as const).filter(([, count]) => count > 0);
  const pins = kvm.ap.container.save().pins.map(({ iova, count }) => [Number(iova), count] as const);
  return { references: Object.fromEntries(used), alertMask, iam, pins: Object.fromEntries(pins) };
}

function runStep(run: Run, step: ApStep): string[] {
  const { machine, hardware } = run;
  const { driver, kvm, apCpu, user } = machine;
  switch (step.op) {
    case "hw":
      run.callsBefore = hardware.calls.length;
      run.updatesBefore = kvm.ap.crycb.updates;
      hardware.script(apqnOf(step.queue), step.answers);
      return [];
    case "pqap": {
      const outcome = machine.pqap(...step.gr);
      const result = outcome.kind === "program" ? outcome.code : outcome.kind;
      return [...differs("the outcome", result, step.result), ...differs("GR1", apCpu.gr(1), step.gr1),
        ...differs("the condition code", apCpu.conditionCode, step.conditionCode)];
    }
    case "cpu": {
      const { conditionCode, problemState, aiv } = step;
      apCpu.conditionCode = conditionCode ?? apCpu.conditionCode;
      apCpu.problemState = problemState ?? apCpu.problemState;
      apCpu.aiv = aiv ?? apCpu.aiv;
      return [];
    }
    case "store":
      return differs("the result",
        driver.store(step.device, step.attribute as AssignmentAttribute, step.text), step.result);
    case "pool": return differs("the result", driver.storePoolMask(step.attribute, step.text), step.result);
    case "bind": return differs("the result", driver.bind(apqnOf(step.queue)), 0);
    case "unbind": return differs("the result", driver.unbind(apqnOf(step.queue)), 0);
    case "open":
      return differs("the result", driver.open(step.device, step.vm ? kvm.ap : undefined), step.result);
    case "close": return (driver.close(step.device), []);
    case "unmapAll": return (kvm.ap.container.unmap(0n, 1n << 63n), []);
    case "getInfo": {
      user.place(ARGUMENT, hex(step.bytes));
      const result = deviceIoctl(VFIO_DEVICE_GET_INFO, ARGUMENT, user, () => 0);
      return [...differs("the result", result, step.result),
        ...differs("the structure", toHex(user.at(ARGUMENT)), step.out?.replaceAll(" ", ""))];
    }
    case "reset": {
      const device = driver.device("M")!;
      return differs("the result", deviceIoctl(VFIO_DEVICE_RESET, 0n, user, () => driver.resetQueues(device)),
        step.result);
    }
    case "vmAttribute": {
      const { call, group, attr, result } = step;
      user.place(ARGUMENT, deviceAttr.encode({ group, attr: BigInt(attr) }));
      const request = call === "set" ? ioctl.KVM_SET_DEVICE_ATTR : ioctl.KVM_HAS_DEVICE_ATTR;
      return differs("the result", kvm.ioctl(kvm.vmFd, request, ARGUMENT), result);
    }
    case "hostAdm": {
      const { configuration } = driver;
      driver.changeConfiguration({ ...configuration, adm: withoutId(configuration.adm, step.without) });
      driver.completeScan();
      return [];
    }
    case "check": return compare(run, step.is);
  }
}

function compare({ machine, hardware, during, callsBefore, updatesBefore }: Run, is: ApCheck): string[] {
  const { driver, kvm } = machine;
  const device = driver.device("M")!;
  const held = heldBy(machine);
  const crycb = kvm.ap.crycb.toBytes();
  const ofQueues = (expected: Readonly<Record<string, unknown>> | undefined, what: string,
    see: (name: string) => unknown): string[] => Object.entries(expected ?? {}).flatMap(
    ([name, value]) => differs(`${what} of ${name}`, see(name), value));
  return [
    ...ofQueues(is.queues, "what is held", (name) => {
      const { savedIova, savedIsc } = driver.bound.get(apqnOf(name))!;
      return savedIova === 0n && savedIsc === ISC_INVALID ? null : [Number(savedIova), savedIsc];
    }),
    ...ofQueues(is.resetResponse, "the reset response",
      (name) => driver.bound.get(apqnOf(name))!.resetResponse),
    ...ofQueues(is.status, "the status", (name) => driver.queueStatus(apqnOf(name))),
    ...ofQueues(is.matrix, "the matrix", (name) => driver.device(name)!.printMatrix()),
    ...differs("the registrations", held.references, is.references),
    ...differs("IAM", held.iam, is.iam),
    ...differs("the alert mask", held.alertMask, is.alertMask),
    ...differs("the pins", held.pins, is.pins),
    ...Object.entries(is.during ?? {}).flatMap(
      ([key, value]) => differs(`${key} during AQIC`, during[key as keyof Held], value)),
    ...differs("the host's calls", hardware.calls.slice(callsBefore), is.calls),
    ...differs("the guest's matrix", device.printGuestMatrix(), is.guestMatrix),
    ...differs("the control domains", device.printControlDomains(), is.controlDomains),
    ...differs("the guest's adapters", idsOf(device.shadow.apm), is.guestAdapters),
    ...differs("the pool", { apm: idsOf(driver.pool.apm), aqm: idsOf(driver.pool.aqm) }, is.pool),
    ...differs("the updates", kvm.ap.crycb.updates - updatesBefore, is.updates),
    ...Object.entries(is.crycb ?? {}).flatMap(([at, bytes]) => {
      const expected = bytes.replaceAll(" ", "");
      return differs(`the control block at ${at}`,
        toHex(crycb.subarray(Number(at), Number(at) + expected.length / 2)), expected);
    }),
    ...differs("the hook", kvm.ap.hook ?? null, is.hook),
  ];
}

/** Assignments, queues that come and go and the host's configuration: the driver does what its model does. */
import { describe, expect, it } from "vitest";
import { isSame, show } from "../../../../src/engine/base/plainData.ts";
import { Prng } from "../../../../src/engine/base/prng.ts";
import {
  apDeviceMachine, type ApDeviceMachine,
} from "../../../../src/engine/deviceMachine/apDeviceMachine.ts";
import { ScriptedApHardware } from "../../../../src/engine/deviceMachine/scriptedApHardware.ts";
import { apQuirks, type ApQuirks } from "../../../../src/engine/devices/ap/apQuirks.ts";
import { idsOf, maskOf } from "../../../../src/engine/devices/ap/idMask.ts";
import type { AssignmentAttribute } from "../../../../src/engine/devices/ap/vfioAp.ts";
import { MatrixModel, type DeviceModel, type Part } from "./matrixModel.ts";

const CALLS = 400;
const RUNS = 5;
const NAMES = ["A", "B"];
const ADAPTERS = [0, 3, 255], DOMAINS = [0, 4, 71];
const OLD = 9, NEW = 14;
const DECONFIGURED = 0x30000;
const PARTS: readonly Part[] = ["adapter", "domain", "control_domain"];
const queues = ADAPTERS.flatMap((apid) => DOMAINS.map((apqi) => apid * 256 + apqi));

/** Queues in `broken` are not there for a reset. */
class Hardware extends ScriptedApHardware {
  readonly broken = new Set<number>();
  override zapq(apqn: number): number {
    const status = super.zapq(apqn);
    return this.broken.has(apqn) ? DECONFIGURED : status;
  }
}

interface Pair {
  readonly machine: ApDeviceMachine<Hardware>;
  readonly model: MatrixModel;
}
type Answers = readonly [unknown, unknown];
interface Call {
  readonly name: string;
  readonly run: (pair: Pair, prng: Prng, name: string, device: DeviceModel) => Answers;
}

const configured = (prng: Prng, ids: readonly number[]): Set<number> =>
  new Set(ids.filter(() => prng.below(4) > 0));
const everything = () => ({
  adapter: new Set(ADAPTERS), domain: new Set(DOMAINS), control_domain: new Set(DOMAINS),
});

const calls: readonly Call[] = [
  ...(["assign", "assign", "assign", "unassign"] as const).map((verb): Call => ({
    name: verb,
    run: ({ machine: { driver }, model }, prng, name, device) => {
      const part = prng.pick(PARTS);
      const id = prng.pick([...(part === "adapter" ? ADAPTERS : DOMAINS), 256]);
      const text = prng.below(2) ? `${id}` : `0x${id.toString(16)}\n`;
      const stored = driver.store(name, `${verb}_${part}` as AssignmentAttribute, text);
      return [stored, model[verb](device, part, id) || text.length];
    },
  })),
  { name: "bind", run: ({ machine: { driver }, model }, prng) => {
    const apqn = prng.pick(queues);
    return [driver.bind(apqn), model.bind(apqn)];
  } },
  { name: "bind all", run: ({ machine: { driver }, model }) =>
    [queues.map((apqn) => driver.bind(apqn)), queues.map((apqn) => model.bind(apqn))] },
  { name: "unbind", run: ({ machine: { driver }, model }, prng) => {
    const apqn = prng.pick(queues);
    return [driver.unbind(apqn), model.unbind(apqn)];
  } },
  { name: "pool", run: ({ machine: { driver }, model }, prng) => {
    const part = prng.pick(["adapter", "domain"] as const);
    const id = prng.pick(part === "adapter" ? ADAPTERS : DOMAINS);
    const attribute = part === "adapter" ? "apmask" : "aqmask";
    const takes = prng.below(3) === 0;
    const text = `${takes ? "+" : "-"}${id}`;
    return [driver.storePoolMask(attribute, text), model.changePool(part, id, takes) || text.length];
  } },
  { name: "open", run: ({ machine: { driver, kvm }, model }, _prng, name, device) =>
    [driver.open(name, kvm.ap), model.open(device)] },
  { name: "close", run: ({ machine: { driver }, model }, _prng, name, device) =>
    [driver.close(name), model.close(device)] },
  { name: "remove and make anew", run: ({ machine: { driver }, model }, prng, name, device) => {
    if (prng.below(4) > 0) return [0, 0];
    const removed = driver.removeDevice(name);
    return [[removed, driver.createDevice(name)], [model.replace(device), removed === 0 ? 0 : -17]];
  } },
  { name: "reset", run: ({ machine: { driver }, model }, _prng, name, device) =>
    [driver.resetQueues(driver.device(name)!), model.resetAll(device)] },
  { name: "break or repair a queue", run: ({ machine: { hardware }, model }, prng) => {
    const apqn = prng.pick(queues);
    for (const { broken } of [hardware, model])
      if (!broken.delete(apqn) && prng.below(2) === 0) broken.add(apqn);
    fillFrom(model.broken, hardware.broken);
    return [0, 0];
  } },
  { name: "reconfigure", run: ({ machine: { driver, hardware }, model }, prng) => {
    const next = {
      adapter: configured(prng, ADAPTERS), domain: configured(prng, DOMAINS),
      control_domain: configured(prng, DOMAINS),
    };
    hardware.type = prng.pick([OLD, NEW]);
    driver.changeConfiguration({ ...driver.configuration, apm: maskOf(...next.adapter),
      aqm: maskOf(...next.domain), adm: maskOf(...next.control_domain) });
    return [0, model.reconfigure(next, hardware.type) ?? 0];
  } },
  { name: "scan", run: ({ machine: { driver }, model }) => [driver.completeScan(), model.completeScan()] },
];

function fillFrom(to: Set<number>, from: ReadonlySet<number>): void {
  to.clear();
  for (const one of from) to.add(one);
}

function seen({ machine: { driver, kvm, hardware }, model }: Pair): Answers {
  const { apm, aqm, adm } = kvm.ap.crycb.masks();
  const open = model.devices.find(({ isOpen }) => isOpen);
  return [
    [NAMES.map((name) => {
      const device = driver.device(name)!;
      return [device.printMatrix(), device.printGuestMatrix(), device.printControlDomains(),
        [...device.queues.keys()].sort((a, b) => a - b)];
    }), queues.map((apqn) => driver.queueStatus(apqn)), [apm, aqm, adm].map(idsOf), kvm.ap.crycb.updates,
      hardware.calls.splice(0)],
    [model.devices.map((device) => [model.matrix(device), model.guestMatrix(device), model.controls(device),
      [...device.linked].sort((a, b) => a - b)]), queues.map((apqn) => model.status(apqn)),
      PARTS.map((part) => [...open?.guest[part] ?? []].sort((a, b) => a - b)), model.updates,
      model.calls.splice(0)],
  ];
}

function pairOf(quirks: ApQuirks): Pair {
  const machine = apDeviceMachine(() => new Hardware(), { quirks });
  const { driver } = machine;
  const all = everything();
  driver.changeConfiguration({ ...driver.configuration, apm: maskOf(...all.adapter),
    aqm: maskOf(...all.domain), adm: maskOf(...all.control_domain) });
  for (const name of NAMES) driver.createDevice(name);
  const model = new MatrixModel(NAMES.length, all,
    { hiddenKeepLink: quirks.hiddenQueueKeepsLink, oldPass: quirks.oldAdaptersPass });
  return { machine, model };
}

describe.each([["repaired", apQuirks.none], ["of Linux 6.1", apQuirks["linux-6.1"]]] as const)(
  "a driver %s", (_name, quirks) => {
    it("assigns, links, filters, hides and resets as its model does", () => {
      for (let seed = 1; seed <= RUNS; seed++) {
        const pair = pairOf(quirks);
        const prng = new Prng(seed);
        for (let at = 1; at <= CALLS; at++) {
          const call = prng.pick(calls);
          const which = prng.below(NAMES.length);
          const answers = call.run(pair, prng, NAMES[which]!, pair.model.devices[which]!);
          for (const [got, wanted] of [answers, seen(pair)])
            if (!isSame(got, wanted))
              expect.fail(`seed ${seed}, call ${at}, ${call.name}: ${show(got)}; the model: ${show(wanted)}`);
        }
      }
    });
  });

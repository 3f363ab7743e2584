/**
 * Every state that two queues of one passed-through adapter can get into, and every event in each of them:
 * the driver against the model, its pins and registrations against what the queues hold.
 */
import { isSame, show } from "../../base/plainData.ts";
import {
  apDeviceMachine, passThrough, type ApDeviceMachine,
} from "../../deviceMachine/apDeviceMachine.ts";
import { ScriptedApHardware, type ScriptedAnswer } from "../../deviceMachine/scriptedApHardware.ts";
import { apQuirks, type ApQuirks } from "../../devices/ap/apQuirks.ts";
import { hasId } from "../../devices/ap/idMask.ts";
import { ISC_INVALID } from "../../devices/ap/queue.ts";
import { loadVfioAp, saveVfioAp } from "../../devices/ap/persist.ts";
import type { VfioApState } from "../../devices/ap/state.ts";
import type { FlicSnapshot } from "../../devices/flic/state.ts";
import { AQIC_ENABLE, makeApqn } from "../../uapi/ap.ts";
import type { Walk, WalkResult } from "../suite.ts";
import {
  apEvents, apModelAtStart, nextModel, type ApEvent, type ApModel, type Which,
} from "./apQueueModel.ts";

const ADAPTER = 5, DOMAINS = [4, 8] as const;
/** One indicator each, in one page. */
const INDICATORS = [0x1234n, 0x1300n] as const;
const VIOLATIONS_MAX = 10;
/** AQIC or ZAPQ answers of a busy queue until the driver gives up. */
const ATTEMPTS = 6;

type Machine = ApDeviceMachine<ScriptedApHardware>;
interface Reached {
  readonly model: ApModel;
  readonly driver: VfioApState;
  readonly flic: FlicSnapshot;
}

const apqnOf = (which: Which): number => makeApqn(ADAPTER, DOMAINS[which]);

export const apQueueWalk: Walk = {
  name: "AP: two queues of one adapter, a driver without defects",
  whole: { states: 166, transitions: 4482 },
  run: () => walkApQueues(apQuirks.none),
};

/** The walk with a driver that may have defects; with one that shows here it finds violations. */
export function walkApQueues(quirks: ApQuirks): WalkResult {
  const machine = apDeviceMachine(() => new ScriptedApHardware(), { quirks });
  machine.kvm.flic.onDecision = undefined;
  passThrough(machine, "M", ADAPTER, DOMAINS);
  const violations: string[] = [];
  const seen = new Set([JSON.stringify(apModelAtStart)]);
  const waiting: Reached[] = [reach(machine, apModelAtStart)];
  let transitions = 0;
  for (let from = waiting.pop(); from; from = waiting.pop())
    for (const event of apEvents) {
      transitions++;
      goTo(machine, from);
      perform(machine, event);
      const model = nextModel(from.model, event);
      const violation = difference(machine, model);
      if (violation && violations.length < VIOLATIONS_MAX)
        violations.push(`${show(from.model)}: ${show(event)}: ${violation}`);
      const key = JSON.stringify(model);
      if (seen.has(key)) continue;
      seen.add(key);
      waiting.push(reach(machine, model));
    }
  return { states: seen.size, transitions, violations };
}

const reach = ({ driver, kvm }: Machine, model: ApModel): Reached =>
  ({ model, driver: saveVfioAp(driver, [kvm.ap]), flic: kvm.flic.save() });

function goTo({ driver, kvm }: Machine, { driver: saved, flic }: Reached): void {
  loadVfioAp(driver, [kvm.ap], saved);
  kvm.flic.load(flic);
}

function perform({ driver, kvm, hardware, pqap }: Machine, event: ApEvent): void {
  hardware.forget();
  const status = (response: number): number => response << 16;
  const script = (which: Which, ...answers: ScriptedAnswer[]): void =>
    hardware.script(apqnOf(which), answers);
  switch (event.does) {
    case "enable":
      script(event.queue, ["aqic", status(event.answer)], ["aqic", status(event.answer)]);
      return void pqap(0x03000000n | BigInt(apqnOf(event.queue)), AQIC_ENABLE | BigInt(event.isc),
        INDICATORS[event.queue]);
    case "disable": return void pqap(0x03000000n | BigInt(apqnOf(event.queue)));
    case "bind": return void driver.bind(apqnOf(event.queue));
    case "unbind": return void driver.unbind(apqnOf(event.queue));
    case "assign": return void driver.store("M", "assign_domain", `${DOMAINS[event.queue]}`);
    case "unassign": return void driver.store("M", "unassign_domain", `${DOMAINS[event.queue]}`);
    case "reset":
      if (event.answer !== 0)
        for (const which of [0, 1] as const)
          for (let n = 0; n < ATTEMPTS; n++) script(which, ["zapq", status(event.answer)]);
      return void driver.resetQueues(driver.device("M")!);
    case "open": return void driver.open("M", kvm.ap);
    case "close": return driver.close("M");
  }
}

/** What of the driver is not as the model says; undefined if all is. */
function difference({ driver, kvm }: Machine, { queues, open, visible }: ApModel): string | undefined {
  const device = driver.device("M")!;
  const bound = ([0, 1] as const).map((which) => driver.bound.get(apqnOf(which)));
  const seen = {
    queues: bound.map((queue, which) => ({
      bound: queue !== undefined,
      assigned: hasId(device.matrix.aqm, DOMAINS[which as Which]),
      holds: queue && queue.savedIsc !== ISC_INVALID ? queue.savedIsc : null,
      sound: (queue?.resetResponse ?? 0) === 0,
    })),
    open: device.vm !== undefined, visible: hasId(device.shadow.apm, ADAPTER),
    pins: INDICATORS.map((indicator) => kvm.ap.container.pinCount(indicator)),
    registrations: [3, 5].map((isc) => kvm.flic.gisa!.references[isc]!),
    alertMask: kvm.flic.gisa!.alertMask,
    hook: kvm.ap.hook, guest: hasId(kvm.ap.crycb.masks().apm, ADAPTER),
  };
  const holders = (isc: number): number => queues.filter(({ holds }) => holds === isc).length;
  const expected = {
    queues, open, visible,
    pins: queues.map(({ holds }) => (holds === null ? 0 : 1)),
    registrations: [holders(3), holders(5)],
    alertMask: (holders(3) ? 0x10 : 0) | (holders(5) ? 0x04 : 0),
    hook: open ? "M" : undefined, guest: open && visible,
  };
  return isSame(seen, expected) ? undefined : `${show(seen)}, expected ${show(expected)}`;
}

/** Rows 30 and 36: what KVM's native device holds on to for too long. */
import { assert } from "../../base/assert.ts";
import {
  connectVcpu, native, powerMachine, type PowerMachine,
} from "../../deviceMachine/powerDeviceMachine.ts";
import { XiveMonitor } from "../../devices/kvm/xiveMonitor.ts";
import { ESB_RESET, ESB_SET_PQ } from "../../devices/xive/esb.ts";
import { cedeVcpu, pullVcpu, pushVcpu } from "../../devices/xive/vcpuContext.ts";
import { claim, defineScenario, step } from "../scenario.ts";
import {
  LISN, PRIORITY, QUEUE, configureQueue, emptyPseries, xiveSwitches, type PseriesWorld,
} from "./pseriesWorld.ts";

const LEAK = "xive.queue.leakPage";
const PRODDED = "xive.escalation.keepsProdded";
const OTHER_QUEUE = 0x2_0000;
const PAGES = "one page is held";

export const queuePageNeverReleased = defineScenario<PseriesWorld>({
  id: "queue-page-never-released",
  family: "power", row: "30",
  title: "A queue configured again lets go of its old page",
  evidence: ["read"],
  sources: ["Kurz, 2019-11-13; Linux 5.4.3"],
  given: {
    says: ["a pseries machine with one queue in the kernel"],
    build: (defects) => {
      const world = emptyPseries(defects);
      configureQueue(world, QUEUE);
      return world;
    },
  },
  when: ["boots again and places the queue elsewhere", "boots a third time"].map((what, boot) =>
    step<PseriesWorld>(`the guest ${what}`, (world) => configureQueue(world, boot ? QUEUE : OTHER_QUEUE))),
  then: [claim(PAGES, ({ kvm }) => kvm.pages.held(), 1)],
  defects: [{ switch: LEAK, breaks: PAGES, because: "the reference to the page of before is never dropped" }],
});

interface SleepWorld {
  readonly machine: PowerMachine;
  readonly monitor: XiveMonitor;
  readonly sleeps: boolean[];
}

const vcpuOf = ({ machine }: SleepWorld) => native(machine).vcpus.get(0)!;
const cede = step<SleepWorld>("vCPU 0 cedes with nothing pending", (world) => {
  world.sleeps.push(cedeVcpu(native(world.machine), vcpuOf(world)));
});
const BOTH = "it sleeps both times";

export const escalationProdsForEver = defineScenario<SleepWorld>({
  id: "escalation-prods-for-ever",
  family: "power", row: "36",
  title: "After an escalation has woken a CPU, the next cede sleeps",
  evidence: ["read"],
  sources: ["Linux 2267ea766179"],
  given: {
    says: ["a native device with one escalation interrupt per vCPU", "one source, routed to vCPU 0"],
    build: (defects) => {
      const machine = powerMachine("xive", 0, { singleEscalation: true, defects: xiveSwitches(defects) });
      assert(connectVcpu(machine, 0, 0) === 0, "server 0 is free");
      const monitor = new XiveMonitor(native(machine), 0x3000n);
      const queue = { flags: 1, qshift: 16, qaddr: BigInt(QUEUE), qtoggle: 1, qindex: 0 };
      assert(monitor.configureQueue(0, PRIORITY, queue) === 0, "the queue is good");
      const route = { server: 0, priority: PRIORITY, isMasked: false, eisn: 1 };
      assert(monitor.createSource(LISN, false, false) === 0, "the number is free");
      assert(monitor.configureSource(LISN, route) === 0, "the queue is there");
      monitor.loadEsb(LISN, "management", ESB_SET_PQ(ESB_RESET));
      return { machine, monitor, sleeps: [] };
    },
  },
  when: [
    cede,
    step("its source is triggered: the escalation wakes vCPU 0, which runs and leaves again", (world) => {
      const device = native(world.machine);
      const vcpu = vcpuOf(world);
      world.monitor.storeEsb(LISN, "trigger", 0);
      pushVcpu(device, vcpu, 0);
      pullVcpu(device, vcpu, 0);
    }),
    cede,
  ],
  then: [claim(BOTH, ({ sleeps }) => sleeps, [true, true])],
  defects: [{ switch: PRODDED, breaks: BOTH, because: "the mark of the escalation stays set for good" }],
});

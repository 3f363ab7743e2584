/** Rows 27 to 29: what a target's kernel is given, in which order, and what is asked of it first. */
import { errno } from "../../api/errno.ts";
import { assert } from "../../base/assert.ts";
import { native, powerMachine } from "../../deviceMachine/powerDeviceMachine.ts";
import { XiveMonitor } from "../../devices/kvm/xiveMonitor.ts";
import { collectState, restoreKernel, stopSources } from "../../devices/xive/handover.ts";
import { loadSpaprXive, saveSpaprXive } from "../../devices/xive/state.ts";
import { claim, defineScenario, step } from "../scenario.ts";
import { PRIORITY, emptyPseries, routedPseries, type PseriesWorld } from "./pseriesWorld.ts";

const HOTPLUGGED = "xive.restore.skipHotplugged";
const ROUTES_FIRST = "xive.restore.routesBeforeQueues";
const NO_PAGE_SIZE = "vmm.preflight.skipsPageSize";
/** Word of a thread context: CPPR 0xff, and priorities 2 and 6 pending in IPB. */
const CONTEXT = 0x00ff2200ff000000n;
const PLUGGED_LATER = 1;

interface MoveWorld {
  readonly source: PseriesWorld;
  readonly target: PseriesWorld;
  result: number | undefined;
}

const moving = (defects: ReadonlySet<string>): MoveWorld =>
  ({ source: routedPseries(defects), target: emptyPseries(defects), result: undefined });

/** The source stands still, its controller's state is on the target, the kernel there knows nothing yet. */
function handOver({ source, target }: MoveWorld): void {
  stopSources(source.xive, source.monitor);
  assert(collectState(source.xive, source.monitor) === 0, "a machine at rest can be read");
  assert(loadSpaprXive(target.xive, structuredClone(saveSpaprXive(source.xive))).ok, "the same machine");
}

export const hotpluggedContextLost = defineScenario<MoveWorld>({
  id: "hotplugged-context-lost",
  family: "power", row: "27",
  title: "A CPU plugged in before the move keeps its thread context",
  evidence: ["read"],
  sources: ["QEMU 310cda5b5e9d"],
  given: {
    says: ["a pseries machine built with vCPU 0", "vCPU 1 plugged in, with two priorities pending"],
    build: (defects) => {
      const world = moving(defects);
      world.source.monitor.setThreadState(PLUGGED_LATER, CONTEXT);
      return world;
    },
  },
  when: [
    step("the machine moves", handOver),
    step("the target's kernel is given the state", (world) => {
      world.result = restoreKernel(world.target.xive, world.target.monitor, [0]);
    }),
  ],
  then: [
    claim("nothing is refused", ({ result }) => result, 0),
    claim("vCPU 1 has its CPPR and what was pending", ({ target }) => {
      const state = target.monitor.threadState(PLUGGED_LATER);
      return state.ok ? state.value >> 32n : state.error;
    }, CONTEXT >> 32n),
  ],
  defects: [{
    switch: HOTPLUGGED, breaks: "vCPU 1 has its CPPR and what was pending",
    because: "only the CPUs that the target was built with are restored",
  }],
});

export const routesBeforeQueues = defineScenario<MoveWorld>({
  id: "routes-before-queues",
  family: "power", row: "28",
  title: "Queues are restored before the sources that lead to them",
  evidence: ["documented"],
  sources: ["Linux Documentation/virt/kvm/devices/xive.rst, Migration"],
  given: { says: ["a pseries machine with one source routed to one queue"], build: moving },
  when: [
    step("the machine moves", handOver),
    step("the target's kernel is given the state", (world) => {
      world.result = restoreKernel(world.target.xive, world.target.monitor);
    }),
  ],
  then: [
    claim("nothing is refused", ({ result }) => result, 0),
    claim("the source is counted for its queue",
      ({ target }) => target.kvm.device!.vcpus.get(0)!.queues[PRIORITY]!.count, 1),
  ],
  defects: [{
    switch: ROUTES_FIRST, breaks: "nothing is refused",
    because: "targeting fails: no queue of that priority is configured yet",
  }],
});

interface PageSizeWorld {
  readonly source: PseriesWorld;
  /** A target whose guest memory lies on pages of 4 KiB. */
  readonly target: ReturnType<typeof powerMachine>;
  readonly asksPageSize: boolean;
  outcome: "not tried" | "refused before the move" | "moved" | "failed at load";
}

const SMALL_PAGE_SHIFT = 12;
const QUEUE_SHIFT = 16;

export const smallHostPages = defineScenario<PageSizeWorld>({
  id: "small-host-pages",
  family: "power", row: "29",
  title: "A target whose pages are smaller than an event queue is refused before the move",
  evidence: ["derived-twice"],
  sources: ["Linux 6.1.192 arch/powerpc/kvm/book3s_xive_native.c"],
  given: {
    says: ["a guest with a queue of 64 KiB", "a target host with pages of 4 KiB behind guest memory"],
    build: (defects) => ({
      source: routedPseries(defects), target: powerMachine("xive", 2, { pageShift: SMALL_PAGE_SHIFT }),
      asksPageSize: !defects.has(NO_PAGE_SIZE), outcome: "not tried",
    }),
  },
  when: [step("the machine is to move", (world) => {
    const { source, target, asksPageSize } = world;
    if (asksPageSize && target.kvm.pages.pageShift < QUEUE_SHIFT) {
      world.outcome = "refused before the move";
      return;
    }
    const monitor = new XiveMonitor(native(target), 0x3000n);
    const result = restoreKernel(source.xive, monitor);
    world.outcome = result === errno.EINVAL ? "failed at load" : "moved";
  })],
  then: [claim("it is refused before a page has moved", ({ outcome }) => outcome, "refused before the move")],
  defects: [{
    switch: NO_PAGE_SIZE, breaks: "it is refused before a page has moved",
    because: "the kernel of the target refuses the queue when everything else is there already",
  }],
});

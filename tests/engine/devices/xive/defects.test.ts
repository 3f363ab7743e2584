import { describe, expect, it } from "vitest";
import { resumeSources, restoreKernel, stopSources } from "../../../../src/engine/devices/xive/handover.ts";
import { xiveDefects, type XiveDefect } from "../../../../src/engine/devices/xive/defects.ts";
import { hcall } from "../../../../src/engine/devices/xive/hcallCodes.ts";
import { xiveHcall } from "../../../../src/engine/devices/xive/hcalls.ts";
import { END_VALID } from "../../../../src/engine/devices/xive/end.ts";
import { cedeVcpu, pushVcpu, vpState } from "../../../../src/engine/devices/xive/vcpuContext.ts";
import { xicsHcall } from "../../../../src/engine/devices/xics/xicsHcalls.ts";
import { native, powerMachine, pseries, xics, type PseriesMachine } from "./powerMachine.ts";

const LISN = 0x1200;
const QUEUE = 0x10000n;

/** A machine with its sources in the kernel: LISN 0x1200 is open and routed to server 0 at priority 6. */
function routed(defect: XiveDefect | undefined): PseriesMachine & { queue(): string } {
  const machine = pseries(true, { defects: new Set(defect ? [defect] : []) });
  const { xive, memory } = machine;
  xive.claim(LISN, false);
  xiveHcall(xive, hcall.H_INT_SET_QUEUE_CONFIG, [1n, 0n, 6n, QUEUE, 16n]);
  xiveHcall(xive, hcall.H_INT_SET_SOURCE_CONFIG, [2n, BigInt(LISN), 0n, 6n, BigInt(LISN)]);
  xive.storeEsb(LISN, "management", 0xc00);
  return { ...machine, queue: () => Buffer.from(memory.read(Number(QUEUE), 8)).toString("hex") };
}

/** Each carries its case out and says whether the guest is as it should be. */
const cases: Partial<Record<XiveDefect, (defect: XiveDefect | undefined) => boolean>> = {
  "xive.eqSync.skipMarkDirty": (defect) => {
    const { xive, kernel } = routed(defect);
    const { pages } = kernel!.machine.kvm;
    pages.takeDirty();
    xive.storeEsb(LISN, "trigger", 0);
    stopSources(xive, kernel!.monitor);
    return pages.takeDirty().includes(QUEUE >> 16n);
  },
  "xive.stop.maskOff": (defect) => {
    const { xive, kernel, queue } = routed(defect);
    stopSources(xive, kernel!.monitor);
    xive.storeEsb(LISN, "trigger", 0);
    xive.storeEsb(LISN, "trigger", 0);
    resumeSources(xive, kernel!.monitor);
    return queue() === "8000120000000000";
  },
  "xive.resume.skipTrigger": (defect) => {
    const { xive, kernel, queue } = routed(defect);
    stopSources(xive, kernel!.monitor);
    xive.storeEsb(LISN, "trigger", 0);
    resumeSources(xive, kernel!.monitor);
    return queue() === "8000120000000000";
  },
  "xive.restore.routesBeforeQueues": (defect) => {
    const { xive } = routed(defect);
    const target = pseries(true).kernel!;
    return restoreKernel(xive, target.monitor) === 0;
  },
  "xive.restore.skipHotplugged": (defect) => {
    const { xive } = routed(defect);
    xive.context(1).registers.set([0, 0xff, 0x02], 0x10);
    const target = pseries(true).kernel!;
    restoreKernel(xive, target.monitor, [0]);
    return native(target.machine).vcpus.get(1)!.saved[2] === 0x02;
  },
  "xive.vpState.skipBacklog": (defect) => {
    const { xive, kernel } = routed(defect);
    xive.storeEsb(LISN, "trigger", 0);
    const device = native(kernel!.machine);
    const state = vpState(device, device.vcpus.get(0)!);
    return state.ok && state.value[2] === 0x02;
  },
  "xive.queue.leakPage": (defect) => {
    const { xive, kernel } = routed(defect);
    xiveHcall(xive, hcall.H_INT_SET_QUEUE_CONFIG, [1n, 0n, 6n, 0x20000n, 16n]);
    return kernel!.machine.kvm.pages.held() === 1;
  },
  "xive.escalation.keepsProdded": (defect) => {
    const defects = new Set(defect ? [defect] : []);
    const machine = powerMachine("xive", 1, { singleEscalation: true, defects });
    const device = native(machine);
    const vcpu = device.vcpus.get(0)!;
    machine.user.place(0x2000n, Uint8Array.of(1, 0, 0, 0, 16, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0));
    device.setAttr(4, 6n, 0x2000n);
    cedeVcpu(device, vcpu);
    device.host.chip.router.notifyEnd(device.host.end(0, 6), 1);
    return vcpu.irqPending && cedeVcpu(device, vcpu);
  },
  "xive.hcallReset.kernelOnly": (defect) => {
    const { xive } = routed(defect);
    xiveHcall(xive, hcall.H_INT_RESET, [0n]);
    return (xive.chip.ends.word(6, 0) & END_VALID) === 0;
  },
  "xics.ipoll.wrongVcpu": (defect) => {
    const machine = powerMachine("xics", 2, { defects: new Set(defect ? [defect] : []) });
    const device = xics(machine);
    const vcpu = device.connectedVcpu(0)!;
    pushVcpu(device, vcpu, 0);
    return xicsHcall(device, { vcpu, thread: 0 }, hcall.H_IPOLL, [1n]).server === 0;
  },
  "power.dpdes.skipRequest": (defect) => {
    const { kvm, vcpuFds } = powerMachine("xive", 0, { defects: new Set(defect ? [defect] : []) });
    const bell = kvm.doorbell(vcpuFds[0]!)!;
    bell.ring();
    return bell.dpdes === 1n;
  },
};

describe("defects of XIVE and XICS", () => {
  it.each(Object.keys(xiveDefects) as XiveDefect[])("%s: right with it off, wrong with it on", (defect) => {
    const run = cases[defect]!;
    expect(run(undefined)).toBe(true);
    expect(run(defect)).toBe(false);
  });
});

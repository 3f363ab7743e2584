import { describe, expect, it } from "vitest";
import type { Pq } from "../../../../src/engine/devices/xive/esb.ts";
import { advance, peekEntry, queueEntries } from "../../../../src/engine/devices/xive/eventQueue.ts";
import { hostSetPq, selected } from "../../../../src/engine/devices/xive/irqState.ts";
import type { VcpuQueue } from "../../../../src/engine/devices/xive/kvmXive.ts";
import { CPPR, RING_OS } from "../../../../src/engine/devices/xive/threadContext.ts";
import { pullVcpu, pushVcpu } from "../../../../src/engine/devices/xive/vcpuContext.ts";
import { xicsRtas } from "../../../../src/engine/devices/xics/rtas.ts";
import { xicsHcall } from "../../../../src/engine/devices/xics/xicsHcalls.ts";
import { powerIoctl, powerIrqLevel, powerOneReg } from "../../../../src/engine/uapi/powerIoctl.ts";
import { KVM_REG_PPC_ICP_STATE } from "../../../../src/engine/uapi/xive.ts";
import { xicsVectors, type XicsStep } from "../../../vectors/xicsVectors.ts";
import { BUFFER, powerMachine, xics, type PowerMachine } from "../xive/powerMachine.ts";

const ARGUMENT = 0x1800n;
const SOURCES = 1;

function icpRegister({ kvm, user, vcpuFds }: PowerMachine, vcpu: number, request: number): number {
  user.place(ARGUMENT, powerOneReg.encode({ id: KVM_REG_PPC_ICP_STATE, addr: BUFFER }));
  return kvm.ioctl(vcpuFds[vcpu]!, request, ARGUMENT);
}

/** The vCPUs are in the guest, except for one that is taken out. */
function setInGuest(machine: PowerMachine, isInGuest: boolean): void {
  const { device } = machine.kvm;
  for (const vcpu of device!.vcpus.values())
    if (isInGuest && !vcpu.isPushed) pushVcpu(device!, vcpu, vcpu.server);
    else if (!isInGuest) pullVcpu(device!, vcpu, vcpu.server);
}

function doStep(machine: PowerMachine, step: XicsStep): void {
  const { kvm, user } = machine;
  const device = xics(machine);
  setInGuest(machine, step.op === "hcall" || step.op === "check");
  switch (step.op) {
    case "set":
      expect(device.setAttr(SOURCES, step.irq, user.placeU64(BUFFER, step.value))).toBe(step.result);
      return;
    case "get":
      expect(device.getAttr(SOURCES, step.irq, BUFFER)).toBe(step.result);
      if (step.value !== undefined) expect(user.u64(BUFFER)).toBe(step.value);
      return;
    case "has":
      expect(device.hasAttr(SOURCES, step.irq)).toBe(step.result);
      return;
    case "hcall": {
      const caller = { vcpu: device.connectedVcpu(step.vcpu)!, thread: step.vcpu };
      const { status, outputs } = xicsHcall(device, caller, step.number, step.args);
      expect(status).toBe(step.status);
      if (step.r4 !== undefined) expect(outputs[0]).toBe(step.r4);
      return;
    }
    case "rtas": {
      const reply = xicsRtas(device, step.name, { args: step.args, results: step.reply.length });
      expect(reply).toEqual(step.reply);
      return;
    }
    case "setIcp":
      user.placeU64(BUFFER, step.value);
      expect(icpRegister(machine, step.vcpu, powerIoctl.KVM_SET_ONE_REG)).toBe(step.result);
      return;
    case "getIcp":
      expect(icpRegister(machine, step.vcpu, powerIoctl.KVM_GET_ONE_REG)).toBe(0);
      expect(user.u64(BUFFER)).toBe(step.value);
      return;
    case "irqLine": {
      user.place(ARGUMENT, powerIrqLevel.encode({ irq: step.irq, level: step.level >>> 0 }));
      expect(kvm.ioctl(kvm.vmFd, powerIoctl.KVM_IRQ_LINE, ARGUMENT)).toBe(0);
      expect(powerIrqLevel.decode(user.read(ARGUMENT, 8)!).irq | 0).toBe(step.status);
      return;
    }
    case "guestPq":
      hostSetPq(kvm.host, selected(device.irqs.get(step.irq)!), step.pq as Pq);
      return;
    case "check": compare(machine, step);
  }
}

function entriesOf(machine: PowerMachine, { page, shift, consumer }: VcpuQueue): number[] {
  const ahead = { ...consumer };
  const entries: number[] = [];
  let entry: number | undefined;
  while ((entry = peekEntry(ahead, page!, xics(machine).memory)) !== undefined) {
    entries.push(entry);
    advance(ahead, queueEntries(shift));
  }
  return entries;
}

function compare(machine: PowerMachine, check: XicsStep & { op: "check" }): void {
  const { op: _op, irq, vcpu, queue, ...is } = check;
  const device = xics(machine);
  const { sources } = device.host.chip;
  const state = irq === undefined ? undefined : device.irqs.get(irq);
  const connected = vcpu === undefined ? undefined : device.vcpus.get(vcpu)!;
  const slot = queue && device.vcpus.get(queue[0])!.queues[queue[1]]!;
  const found: Record<keyof typeof is, unknown> = {
    pq: state && sources.pq(selected(state)),
    asserted: state?.asserted,
    priority: state?.actPriority,
    server: state?.actServer,
    isMasked: state && state.guestPriority === 0xff,
    cppr: connected?.icp.cppr,
    mfrr: connected?.icp.mfrr,
    pending: connected?.icp.pending,
    hwCppr: vcpu === undefined ? undefined : device.host.chip.thread(vcpu).get(RING_OS, CPPR),
    ipiPq: connected && sources.pq(connected.icp.ipi),
    entries: slot && entriesOf(machine, slot),
  };
  const asked = Object.keys(is) as (keyof typeof is)[];
  expect(Object.fromEntries(asked.map((key) => [key, found[key]]))).toEqual(is);
}

describe("XICS over XIVE vectors", () => {
  it.each(xicsVectors.map((vector) => [vector.id, vector.title, vector] as const))("%s: %s",
    (_id, _title, { device, steps }) => {
    const machine = powerMachine(device ?? "xics");
    for (const step of steps) doStep(machine, step);
  });

  it("cover X86 to X98", () => {
    const numbers = [...new Set(xicsVectors.map(({ id }) => Number(id.slice(1, 3))))];
    expect(numbers).toEqual(Array.from({ length: 13 }, (_, i) => 86 + i));
  });
});

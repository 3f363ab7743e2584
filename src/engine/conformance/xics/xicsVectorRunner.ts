/** Carries out one vector of XICS over XIVE and says what was different. */
import type { Pq } from "../../devices/xive/esb.ts";
import { advance, peekEntry, queueEntries } from "../../devices/xive/eventQueue.ts";
import { hostSetPq, selected } from "../../devices/xive/irqState.ts";
import type { VcpuQueue } from "../../devices/xive/kvmXive.ts";
import { CPPR, RING_OS } from "../../devices/xive/threadContext.ts";
import { pullVcpu, pushVcpu } from "../../devices/xive/vcpuContext.ts";
import { xicsRtas } from "../../devices/xics/rtas.ts";
import { xicsHcall } from "../../devices/xics/xicsHcalls.ts";
import { powerIoctl, powerIrqLevel, powerOneReg } from "../../uapi/powerIoctl.ts";
import { KVM_REG_PPC_ICP_STATE } from "../../uapi/xive.ts";
import type { XicsStep, XicsVector } from "./xicsSteps.ts";
import { BUFFER, powerMachine, xics, type PowerMachine } from "../../deviceMachine/powerDeviceMachine.ts";
import { firstMismatch, mustBe } from "../mustBe.ts";

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
      mustBe(device.setAttr(SOURCES, step.irq, user.placeU64(BUFFER, step.value)), step.result);
      return;
    case "get":
      mustBe(device.getAttr(SOURCES, step.irq, BUFFER), step.result);
      if (step.value !== undefined) mustBe(user.u64(BUFFER), step.value);
      return;
    case "has":
      mustBe(device.hasAttr(SOURCES, step.irq), step.result);
      return;
    case "hcall": {
      const caller = { vcpu: device.connectedVcpu(step.vcpu)!, thread: step.vcpu };
      const { status, outputs } = xicsHcall(device, caller, step.number, step.args);
      mustBe(status, step.status);
      if (step.r4 !== undefined) mustBe(outputs[0], step.r4);
      return;
    }
    case "rtas": {
      const reply = xicsRtas(device, step.name, { args: step.args, results: step.reply.length });
      mustBe(reply, step.reply);
      return;
    }
    case "setIcp":
      user.placeU64(BUFFER, step.value);
      mustBe(icpRegister(machine, step.vcpu, powerIoctl.KVM_SET_ONE_REG), step.result);
      return;
    case "getIcp":
      mustBe(icpRegister(machine, step.vcpu, powerIoctl.KVM_GET_ONE_REG), 0);
      mustBe(user.u64(BUFFER), step.value);
      return;
    case "irqLine": {
      user.place(ARGUMENT, powerIrqLevel.encode({ irq: step.irq, level: step.level >>> 0 }));
      mustBe(kvm.ioctl(kvm.vmFd, powerIoctl.KVM_IRQ_LINE, ARGUMENT), 0);
      mustBe(powerIrqLevel.decode(user.read(ARGUMENT, 8)!).irq | 0, step.status);
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
  mustBe(Object.fromEntries(asked.map((key) => [key, found[key]])), is);
}

/** The first difference from the vector; empty if it holds. */
export function xicsVectorMismatches({ id, device, steps }: XicsVector): string[] {
  const machine = powerMachine(device ?? "xics");
  return firstMismatch(id, steps, (step) => doStep(machine, step));
}

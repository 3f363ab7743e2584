/** Carries out one vector of KVM's XIVE native device and says what was different. */
import { faultXive } from "../../devices/kvm/xiveMapping.ts";
import type { Pq } from "../../devices/xive/esb.ts";
import { hostSetPq, selected } from "../../devices/xive/irqState.ts";
import type { KvmXive } from "../../devices/xive/kvmXive.ts";
import { powerDeviceAttr, powerIoctl, powerOneReg } from "../../uapi/powerIoctl.ts";
import { KVM_REG_PPC_VP_STATE, xiveEq } from "../../uapi/xive.ts";
import type { KvmStep, KvmVector } from "./kvmXiveVectors.ts";
import {
  BAD_ADDRESS, BUFFER, connectVcpu, powerMachine, type PowerMachine,
} from "../../deviceMachine/powerDeviceMachine.ts";
import { toHex } from "../../base/hex.ts";
import { firstMismatch, mustBe } from "../mustBe.ts";

const ARGUMENT = 0x1800n;
const UNTOUCHED = new Uint8Array(64).fill(0xaa);

function attribute(machine: PowerMachine, request: number, step: KvmStep, addr: bigint): number {
  const { kvm, user, deviceFd } = machine;
  if (!("group" in step)) throw new Error(`${step.op} has no group`);
  const bytes = powerDeviceAttr.encode({ group: step.group, attr: step.attr, addr });
  return kvm.ioctl(deviceFd, request, user.place(ARGUMENT, bytes));
}

function placeValue({ user }: PowerMachine, step: KvmStep & { op: "set" }): bigint {
  if (step.eq) return user.place(BUFFER, xiveEq.encode(step.eq));
  if (step.value !== undefined) return user.placeU64(BUFFER, step.value);
  return step.count === undefined ? BAD_ADDRESS : user.placeU64(BUFFER, BigInt(step.count));
}

function doStep(machine: PowerMachine, step: KvmStep): void {
  const { kvm, user, deviceFd, vcpuFds } = machine;
  const device = kvm.device!;
  switch (step.op) {
    case "set": {
      const address = placeValue(machine, step);
      mustBe(attribute(machine, powerIoctl.KVM_SET_DEVICE_ATTR, step, address), step.result);
      return;
    }
    case "get": {
      user.place(BUFFER, UNTOUCHED);
      const address = step.isBad ? BAD_ADDRESS : BUFFER;
      mustBe(attribute(machine, powerIoctl.KVM_GET_DEVICE_ATTR, step, address), step.result);
      mustBe(user.read(BUFFER, 64), step.eq ? xiveEq.encode(step.eq) : UNTOUCHED);
      return;
    }
    case "has":
      mustBe(attribute(machine, powerIoctl.KVM_HAS_DEVICE_ATTR, step, 0n), step.result);
      return;
    case "connect":
      mustBe(connectVcpu(machine, step.vcpu, step.server), step.result);
      return;
    case "mmap": {
      const mapped = kvm.mmap(deviceFd, step.pageOffset, step.pages);
      mustBe(mapped.ok ? 0 : mapped.error, step.result);
      return;
    }
    case "touchTima": {
      const mapped = kvm.mmap(deviceFd, 0, 4);
      const faults = [0, 1, 2, 3].map((index) => mapped.ok && faultXive(device, mapped.value, index).kind);
      mustBe(faults, step.faults);
      return;
    }
    case "guestPq":
      hostSetPq(kvm.host, selected(device.irqs.get(step.irq)!), step.pq as Pq);
      return;
    case "backlog":
      kvm.host.chip.nvts.addBacklog(kvm.host.cam(step.server), step.ipb);
      return;
    case "vpState": {
      user.place(ARGUMENT, powerOneReg.encode({ id: KVM_REG_PPC_VP_STATE, addr: BUFFER }));
      mustBe(kvm.ioctl(vcpuFds[step.vcpu]!, powerIoctl.KVM_GET_ONE_REG, ARGUMENT), step.result);
      const bytes = user.read(BUFFER, 8)!;
      if (step.bytes) mustBe(toHex(bytes), step.bytes);
      return;
    }
    case "check": compare(device, step);
  }
}

function routeOf(device: KvmXive, interrupt: number): unknown {
  const { eas } = device.host.chip;
  if (eas.isMasked(interrupt)) return "masked";
  const end = eas.endIndex(interrupt);
  return { server: Math.floor(end / 8), priority: end % 8, data: eas.data(interrupt) };
}

function compare(device: KvmXive, { op: _op, irq, queue, ...is }: KvmStep & { op: "check" }): void {
  const state = irq === undefined ? undefined : device.irqs.get(irq);
  const slot = queue && device.vcpus.get(queue[0])!.queues[queue[1]]!;
  const found: Record<keyof typeof is, unknown> = {
    pq: state && device.host.chip.sources.pq(selected(state)),
    valid: state?.valid,
    lsi: state?.lsi,
    asserted: state?.asserted,
    route: state && routeOf(device, selected(state)),
    count: slot?.count,
    hasPage: slot && slot.page !== undefined,
  };
  const asked = Object.keys(is) as (keyof typeof is)[];
  mustBe(Object.fromEntries(asked.map((key) => [key, found[key]])), is);
}

/** The first difference from the vector; empty if it holds. */
export function kvmXiveVectorMismatches({ id, device, connect, steps }: KvmVector): string[] {
  const machine = powerMachine(device ?? "xive", connect);
  return firstMismatch(id, steps, (step) => doStep(machine, step));
}

import { describe, expect, it } from "vitest";
import { faultXive } from "../../../../src/engine/devices/kvm/xiveMapping.ts";
import type { Pq } from "../../../../src/engine/devices/xive/esb.ts";
import { hostSetPq, selected } from "../../../../src/engine/devices/xive/irqState.ts";
import type { KvmXive } from "../../../../src/engine/devices/xive/kvmXive.ts";
import { powerDeviceAttr, powerIoctl, powerOneReg } from "../../../../src/engine/uapi/powerIoctl.ts";
import { KVM_REG_PPC_VP_STATE, xiveEq } from "../../../../src/engine/uapi/xive.ts";
import { kvmXiveVectors, type KvmStep } from "../../../vectors/kvmXiveVectors.ts";
import { BAD_ADDRESS, BUFFER, connectVcpu, powerMachine, type PowerMachine } from "./powerMachine.ts";

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
      expect(attribute(machine, powerIoctl.KVM_SET_DEVICE_ATTR, step, address)).toBe(step.result);
      return;
    }
    case "get": {
      user.place(BUFFER, UNTOUCHED);
      const address = step.isBad ? BAD_ADDRESS : BUFFER;
      expect(attribute(machine, powerIoctl.KVM_GET_DEVICE_ATTR, step, address)).toBe(step.result);
      expect(user.read(BUFFER, 64)).toEqual(step.eq ? xiveEq.encode(step.eq) : UNTOUCHED);
      return;
    }
    case "has":
      expect(attribute(machine, powerIoctl.KVM_HAS_DEVICE_ATTR, step, 0n)).toBe(step.result);
      return;
    case "connect":
      expect(connectVcpu(machine, step.vcpu, step.server)).toBe(step.result);
      return;
    case "mmap": {
      const mapped = kvm.mmap(deviceFd, step.pageOffset, step.pages);
      expect(mapped.ok ? 0 : mapped.error).toBe(step.result);
      return;
    }
    case "touchTima": {
      const mapped = kvm.mmap(deviceFd, 0, 4);
      const faults = [0, 1, 2, 3].map((index) => mapped.ok && faultXive(device, mapped.value, index).kind);
      expect(faults).toEqual(step.faults);
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
      expect(kvm.ioctl(vcpuFds[step.vcpu]!, powerIoctl.KVM_GET_ONE_REG, ARGUMENT)).toBe(step.result);
      const bytes = user.read(BUFFER, 8)!;
      if (step.bytes) expect(Buffer.from(bytes).toString("hex")).toBe(step.bytes);
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
  expect(Object.fromEntries(asked.map((key) => [key, found[key]]))).toEqual(is);
}

describe("KVM XIVE native vectors", () => {
  it.each(kvmXiveVectors.map((vector) => [vector.id, vector.title, vector] as const))("%s: %s",
    (_id, _title, { device, connect, steps }) => {
    const machine = powerMachine(device ?? "xive", connect);
    for (const step of steps) doStep(machine, step);
  });

  it("cover X63 to X81", () => {
    const numbers = [...new Set(kvmXiveVectors.map(({ id }) => Number(id.slice(1, 3))))];
    expect(numbers).toEqual(Array.from({ length: 19 }, (_, i) => 63 + i));
  });
});

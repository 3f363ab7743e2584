/** Carries out one vector against a machine and compares. */
import { expect } from "vitest";
import { enableCap } from "../../../../src/engine/uapi/capability.ts";
import { createDevice, deviceAttr } from "../../../../src/engine/uapi/deviceAttr.ts";
import { ioctl } from "../../../../src/engine/uapi/ioctl.ts";
import { irqRouting, irqRoutingEntry, irqfd } from "../../../../src/engine/uapi/irqRouting.ts";
import { irqState } from "../../../../src/engine/uapi/s390Interrupt.ts";
import { cpustat } from "../../../../src/engine/devices/flic/local.ts";
import type { Buffer, Check, Cpu, Route, Step, Vector } from "../../../vectors/flicVectors.ts";
import { flicMachine, hex, join, toHex, type FlicMachine } from "./flicMachine.ts";

const BAD = 0xdead_0000n;
const ARGUMENT = 0x6000_0000n;
const BUFFER = 0x6100_0000n;

export function runVector(vector: Vector): void {
  const machine = flicMachine({
    facility72: vector.facility72, cpus: vector.cpus, options: { aiv: vector.gisa ?? true },
  });
  const names = new Map<string, number>();
  vector.steps.forEach(
    (step, index) => runStep(machine, names, step, `${vector.id} step ${index + 1} (${step.op})`),
  );
}

function place({ user }: FlicMachine, buffer: Buffer | undefined): bigint {
  if (buffer === "bad" || buffer === undefined) return BAD;
  return user.place(BUFFER, "bytes" in buffer ? hex(buffer.bytes) : new Uint8Array(buffer.size));
}

function runStep(machine: FlicMachine, names: Map<string, number>, step: Step, label: string): void {
  const { kvm, user, cpus, cpuFds, flicFd, memory } = machine;
  const vm = (request: number, argument: Uint8Array): number =>
    kvm.ioctl(kvm.vmFd, request, user.place(ARGUMENT, argument));
  const cpuIoctl = (request: number, argument: Uint8Array): number =>
    kvm.ioctl(cpuFds[0]!, request, user.place(ARGUMENT, argument));
  switch (step.op) {
    case "has":
      user.place(ARGUMENT, deviceAttr.encode({ group: step.group }));
      return void expect(kvm.ioctl(flicFd, ioctl.KVM_HAS_DEVICE_ATTR, ARGUMENT), label).toBe(step.result);
    case "set":
    case "get": return runAttr(machine, step, label);
    case "createDevice": {
      const { type, flags } = step;
      expect(vm(ioctl.KVM_CREATE_DEVICE, createDevice.encode({ type, flags, fd: 0xffffffff })),
        label).toBe(step.result);
      if (step.fd !== undefined) expect(createDevice.decode(user.at(ARGUMENT)).fd, label).toBe(step.fd);
      return;
    }
    case "close": return void expect(kvm.close(flicFd), label).toBe(0);
    case "enableCap":
      return void expect(vm(ioctl.KVM_ENABLE_CAP, enableCap.encode({ cap: step.cap })),
        label).toBe(step.result);
    case "createIrqchip":
      return void expect(kvm.ioctl(kvm.vmFd, ioctl.KVM_CREATE_IRQCHIP, 0n), label).toBe(step.result);
    case "routes": {
      const header = irqRouting.encode({ nr: step.nr ?? step.entries.length });
      return void expect(vm(ioctl.KVM_SET_GSI_ROUTING, join(header, ...step.entries.map(encodeRoute))), label)
        .toBe(step.result);
    }
    case "irqfd": {
      const fd = (typeof step.fd === "string" ? names.get(step.fd)! : step.fd) >>> 0;
      return void expect(vm(ioctl.KVM_IRQFD, irqfd.encode({ fd, gsi: step.gsi, flags: step.flags })), label)
        .toBe(step.result);
    }
    case "eventfd": return void names.set(step.name, kvm.openEventfd());
    case "regularFile": return void names.set(step.name, kvm.files.add({ kind: "regular" }));
    case "signal": return void expect(kvm.flic.signalGsi(step.gsi), label).toBe(step.result);
    case "vmInterrupt": return void expect(vm(ioctl.KVM_S390_INTERRUPT, hex(step.argument)),
      label).toBe(step.result);
    case "cpuInterrupt":
      return void expect(cpuIoctl(ioctl.KVM_S390_INTERRUPT, hex(step.argument)), label).toBe(step.result);
    case "cpuIrq": return void expect(cpuIoctl(ioctl.KVM_S390_IRQ, hex(step.bytes)), label).toBe(step.result);
    case "setIrqState":
    case "getIrqState": {
      const buf = place(machine, step.op === "setIrqState" ? step.buffer : { size: step.length });
      const request = step.op === "setIrqState" ? ioctl.KVM_S390_SET_IRQ_STATE : ioctl.KVM_S390_GET_IRQ_STATE;
      expect(cpuIoctl(request, irqState.encode({ buf, len: step.length })), label).toBe(step.result);
      if (step.op === "getIrqState" && step.out !== undefined)
        expect(toHex(user.at(BUFFER)), label).toBe(step.out);
      return;
    }
    case "fillIo":
      for (let i = 0; i < step.count; i++)
        kvm.flic.enqueue({
          kind: "io", type: 1, subchannelId: 1, subchannelNr: i & 0xffff, ioIntParm: i, ioIntWord: 0x38000000,
        });
      return;
    case "memory": return memory.write(step.address, hex(step.bytes), "loader");
    case "gisa": return void (kvm.flic.gisa!.iam = step.iam);
    case "roundRobin": return void (kvm.flic.vcpus.nextRoundRobin = step.next);
    case "cpu": return setCpu(machine, step.id, step.set);
    case "deliver": {
      const { delivered } = kvm.flic.deliverPending(cpus[0]!);
      return void expect(delivered.map(({ type, parm }) => [type, parm]), label).toEqual(step.delivered);
    }
    case "tpi": return void expect(kvm.flic.tpi(cpus[0]!, step.address), label).toEqual({ cc: step.cc });
    case "check": return compare(machine, names, step.is, label);
  }
}

function runAttr(machine: FlicMachine, step: Step & { op: "set" | "get" }, label: string): void {
  const { kvm, user, flicFd } = machine;
  const addr = place(machine, step.buffer);
  const { group, attr = 0n, flags = 0 } = step;
  user.place(ARGUMENT, deviceAttr.encode({ flags, group, attr, addr }));
  const request = step.op === "set" ? ioctl.KVM_SET_DEVICE_ATTR : ioctl.KVM_GET_DEVICE_ATTR;
  expect(kvm.ioctl(flicFd, request, ARGUMENT), label).toBe(step.result);
  if (step.out !== undefined) expect(toHex(user.at(BUFFER)).slice(0, step.out.length), label).toBe(step.out);
}

function encodeRoute(route: Route): Uint8Array {
  return irqRoutingEntry.encode({
    gsi: route.gsi, type: route.type ?? 3, flags: route.flags ?? 0, "u.adapter.ind_addr": route.ind ?? 0n,
    "u.adapter.summary_addr": route.summary ?? 0n, "u.adapter.ind_offset": route.indOffset ?? 0n,
    "u.adapter.summary_offset": route.summaryOffset ?? 0, "u.adapter.adapter_id": route.adapter ?? 0,
  });
}

function setCpu({ cpus, kvm }: FlicMachine, id: number, set: Cpu): void {
  const cpu = cpus[id]!;
  const slot = kvm.flic.vcpus.of(id);
  if (set.newPsws !== undefined) cpu.open(set.newPsws);
  if (set.stopped !== undefined) cpu.isStopped = set.stopped;
  if (set.idle !== undefined) slot.idle = set.idle;
  if (set.psw !== undefined) cpu.psw = { mask: BigInt(set.psw) << 32n, address: cpu.psw.address };
  if (set.cr0 !== undefined) cpu.controls[0] = set.cr0;
  if (set.cr6 !== undefined) cpu.controls[6] = set.cr6;
  if (set.cr14 !== undefined) cpu.controls[14] = set.cr14;
}

function compare(
  { kvm, memory, cpus, kicks }: FlicMachine, names: Map<string, number>, is: Check, label: string,
): void {
  const { flic } = kvm;
  const { floating } = flic;
  const { local } = flic.vcpus.of(0);
  const same = (what: keyof Check, actual: unknown): void => {
    if (is[what] !== undefined) expect(actual, `${label}: ${what}`).toEqual(is[what]);
  };
  same("bits", floating.bits);
  same("localBits", local.bits);
  same("localMcic", local.mchk.mcic);
  same("localCr14", local.mchk.cr14);
  same("ipm", flic.gisa?.ipm);
  same("iam", flic.gisa?.iam);
  same("ais", [flic.ais.simm, flic.ais.nimm]);
  same("lists", listsOf(floating.io));
  const counters = { io: floating.ioCount, virtio: floating.virtio.length, pfault: floating.pfault.length };
  if (is.counters) expect({ ...counters, ...is.counters }, `${label}: counters`).toEqual(counters);
  same("service", floating.serviceParams);
  same("mchk", [floating.mchkCr14, floating.mchkMcic]);
  if (is.cpustat) {
    const requests = cpustat.STOP_INT | cpustat.IO_INT | cpustat.EXT_INT;
    const actual = Object.fromEntries(
      flic.vcpus.slots.map((slot) => [slot.port.id, slot.local.cpuflags & requests]),
    );
    expect(actual, `${label}: cpustat`).toEqual(is.cpustat);
  }
  same("roundRobin", flic.vcpus.nextRoundRobin);
  same("kicks", kicks);
  same("adapters", flic.adapters.all().map(({ id, isc, suppressible }) => ({ id, isc, suppressible })));
  same("gsis", [...flic.routes.keys()]);
  if (is.eventfdGsis)
    expect(kvm.eventfdGsis(names.get(is.eventfdGsis[0])!), label).toEqual(is.eventfdGsis[1]);
  for (const [address, bytes] of Object.entries(is.memory ?? {}))
    expect(toHex(memory.read(Number(address), bytes.length / 2)),
      `${label}: memory at ${address}`).toBe(bytes);
  same("psw", [cpus[0]!.psw.mask, cpus[0]!.psw.address]);
}

function listsOf(lists: FlicMachine["kvm"]["flic"]["floating"]["io"]): Check["lists"] {
  return Object.fromEntries(lists.map((list, isc) => [isc, list.values().map(({ interrupt }) =>
    [interrupt.subchannelId, interrupt.subchannelNr, interrupt.ioIntParm,
      interrupt.ioIntWord] as const)] as const)
    .filter(([, entries]) => entries.length > 0));
}

/** Carries out one FLIC vector against a device-only machine and says what was different. */
import { hex, join, toHex } from "../../base/hex.ts";
import { s390DeviceMachine, type S390DeviceMachine } from "../../deviceMachine/s390DeviceMachine.ts";
import { enableCap } from "../../uapi/capability.ts";
import { createDevice, deviceAttr } from "../../uapi/deviceAttr.ts";
import { ioctl } from "../../uapi/ioctl.ts";
import { irqRouting, irqRoutingEntry, irqfd } from "../../uapi/irqRouting.ts";
import { irqState } from "../../uapi/s390Interrupt.ts";
import { cpustat } from "../../devices/flic/local.ts";
import { differs } from "../differs.ts";
import type { Buffer, Check, Cpu, FlicStep, FlicVector, Route } from "./flicVector.ts";

const BAD = 0xdead_0000n;
const ARGUMENT = 0x6000_0000n;
const BUFFER = 0x6100_0000n;

/** Sentences about what was not as the vector says; empty if it holds. */
export function flicVectorMismatches(vector: FlicVector): string[] {
  const machine = s390DeviceMachine({
    facility72: vector.facility72, cpus: vector.cpus, options: { aiv: vector.gisa ?? true },
  });
  const names = new Map<string, number>();
  return vector.steps.flatMap((step, index) =>
    runStep(machine, names, step)
      .map((mismatch) => `${vector.id} step ${index + 1} (${step.op}): ${mismatch}`));
}

function place({ user }: S390DeviceMachine, buffer: Buffer | undefined): bigint {
  if (buffer === "bad" || buffer === undefined) return BAD;
  return user.place(BUFFER, "bytes" in buffer ? hex(buffer.bytes) : new Uint8Array(buffer.size));
}

function runStep(machine: S390DeviceMachine, names: Map<string, number>, step: FlicStep): string[] {
  const { kvm, user, cpus, cpuFds, flicFd, memory } = machine;
  const vm = (request: number, argument: Uint8Array): number =>
    kvm.ioctl(kvm.vmFd, request, user.place(ARGUMENT, argument));
  const cpuIoctl = (request: number, argument: Uint8Array): number =>
    kvm.ioctl(cpuFds[0]!, request, user.place(ARGUMENT, argument));
  const answers = (result: number, expected: number): string[] => differs("the result", result, expected);
  switch (step.op) {
    case "has":
      user.place(ARGUMENT, deviceAttr.encode({ group: step.group }));
      return answers(kvm.ioctl(flicFd, ioctl.KVM_HAS_DEVICE_ATTR, ARGUMENT), step.result);
    case "set":
    case "get": return runAttr(machine, step);
    case "createDevice": {
      const { type, flags } = step;
      const result = vm(ioctl.KVM_CREATE_DEVICE, createDevice.encode({ type, flags, fd: 0xffffffff }));
      return [...answers(result, step.result),
        ...differs("the descriptor", createDevice.decode(user.at(ARGUMENT)).fd, step.fd)];
    }
    case "close": return answers(kvm.close(flicFd), 0);
    case "enableCap":
      return answers(vm(ioctl.KVM_ENABLE_CAP, enableCap.encode({ cap: step.cap })), step.result);
    case "createIrqchip": return answers(kvm.ioctl(kvm.vmFd, ioctl.KVM_CREATE_IRQCHIP, 0n), step.result);
    case "routes": {
      const header = irqRouting.encode({ nr: step.nr ?? step.entries.length });
      const table = join(header, ...step.entries.map(encodeRoute));
      return answers(vm(ioctl.KVM_SET_GSI_ROUTING, table), step.result);
    }
    case "irqfd": {
      const fd = (typeof step.fd === "string" ? names.get(step.fd)! : step.fd) >>> 0;
      const request = irqfd.encode({ fd, gsi: step.gsi, flags: step.flags });
      return answers(vm(ioctl.KVM_IRQFD, request), step.result);
    }
    case "eventfd": return (names.set(step.name, kvm.openEventfd()), []);
    case "regularFile": return (names.set(step.name, kvm.files.add({ kind: "regular" })), []);
    case "signal": return answers(kvm.flic.signalGsi(step.gsi), step.result);
    case "vmInterrupt": return answers(vm(ioctl.KVM_S390_INTERRUPT, hex(step.argument)), step.result);
    case "cpuInterrupt": return answers(cpuIoctl(ioctl.KVM_S390_INTERRUPT, hex(step.argument)), step.result);
    case "cpuIrq": return answers(cpuIoctl(ioctl.KVM_S390_IRQ, hex(step.bytes)), step.result);
    case "setIrqState":
    case "getIrqState": {
      const buf = place(machine, step.op === "setIrqState" ? step.buffer : { size: step.length });
      const request = step.op === "setIrqState" ? ioctl.KVM_S390_SET_IRQ_STATE : ioctl.KVM_S390_GET_IRQ_STATE;
      const result = cpuIoctl(request, irqState.encode({ buf, len: step.length }));
      const out = step.op === "getIrqState" ? step.out : undefined;
      return [...answers(result, step.result),
        ...(out === undefined ? [] : differs("the buffer", toHex(user.at(BUFFER)), out))];
    }
    case "fillIo":
      for (let i = 0; i < step.count; i++)
        kvm.flic.enqueue({
          kind: "io", type: 1, subchannelId: 1, subchannelNr: i & 0xffff, ioIntParm: i, ioIntWord: 0x38000000,
        });
      return [];
    case "memory": return (memory.write(step.address, hex(step.bytes), "loader"), []);
    case "gisa": return ((kvm.flic.gisa!.iam = step.iam), []);
    case "roundRobin": return ((kvm.flic.vcpus.nextRoundRobin = step.next), []);
    case "cpu": return (setCpu(machine, step.id, step.set), []);
    case "deliver": {
      const { delivered } = kvm.flic.deliverPending(cpus[0]!);
      return differs("what was delivered", delivered.map(({ type, parm }) => [type, parm]), step.delivered);
    }
    case "tpi": return differs("the outcome", kvm.flic.tpi(cpus[0]!, step.address), { cc: step.cc });
    case "check": return compare(machine, names, step.is);
  }
}

function runAttr(machine: S390DeviceMachine, step: FlicStep & { op: "set" | "get" }): string[] {
  const { kvm, user, flicFd } = machine;
  const addr = place(machine, step.buffer);
  const { group, attr = 0n, flags = 0, out } = step;
  user.place(ARGUMENT, deviceAttr.encode({ flags, group, attr, addr }));
  const request = step.op === "set" ? ioctl.KVM_SET_DEVICE_ATTR : ioctl.KVM_GET_DEVICE_ATTR;
  const result = kvm.ioctl(flicFd, request, ARGUMENT);
  return [...differs("the result", result, step.result),
    ...(out === undefined ? [] : differs("the buffer", toHex(user.at(BUFFER)).slice(0, out.length), out))];
}

function encodeRoute(route: Route): Uint8Array {
  return irqRoutingEntry.encode({
    gsi: route.gsi, type: route.type ?? 3, flags: route.flags ?? 0, "u.adapter.ind_addr": route.ind ?? 0n,
    "u.adapter.summary_addr": route.summary ?? 0n, "u.adapter.ind_offset": route.indOffset ?? 0n,
    "u.adapter.summary_offset": route.summaryOffset ?? 0, "u.adapter.adapter_id": route.adapter ?? 0,
  });
}

function setCpu({ cpus, kvm }: S390DeviceMachine, id: number, set: Cpu): void {
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
  { kvm, memory, cpus, kicks }: S390DeviceMachine, names: Map<string, number>, is: Check,
): string[] {
  const { flic } = kvm;
  const { floating } = flic;
  const { local } = flic.vcpus.of(0);
  const counters = { io: floating.ioCount, virtio: floating.virtio.length, pfault: floating.pfault.length };
  const requests = cpustat.STOP_INT | cpustat.IO_INT | cpustat.EXT_INT;
  const states = flic.vcpus.slots.map((slot) => [slot.port.id, slot.local.cpuflags & requests] as const);
  const [eventfd, gsis] = is.eventfdGsis ?? [];
  const seen: Omit<Record<keyof Check, unknown>, "memory" | "eventfdGsis"> = {
    bits: floating.bits, localBits: local.bits, localMcic: local.mchk.mcic, localCr14: local.mchk.cr14,
    ipm: flic.gisa?.ipm, iam: flic.gisa?.iam, ais: [flic.ais.simm, flic.ais.nimm],
    lists: listsOf(floating.io), counters,
    service: floating.serviceParams, mchk: [floating.mchkCr14, floating.mchkMcic],
    cpustat: Object.fromEntries(states), roundRobin: flic.vcpus.nextRoundRobin, kicks,
    adapters: flic.adapters.all().map(({ id, isc, suppressible }) => ({ id, isc, suppressible })),
    gsis: [...flic.routes.keys()], psw: [cpus[0]!.psw.mask, cpus[0]!.psw.address],
  };
  const expected: Check = is.counters ? { ...is, counters: { ...counters, ...is.counters } } : is;
  return [
    ...Object.entries(seen).flatMap(([what, value]) => differs(what, value, expected[what as keyof Check])),
    ...(eventfd === undefined ? []
      : differs("the eventfd's GSIs", kvm.eventfdGsis(names.get(eventfd)!), gsis)),
    ...Object.entries(is.memory ?? {}).flatMap(([address, bytes]) =>
      differs(`memory at ${address}`, toHex(memory.read(Number(address), bytes.length / 2)), bytes)),
  ];
}

function listsOf(lists: S390DeviceMachine["kvm"]["flic"]["floating"]["io"]): Check["lists"] {
  return Object.fromEntries(lists.map((list, isc) => [isc, list.values().map(({ interrupt }) =>
    [interrupt.subchannelId, interrupt.subchannelNr, interrupt.ioIntParm,
      interrupt.ioIntWord] as const)] as const)
    .filter(([, entries]) => entries.length > 0));
}

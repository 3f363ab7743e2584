import { describe, expect, it } from "vitest";
import {
  BAD_ADDRESS, BUFFER, SmallUserMemory,
} from "../../../../src/engine/deviceMachine/powerDeviceMachine.ts";
import { PowerKvm, type PowerKvmOptions } from "../../../../src/engine/devices/kvm/powerKvm.ts";
import type { XiveNative } from "../../../../src/engine/devices/kvm/xiveNative.ts";
import { GuestMemory } from "../../../../src/engine/memory/guestMemory.ts";
import {
  powerCreateDevice, powerDeviceAttr, powerEnableCap, powerIoctl, powerIrqLevel, powerOneReg,
} from "../../../../src/engine/uapi/powerIoctl.ts";

const ARGUMENT = 0x1000n;
const both = [true, false];
const [XICS, XIVE] = [3, 9];
const STRANGER = 77;
interface Machine {
  readonly kvm: PowerKvm;
  readonly user: SmallUserMemory;
  readonly vcpuFds: readonly number[];
  readonly deviceFd: number;
}
const native = ({ kvm }: Machine): XiveNative => kvm.device as XiveNative;
const first = (...reasons: readonly (readonly [boolean, number])[]): number =>
  reasons.find(([holds]) => holds)?.[1] ?? 0;

/** 64 KiB of memory and two vCPUs, no controller. */
function bare(options: Partial<PowerKvmOptions> = {}): Machine {
  const user = new SmallUserMemory();
  const kvm = new PowerKvm({ memory: GuestMemory.standalone(0x10000), user, interrupts: 0x40, ...options });
  return { kvm, user, vcpuFds: [kvm.createVcpu(0), kvm.createVcpu(1)], deviceFd: -1 };
}
/** With a controller, and that many of its vCPUs connected as servers 0 and 1. */
function controlled(type: "xive" | "xics", connect = 0, options: Partial<PowerKvmOptions> = {}): Machine {
  const machine = bare(options);
  create(machine, type === "xive" ? XIVE : XICS);
  const made = { ...machine, deviceFd: createdFd(machine) };
  const cap = type === "xive" ? 169 : 92;
  for (let server = 0; server < connect; server++)
    enable(made, cap, BigInt(made.deviceFd), { server, vcpu: server });
  return made;
}
const create = ({ kvm, user }: Machine, type: number, flags = 0, argument = ARGUMENT): number => {
  if (argument === ARGUMENT) user.place(argument, powerCreateDevice.encode({ type, fd: 55, flags }));
  return kvm.ioctl(kvm.vmFd, powerIoctl.KVM_CREATE_DEVICE, argument);
};
const createdFd = ({ user }: Machine): number => powerCreateDevice.decode(user.read(ARGUMENT, 12)!).fd;

/** KVM_ENABLE_CAP of a vCPU; the upper halves of descriptor and server do not count. */
function enable(
  { kvm, user, vcpuFds }: Machine, cap: number, fd: bigint, { flags = 0, server = 0, vcpu = 0 } = {},
): number {
  const bytes = powerEnableCap.encode({ cap, flags, fd, server: 0x5_0000_0000n + BigInt(server) });
  return kvm.ioctl(vcpuFds[vcpu]!, powerIoctl.KVM_ENABLE_CAP, user.place(ARGUMENT, bytes));
}

describe("descriptors of a POWER VM", () => {
  it("are the lowest that are free, and know the calls of their kind alone", () => {
    const machine = bare();
    const { kvm } = machine;
    expect([kvm.vmFd, ...machine.vcpuFds]).toEqual([3, 4, 5]);
    const regular = kvm.openOther("regular");
    create(machine, XIVE);
    const device = createdFd(machine);
    const event = kvm.openEventfd();
    expect([regular, device, event]).toEqual([6, 7, 8]);
    const kinds = { vm: kvm.vmFd, vcpu: 4, device, regular, event, none: STRANGER };
    const ofVm = ["KVM_CHECK_EXTENSION", "KVM_CREATE_DEVICE", "KVM_IRQ_LINE", "KVM_IRQFD",
      "KVM_SET_USER_MEMORY_REGION", "KVM_GET_DIRTY_LOG"];
    const ofVcpu = ["KVM_ENABLE_CAP", "KVM_GET_ONE_REG", "KVM_SET_ONE_REG"];
    const ofDevice = ["KVM_SET_DEVICE_ATTR", "KVM_GET_DEVICE_ATTR", "KVM_HAS_DEVICE_ATTR"];
    const known: Record<string, readonly string[]> = { vm: ofVm, vcpu: ofVcpu, device: ofDevice };
    for (const [kind, fd] of Object.entries(kinds))
      for (const [name, request] of [...Object.entries(powerIoctl), ["none", 1]] as [string, number][]) {
        const isKnown = known[kind]?.includes(name) ?? false;
        const wanted = kind === "none" ? -9 : !isKnown ? -25 : name === "KVM_CHECK_EXTENSION" ? 0 : -14;
        expect(kvm.ioctl(fd, request, BAD_ADDRESS), `${kind} ${name}`).toBe(wanted);
      }
    expect([kvm.close(event), kvm.close(event), kvm.close(STRANGER)]).toEqual([0, -9, -9]);
    expect(kvm.openEventfd()).toBe(event);
  });

  it("that are none, or of another kind, have no eventfd, vCPU or doorbell", () => {
    const machine = controlled("xive", 1);
    const { kvm } = machine;
    for (const fd of [STRANGER, kvm.vmFd]) {
      kvm.signalEventfd(fd);
      expect([kvm.connection(fd), kvm.doorbell(fd)]).toEqual([undefined, undefined]);
    }
    expect([kvm.connection(machine.vcpuFds[0]!)?.server, kvm.connection(machine.vcpuFds[1]!)])
      .toEqual([0, undefined]);
    expect(kvm.doorbell(machine.vcpuFds[1]!)?.dpdes).toBe(0n);
  });

  it("map the native device's file, and nothing else", () => {
    const machine = controlled("xive");
    const { kvm } = machine;
    expect(kvm.mmap(machine.deviceFd, 0, 4)).toEqual({ ok: true, value: { area: "tima", pages: 4 } });
    expect(kvm.mmap(machine.deviceFd, 1, 4)).toEqual({ ok: false, error: -22 });
    const xics = controlled("xics");
    const others = [[kvm, STRANGER, -9], [kvm, kvm.vmFd, -19], [xics.kvm, xics.deviceFd, -19]] as const;
    for (const [one, fd, error] of others)
      expect(one.mmap(fd, 0, 4)).toEqual({ ok: false, error });
  });

  it("take an eventfd's irqfd along, with what it had signalled", () => {
    const machine = controlled("xive");
    const { kvm, user } = machine;
    const fd = kvm.openEventfd();
    kvm.device!.setAttr(2, 0x20n, user.placeU64(BUFFER, 0n));
    const { ipi } = native(machine).irqs.get(0x20)!;
    kvm.host.chip.sources.setPq(ipi, 0);
    kvm.irqfds.request({ fd, gsi: 0x20, flags: 0, resamplefd: 0 }, () => true);
    kvm.signalEventfd(fd);
    expect([kvm.close(fd), kvm.host.chip.sources.pq(ipi), kvm.irqfds.save()]).toEqual([0, 2, []]);
  });
});

describe("capabilities of a POWER VM", () => {
  it("are those of its interrupts and memory, XIVE where the host has one", () => {
    for (const hasXive of both) {
      const { kvm } = bare({ hasXive });
      const has = (cap: number): number => kvm.ioctl(kvm.vmFd, powerIoctl.KVM_CHECK_EXTENSION, BigInt(cap));
      expect([3, 10, 32, 92, 169, 25, 1].map(has)).toEqual([1, 32767, 1, 1, hasXive ? 1 : 0, 0, 0]);
    }
  });
});

describe("KVM_CREATE_DEVICE", () => {
  it("is refused in the order: copy, type, memory, and is one controller; a test makes none", () => {
    for (const type of [XICS, XIVE, 5])
      for (const hasXive of both)
        for (const isTest of both)
          for (const isThere of both)
            for (const isShort of both) {
              const machine = bare({ hasXive, allocate: (bytes) => !(isShort && bytes === 4096) });
              if (isThere && !isShort) create(machine, XICS);
              const before = machine.kvm.device;
              const wanted = first([type === 5 || (type === XIVE && !hasXive), -19], [isTest, 0],
                [before !== undefined, -17], [isShort, -12]);
              expect(create(machine, type, isTest ? 1 : 0)).toBe(wanted);
              const isMade = wanted === 0 && !isTest;
              expect(createdFd(machine)).toBe(isMade ? 6 : 55);
              if (isMade) expect("pages" in machine.kvm.device!).toBe(type === XIVE);
              else expect(machine.kvm.device).toBe(before);
            }
    expect(create(bare(), XIVE, 0, BAD_ADDRESS)).toBe(-14);
  });

  it("hands the host's shape on to the device", () => {
    for (const singleEscalation of both) {
      const machine = bare({ singleEscalation, defects: new Set(["xive.eqSync.skipMarkDirty"]) });
      create(machine, XIVE);
      const device = native(machine);
      expect([device.singleEscalation, device.defects.size, device.host])
        .toEqual([singleEscalation, 1, machine.kvm.host]);
    }
  });

  it("is undone by closing, which disconnects the vCPUs of that device", () => {
    for (const type of ["xive", "xics"] as const) {
      const machine = controlled(type, 1);
      const { kvm } = machine;
      const [connected] = machine.vcpuFds;
      expect([kvm.close(machine.deviceFd), kvm.device, kvm.connection(connected!)])
        .toEqual([0, undefined, undefined]);
      expect(kvm.close(connected!)).toBe(0);
      expect([create(machine, type === "xive" ? XICS : XIVE), kvm.device !== undefined]).toEqual([0, true]);
    }
  });
});

describe("connecting a vCPU by KVM_ENABLE_CAP", () => {
  it("is refused in the order: flags and capability, descriptor, device, connection", () => {
    for (const type of ["xive", "xics"] as const)
      for (const cap of [92, 169, 5])
        for (const flags of [0, 1])
          for (const kind of ["device", "other-device", "regular", "vm", "none"])
            for (const isConnected of both) {
                const machine = controlled(type, isConnected ? 1 : 0);
                const { kvm } = machine;
                const fds: Record<string, number> =
                  { device: machine.deviceFd, vm: kvm.vmFd, none: STRANGER };
                const fd = fds[kind] ?? kvm.openOther(kind as "regular");
                const isMatch = (type === "xive") === (cap === 169);
                const wanted = first([flags !== 0 || cap === 5, -22], [kind === "none", -9],
                  [kind !== "device" || !isMatch, -1], [isConnected, -16]);
                const named = 0x7_0000_0000n + BigInt(fd);
                expect(enable(machine, cap, named, { flags, server: 1 })).toBe(wanted);
                const now = kvm.connection(machine.vcpuFds[0]!)?.server;
                expect(now).toBe(wanted === 0 ? 1 : isConnected ? 0 : undefined);
              }
  });

  it("passes on what the device refuses", () => {
    const machine = controlled("xive");
    const connect = (vcpu: number, server: number): number =>
      enable(machine, 169, BigInt(machine.deviceFd), { vcpu, server });
    expect([connect(0, 5000), machine.kvm.connection(machine.vcpuFds[0]!)]).toEqual([-22, undefined]);
    expect([connect(0, 1), connect(1, 1)]).toEqual([0, -17]);
  });

  it("wants a XIVE in the host for one", () => {
    const machine = bare({ hasXive: false });
    create(machine, XICS);
    const fd = BigInt(createdFd(machine));
    expect([enable(machine, 169, fd), enable(machine, 169, BigInt(STRANGER)), enable(machine, 92, fd)])
      .toEqual([-6, -9, 0]);
  });
});

describe("registers of a POWER vCPU", () => {
  const [ICP, DPDES, VP] = [0x1030_0000_0000_008cn, 0x1030_0000_0000_00a9n, 0x1040_0000_0000_008dn];
  const register = ({ kvm, user, vcpuFds }: Machine, isSet: boolean, id: bigint, addr: bigint): number =>
    kvm.ioctl(vcpuFds[0]!, isSet ? powerIoctl.KVM_SET_ONE_REG : powerIoctl.KVM_GET_ONE_REG,
      user.place(ARGUMENT, powerOneReg.encode({ id, addr })));

  it("are refused in the order: number, connection, device, memory or thread", () => {
    for (const type of ["xive", "xics"] as const)
      for (const isConnected of both)
        for (const isSet of both)
          for (const isBad of both)
            for (const id of [ICP, DPDES, VP, 5n])
              for (const isPushed of both) {
                const machine = controlled(type, isConnected ? 1 : 0);
                const vcpu = machine.kvm.connection(machine.vcpuFds[0]!);
                if (vcpu) vcpu.isPushed = isPushed;
                const isBusy = isSet && isPushed && vcpu !== undefined;
                const wanted = first([id === 5n, -22], [id !== DPDES && !isConnected, -6],
                  [id === VP && type === "xics", -1], [isBad, -14], [isBusy && id === VP, -16],
                  [isBusy && id === ICP, -5]);
                expect(register(machine, isSet, id, isBad ? BAD_ADDRESS : BUFFER)).toBe(wanted);
              }
  });

  it("are little-endian in the monitor's memory, and come back as they were set", () => {
    const machine = controlled("xics", 1);
    const { user } = machine;
    user.placeU64(BUFFER, 0x0500_0000_0400_0000n);
    register(machine, true, ICP, BUFFER);
    user.placeU64(BUFFER, 0n);
    register(machine, false, ICP, BUFFER);
    expect(user.u64(BUFFER)).toBe(0x0500_0000_04ff_0000n);
    user.placeU64(BUFFER, 3n);
    register(machine, true, DPDES, BUFFER);
    register(machine, false, DPDES, BUFFER);
    expect(user.u64(BUFFER)).toBe(1n);
    const xive = controlled("xive", 1);
    const ring = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
    xive.user.place(BUFFER, ring);
    register(xive, true, VP, BUFFER);
    xive.user.place(BUFFER, new Uint8Array(16).fill(0xaa));
    register(xive, false, VP, BUFFER);
    expect([...xive.user.read(BUFFER, 16)!])
      .toEqual([1, 2, 3, 4, 5, 6, 7, 8, ...Array<number>(8).fill(0xaa)]);
  });

  it("keep a vCPU's IPB while it is on no thread, by its NVT", () => {
    const machine = controlled("xive", 2);
    for (const server of [0, 1]) native(machine).vcpus.get(server)!.saved[2] = 0x11 + server;
    native(machine).vcpus.get(1)!.isPushed = true;
    expect([0x400, 0x401, 0x402].map((nvt) => machine.kvm.keptIpb(nvt))).toEqual([0x11, 0, 0]);
    expect(bare().kvm.keptIpb(0x400)).toBe(0);
  });
});

describe("calls on a controller's descriptor and KVM_IRQ_LINE", () => {
  it("go to the device, by the structure", () => {
    const machine = controlled("xive", 1);
    const { kvm, user, deviceFd } = machine;
    const call = (request: number, group: number, attr: bigint): number => kvm.ioctl(deviceFd, request,
      user.place(ARGUMENT, powerDeviceAttr.encode({ group, attr, addr: BUFFER })));
    user.placeU64(BUFFER, 0n);
    const { KVM_SET_DEVICE_ATTR: SET, KVM_GET_DEVICE_ATTR: GET, KVM_HAS_DEVICE_ATTR: HAS } = powerIoctl;
    expect([call(SET, 2, 0x20n), call(GET, 2, 0x20n), call(HAS, 2, 0x20n), call(HAS, 9, 0n)])
      .toEqual([0, -6, 0, -6]);
    expect([call(GET, 4, 6n), call(SET, 4, 6n)]).toEqual([0, 0]);
  });

  it("raise a number and hand the result back in its place", () => {
    const line = (machine: Machine, irq: number, level: number): number => machine.kvm.ioctl(
      machine.kvm.vmFd, powerIoctl.KVM_IRQ_LINE,
      machine.user.place(ARGUMENT, powerIrqLevel.encode({ irq, level: level >>> 0 })));
    expect(line(bare(), 0x20, 1)).toBe(-6);
    const machine = controlled("xive");
    const { user } = machine;
    machine.kvm.device!.setAttr(2, 0x20n, user.placeU64(BUFFER, 1n));
    const state = native(machine).irqs.get(0x20)!;
    const results = [[0x21, 1], [0x20, -3], [0x20, 0]].map(([irq, level]) => [line(machine, irq!, level!),
      powerIrqLevel.decode(user.read(ARGUMENT, 8)!).irq | 0, state.asserted]);
    expect(results).toEqual([[0, -22, false], [0, 0, true], [0, 0, false]]);
  });
});

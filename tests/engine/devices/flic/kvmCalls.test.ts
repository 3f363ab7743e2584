import { describe, expect, it } from "vitest";
import { kernelProfiles, type KernelProfileName } from "../../../../src/engine/uapi/kernelProfile.ts";
import { FlicInterruptPort } from "../../../../src/engine/devices/kvm/floatingPort.ts";
import { createDevice, deviceAttr } from "../../../../src/engine/uapi/deviceAttr.ts";
import { ioctl } from "../../../../src/engine/uapi/ioctl.ts";
import { irqRouting, irqRoutingEntry, irqfd } from "../../../../src/engine/uapi/irqRouting.ts";
import { ioAdapter, ioAdapterReq } from "../../../../src/engine/uapi/flic.ts";
import { IO_LIMIT } from "../../../../src/engine/devices/flic/pending.ts";
import { bitNumber, indicatorBit } from "../../../../src/engine/devices/flic/indicators.ts";
import { flicMachine, irq, join, toHex, type FlicMachine, type MachineShape } from "./flicMachine.ts";

const ARG = 0x6000_0000n;

describe("device life cycle", () => {
  it("checks process, command, structure, group in this order", () => {
    const { kvm, flicFd, user } = flicMachine();
    expect(kvm.ioctl(flicFd, 0x1234, 0n, "other-process")).toBe(-5);
    expect(kvm.ioctl(flicFd, 0x1234, 0n)).toBe(-25);
    for (const request of [ioctl.KVM_SET_DEVICE_ATTR, ioctl.KVM_GET_DEVICE_ATTR, ioctl.KVM_HAS_DEVICE_ATTR])
      expect(kvm.ioctl(flicFd, request, 0n)).toBe(-14);
    user.place(ARG, deviceAttr.encode({ group: 99 }));
    expect(kvm.ioctl(flicFd, ioctl.KVM_HAS_DEVICE_ATTR, ARG)).toBe(-6);
    kvm.dead = true;
    expect(kvm.ioctl(flicFd, ioctl.KVM_HAS_DEVICE_ATTR, ARG)).toBe(-5);
    expect(kvm.mmapFlic()).toBe(-19);
  });

  it("undoes a creation that found no descriptor, keeps one whose reply could not be written", () => {
    const { kvm, user } = flicMachine({ flicCreated: false });
    user.place(ARG, createDevice.encode({ type: 6 }));
    kvm.files.limit = 3;
    expect(kvm.ioctl(kvm.vmFd, ioctl.KVM_CREATE_DEVICE, ARG)).toBe(-24);
    kvm.files.limit = 1024;
    const write = user.write.bind(user);
    user.write = () => false;
    expect(kvm.ioctl(kvm.vmFd, ioctl.KVM_CREATE_DEVICE, ARG)).toBe(-14);
    user.write = write;
    expect(kvm.ioctl(kvm.vmFd, ioctl.KVM_CREATE_DEVICE, ARG)).toBe(-22);
  });

  it("knows one type of device: any other is refused before all else, and none is made", () => {
    const { kvm, user } = flicMachine({ flicCreated: false, options: { allocate: () => false } });
    const answers = [0, 1].flatMap((flags) => [...Array(16).keys(), 0xffff_ffff].map((type) => {
      user.place(ARG, createDevice.encode({ type, flags, fd: 77 }));
      const answer = kvm.ioctl(kvm.vmFd, ioctl.KVM_CREATE_DEVICE, ARG);
      expect(createDevice.decode(user.at(ARG)).fd).toBe(77);
      return `${type}: ${answer}`;
    }));
    const wanted = [0, 1].flatMap((flags) => [...Array(16).keys(), 0xffff_ffff].map((type) =>
      `${type}: ${type !== 6 ? -19 : flags === 1 ? 0 : -12}`));
    expect(answers).toEqual(wanted);
  });

  it("reports allocation failures where the kernel does", () => {
    let budget = 1e9;
    const { kvm, user } = flicMachine({ options: { allocate: (bytes) => bytes <= budget } });
    budget = 0;
    expect(kvm.getAttr(1, 72n, ARG)).toBe(-105);
    expect(kvm.setAttr(2, 72n, user.place(ARG, irq("ffff2603")))).toBe(-12);
    expect(kvm.setAttr(6, 0n, user.place(ARG, ioAdapter.encode({ id: 64 })))).toBe(-22);
    expect(kvm.setAttr(6, 0n, user.place(ARG, ioAdapter.encode({ id: 1 })))).toBe(-12);
    budget = 1000;
    expect(kvm.setAttr(6, 0n, ARG)).toBe(0);
    budget = 0;
    expect([kvm.setAttr(10, 1n, 0n), kvm.setAttr(10, 2n, 0n)]).toEqual([-12, -22]);
    expect(kvm.flic.gisa!.ipm).toBe(0);
  });

  it("need no memory for an interrupt that is suppressed", () => {
    let budget = 1e9;
    const { kvm, user } = flicMachine({ options: { allocate: (bytes) => bytes <= budget } });
    kvm.setAttr(6, 0n, user.place(ARG, ioAdapter.encode({ id: 1, isc: 3, flags: 1 })));
    kvm.flic.ais = { simm: 0x10, nimm: 0 };
    budget = 0;
    expect([kvm.setAttr(10, 1n, 0n), kvm.flic.ais]).toEqual([-12, { simm: 0x10, nimm: 0 }]);
    kvm.flic.ais = { simm: 0x10, nimm: 0x10 };
    expect(kvm.setAttr(10, 1n, 0n)).toBe(0);
  });
});

describe("profiles", () => {
  it.each([
    ["linux-4.12", 0, -6, -22, -524], ["linux-4.13", 1, 0, -524, -524], ["linux-5.6", 1, 0, -95, -95],
    ["linux-6.1", 1, 0, -95, -95],
  ] as const)("%s: capability %i, HAS AISM_ALL %i, AISM_ALL off %i, AISM off %i",
    (name, capable, has, all, one) => {
    const { kvm } = flicMachine({ profile: kernelProfiles[name], facility72: false });
    expect(kvm.ioctl(kvm.vmFd, ioctl.KVM_CHECK_EXTENSION, 150n)).toBe(capable);
    expect(kvm.ioctl(kvm.vmFd, ioctl.KVM_CHECK_EXTENSION, 141n)).toBe(1);
    expect(kvm.hasAttr(11)).toBe(has);
    expect(kvm.setAttr(11, 2n, 0n)).toBe(all);
    expect(kvm.getAttr(11, 2n, 0n)).toBe(all);
    expect(kvm.setAttr(9, 0n, 0n)).toBe(one);
  });

  it("order GET_IRQ_STATE by the numbering of their time", () => {
    for (const [name, first] of [["linux-4.13", "fffe0001"], ["linux-6.1", "fffe0003"]] as const) {
      const machine = flicMachine({ profile: kernelProfiles[name] });
      const { kvm, cpuFds, user } = machine;
      for (const type of ["fffe0003", "fffe0001"])
        kvm.ioctl(cpuFds[0]!, ioctl.KVM_S390_IRQ, user.place(ARG, irq(type)));
      user.place(0x100n, new Uint8Array(144));
      kvm.ioctl(cpuFds[0]!, ioctl.KVM_S390_GET_IRQ_STATE, user.place(ARG, join(
        new Uint8Array([0, 0, 0, 0, 0, 0, 1, 0]), new Uint8Array([0, 0, 0, 0, 0, 0, 0, 144]),
          new Uint8Array(16))));
      expect(toHex(user.at(0x100n)).slice(8, 16)).toBe(first);
    }
  });
});

/** Adapter 1 (isc 2) and one route, gsi 4. */
function routed(
  name: KernelProfileName, shape: MachineShape = {}, swap = 1,
): FlicMachine & { signal: () => number } {
  const machine = flicMachine({ ...shape, profile: kernelProfiles[name] });
  const { kvm, user } = machine;
  kvm.setAttr(6, 0n, user.place(ARG, ioAdapter.encode({ id: 1, isc: 2, swap, maskable: 1 })));
  const table = join(irqRouting.encode({ nr: 1 }), irqRoutingEntry.encode({
    gsi: 4, type: 3, "u.adapter.ind_addr": 0x100008n, "u.adapter.ind_offset": 3n,
    "u.adapter.summary_addr": 0x102000n,
    "u.adapter.adapter_id": 1 }));
  expect(kvm.ioctl(kvm.vmFd, ioctl.KVM_SET_GSI_ROUTING, user.place(ARG, table))).toBe(0);
  return { ...machine, signal: () => kvm.flic.signalGsi(4) };
}
const modify = ({ kvm, user }: FlicMachine, type: number, addr: bigint): number =>
  kvm.setAttr(7, 0n, user.place(ARG, ioAdapterReq.encode({ id: 1, type, addr })));

describe("pinned adapter pages (4.13)", () => {
  it("sets the indicator, then finds the summary missing", () => {
    const machine = routed("linux-4.13");
    expect(machine.signal()).toBe(-1);
    expect(machine.memory.u8(0x100008)).toBe(0);
    expect(modify(machine, 2, 0x100008n)).toBe(0);
    expect(machine.signal()).toBe(-1);
    expect(machine.memory.u8(0x100008)).toBe(0x10);
    expect(modify(machine, 2, 0x102000n)).toBe(0);
    expect(machine.signal()).toBe(1);
    expect(machine.signal()).toBe(0);
    expect(machine.kvm.slots.takeDirtyFrames()).toEqual([0x100n, 0x102n]);
  });

  it("unmaps the first equal address, refuses zero and unknown ones, counts to 255", () => {
    const machine = routed("linux-4.13");
    expect([modify(machine, 2, 0n), modify(machine, 3, 0n), modify(machine, 3, 0x100008n)]).toEqual([-22, -22,
      -22]);
    expect(modify(machine, 2, 0x4000_0000n)).toBe(-14);
    expect([modify(machine, 2, 0x100008n), modify(machine, 2, 0x100008n)]).toEqual([0, 0]);
    expect(modify(machine, 3, 0x100008n)).toBe(0);
    for (let i = 2; i <= 255; i++) expect(modify(machine, 2, 0x100008n)).toBe(0);
    expect(modify(machine, 2, 0x100008n)).toBe(-22);
    expect(modify(machine, 3, 0x100008n)).toBe(0);
    // The refused attempt raised the counter for good.
    expect(modify(machine, 2, 0x100008n)).toBe(-22);
  });

  it("keeps writing to the page it pinned, and routes take any address", () => {
    const machine = routed("linux-4.13");
    for (const addr of [0x100008n, 0x102000n]) modify(machine, 2, addr);
    machine.kvm.slots.mapUser([]);
    expect(machine.signal()).toBe(1);
    expect(machine.memory.u8(0x100008)).toBe(0x10);
  });
});

describe("looked-up adapter pages (6.1)", () => {
  it("writes nothing unless both pages are there and writable", () => {
    for (const writable of [false, true]) {
      const machine = routed("linux-6.1");
      const base = 0x3ff_0000_0000n;
      machine.kvm.slots.mapUser([
        { userAddress: base, size: 0x102000n, ram: 0, writable: true },
        { userAddress: base + 0x102000n, size: 0x1000n, ram: 0x102000, writable },
      ]);
      expect(machine.signal()).toBe(writable ? 1 : -1);
      expect(machine.memory.u8(0x100008)).toBe(writable ? 0x10 : 0);
    }
  });

  it("follows the user address, not the memory slot it was translated with", () => {
    const machine = routed("linux-6.1");
    machine.kvm.slots.mapUser(
      [{ userAddress: 0x3ff_0000_0000n, size: 0x103000n, ram: 0x50000, writable: true }],
    );
    machine.signal();
    expect([machine.memory.u8(0x100008), machine.memory.u8(0x150008)]).toEqual([0, 0x10]);
  });

  it("tells the dirty log a frame of another number space, unless the quirk is off", () => {
    const machine = routed("linux-6.1");
    machine.signal();
    expect(machine.kvm.slots.takeDirtyFrames()).toEqual([]);
    const profile = kernelProfiles["linux-6.1"];
    const cured = flicMachine({
      profile: { ...profile, quirks: { ...profile.quirks, indicatorDirtyByUserAddress: false } },
    });
    const port = new FlicInterruptPort(cured.kvm.flic);
    port.registerAdapter(1, 2, false);
    const [gsi] = port.routeAdapter(1, 0x100000n, 0x102000n, 0, 1);
    cured.kvm.flic.signalGsi(gsi!);
    expect(cured.kvm.slots.takeDirtyFrames()).toEqual([0x100n, 0x102n]);
  });

  it("passes on the errno of an injection that found no room", () => {
    const machine = routed("linux-6.1", { options: { aiv: false } });
    machine.kvm.flic.floating.ioCount = IO_LIMIT;
    expect([machine.signal(), machine.memory.u8(0x100008)]).toEqual([-16, 0x10]);
  });

  it("ignores level 0 and reports a bit beyond the page as no interrupt", () => {
    const machine = routed("linux-6.1");
    expect(machine.kvm.flic.signalGsi(4, 0)).toBe(0);
    expect(machine.kvm.flic.signalGsi(5)).toBe(-1);
    machine.kvm.flic.routes = new Map([[4, { ...machine.kvm.flic.routes.get(4)!, indOffset: 32768n }]]);
    expect(machine.signal()).toBe(-1);
    expect(machine.kvm.flic.gisa!.ipm).toBe(0);
  });
});

describe("indicator bits", () => {
  it("are one bit string from the left with swap, 64-bit words from the right without", () => {
    for (let nr = 0; nr < 32768; nr++) {
      const word = Math.floor(nr / 64), within = nr % 64;
      const right = { byte: word * 8 + 7 - Math.floor(within / 8), mask: 2 ** (within % 8) };
      const left = { byte: Math.floor(nr / 8), mask: 128 / 2 ** (nr % 8) };
      const got = [indicatorBit(BigInt(nr), false)!, indicatorBit(BigInt(nr), true)!];
      const isSame = (a: typeof left, b: typeof left): boolean => a.byte === b.byte && a.mask === b.mask;
      if (!isSame(got[0]!, right) || !isSame(got[1]!, left))
        expect({ nr, got }).toEqual({ nr, got: [right, left] });
    }
    expect(indicatorBit(32768n, true)).toBeUndefined();
  });

  it("count from the page offset and wrap at 64 bits", () => {
    expect(bitNumber(0x1234_5678n, 5n)).toBe(0x678n * 8n + 5n);
    expect(bitNumber(0x1001n, 0xffff_ffff_ffff_ffffn)).toBe(7n);
  });
});

describe("irqfd", () => {
  const bind = ({ kvm, user }: FlicMachine, fd: number, gsi: number, flags = 0, resamplefd = 0): number =>
    kvm.ioctl(kvm.vmFd, ioctl.KVM_IRQFD, user.place(ARG, irqfd.encode({ fd, gsi, flags, resamplefd })));

  it("makes signals before the worker one, and later ones new", () => {
    const machine = routed("linux-6.1");
    const { kvm, memory } = machine;
    const fd = kvm.openEventfd();
    expect(bind(machine, fd, 4)).toBe(0);
    for (let i = 0; i < 3; i++) kvm.signalEventfd(fd);
    expect(kvm.irqfds.runDue()).toEqual([1]);
    memory.setU8(0x102000, 0, "cpu-helper");
    expect(kvm.irqfds.runDue()).toEqual([]);
    kvm.signalEventfd(fd);
    expect(kvm.irqfds.runDue()).toEqual([1]);
  });

  it("injects what was signalled before the binding, refuses a second binding, unbinds by both", () => {
    const machine = routed("linux-6.1");
    const { kvm } = machine;
    const fd = kvm.openEventfd(2n);
    expect([bind(machine, fd, 4), bind(machine, fd, 5)]).toEqual([0, -16]);
    expect(kvm.irqfds.runDue()).toEqual([1]);
    expect([bind(machine, fd, 5, 1), kvm.eventfdGsis(fd)]).toEqual([0, [4]]);
    expect([bind(machine, fd, 4, 1), kvm.eventfdGsis(fd)]).toEqual([0, []]);
    const regular = kvm.files.add({ kind: "regular" });
    expect([bind(machine, fd, 4, 2, 99), bind(machine, fd, 4, 2, regular),
      bind(machine, 99, 4, 1)]).toEqual([-9, -22, -9]);
  });

  it("raises what was signalled before its binding ends, by request or with the eventfd", () => {
    for (const ends of ["deassign", "close"]) {
      const machine = routed("linux-6.1");
      const { kvm, memory } = machine;
      const fd = kvm.openEventfd();
      expect(bind(machine, fd, 4)).toBe(0);
      kvm.signalEventfd(fd);
      expect(memory.u8(0x102000)).toBe(0);
      expect(ends === "close" ? kvm.close(fd) : bind(machine, fd, 4, 1)).toBe(0);
      expect(memory.u8(0x102000), ends).not.toBe(0);
      expect([kvm.irqfds.runDue(), kvm.irqfds.save()]).toEqual([[], []]);
      if (ends === "close") expect([kvm.openEventfd(), bind(machine, fd, 4), bind(machine, fd, 5)])
        .toEqual([fd, 0, -16]);
    }
  });
});

import { describe, expect, it } from "vitest";
import { RAM, s390DeviceMachine } from "../../../../src/engine/deviceMachine/s390DeviceMachine.ts";
import { checkExtension } from "../../../../src/engine/devices/kvm/capabilities.ts";
import { Files } from "../../../../src/engine/devices/kvm/files.ts";
import { FlicInterruptPort } from "../../../../src/engine/devices/kvm/floatingPort.ts";
import { MemorySlots } from "../../../../src/engine/devices/kvm/memorySlots.ts";
import { ioctl } from "../../../../src/engine/uapi/ioctl.ts";
import { KVM_MAX_IRQ_ROUTES } from "../../../../src/engine/uapi/irqRouting.ts";
import { kernelProfiles } from "../../../../src/engine/uapi/kernelProfile.ts";

const MiB = 0x100000n;
const HOST = 0x1_0000_0000n;

describe("descriptors of an s390 VM", () => {
  it("are the lowest free from 3 below the limit, as signed or unsigned numbers", () => {
    const files = new Files();
    files.limit = 6;
    const file = { kind: "regular" } as const;
    expect([1, 2, 3, 4].map(() => files.add(file))).toEqual([3, 4, 5, -24]);
    expect([files.close(4), files.close(4), files.add(file), files.get(2 ** 32 + 4)])
      .toEqual([0, -9, 4, file]);
    expect([files.get(6), files.close(2 ** 32 + 3), files.get(3)]).toEqual([undefined, 0, undefined]);
  });

  it("that are no eventfd are not signalled and raise nothing", () => {
    const { kvm } = s390DeviceMachine();
    for (const fd of [99, kvm.vmFd]) kvm.signalEventfd(fd);
    const fd = kvm.openEventfd(3n);
    kvm.signalEventfd(fd);
    expect([kvm.files.get(fd), kvm.eventfdGsis(fd), kvm.close(fd), kvm.close(fd)])
      .toEqual([{ kind: "eventfd", count: 4n }, [], 0, -9]);
  });

  it("that are no VM, vCPU or device know no ioctl, whoever asks", () => {
    const { kvm } = s390DeviceMachine();
    const fds = [kvm.openEventfd(), kvm.files.add({ kind: "regular" })];
    for (const fd of fds)
      for (const request of [0, ...Object.values(ioctl)])
        for (const caller of ["owner", "other-process"] as const)
          expect(kvm.ioctl(fd, request, 0n, caller)).toBe(-25);
    expect(kvm.ioctl(99, 0, 0n)).toBe(-9);
  });
});

describe("capabilities of an s390 VM", () => {
  it("are those of its interrupts and memory; AIS migration by its kernel", () => {
    const all = Array.from({ length: 256 }, (_, cap) => cap);
    const of = (profile: keyof typeof kernelProfiles): number[] =>
      all.filter((cap) => checkExtension(kernelProfiles[profile], cap) > 0);
    expect(of("linux-6.1").length).toBe(of("linux-4.12").length + 1);
    expect([checkExtension(kernelProfiles["linux-6.1"], 10), checkExtension(kernelProfiles["linux-6.1"], 25)])
      .toEqual([32767, 4096]);
  });
});

describe("AP's view of a VM", () => {
  it("holds RAM from the host's base on, and writes indicator bytes there, logged by some kernels", () => {
    for (const indicatorByteUnlogged of [true, false]) {
      const known = kernelProfiles["linux-6.1"];
      const profile = { ...known, quirks: { ...known.quirks, indicatorByteUnlogged } };
      const { kvm, memory } = s390DeviceMachine({ profile, options: { ap: { hostBase: HOST } } });
      const end = HOST + BigInt(RAM);
      const held =
        [HOST - 1n, HOST, end - 1n, end, 0n].map((at) => (kvm.ap.writeIndicator(at), kvm.ap.holds(at)));
      expect(held).toEqual([false, true, true, false, false]);
      expect([memory.u8(0), memory.u8(1), memory.u8(RAM - 2), memory.u8(RAM - 1)])
        .toEqual([0x80, 0, 0, 0x80]);
      const logged = indicatorByteUnlogged ? [] : [0n, BigInt(RAM / 4096 - 1)];
      expect(kvm.slots.takeDirtyFrames()).toEqual(logged);
    }
  });

  it("pins pages where a slot shows writable memory", () => {
    const slots = new MemorySlots();
    for (const [slot, at] of [[0, 0n], [1, 4n]] as const)
      slots.set({ slot, flags: 1, guestAddress: at * MiB, size: MiB, userAddress: at * MiB });
    slots.mapUser([{ userAddress: 0n, size: MiB, ram: 0x1000, writable: true }]);
    const { kvm } = s390DeviceMachine({ options: { slots, ap: { hostBase: HOST } } });
    expect([0n, 4n * MiB, 2n * MiB].map((at) => kvm.ap.hasMemory(at))).toEqual([true, true, false]);
    kvm.ap.container.map({ iova: 0n, size: 8n * MiB, read: true, write: true });
    expect([0x2000n, 4n * MiB, 2n * MiB].map((at) => kvm.ap.container.pin(at)))
      .toEqual([{ ok: true, value: HOST + 0x3000n }, { ok: false, error: -14 }, { ok: false, error: -14 }]);
  });
});

describe("slots over a page of RAM", () => {
  it("mark it where they show it: from their first user address on, and not behind their last", () => {
    for (const [page, frames] of [[0n, []], [1n, [0x100n]], [0x100n, [0x1ffn]], [0x101n, []]] as const) {
      const slots = new MemorySlots();
      const user = 0x7000_0000n;
      slots.set({ slot: 0, flags: 1, guestAddress: MiB, size: MiB, userAddress: user + MiB });
      // Beside it for the guest, elsewhere for the process.
      for (const slot of [1, 2])
        slots.set({ slot, flags: 1, guestAddress: MiB * BigInt(2 * slot - 2), size: MiB, userAddress: 0n });
      slots.mapUser([{ userAddress: user + MiB - 0x1000n, size: 4n * MiB, ram: 0, writable: true }]);
      slots.markFrameOfRam(Number(page << 12n) + 5);
      expect(slots.takeDirtyFrames()).toEqual(frames);
    }
  });
});

describe("the machine's devices", () => {
  it("find the lowest routes that are free, and there is none beyond the last", () => {
    const { kvm } = s390DeviceMachine();
    const port = new FlicInterruptPort(kvm.flic);
    port.registerAdapter(1, 3, false);
    const [first, second] = [0, 1].map(() => port.routeAdapter(1, 0x1000n, 0x2000n, 7, 2));
    expect([first, second]).toEqual([[0, 1], [2, 3]]);
    port.unrouteAdapter([1, 2]);
    expect(port.routeAdapter(1, 0x1000n, 0x2000n, 7, 3)).toEqual([1, 2, 4]);
    expect(port.routeAdapter(1, 0x1000_0000n, 0x2000n, 7, 1)).toEqual([]);
    const [route] = kvm.flic.routes.values();
    kvm.flic.routes = new Map(Array.from({ length: KVM_MAX_IRQ_ROUTES - 1 }, (_, gsi) => [gsi, route!]));
    expect(() => port.routeAdapter(1, 0x1000n, 0x2000n, 7, 2)).toThrow();
    expect(port.routeAdapter(1, 0x1000n, 0x2000n, 7, 1)).toEqual([KVM_MAX_IRQ_ROUTES - 1]);
  });
});

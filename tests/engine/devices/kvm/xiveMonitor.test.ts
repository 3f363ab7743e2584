import { describe, expect, it } from "vitest";
import { faultXive, mapXive } from "../../../../src/engine/devices/kvm/xiveMapping.ts";
import { GuestPages } from "../../../../src/engine/devices/kvm/guestPages.ts";
import { MemorySlots, powerSlotRules } from "../../../../src/engine/devices/kvm/memorySlots.ts";
import { XiveMonitor } from "../../../../src/engine/devices/kvm/xiveMonitor.ts";
import {
  BAD_ADDRESS, native, powerMachine,
} from "../../../../src/engine/deviceMachine/powerDeviceMachine.ts";
import { KvmXive } from "../../../../src/engine/devices/xive/kvmXive.ts";
import { HostXive } from "../../../../src/engine/devices/xive/hostXive.ts";

describe("mapping the device's file", () => {
  it("begins at one of its two areas and ends within it", () => {
    for (const [offset, pages, area] of [
      [0, 1, "tima"], [0, 4, "tima"], [0, 5, ""], [4, 1, "esb"], [4, 0x200000, "esb"], [4, 0x200001, ""],
        [1, 1, ""],
      [3, 1, ""], [5, 1, ""],
    ] as const)
      expect(mapXive(offset, pages))
        .toEqual(area === "" ? { ok: false, error: -22 } : { ok: true, value: { area, pages } });
  });

  it("finds the OS page of the TIMA, and of a source that is valid the selected interrupt's", () => {
    const device = new KvmXive({ host: new HostXive({ memory: { load: () => 0, store: () => true } }) });
    device.irqs.createBlock(0);
    Object.assign(device.irqs.get(1)!, { ipi: 5, valid: true });
    Object.assign(device.irqs.get(2)!, { ipi: 6, passthrough: 9, valid: true });
    device.irqs.get(0)!.ipi = 4;
    const kinds = (area: "tima" | "esb", pages: number): unknown[] =>
      Array.from({ length: 9 }, (_, n) => faultXive(device, { area, pages }, n - 1)).map((fault) =>
        (fault.kind === "esb" ? `${fault.interrupt} ${fault.page}` : fault.kind));
    const none = "sigbus";
    expect(kinds("tima", 4)).toEqual([none, none, none, "tima-os", none, none, none, none, none]);
    expect(kinds("tima", 2)).toEqual(Array(9).fill(none));
    expect(kinds("esb", 100))
      .toEqual([none, none, none, "5 trigger", "5 management", "9 trigger", "9 management",
      none, none]);
    expect(kinds("esb", 4)[4]).toBe("5 management");
    expect(kinds("esb", 4)[5]).toBe(none);
    expect(faultXive(device, { area: "esb", pages: 1 << 21 }, 2048)).toEqual({ kind: "sigbus" });
  });
});

describe("a monitor of the native device", () => {
  const queue = { flags: 1, qshift: 16, qaddr: 0x20000n, qtoggle: 0, qindex: 5 };

  it("makes each call with its structure in memory, and without memory none", () => {
    for (const [scratch, isThere] of [[0x3000n, true], [BAD_ADDRESS, false]] as const) {
      const machine = powerMachine("xive");
      const device = native(machine);
      const monitor = new XiveMonitor(device, scratch);
      const wanted = isThere ? 0 : -14;
      expect(monitor.createSource(0x20, true, true)).toBe(wanted);
      expect(device.irqs.valid(0x20))
        .toEqual(isThere ? expect.objectContaining({ lsi: true, asserted: true }) : undefined);
      expect(monitor.configureQueue(1, 5, queue)).toBe(wanted);
      expect(monitor.configureSource(0x20, { server: 1, priority: 5, isMasked: false, eisn: 7 }))
        .toBe(wanted);
      expect(monitor.syncSource(0x20)).toBe(isThere ? 0 : -2);
      const read = monitor.queueState(1, 5, { ...queue, qindex: 1, qaddr: 0n });
      if (isThere) expect(read).toMatchObject({ ok: true, value: queue });
      else expect(read).toEqual({ ok: false, error: -14 });
      expect([monitor.syncQueues(), monitor.reset()]).toEqual([0, 0]);
      expect(device.irqs.valid(0x20)?.actPriority).toBe(isThere ? 0xff : undefined);
    }
  });

  it("says of a source what it is: a line only where it is one, up only where it is a line", () => {
    for (const isLsi of [true, false])
      for (const isAsserted of [true, false]) {
        const machine = powerMachine("xive");
        new XiveMonitor(native(machine), 0x3000n).createSource(0x20, isLsi, isAsserted);
        expect(native(machine).irqs.valid(0x20)).toMatchObject({ lsi: isLsi, asserted: isLsi && isAsserted });
      }
  });

  it("passes on what KVM refuses", () => {
    const machine =
      powerMachine("xive", 1, { fails: (call) => call === "queue-state" || call === "processor-state" });
    const device = native(machine);
    const monitor = new XiveMonitor(device, 0x3000n);
    expect(monitor.queueState(1, 5, queue)).toEqual({ ok: false, error: -2 });
    expect(monitor.queueState(0, 7, queue)).toEqual({ ok: false, error: -22 });
    // A queue that was never configured leaves what was given.
    expect(monitor.queueState(0, 5, queue)).toMatchObject({ ok: true, value: queue });
    device.vcpus.get(0)!.queues[5]!.page = 0x20000n;
    expect(monitor.queueState(0, 5, queue)).toEqual({ ok: false, error: -5 });
    expect([monitor.threadState(0), monitor.threadState(1)])
      .toEqual([{ ok: false, error: -5 }, { ok: false, error: -6 }]);
    expect(monitor.setThreadState(1, 0n)).toBe(-6);
  });

  it("moves a thread's registers, the first byte in the most significant place", () => {
    const device = native(powerMachine("xive"));
    const monitor = new XiveMonitor(device, 0x3000n);
    expect(monitor.setThreadState(1, 0x0102_0304_0506_0708n)).toBe(0);
    expect([...device.vcpus.get(1)!.saved]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(monitor.threadState(1)).toEqual({ ok: true, value: 0x0102_0304_0506_0708n });
  });

  it("reaches a source's pages, and no other's", () => {
    const device = native(powerMachine("xive"));
    const monitor = new XiveMonitor(device, 0x3000n);
    monitor.createSource(0x20, false, false);
    expect([monitor.loadEsb(0x20, "management", 0xc00), monitor.loadEsb(0x20, "management", 0x800)])
      .toEqual([1, 0]);
    expect([monitor.storeEsb(0x20, "trigger", 0), monitor.loadEsb(0x20, "management", 0x800)])
      .toEqual([true, 2]);
    expect([monitor.loadEsb(0x20, "trigger", 0), monitor.storeEsb(0x20, "management", 0x400)])
      .toEqual([undefined, false]);
    expect([monitor.loadEsb(0x21, "management", 0), monitor.storeEsb(0x21, "trigger", 0)])
      .toEqual([undefined, false]);
  });
});

describe("the pages that KVM holds of a guest", () => {
  it("are counted by frame while there is memory, and end with their last reference", () => {
    for (const pageShift of [12, 16]) {
      const pages = new GuestPages(0x40000, pageShift);
      expect([0x3ffffn, 0x40000n, 0x10000n, 0x10000n].map((at) => pages.hold(at)))
        .toEqual([true, false, true, true]);
      expect([pages.pageShift, pages.held()]).toEqual([pageShift, 3]);
      pages.release(0x10000n);
      expect(pages.held()).toBe(2);
      for (const at of [0x10000n, 0x10000n, 0x3fff8n]) pages.release(at);
      expect(pages.held()).toBe(0);
    }
  });

  it("are the guest's only where a slot shows them, and dirty in its log as well", () => {
    const slots = new MemorySlots(powerSlotRules);
    slots.set({ slot: 1, flags: 1, guestAddress: 0x20000n, size: 0x10000n, userAddress: 0x20000n });
    const pages = new GuestPages(0x40000, 16, slots);
    expect([0x10000n, 0x20000n, 0x30000n].map((at) => pages.hold(at))).toEqual([false, true, false]);
    for (const at of [0x30000n, 0x20000n, 0x20008n, 0x10000n, 0x40000n]) pages.markDirty(at);
    expect([pages.takeDirty(), pages.takeDirty(), slots.takeDirtyFrames()]).toEqual([[1n, 2n, 3n], [], [2n]]);
  });
});

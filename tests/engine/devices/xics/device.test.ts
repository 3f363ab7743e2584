import { describe, expect, it } from "vitest";
import { saveChip } from "../../../../src/engine/devices/xive/chipState.ts";
import type { FirmwareCall } from "../../../../src/engine/devices/xive/hostXive.ts";
import {
  loadXics, saveXics, xicsState, type XicsSnapshot,
} from "../../../../src/engine/devices/xics/state.ts";
import type { Xics } from "../../../../src/engine/devices/xics/xics.ts";
import { IRQ, world } from "./world.ts";

/** Word 0 of an END: what it does, without its size; and whether it escalates. */
const END = { isValid: 0x80000000, enqueues: 0x40000000, escalates: 0x04000000 };
const word0 = ({ host }: Xics, server: number, priority: number): number =>
  host.chip.ends.word(host.end(server, priority), 0);
const has = (device: Xics, server: number, priority: number, bit: number): boolean =>
  (word0(device, server, priority) & bit) !== 0;

describe("a server of XICS", () => {
  it("is connected with an IPI at priority 0 that is open, and needs no queue", () => {
    const { device } = world();
    for (const server of [0, 1]) {
      const { icp, queues } = device.connectedVcpu(server)!;
      expect(icp).toEqual({ cppr: 0, hwCppr: 0, mfrr: 0xff, pending: 0, delayedIrq: 0, ipi: server + 1 });
      expect(device.host.chip.eas.get(icp.ipi)).toBe(0x8000_0000_0000_0002n + (BigInt(server * 8) << 32n));
      expect(device.host.chip.sources.pq(icp.ipi)).toBe(0);
      expect(queues.map(({ page, hasEscalation }) => [page, hasEscalation]))
        .toEqual([[undefined, true], ...Array<unknown>(7).fill([undefined, false])]);
      expect([has(device, server, 0, END.isValid), has(device, server, 0, END.enqueues)])
        .toEqual([true, false]);
      expect([has(device, server, 0, END.escalates), has(device, server, 1, END.escalates)])
        .toEqual([true, false]);
      expect(device.host.chip.nvts.has(0x400 + server)).toBe(true);
    }
    expect([device.connect(0), device.connect(4), device.connectedVcpu(2)]).toEqual([-17, -22, undefined]);
  });

  it("that failed late is half there: not connected, and a second attempt says that it exists", () => {
    const rows: readonly (readonly [FirmwareCall, number, boolean])[] = [
      ["allocate-processors", -28, false], ["allocate-interrupt", -12, true], ["enable-processor", -5, true],
      ["configure-queue", -5, true], ["attach-escalation", -5, true], ["configure-interrupt", -5, true],
    ];
    for (const [call, answer, isLeft] of rows) {
      let isFailing = true;
      const { device } = world({ servers: 0, fails: (name) => isFailing && name === call });
      expect([device.connect(0), device.vcpus.has(0), device.connectedVcpu(0)])
        .toEqual([answer, isLeft, undefined]);
      isFailing = false;
      expect(device.connect(0)).toBe(isLeft ? -17 : 0);
    }
    const { device } = world({ servers: 0, allocate: (bytes) => bytes !== 512 });
    expect([device.connect(0), device.vcpus.size]).toEqual([-12, 0]);
  });

  it("that comes later has a queue of every priority that there are queues of", () => {
    for (const singleEscalation of [false, true]) {
      const { device } = world({ servers: 1, singleEscalation });
      for (const priority of [0, 5]) expect(device.provision(priority)).toBe(true);
      device.connect(1);
      for (const server of [0, 1]) {
        const { queues, escalationPriority } = device.connectedVcpu(server)!;
        expect(queues.map(({ page }) => page !== undefined))
          .toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((priority) => priority === 0 || priority === 5));
        expect(queues[5]).toMatchObject({ shift: 16, consumer: { index: 0, toggle: 0 } });
        expect(has(device, server, 0, END.enqueues)).toBe(true);
        // With one escalation for all queues it is at priority 0 alone, which is connected with it.
        expect(queues[5]!.hasEscalation).toBe(!singleEscalation && server === 0);
        expect(escalationPriority).toBe(singleEscalation ? 7 : undefined);
        // That the queues are provided already is all that counts.
        expect([device.provision(5), queues[5]!.hasEscalation])
          .toEqual([true, !singleEscalation && server === 0]);
      }
    }
  });
});

describe("the queues of a priority", () => {
  it("are provided once, for every server; what was done stays where one cannot be", () => {
    for (const reason of ["memory", "configure-queue", "attach-escalation"]) {
      let left = 99;
      const { device } = world({
        allocate: (bytes) => reason !== "memory" || bytes !== 0x10000 || left-- > 0,
        fails: (name) => name === reason && left-- <= 0,
      });
      left = 1;
      expect(device.provision(5)).toBe(false);
      expect(device.saveOwn().provisioned).toEqual([]);
      const isEscalation = reason === "attach-escalation";
      expect([0, 1].map((server) => device.connectedVcpu(server)!.queues[5]!.page !== undefined))
        .toEqual([true, isEscalation]);
      left = 99;
      const page = device.connectedVcpu(0)!.queues[5]!.page;
      // An escalation that is attached is not armed again.
      device.host.chip.ends.setEscalationState(5, 28, 3);
      const isAttached = device.connectedVcpu(0)!.queues[5]!.hasEscalation;
      expect([device.provision(5), device.saveOwn().provisioned, device.provision(5)])
        .toEqual([true, [5], true]);
      expect(device.connectedVcpu(0)!.queues[5]!.page).toBe(page);
      expect(device.host.chip.ends.escalationState(5, 28)).toBe(isAttached ? 3 : 0);
      expect(device.memory.savePages().length).toBe(2);
    }
  });
});

describe("the target of a source", () => {
  it("is counted where it goes and no more where it was, and told to whichever interrupt is selected", () => {
    for (const passthrough of [0, 9]) {
      const { device, set } = world();
      set(IRQ, 5n << 32n);
      const state = device.irqs.get(IRQ)!;
      state.passthrough = passthrough;
      const counts = (): number[] => [0, 1].map((server) => device.connectedVcpu(server)!.queues[5]!.count);
      expect(counts()).toEqual([1, 0]);
      expect([device.target(state, 1, 5), counts(), state.actServer]).toEqual([0, [0, 1], 1]);
      expect(device.host.chip.eas.get(passthrough || state.ipi)).toBe(0x8000_000d_0000_0020n);
      expect([device.target(state, 7, 5), device.target(state, 1, 6), counts()]).toEqual([-22, -16, [0, 1]]);
      device.connectedVcpu(1)!.queues[5]!.count = 0;
      device.target(state, 0, 5);
      expect(counts()).toEqual([1, 0]);
    }
  });

  it("may be the only server there is, whatever its number", () => {
    const { device, set } = world({ servers: 0 });
    device.connect(1);
    expect(set(IRQ, (5n << 32n) + 1n)).toBe(0);
    expect(device.irqs.get(IRQ)).toMatchObject({ actServer: 1, actPriority: 5 });
  });

  it("that firmware refuses is an error", () => {
    let isFailing = false;
    const { device, set } = world({ fails: (name) => isFailing && name === "configure-interrupt" });
    set(IRQ, 5n << 32n);
    isFailing = true;
    expect(device.target(device.irqs.get(IRQ)!, 1, 5)).toBe(-5);
  });
});

describe("a XICS device that is closed", () => {
  it("gives back interrupts, queues, pages and processors, and another can be made", () => {
    const { device, set } = world();
    const atFirst = saveChip(world({ servers: 0 }).device.host.chip);
    for (const irq of [IRQ, IRQ + 1]) set(irq, (5n << 32n) + 1n);
    device.irqs.get(IRQ)!.passthrough = 9;
    for (const interrupt of [9, 10]) {
      device.host.chip.sources.setPq(interrupt, 0);
      device.host.configureInterrupt(interrupt, 0, 1, 0);
    }
    device.destroy();
    const { status, eas, ends, nvts } = saveChip(device.host.chip);
    expect([...status]).toEqual([...atFirst.status].map((pq, interrupt) => (interrupt === 10 ? 0 : pq)));
    expect(eas).toEqual([
      { source: 9, value: 0x8000_0000_8000_0000n }, { source: 10, value: 0x8000_0001_0000_0000n },
    ]);
    // The END of the gathered escalation is nobody's; those of queues are as at first.
    expect([ends, nvts, device.memory.savePages()]).toEqual([[], [], []]);
    expect([device.vcpus.size, device.connectedVcpu(0), device.irqs.firstNumbers()])
      .toEqual([0, undefined, []]);
    expect(device.host.saveNumbers()).toEqual({ free: [1, 2, 3, 4], nextInterrupt: 5 });
  });
});

describe("the saved state of XICS", () => {
  it("is taken over through its bytes, with queues, connections and a series under way", () => {
    const one = world();
    one.set(IRQ, (5n << 32n) + 1n);
    one.set(IRQ + 1, 3n << 32n);
    one.get(IRQ);
    const saved = saveXics(one.device);
    expect(saved).toMatchObject({ provisioned: [3, 5], connected: [0, 1], reads: 1 });
    const decoded = xicsState.decode(1, xicsState.encode(saved));
    const other = world({ servers: 1 });
    other.device.provision(6);
    expect(loadXics(other.device, decoded.ok ? decoded.value : saved))
      .toEqual({ ok: true, value: undefined });
    expect([decoded.ok, saveXics(other.device)]).toEqual([true, saved]);
    expect(other.device.connectedVcpu(1)?.server).toBe(1);
  });

  it("is refused for what it names wrongly, and nothing changes", () => {
    const saved = saveXics(world().device);
    const alterations: readonly (readonly [Partial<XicsSnapshot>, string | undefined])[] = [
      [{}, undefined], [{ connected: [0] }, undefined], [{ connected: [0, 2] },
        "it names a server that is not there"],
      [{ free: [16] }, "it names an interrupt the host lacks"],
    ];
    for (const [altered, why] of alterations) {
      const { device } = world({ servers: 1 });
      const before = saveXics(device);
      expect(loadXics(device, { ...saved, ...altered })).toEqual(why === undefined
        ? { ok: true, value: undefined }
        : { ok: false, error: `the XICS device cannot be restored: ${why}` });
      if (why !== undefined) expect(saveXics(device)).toEqual(before);
    }
  });
});

import { describe, expect, it } from "vitest";
import {
  pushPending, resendRerouted, scanPending, writeCppr, type ScanKind,
} from "../../../../src/engine/devices/xics/presentation.ts";
import type { XicsStep } from "../../../../src/engine/devices/xics/observer.ts";
import type { ConnectedVcpu } from "../../../../src/engine/devices/xive/kvmXive.ts";
import type { Pq } from "../../../../src/engine/devices/xive/esb.ts";
import { MASKED, world, type World } from "./world.ts";

const [DUMMY, IPI, DEVICE] = [1, 2, 0x20];
const GENERATION = 0x80000000;
const OS = 0x10;

interface Vcpu extends World {
  readonly vcpu: ConnectedVcpu;
}
/** Server 0 with these entries in its queues; its inter-processor interrupt was sent and not ended. */
function withEntries(entries: Readonly<Record<number, readonly number[]>>): Vcpu {
  const one = world();
  const { device } = one;
  for (const priority of [2, 5]) device.provision(priority);
  const vcpu = device.connectedVcpu(0)!;
  for (const [priority, list] of Object.entries(entries)) {
    const { page } = vcpu.queues[Number(priority)]!;
    list.forEach((entry, at) => device.memory.store(page! + 4n * BigInt(at), (GENERATION + entry) >>> 0));
  }
  device.host.chip.sources.setPq(vcpu.icp.ipi, 2);
  return { ...one, vcpu };
}
const queues = [[], [DEVICE], [DUMMY, DEVICE], [IPI, DUMMY, DEVICE, DEVICE], [IPI], [DUMMY]] as const;

describe("a scan of what is pending", () => {
  const kinds: readonly ScanKind[] = ["fetch", "tidy", "peek"];
  it.each(kinds)("finds the most favoured entry below CPPR, or the IPI that ties with it (%s)", (kind) => {
    for (const second of queues)
      for (const fifth of queues) {
        const lists: Record<number, readonly number[]> = { 2: second, 5: fifth };
        const hasDevice = (p: number): boolean => lists[p]?.includes(DEVICE) ?? false;
        const { device, vcpu } = withEntries(lists);
        const { icp } = vcpu;
        const { sources } = device.host.chip;
        for (const mfrr of [0, 2, 3, 5, 6, MASKED])
          for (const cppr of [0, 2, 3, 6, MASKED])
            for (const asked of [0, 0x04, 0x24, 0x60, 0xe4]) {
              Object.assign(icp, { mfrr, cppr, pending: 0x99 });
              sources.setPq(icp.ipi, 2);
              for (const { consumer } of vcpu.queues) consumer.index = 0;
              const all = [0, 1, 2, 3, 4, 5, 6, 7].filter((p) => asked & (1 << p) && p < cppr);
              const stop = all.find((p) => hasDevice(p) || mfrr <= p) ?? 8;
              const seen = all.filter((p) => p <= stop);
              const isDevice = stop < mfrr && hasDevice(stop);
              const wanted = isDevice ? { irq: DEVICE, priority: stop }
                : mfrr < cppr ? { irq: IPI, priority: mfrr } : { irq: 0, priority: MASKED };
              const left = seen.filter((p) => !hasDevice(p)).reduce((bits, p) => bits & ~(1 << p), asked);
              const consumed = [2, 5].map((p) => {
                if (kind !== "fetch" || !seen.includes(p)) return 0;
                const specials = lists[p]!.indexOf(DEVICE);
                return (specials < 0 ? lists[p]!.length : specials) + (isDevice && p === stop ? 1 : 0);
              });
              const endsIpi = kind === "fetch" && seen.some((p) => lists[p]?.[0] === IPI);
              const found = scanPending(device, vcpu, asked, kind);
              const moved = [2, 5].map((p) => vcpu.queues[p]!.consumer.index);
              const state = [found, icp.pending, moved, sources.pq(icp.ipi)];
              const rule = [wanted, kind === "peek" ? 0x99 : left, consumed, endsIpi ? 0 : 2];
              if (JSON.stringify(state) !== JSON.stringify(rule))
                expect(state, JSON.stringify({ second, fifth, mfrr, cppr, asked })).toEqual(rule);
            }
      }
  });

  it("ends the IPI's source at priority 0 where that has no queue, when it fetches", () => {
    for (const kind of kinds)
      for (const pending of [0, 1]) {
        const one = withEntries({});
        Object.assign(one.vcpu.icp, { cppr: MASKED, mfrr: 4, pending });
        expect(scanPending(one.device, one.vcpu, pending, kind)).toEqual({ irq: IPI, priority: 4 });
        const isEnded = kind === "fetch" && pending === 1;
        expect(one.device.host.chip.sources.pq(one.vcpu.icp.ipi)).toBe(isEnded ? 0 : 2);
      }
  });
});

describe("hardware", () => {
  it("is told of the most favoured of what is pending and MFRR, at most of its own priorities", () => {
    const one = withEntries({});
    for (let pending = 0; pending < 256; pending++)
      for (const mfrr of [0, 1, 6, 7, 8, 254, MASKED]) {
        one.device.host.chip.thread(3).reset();
        Object.assign(one.vcpu.icp, { pending, mfrr });
        pushPending(one.device, one.vcpu, 3);
        const waiting = [0, 1, 2, 3, 4, 5, 6, 7].filter((p) => pending & (1 << p));
        const best = Math.min(...waiting, mfrr === MASKED ? 8 : Math.min(mfrr, 7));
        const wanted = best > 7 ? 0 : 128 >> best;
        const ipb = one.device.host.chip.thread(3).registers[OS + 2];
        if (ipb !== wanted) expect([pending, mfrr, ipb]).toEqual([pending, mfrr, wanted]);
      }
  });

  it("is given the vCPU's CPPR", () => {
    for (const [cppr, wanted] of [[0, 0], [5, 5], [7, 7], [8, 255], [255, 255]] as const) {
      const one = withEntries({});
      Object.assign(one.vcpu.icp, { cppr, hwCppr: 1 });
      writeCppr(one.device, one.vcpu, 3);
      expect([one.vcpu.icp.hwCppr, one.device.host.chip.thread(3).registers[OS + 1]]).toEqual([cppr, wanted]);
    }
  });
});

describe("entries that a vCPU can no longer take", () => {
  it("become dummies and are sent again where their source is now, at CPPR and below it alone", () => {
    for (const cppr of [0, 2, 3, 5, 6, MASKED])
      for (const isLine of [true, false])
        for (const pq of [2, 3] as Pq[])
          for (const server of [0, 1]) {
            const one = withEntries({ 2: [DUMMY, DEVICE, 0x21], 5: [IPI, 0x300, DEVICE] });
            const { device, vcpu } = one;
            const steps: XicsStep[] = [];
            device.onStep = (step) => steps.push(step);
            for (const irq of [DEVICE, 0x21]) one.set(irq, 3n << 32n);
            const state = device.irqs.get(DEVICE)!;
            device.target(state, server, 4);
            state.lsi = isLine;
            const { sources } = device.host.chip;
            sources.setLsi(state.ipi, isLine);
            device.provision(4);
            device.target(state, server, 4);
            sources.setPq(state.ipi, pq);
            vcpu.icp.cppr = cppr;
            resendRerouted(device, vcpu);
            const entries = [2, 5].map((p) => [0, 1, 2].map((at) =>
              device.memory.load(vcpu.queues[p]!.page! + 4n * BigInt(at))! - GENERATION));
            const moved = [2, 5].filter((p) => server === 1 && p >= cppr);
            const there = (p: number): number => (moved.includes(p) ? DUMMY : DEVICE);
            expect(entries).toEqual([[DUMMY, there(2), 0x21], [IPI, 0x300, there(5)]]);
            expect([2, 5].map((p) => vcpu.queues[p]!.consumer.index)).toEqual([0, 0]);
            // A line is ended as it is: what Q says comes then. A message was waiting, so one is sent.
            const step = (before: Pq): Pq => (isLine ? (before === 3 ? 2 : 0) : 2);
            expect(sources.pq(state.ipi)).toBe(moved.reduce<Pq>((before) => step(before), pq));
            const sent = isLine ? Math.min(moved.length, pq === 3 ? 1 : 0) : moved.length;
            expect(one.entries(1, 4)).toBe(server === 1 ? sent : 0);
            expect(steps)
              .toEqual(moved.map(() => ({ step: "rerouted", server: 0, irq: DEVICE, priority: 4 })));
          }
  });

  it("keep their generation bit", () => {
    const one = withEntries({});
    const { device, vcpu } = one;
    one.set(DEVICE, 3n << 32n);
    device.target(device.irqs.get(DEVICE)!, 1, 3);
    const { page, consumer } = vcpu.queues[5]!;
    Object.assign(consumer, { index: 4, toggle: 1 });
    device.memory.store(page! + 16n, DEVICE);
    device.memory.store(page! + 20n, (GENERATION + DEVICE) >>> 0);
    vcpu.icp.cppr = 5;
    resendRerouted(device, vcpu);
    expect([device.memory.load(page! + 16n), device.memory.load(page! + 20n)])
      .toEqual([DUMMY, GENERATION + DEVICE]);
  });
});

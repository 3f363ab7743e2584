import { describe, expect, it } from "vitest";
import { HostXive } from "../../../../src/engine/devices/xive/hostXive.ts";
import { setKvmIrq } from "../../../../src/engine/devices/xive/injection.ts";
import {
  hardMask, hostSetPq, hostSourceEoi, provideIpi, selected,
} from "../../../../src/engine/devices/xive/irqState.ts";
import { KvmXive, newConnectedVcpu } from "../../../../src/engine/devices/xive/kvmXive.ts";
import type { Pq } from "../../../../src/engine/devices/xive/esb.ts";

const memory = { load: () => 0, store: () => true };
interface Failing {
  /** Firmware has no processors left. */
  readonly processors?: boolean;
  /** The kernel has no memory left. */
  readonly memory?: boolean;
}
function device(failing: Failing = {}): KvmXive {
  const fails = (call: string): boolean => call === "allocate-processors" && failing.processors === true;
  const host = new HostXive({ memory, fails });
  return new KvmXive({ host, allocate: (bytes) => !(failing.memory && bytes === 512) });
}
const states: readonly Pq[] = [0, 1, 2, 3];

describe("the number of servers", () => {
  it("is from 1 to what KVM has ids for, cut to the vCPUs that there can be, until it is in use", () => {
    for (const [count, answer, servers] of [
      [0, -22, 2048], [1, 0, 1], [2047, 0, 2047], [2048, 0, 2048], [2049, 0, 2048], [16384, 0, 2048],
      [16385, -22, 2048], [0xffff_ffff, -22, 2048],
    ] as const) {
      const one = device();
      expect([one.setServers(count), one.nrServers]).toEqual([answer, servers]);
      const used = device();
      used.hasProcessors = true;
      expect([used.setServers(count), used.nrServers]).toEqual([answer === 0 ? -16 : -22, 2048]);
    }
  });
});

describe("connecting a vCPU", () => {
  it("is refused in the order: number, processors, taken, memory; and fixes the number of servers", () => {
    for (const server of [3, 4])
      for (const processors of [true, false])
        for (const isTaken of [true, false])
          for (const isShort of [true, false]) {
            const one = device({ processors, memory: isShort });
            one.setServers(4);
            if (isTaken) one.vcpus.set(3, newConnectedVcpu(3));
            const wanted = server === 4 ? -22 : processors ? -28 : isTaken ? -17 : isShort ? -12 : 0;
            expect(one.reserveServer(server)).toBe(wanted);
            expect(one.hasProcessors).toBe(server === 3 && !processors);
          }
    const second = device({ processors: true });
    second.hasProcessors = true;
    expect(second.reserveServer(3)).toBe(0);
  });
});

describe("the target of a source", () => {
  /** How many sources are sent to a queue of 4 KiB; undefined is no queue. 1022 fill it. */
  const counts = [undefined, 0, 1021, 1022] as const;

  it("is the server asked for, or the first connected that has a queue with room; and fills it", () => {
    for (const first of counts)
      for (const second of counts)
        for (const third of counts)
          for (const wanted of [7, 5, 6, 4]) {
            const one = device();
            const given = new Map([[7, first], [5, second], [6, third]]);
            for (const [server, count] of given) {
              const vcpu = newConnectedVcpu(server);
              const page = count === undefined ? undefined : 0x10000n;
              Object.assign(vcpu.queues[2]!, { page, shift: 12, count: count ?? 0 });
              one.vcpus.set(server, vcpu);
            }
            const hasRoom = (server: number): boolean => (given.get(server) ?? 1022) < 1022;
            const chosen = [wanted, 7, 5, 6].find(hasRoom);
            expect(one.selectTarget(wanted, 2)).toBe(wanted === 4 ? -22 : chosen ?? -16);
            for (const [server, count] of given) {
              const isFilled = wanted !== 4 && server === chosen;
              expect(one.vcpus.get(server)!.queues[2]!.count).toBe((count ?? 0) + (isFilled ? 1 : 0));
            }
            expect(one.selectTarget(7, 3)).toBe(-16);
          }
  });
});

describe("an interrupt of the host for a guest's number", () => {
  const source = (pq: Pq, kind: { lsi?: boolean; asserted?: boolean; storeEoi?: boolean } = {}) => {
    const host = new HostXive({ memory });
    const { sources } = host.chip;
    Object.assign(sources, { storeEoi: kind.storeEoi ?? false });
    sources.setLsi(1, kind.lsi ?? false);
    sources.setPq(1, pq);
    sources.setAsserted(1, kind.asserted ?? false);
    const forwarded: number[] = [];
    sources.notify = (number) => forwarded.push(number);
    return { host, sources, forwarded };
  };

  it("is ended by Store-EOI, by a load for a line, else by SET_PQ_00 and a trigger for Q", () => {
    const rows: Record<string, { after: Pq[]; sent: number[]; kind: Parameters<typeof source>[1] }> = {
      storeEoi: { after: [0, 1, 0, 2], sent: [0, 0, 0, 1], kind: { storeEoi: true } },
      line: { after: [0, 1, 0, 2], sent: [0, 0, 0, 1], kind: { lsi: true } },
      raised: { after: [2, 1, 2, 2], sent: [1, 0, 1, 0], kind: { lsi: true, asserted: true } },
      message: { after: [0, 2, 0, 2], sent: [0, 1, 0, 1], kind: {} },
    };
    for (const { after, sent, kind } of Object.values(rows))
      for (const pq of states) {
        const one = source(pq, kind);
        hostSourceEoi(one.host, 1);
        expect([one.sources.pq(1), one.forwarded.length]).toEqual([after[pq], sent[pq]]);
      }
  });

  it("is set by a load that says what it was, and masked at the source and in the routing", () => {
    for (const before of states)
      for (const after of states) {
        const { host, sources, forwarded } = source(before);
        expect(hostSetPq(host, 1, after)).toBe(before);
        expect(sources.pq(1)).toBe(after);
        host.configureInterrupt(1, 1, 2, 3);
        hardMask(host, 1);
        expect([sources.pq(1), host.chip.eas.get(1), forwarded]).toEqual([1, 0x8000_0000_8000_0000n, []]);
      }
  });

  it("is allocated when first asked for, and a device's stands in for it", () => {
    const host = new HostXive({ memory, interrupts: 2 });
    const { irqs } = new KvmXive({ host });
    irqs.createBlock(0);
    const [first, second] = [irqs.get(5)!, irqs.get(6)!];
    expect([provideIpi(host, first), provideIpi(host, first), first.ipi]).toEqual([true, true, 1]);
    expect([provideIpi(host, second), second.ipi]).toEqual([false, 0]);
    expect(selected(first)).toBe(1);
    first.passthrough = 9;
    expect(selected(first)).toBe(9);
  });
});

describe("an interrupt that software raises", () => {
  it("is a line going up or down, or one event; and nothing for a number not there or of a device", () => {
    for (const level of [0, 1, 2, -1, -2, -3])
      for (const isLine of [true, false])
        for (const wasUp of [true, false])
          for (const fate of ["there", "not valid", "no block", "of a device"]) {
            const one = device();
            if (fate !== "no block") one.irqs.createBlock(0);
            const state = one.irqs.get(16) ?? { asserted: wasUp };
            Object.assign(state, {
              ipi: 1, valid: fate !== "not valid", lsi: isLine, asserted: wasUp,
              passthrough: fate === "of a device" ? 2 : 0,
            });
            const { sources } = one.host.chip;
            sources.setPq(1, 0);
            const goesDown = level === 0 || level === -2;
            const goesUp = level === -3 || (level === 1 && isLine);
            const isThere = fate === "there";
            expect(setKvmIrq(one, 16, level)).toBe(isThere ? 0 : -22);
            expect(sources.pq(1)).toBe(isThere && !goesDown ? 2 : 0);
            const isUp = isThere ? goesUp || (wasUp && !goesDown) : wasUp;
            expect(state.asserted).toBe(isUp);
          }
  });
});

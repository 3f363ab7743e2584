import { describe, expect, it } from "vitest";
import { hcall } from "../../../../src/engine/devices/xive/hcallCodes.ts";
import type { ConnectedVcpu } from "../../../../src/engine/devices/xive/kvmXive.ts";
import { pushVcpu } from "../../../../src/engine/devices/xive/vcpuContext.ts";
import type { XicsStep } from "../../../../src/engine/devices/xics/observer.ts";
import { icpState, setIcpState } from "../../../../src/engine/devices/xics/icpState.ts";
import { xicsHcall } from "../../../../src/engine/devices/xics/xicsHcalls.ts";
import { IRQ, MASKED, world, type World, type WorldOptions } from "./world.ts";

const OS = 0x10;
const both = [false, true];
interface Guest extends World {
  readonly vcpu: ConnectedVcpu;
  readonly steps: XicsStep[];
  /** A call by server 0, which is on thread 3. */
  call(number: number, ...args: bigint[]): ReturnType<typeof xicsHcall>;
  /** NSR, CPPR, IPB of thread 3. */
  ring(): number[];
}
/** Two servers in the guest, everything open; source 0x20 goes to server 0 at priority 5. */
function guest(options: WorldOptions = {}): Guest {
  const one = world(options);
  const { device } = one;
  one.set(IRQ, 5n << 32n);
  const vcpu = device.connectedVcpu(0)!;
  pushVcpu(device, vcpu, 3);
  pushVcpu(device, device.connectedVcpu(1)!, 4);
  const call = (number: number, ...args: bigint[]): ReturnType<typeof xicsHcall> =>
    xicsHcall(device, { vcpu, thread: 3, timebase: 77n }, number, args);
  call(hcall.H_CPPR, 0xffn);
  const steps: XicsStep[] = [];
  device.onStep = (step) => steps.push(step);
  const ring = (): number[] => [...device.host.chip.thread(3).registers.subarray(OS, OS + 3)];
  return { ...one, vcpu, call, steps, ring };
}
const done = (...outputs: bigint[]): object => ({ status: 0, outputs, server: 0 });
const trigger = ({ device }: World): boolean => device.host.chip.sources.trigger(device.irqs.get(IRQ)!.ipi);

describe("H_XIRR", () => {
  it("gives the interrupt with the CPPR before it, which becomes its priority; H_XIRR_X the time too", () => {
    for (const number of [hcall.H_XIRR, hcall.H_XIRR_X]) {
      const one = guest();
      const time = number === hcall.H_XIRR_X ? [77n] : [];
      expect(one.call(number)).toEqual(done(0xff00_0000n, ...time));
      trigger(one);
      expect(one.ring()).toEqual([0x80, 0xff, 0x04]);
      expect(one.call(number)).toEqual(done(0xff00_0020n, ...time));
      expect([one.vcpu.icp.cppr, one.vcpu.icp.hwCppr, one.vcpu.icp.pending]).toEqual([5, 5, 0x20]);
      expect(one.ring()).toEqual([0, 5, 0]);
      expect(one.call(number)).toEqual(done(0x0500_0000n, ...time));
      expect(one.steps).toEqual([{ step: "accepted", server: 0, irq: IRQ, priority: 5 }]);
    }
    const one = guest();
    const { device, vcpu } = one;
    expect(xicsHcall(device, { vcpu, thread: 3 }, hcall.H_XIRR_X, []).outputs).toEqual([0xff00_0000n, 0n]);
  });

  it("brings hardware's CPPR, which an IPI at priority 0 has lowered, back to the vCPU's", () => {
    const one = guest();
    one.call(hcall.H_IPI, 0n, 4n);
    expect(one.ring()).toEqual([0x80, 0xff, 0x80]);
    expect(one.call(hcall.H_XIRR)).toEqual(done(0xff00_0002n));
    expect([one.vcpu.icp, one.ring()]).toMatchObject([{ cppr: 4, hwCppr: 4, pending: 0 }, [0, 4, 0]]);
    expect(one.steps.at(-1)).toEqual({ step: "accepted", server: 0, irq: 2, priority: 4 });
  });
});

describe("what hardware has presented", () => {
  it("becomes pending as its priority; nothing, or what is none of the eight, does not", () => {
    for (const isPresented of both)
      for (const priority of [0, 1, 4, 5, 7, 8, MASKED]) {
        const one = guest();
        const { registers } = one.device.host.chip.thread(3);
        registers.set([isPresented ? 0x80 : 0, priority, priority < 8 ? 0x80 >> priority : 0], OS);
        registers[OS + 7] = priority;
        one.vcpu.icp.cppr = 0;
        expect(one.call(hcall.H_XIRR)).toEqual(done(0n));
        expect(one.vcpu.icp.pending, `${isPresented} ${priority}`)
          .toBe(isPresented && priority < 8 ? 1 << priority : 0);
      }
  });
});

describe("H_CPPR", () => {
  it("maps the priority, tells hardware of what is pending where it opens, and writes it there", () => {
    for (const [before, value, after] of [
      [0xff, 0n, 0], [0, 5n, 5], [0, 9n, 6], [0, 0x1ffn, 0xff], [3, 3n, 3], [0xff, 6n, 6], [5, 4n, 4],
    ] as const) {
      const one = guest();
      Object.assign(one.vcpu.icp, { cppr: before, pending: 0x08 });
      expect(one.call(hcall.H_CPPR, value)).toEqual(done());
      const isPushed = after > before;
      expect([one.vcpu.icp.cppr, one.vcpu.icp.hwCppr, one.ring().slice(1)])
        .toEqual([after, after, [after, isPushed ? 0x10 : 0]]);
    }
  });

  it("sends again what was rerouted, where it does not open", () => {
    for (const isOpening of both) {
      const one = guest();
      trigger(one);
      one.device.target(one.device.irqs.get(IRQ)!, 1, 5);
      Object.assign(one.vcpu.icp, { cppr: isOpening ? 2 : 5 });
      one.call(hcall.H_CPPR, 5n);
      expect(one.entries(1, 5)).toBe(isOpening ? 0 : 1);
    }
  });
});

describe("H_IPI", () => {
  it("sets a server's MFRR to eight bits, and sends if the whole argument is below its CPPR", () => {
    for (const [mfrr, cppr, isSent] of [
      [4n, 5, true], [5n, 5, false], [0x104n, 5, false], [0xfen, 0xff, true], [0xffn, 0xff, false],
    ] as const) {
      const one = guest();
      const { icp } = one.device.connectedVcpu(1)!;
      icp.cppr = cppr;
      expect(one.call(hcall.H_IPI, 1n, mfrr)).toEqual(done());
      const kept = Number(mfrr & 0xffn);
      expect([icp.mfrr, one.device.host.chip.sources.pq(icp.ipi), one.vcpu.icp.mfrr])
        .toEqual([kept, isSent ? 2 : 0, 0xff]);
      expect(one.steps).toEqual([{ step: "mfrr", server: 1, irq: 2, priority: kept }]);
    }
    const one = guest();
    expect(one.call(hcall.H_IPI, 2n, 4n)).toEqual({ status: -4, outputs: [], server: 0 });
    expect(one.call(hcall.H_IPI, 0x1_0000_0000n, 4n).status).toBe(-4);
  });
});

describe("H_EOI", () => {
  it("ends the source, sets CPPR, and tells hardware of what is still pending", () => {
    for (const [irq, status] of [[0, 0], [2, 0], [IRQ, 0], [0x21, 0], [0x500, -4]] as const) {
      const one = guest();
      trigger(one);
      one.call(hcall.H_XIRR);
      trigger(one);
      one.steps.length = 0;
      expect(one.call(hcall.H_EOI, 0x1_0900_0000n + BigInt(irq)))
        .toMatchObject({ status, outputs: [], server: 0 });
      expect([one.vcpu.icp.cppr, one.vcpu.icp.hwCppr]).toEqual([6, 6]);
      const { sources } = one.device.host.chip;
      // With Q set the end is an event once more.
      expect(sources.pq(one.device.irqs.get(IRQ)!.ipi)).toBe(irq === IRQ ? 2 : 3);
      expect(one.vcpu.icp.pending).toBe(irq === IRQ ? 0x20 : 0);
      expect(one.ring()).toEqual(irq === IRQ ? [0x80, 6, 4] : [0, 6, 0]);
      expect(one.steps).toEqual(irq === 0 ? [] : [{ step: "eoi", server: 0, irq, priority: 6 }]);
    }
  });

  it("of an IPI is right where there is no source at all", () => {
    const one = world();
    const caller = { vcpu: one.device.connectedVcpu(0)!, thread: 3 };
    const statuses = [0n, 2n, 3n].map((irq) => xicsHcall(one.device, caller, hcall.H_EOI, [irq]).status);
    expect([statuses, one.device.irqs.firstNumbers()]).toEqual([[0, 0, -4], []]);
  });

  it("of a masked source forgets its entry alone; a line that is up is the next event", () => {
    for (const isMasked of both)
      for (const lsi of both)
        for (const asserted of both) {
          const one = guest();
          const state = one.device.irqs.get(IRQ)!;
          Object.assign(state, { guestPriority: isMasked ? MASKED : 5, oldP: true, lsi, asserted });
          const { sources } = one.device.host.chip;
          sources.setPq(state.ipi, 2);
          one.call(hcall.H_EOI, 0xff00_0020n);
          const again = lsi && asserted;
          expect([state.oldP, sources.pq(state.ipi), one.entries(0, 5)])
            .toEqual(isMasked ? [false, 2, 0] : [true, again ? 2 : 0, again ? 1 : 0]);
        }
  });

  it("presents an IPI that waits in MFRR as soon as CPPR lets it", () => {
    const one = guest();
    one.vcpu.icp.mfrr = 4;
    one.call(hcall.H_EOI, 0xff00_0002n);
    expect(one.ring()).toEqual([0x80, 0xff, 0x08]);
  });
});

describe("H_IPOLL", () => {
  it("tells what H_XIRR of a server would give, and moves nothing", () => {
    for (const defect of [undefined, "xics.ipoll.wrongVcpu"] as const) {
      const one = guest({ defects: new Set(defect ? [defect] : []) });
      expect(one.call(hcall.H_IPOLL, 0n)).toEqual(done(0xff00_0000n));
      trigger(one);
      for (let time = 0; time < 2; time++) expect(one.call(hcall.H_IPOLL, 0n)).toEqual(done(0xff00_0020n));
      expect([one.vcpu.queues[5]!.consumer.index, one.ring()]).toEqual([0, [0x80, 0xff, 4]]);
      one.call(hcall.H_XIRR);
      one.vcpu.icp.cppr = 0xff;
      trigger(one);
      expect(one.call(hcall.H_IPOLL, 0n)).toEqual(done(0xff00_0000n));
      // Of another server all queues count, told to hardware or not.
      const { device } = one;
      one.set(0x21, (3n << 32n) + 1n);
      const other = device.connectedVcpu(1)!;
      device.host.chip.sources.trigger(device.irqs.get(0x21)!.ipi);
      expect(one.call(hcall.H_IPOLL, 1n)).toMatchObject({ status: 0, outputs: [0n], server: defect ? 1 : 0 });
      other.icp.cppr = 6;
      expect(one.call(hcall.H_IPOLL, 1n)).toMatchObject({ outputs: [0x0600_0021n], server: defect ? 1 : 0 });
      expect(one.call(hcall.H_IPOLL, 2n)).toEqual({ status: -4, outputs: [], server: 0 });
      expect(other.queues[3]!.consumer.index).toBe(0);
    }
  });

  it("takes over what hardware has not given to the vCPU yet, of its own server alone", () => {
    const one = guest();
    one.vcpu.icp.pending = 0x20;
    trigger(one);
    one.device.host.chip.thread(3).registers[OS + 7] = 0xff;
    expect(one.call(hcall.H_IPOLL, 0n)).toEqual(done(0xff00_0020n));
    // In the queue, and told to nobody: another server would be shown it.
    one.vcpu.icp.pending = 0;
    expect(one.call(hcall.H_IPOLL, 0n)).toEqual(done(0xff00_0000n));
  });
});

describe("every other call", () => {
  it("is the monitor's", () => {
    const one = guest();
    for (const number of [hcall.H_INT_ESB, 0, 0x78])
      expect(one.call(number)).toEqual({ status: 9999, outputs: [], server: 0 });
  });
});

describe("the ICP's state at user space", () => {
  it("is CPPR and MFRR; XISR reads 0 and PPRI 255", () => {
    for (const [cppr, mfrr, state] of [[0, 0xff, 0xff_ff0000n], [5, 4, 0x0500_0000_04ff_0000n]] as const) {
      const { vcpu } = guest();
      Object.assign(vcpu.icp, { cppr, mfrr });
      expect(icpState(vcpu)).toBe(cppr === 0 ? 0xffff_0000n : state);
    }
  });

  it("set: sends the IPI that is due, and the source that was presented, now or when it comes", () => {
    for (const [cppr, mfrr, isDue] of [[5n, 4n, true], [5n, 5n, false], [0xffn, 0xffn, false]] as const)
      for (const irq of [0, 1, 2, IRQ, 0x21]) {
        const one = world();
        one.set(IRQ, 5n << 32n);
        const vcpu = one.device.connectedVcpu(1)!;
        const value = (cppr << 56n) + (BigInt(irq) << 32n) + (mfrr << 24n) + 0x12_3456n;
        expect(setIcpState(one.device, vcpu, value)).toBe(0);
        expect(vcpu.icp).toMatchObject({ cppr: Number(cppr), hwCppr: Number(cppr), mfrr: Number(mfrr),
          delayedIrq: irq === 0x21 ? 0x21 : 0 });
        const { sources } = one.device.host.chip;
        expect([vcpu.saved[1], sources.pq(vcpu.icp.ipi), one.entries(0, 5)])
          .toEqual([Number(cppr), isDue ? 2 : 0, irq === IRQ ? 1 : 0]);
        vcpu.icp.ipi = 0;
        expect(setIcpState(one.device, vcpu, value)).toBe(0);
        vcpu.isPushed = true;
        expect([setIcpState(one.device, vcpu, 0n), vcpu.icp.mfrr]).toEqual([-5, Number(mfrr)]);
      }
  });
});

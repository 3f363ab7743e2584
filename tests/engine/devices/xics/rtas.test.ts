import { describe, expect, it } from "vitest";
import { xicsRtas } from "../../../../src/engine/devices/xics/rtas.ts";
import { IRQ, MASKED, source, world, type World } from "./world.ts";

describe("RTAS", () => {
  const call = (one: World, name: string, args: number[], results?: number): unknown =>
    xicsRtas(one.device, name, { args, results: results ?? (name === "ibm,get-xive" ? 3 : 1) });

  it("refuses every other shape of a call, and every number without a block", () => {
    const shapes =
      { "ibm,set-xive": [3, 1], "ibm,get-xive": [1, 3], "ibm,int-off": [1, 1], "ibm,int-on": [1, 1] };
    for (const [name, [args, results]] of Object.entries(shapes) as [string, [number, number]][])
      for (let given = 0; given < 5; given++)
        for (let room = 0; room < 5; room++) {
          const one = source({ pq: 0 });
          const isRight = given === args && room === results;
          const status = call(one, name, [IRQ, 1, 5, 0].slice(0, given), room) as number[];
          expect(status[0]).toBe(isRight ? 0 : -3);
          expect((call(one, name, [5000, 1, 5].slice(0, args), results) as number[])).toEqual([-3]);
        }
    expect(call(world(), "toString", [IRQ])).toBeUndefined();
  });

  it("get-xive tells server and guest priority, and of a source never set up 0 and 255", () => {
    expect(call(source({ pq: 0, guestPriority: 9 }), "ibm,get-xive", [IRQ])).toEqual([0, 1, 9]);
    expect(call(source({ pq: 0 }), "ibm,get-xive", [IRQ + 1])).toEqual([0, 0, 255]);
  });

  it("int-off and int-on mask and open at the saved priority, which a second int-off makes 'masked'", () => {
    const one = source({ pq: 0 });
    expect([call(one, "ibm,int-off", [IRQ]), one.state.savedPriority, one.pq(one.state)])
      .toEqual([[0], 5, 2]);
    expect([call(one, "ibm,int-on", [IRQ]), one.state.guestPriority, one.pq(one.state)]).toEqual([[0], 5, 0]);
    for (let time = 0; time < 2; time++) call(one, "ibm,int-off", [IRQ]);
    expect([call(one, "ibm,int-on", [IRQ]), one.state.guestPriority, one.pq(one.state)])
      .toEqual([[0], 255, 2]);
    expect(call(one, "ibm,int-on", [IRQ + 1])).toEqual([-3]);
  });

  it("set-xive moves, opens and saves; with 255 it masks and moves at the old priority", () => {
    for (const [server, wide, status, act, priority] of [
      [0, 5, 0, 0, 5], [1, 9, 0, 1, 6], [0, 0, 0, 0, 0], [0, 255, 0, 0, 5], [1, 255, 0, 1, 5], [7, 4, -3, 1,
        5],
      [0, 0x1ff, -3, 1, 5], [0, 0x104, 0, 0, 4],
    ] as const) {
      const one = source({ pq: 0, savedPriority: 3 });
      expect(call(one, "ibm,set-xive", [IRQ, server, wide])).toEqual([status]);
      const isRefused = wide === 0x1ff;
      const guest = isRefused ? 5 : wide & 0xff;
      expect(one.state).toMatchObject({
        actServer: act, actPriority: priority, guestPriority: guest, savedPriority: isRefused ? 3 : guest,
      });
      expect(one.pq(one.state)).toBe(guest === 255 ? 2 : 0);
      const eas = one.device.host.chip.eas.get(one.state.ipi);
      expect(eas).toBe(0x8000_0000_0000_0020n + (BigInt(act * 8 + priority) << 32n));
    }
    // What stays open is not touched at its source: an event that is latched there stays the same one.
    const open = source({ pq: 3 });
    open.device.host.chip.onStep = ({ step }) => expect(step).not.toBe("set");
    expect([call(open, "ibm,set-xive", [IRQ, 0, 4]), open.pq(open.state)]).toEqual([[0], 3]);
    const never = source({ pq: 2, actPriority: MASKED, guestPriority: MASKED });
    expect([call(never, "ibm,set-xive", [IRQ, 0, 255]), never.state.actServer]).toEqual([[0], 1]);
  });

  it("set-xive provides the queues of its priority first, and is refused without them", () => {
    let isFull = false;
    const { device, set } = world({ fails: (name) => name === "configure-queue" && isFull });
    set(IRQ, 5n << 32n);
    isFull = true;
    const state = device.irqs.get(IRQ)!;
    const before = { ...state };
    expect(xicsRtas(device, "ibm,set-xive", { args: [IRQ, 1, 4], results: 1 })).toEqual([-3]);
    expect(state).toEqual(before);
    expect(xicsRtas(device, "ibm,set-xive", { args: [IRQ, 1, 255], results: 1 })).toEqual([0]);
    expect(xicsRtas(device, "ibm,set-xive", { args: [IRQ, 0, 5], results: 1 })).toEqual([0]);
  });
});

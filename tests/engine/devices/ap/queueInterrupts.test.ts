import { Gib } from "../../../../src/engine/devices/flic/gib.ts";
import { describe, expect, it } from "vitest";
import type { ApVm } from "../../../../src/engine/devices/ap/apVm.ts";
import { apQuirks } from "../../../../src/engine/devices/ap/apQuirks.ts";
import { Crycb } from "../../../../src/engine/devices/ap/crycb.ts";
import { DmaContainer } from "../../../../src/engine/devices/ap/dmaContainer.ts";
import { MatrixDevice } from "../../../../src/engine/devices/ap/matrixDevice.ts";
import { newQueue, type ApHost, type ApQueue } from "../../../../src/engine/devices/ap/queue.ts";
import { disableInterrupts, enableInterrupts } from "../../../../src/engine/devices/ap/queueInterrupts.ts";
import { apBench, enable, held as heldBy } from "./apBench.ts";

const OLD = 0x1234n;
const NEW = 0x5678n;
const HOST = 0x7000_0000n;
const response = (code: number): number => code * 0x10000;

/** A bound queue of an open device; hardware answers AQIC and TAPQ from these lists, the last for ever. */
function world(aqic: number[], tapq: number[] = [0], change: Partial<ApVm> = {}) {
  const said: string[] = [];
  const container = new DmaContainer((page) => HOST + page);
  container.map({ iova: 0n, size: 0x10000n, read: true, write: true });
  const vm: ApVm = {
    name: "vm", crycb: new Crycb({ facility76: true, apxa: true }), container, hook: "M",
    hasMemory: (address) => address < 0x10000n,
    registerGisc: (isc) => (said.push(`+${isc}`), 5),
    unregisterGisc: (isc) => (said.push(`-${isc}`), 0),
    gisaAddress: () => 0x2000, ...change,
  };
  const device = new MatrixDevice("M", { adapter: 255, domain: 255, control: 255 });
  Object.assign(device, { vm, container });
  const next = (list: number[]): number => (list.length > 1 ? list.shift()! : list[0]!);
  const host: ApHost = {
    quirks: apQuirks.none, warn: (warning) => said.push(warning),
    hardware: {
      tapq: () => (said.push("tapq"), { status: next(tapq), info: 0n }),
      rapq: () => 0, zapq: () => 0,
      aqic: (_apqn, control, nib) => {
        said.push(`aqic ${control.toString(16)} ${nib.toString(16)}`);
        return next(aqic);
      },
      sleep: (ns) => said.push(`sleep ${ns}`),
    },
  };
  const queue: ApQueue = newQueue(0x504);
  device.link(queue);
  const held = (): unknown => [queue.savedIova, queue.savedIsc, container.save().pins];
  return { said, vm, host, queue, held };
}
const pin = (iova: bigint) => ({ iova, count: 1 });
const enabling = `aqic ${((1n << 47n) | (3n << 40n) | 0x2005n).toString(16)} 70005678`;
const SLEEP = "sleep 20000000";

describe("enabling interrupts", () => {
  it("holds the new indicator and ISC, then gives the old ones back", () => {
    const { said, vm, host, queue, held } = world([0]);
    vm.container.pin(OLD);
    Object.assign(queue, { savedIova: OLD, savedIsc: 1 });
    expect(enableInterrupts(queue, vm, { isc: 3, indicator: NEW }, host)).toBe(0);
    expect([said, held()]).toEqual([["+3", enabling, "-1"], [NEW, 3, [pin(NEW)]]]);
  });

  it.each([
    ["indicator 0", 0n, {}, 6, []], ["no memory", 0x10000n, {}, 6, []], ["no page", 0x20000n,
      { hasMemory: () => true }, 6, []],
    ["no ISC", NEW, { registerGisc: () => -34 }, 8, []], ["no GISA", NEW, { gisaAddress: () => undefined }, 8,
      ["+3"]],
  ] as const)("is refused before the hardware is asked: %s", (_name, indicator, change, code, words) => {
    const { said, vm, host, queue, held } = world([0], [0], change);
    expect(enableInterrupts(queue, vm, { isc: 3, indicator }, host)).toBe(response(code));
    expect([said, held()]).toEqual([words, [0n, 0xff, []]]);
  });

  it("gives the new ones back when the hardware refuses; the old stay if it was changed meanwhile", () => {
    for (let code = 1; code < 0x20; code++) {
      const { said, vm, host, queue, held } = world([response(code), 0]);
      vm.container.pin(OLD);
      Object.assign(queue, { savedIova: OLD, savedIsc: 1 });
      expect(enableInterrupts(queue, vm, { isc: 3, indicator: NEW }, host)).toBe(response(code));
      const isChanged = code === 7;
      const rest = isChanged ? ["-3"] : ["aqic 0 0", "tapq", "-1", "-3"];
      expect(said).toEqual(["+3", enabling, ...rest]);
      expect(held()).toEqual(isChanged ? [OLD, 1, [pin(OLD)]] : [0n, 0xff, []]);
    }
  });
});

describe("disabling interrupts", () => {
  const disabled = (aqic: number[], tapq: number[] = [0]): unknown[] => {
    const { said, vm, host, queue, held } = world(aqic, tapq);
    vm.container.pin(OLD);
    Object.assign(queue, { savedIova: OLD, savedIsc: 1 });
    const status = disableInterrupts(queue, host);
    expect(held()).toEqual([0n, 0xff, []]);
    return [status, ...said.filter((word) => word !== "-1")];
  };

  it("frees everything whatever the answer, warning where it is not known that they are off", () => {
    for (let code = 0; code < 0x20; code++) {
      if (code === 2 || code === 5) continue;
      const isAccepted = code === 0 || code === 7;
      expect(disabled([response(code)]))
        .toEqual([response(code), "aqic 0 0", isAccepted ? "tapq" : "released-unverified"]);
    }
  });

  it("asks six times while the queue is busy or resetting, 20 ms apart", () => {
    for (const code of [2, 5]) {
      const once = ["aqic 0 0", SLEEP];
      expect(disabled([response(code), 0])).toEqual([0, ...once, "aqic 0 0", "tapq"]);
      const six = Array.from({ length: 6 }, () => once).flat();
      expect(disabled([response(code)])).toEqual([response(code), ...six, "released-unverified"]);
    }
  });

  it("looks five times, 20 ms apart, until interrupts are off or the queue does not answer", () => {
    const ON = 0x01000000;
    const look = ["tapq", SLEEP];
    const five = Array.from({ length: 5 }, () => look).flat();
    for (const waiting of [ON, ON + response(2), response(5), response(5) + ON]) {
      expect(disabled([0], [waiting, response(2)])).toEqual([0, "aqic 0 0", ...look, "tapq"]);
      expect(disabled([0], [waiting])).toEqual([0, "aqic 0 0", ...five, "released-unverified"]);
    }
    for (const code of [1, 3, 4, 6, 8, 0x10])
      for (const bits of [0, ON])
        expect(disabled([0], [response(code) + bits]))
          .toEqual([0, "aqic 0 0", "tapq", "released-unverified"]);
  });
});

it("an enable works on every ISC of the host, 0 among them, and of the guest", () => {
  for (let nisc = 0; nisc < 8; nisc++)
    for (let isc = 0; isc < 8; isc++) {
      const one = apBench({ options: { gib: new Gib(nisc) } });
      expect([enable(one, isc, 0x1234n), heldBy(one)]).toEqual([0, [0x1234n, isc]]);
      const [call] = one.hardware.calls.filter((line) => line.startsWith("aqic"));
      expect(Number(`0x${call!.split(" ")[2]!.slice(-1)}`) & 7).toBe(nisc);
    }
});

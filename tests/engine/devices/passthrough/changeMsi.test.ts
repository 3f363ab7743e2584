import { describe, expect, it } from "vitest";
import { PassthroughMachine } from "../../../../src/engine/deviceMachine/passthroughMachine.ts";
import { CHANGE_MSI, CHANGE_MSIX } from "../../../../src/engine/devices/passthrough/changeMsi.ts";
import {
  MSI_FIRST_LISN, MSI_LISNS, MsiAllocator,
} from "../../../../src/engine/devices/passthrough/msiAllocator.ts";
import type { StrategyName } from "../../../../src/engine/devices/passthrough/strategy.ts";

const shape = { vendor: 0x1014, device: 1, msi: 8, msix: 4, hasLine: false } as const;
const machineWith = (strategy: StrategyName = "S2-address-space"): PassthroughMachine =>
  new PassthroughMachine({ mode: "native", strategy });

describe("ibm,change-msi", () => {
  it("refuses functions and types it does not know with -3, types without vectors with -1", () => {
    const machine = machineWith();
    const { msi } = machine;
    const { address } = machine.plug({ ...shape, msix: 0 });
    expect(msi.call(99, CHANGE_MSI, 1, 0)).toEqual({ status: -3 });
    expect(msi.call(address, 1, 1, 0)).toEqual({ status: -3 });
    expect(msi.call(address, CHANGE_MSIX, 1, 0)).toEqual({ status: -1 });
    expect(msi.call(address, CHANGE_MSI, 0, 0)).toEqual({ status: -1 });
    expect(msi.claimed.size).toBe(0);
  });

  it("keeps the block when too much is asked, and frees it for the next when it is given up", () => {
    const machine = machineWith();
    const [one, two] = [machine.plug(shape), machine.plug(shape)];
    expect(machine.msi.call(one.address, CHANGE_MSI, 2, 5)).toEqual({ status: 0, count: 2, sequence: 6 });
    expect(machine.msi.call(one.address, CHANGE_MSI, 9, 6)).toEqual({ status: 0, count: 8, sequence: 7 });
    expect(one.lisns).toEqual([0x1300, 0x1301]);
    expect(machine.msi.call(one.address, CHANGE_MSI, 0, 7)).toEqual({ status: 0, count: 0, sequence: 8 });
    expect(one.lisns).toEqual([]);
    expect(machine.p.source(0x1300)?.valid).toBe(true);
    machine.msi.call(two.address, CHANGE_MSIX, 2, 0);
    expect(two.lisns).toEqual([0x1300, 0x1301]);
  });

  it("takes back a block that could not be claimed whole", () => {
    const machine = machineWith();
    const one = machine.plug(shape);
    expect(machine.msi.claimLine(0x1302)).toBe(true);
    expect(machine.msi.call(one.address, CHANGE_MSI, 4, 0)).toEqual({ status: -1 });
    expect([...machine.msi.claimed]).toEqual([0x1302]);
    expect(machine.msi.call(one.address, CHANGE_MSI, 2, 0)).toMatchObject({ status: 0 });
    expect(one.lisns).toEqual([0x1300, 0x1301]);
    const other = machineWith();
    other.msi.claimLine(0x1300);
    expect(other.msi.call(other.plug(shape).address, CHANGE_MSI, 2, 0)).toEqual({ status: -1 });
    expect([[...other.msi.claimed], other.msi.allocator.used.includes(1)]).toEqual([[0x1300], false]);
  });

  it("gives a passed-through function no number of an emulated one, with S4 alone", () => {
    for (const strategy of ["S2-address-space", "S4-never-reuse"] as const) {
      const machine = machineWith(strategy);
      const [emulated, passed] = [machine.plug(shape, false), machine.plug(shape)];
      machine.msi.call(emulated.address, CHANGE_MSI, 2, 0);
      machine.msi.call(emulated.address, CHANGE_MSI, 0, 0);
      machine.msi.call(passed.address, CHANGE_MSI, 1, 0);
      expect(passed.lisns, strategy).toEqual(strategy === "S4-never-reuse" ? [0x1302] : [0x1300]);
    }
  });
});

describe("the numbers that ibm,change-msi gives", () => {
  it("are asked for by H_INT_ESB alone with S7, and only of functions that are passed through", () => {
    for (const strategy of ["S2-address-space", "S7-hcall-only"] as const)
      for (const isPassedThrough of [true, false]) {
        const machine = machineWith(strategy);
        const { address, lisns } = machine.plug(shape, isPassedThrough);
        machine.msi.call(address, CHANGE_MSI, 2, 0);
        expect(lisns).toEqual([]);
        const wanted = strategy === "S7-hcall-only" && isPassedThrough;
        expect([0x1300, 0x1301].map((lisn) => machine.p.source(lisn)!.hcallOnly)).toEqual([wanted, wanted]);
      }
  });

  it("of an earlier block are free after the new one is claimed, or before by a defect", () => {
    for (const defects of [[], ["passthrough.changeMsi.freeBeforeClaim"]]) {
      const machine = new PassthroughMachine({ mode: "native", defects: new Set(defects) });
      const one = machine.plug(shape);
      for (const [count, first] of [[2, 0x1300], [3, defects.length > 0 ? 0x1300 : 0x1302]] as const) {
        expect(machine.msi.call(one.address, CHANGE_MSI, count, 4))
          .toEqual({ status: 0, count, sequence: 5 });
        const lisns = Array.from({ length: count }, (_, i) => first + i);
        expect([one.lisns, [...machine.msi.claimed]]).toEqual([lisns, lisns]);
      }
      // Where not even one number is left, the block that was there stays unless it was freed before.
      machine.msi.allocator.used.fill(1);
      const isKept = defects.length === 0;
      if (isKept) expect(machine.msi.call(one.address, CHANGE_MSI, 1, 4)).toEqual({ status: -1 });
      expect(machine.msi.claimed.size).toBe(3);
    }
  });

  it("of a line are level-sensitive and claimed once", () => {
    const machine = machineWith();
    expect([machine.msi.claimLine(0x1200), machine.msi.claimLine(0x1200), machine.msi.claimLine(1 << 20)])
      .toEqual([true, false, false]);
    expect([machine.p.source(0x1200)!.lsi, [...machine.msi.claimed]]).toEqual([true, [0x1200]]);
  });
});

describe("the map of message numbers", () => {
  it("gives the first run that is long enough, suits, and is even where that is asked", () => {
    const allocator = new MsiAllocator();
    const given = [
      allocator.allocate(1, true), allocator.allocate(2, true), allocator.allocate(1, false),
      allocator.allocate(3, false), allocator.allocate(2, false, (lisn) => lisn > 0x1310),
      allocator.allocate(1, true, (lisn) => lisn % 4 === 3), allocator.allocate(MSI_LISNS + 1, false),
    ];
    expect(given).toEqual([0x1300, 0x1302, 0x1301, 0x1304, 0x1311, undefined, undefined]);
    expect([...allocator.used.subarray(0, 8)]).toEqual([1, 1, 1, 1, 1, 1, 1, 0]);
    allocator.free(0x1300, 2);
    expect([...allocator.used.subarray(0, 4)]).toEqual([0, 0, 1, 1]);
    const whole = new MsiAllocator();
    expect([whole.allocate(MSI_LISNS, true), whole.allocate(1, false)]).toEqual([0x1300, undefined]);
  });

  it("gives every number once, and then says that it is full", () => {
    const allocator = new MsiAllocator();
    const given = Array.from({ length: MSI_LISNS }, () => allocator.allocate(1, false));
    expect(given).toEqual(Array.from({ length: MSI_LISNS }, (_, index) => MSI_FIRST_LISN + index));
    expect(allocator.allocate(1, false)).toBeUndefined();
    allocator.free(0x1400, 3);
    expect(allocator.allocate(4, false)).toBeUndefined();
    expect(allocator.allocate(2, true)).toBe(0x1400);
    expect(allocator.allocate(1, true)).toBe(0x1402);
  });
});

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

describe("the map of message numbers", () => {
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

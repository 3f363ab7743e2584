import { describe, expect, it } from "vitest";
import {
  PassthroughMachine, type PluggedFunction,
} from "../../../src/engine/deviceMachine/passthroughMachine.ts";
import { CHANGE_MSI } from "../../../src/engine/devices/passthrough/changeMsi.ts";
import { guestEoi, guestLoad } from "../../../src/engine/devices/passthrough/guestAccess.ts";
import { violations } from "../../../src/engine/devices/passthrough/invariants.ts";
import { runHostHandler } from "../../../src/engine/devices/passthrough/irqBypass.ts";
import { configureSource, createSource } from "../../../src/engine/devices/passthrough/sourceCalls.ts";
import { command, msiControl, register } from "../../../src/engine/devices/pciMock/configSpace.ts";
import { ESB_SET_PQ } from "../../../src/engine/devices/xive/esb.ts";

const LINE_LISN = 0x1200;

function machineWithFunction(): { machine: PassthroughMachine; plugged: PluggedFunction } {
  const machine = new PassthroughMachine({ mode: "native" });
  const plugged = machine.plug({ vendor: 0x1014, device: 1, msi: 4, msix: 0, hasLine: true });
  plugged.pci.writeConfig(register.COMMAND, 2, command.BUS_MASTER);
  return { machine, plugged };
}

/** The driver's way from its first call to an open source for each message. */
function openMessages({ p, msi }: PassthroughMachine, address: number, count: number): void {
  msi.call(address, CHANGE_MSI, count, 0);
  for (let lisn = 0x1300; lisn < 0x1300 + count; lisn++) {
    configureSource(p, lisn, (BigInt(lisn) << 33n) | 6n);
    guestLoad(p, lisn, "management", ESB_SET_PQ(0));
  }
}

describe("a machine with a passed-through function", () => {
  it("carries each message from the function to the guest by hardware alone", () => {
    const { machine, plugged } = machineWithFunction();
    const { p } = machine;
    openMessages(machine, plugged.address, 2);
    plugged.pci.writeConfig(register.MSI + 2, 2, msiControl.ENABLE | 0x10);
    expect(plugged.irqfds.map(({ lisn, hasProducer }) => [lisn, hasProducer]))
      .toEqual([[0x1300, true], [0x1301, true]]);
    for (const vector of [1, 0, 1]) {
      expect(plugged.pci.interrupt(vector)).toBe("sent");
      expect(p.queues.take()?.data).toBe(0x1300 + vector);
      guestEoi(p, 0x1300 + vector);
      p.queues.finish(0x1300 + vector);
    }
    expect(p.host.queue).toEqual([]);
    expect(violations(p)).toEqual([]);
  });

  it("gives the messages back to the host when the guest disables them", () => {
    const { machine, plugged } = machineWithFunction();
    openMessages(machine, plugged.address, 2);
    plugged.pci.writeConfig(register.MSI + 2, 2, msiControl.ENABLE | 0x10);
    plugged.pci.writeConfig(register.MSI + 2, 2, 0);
    expect(machine.p.mappedSources()).toEqual([]);
    expect(machine.p.irqfds.size).toBe(0);
    expect(violations(machine.p)).toEqual([]);
  });

  it("injects the function's line by software, since KVM forwards messages only", () => {
    const { machine, plugged } = machineWithFunction();
    const { p } = machine;
    createSource(p, LINE_LISN, 1n);
    configureSource(p, LINE_LISN, (BigInt(LINE_LISN) << 33n) | 6n);
    guestLoad(p, LINE_LISN, "management", ESB_SET_PQ(0));
    expect(machine.connect(LINE_LISN, plugged.lineIrq).returned).toBe(-2);
    plugged.pci.setLine(true);
    expect(runHostHandler(p)?.irq).toBe(plugged.lineIrq);
    expect(p.queues.take()?.data).toBe(LINE_LISN);
    expect(p.mappedSources()).toEqual([]);
  });
});

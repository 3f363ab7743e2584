import { describe, expect, it } from "vitest";
import {
  command, msiControl, msixControl, register,
} from "../../../../src/engine/devices/pciMock/configSpace.ts";
import { PciFunction } from "../../../../src/engine/devices/pciMock/pciFunction.ts";
import { PHB_LINES, Phb4 } from "../../../../src/engine/devices/pciMock/phb4.ts";

const shape = { vendor: 0x1014, device: 0x4d2, msi: 4, msix: 3, hasLine: true } as const;

interface Bench { readonly pci: PciFunction; readonly seen: string[] }
function bench(): Bench {
  const seen: string[] = [];
  const pci = new PciFunction(shape, {
    message: (vector) => seen.push(`message ${vector}`),
    line: (isRaised) => seen.push(isRaised ? "up" : "down"),
  });
  pci.onVectors = (kind, count) => seen.push(`${kind} ${count}`);
  pci.writeConfig(register.COMMAND, 2, command.BUS_MASTER);
  return { pci, seen };
}

describe("a PCI function to pass through", () => {
  it("shows its capabilities in a list, and lets nobody change what it is", () => {
    const { pci } = bench();
    expect(pci.readConfig(register.VENDOR, 4)).toBe(0x04d2_1014);
    pci.writeConfig(register.VENDOR, 4, 0xffff_ffff);
    pci.writeConfig(register.MSIX + 2, 2, 0x07ff);
    expect(pci.readConfig(register.VENDOR, 4)).toBe(0x04d2_1014);
    expect(pci.readConfig(register.CAPABILITIES, 1)).toBe(register.MSI);
    expect(pci.readConfig(register.MSI, 2)).toBe(0x05 | (register.MSIX << 8));
    expect(pci.readConfig(register.MSIX, 2)).toBe(0x11);
    expect(pci.readConfig(register.MSIX + 2, 2)).toBe(2);
  });

  it.each([[1, 2], [2, 4], [254, 4], [256, 1], [-1, 1], [0.5, 1]] as const)(
    "answers no access at %s of %s bytes", (offset, size) => {
      const { pci } = bench();
      expect(pci.readConfig(offset, size)).toBe(size === 4 ? 0xffff_ffff : 2 ** (8 * size) - 1);
      expect(pci.writeConfig(offset, size, 0)).toBe(false);
    });

  it("interrupts by its line until messages are enabled, and not when told not to", () => {
    const { pci, seen } = bench();
    pci.setLine(true);
    pci.writeConfig(register.COMMAND, 2, command.BUS_MASTER | command.INTX_DISABLE);
    pci.writeConfig(register.COMMAND, 2, command.BUS_MASTER);
    pci.writeConfig(register.MSI + 2, 2, msiControl.ENABLE);
    pci.setLine(false);
    expect(seen).toEqual(["up", "down", "up", "msi 1", "down"]);
    expect(pci.interrupt(1)).toBe("lost");
    expect(pci.interrupt(0)).toBe("sent");
  });

  it("sends as many MSI vectors as are enabled, at most those that there are", () => {
    const { pci } = bench();
    for (const [log, count] of [[0, 1], [1, 2], [2, 4], [5, 4]] as const) {
      pci.writeConfig(register.MSI + 2, 2, msiControl.ENABLE | (log << 4));
      expect(pci.enabledVectors).toBe(count);
    }
  });

  it("keeps a masked MSI-X vector pending, and sends it once when vector and function are open", () => {
    const { pci, seen } = bench();
    pci.writeConfig(register.MSIX + 2, 2, msixControl.ENABLE | msixControl.FUNCTION_MASK);
    expect(pci.interrupt(2)).toBe("pending");
    expect(pci.interrupt(2)).toBe("pending");
    pci.maskVector(2, false);
    expect(seen).toEqual(["msix 3"]);
    pci.writeConfig(register.MSIX + 2, 2, msixControl.ENABLE);
    expect(seen).toEqual(["msix 3", "message 2"]);
    expect(pci.maskVector(3, false)).toBe(false);
  });

  it("sends nothing that is not a bus master's to send", () => {
    const { pci, seen } = bench();
    pci.writeConfig(register.MSI + 2, 2, msiControl.ENABLE);
    pci.writeConfig(register.COMMAND, 2, 0);
    expect(pci.interrupt(0)).toBe("lost");
    expect(seen).toEqual(["msi 1"]);
  });

  it("is the same after three cycles of saving and loading, and takes no other function's state", () => {
    const { pci } = bench();
    pci.writeConfig(register.MSIX + 2, 2, msixControl.ENABLE);
    pci.interrupt(1);
    pci.setLine(true);
    const saved = pci.save();
    let state = saved;
    for (let cycle = 0; cycle < 3; cycle++) {
      const other = bench().pci;
      expect(other.load(state)).toBe(true);
      state = other.save();
    }
    expect(state).toEqual(saved);
    const other = new PciFunction({ ...shape, device: 1 }, { message: () => {}, line: () => {} });
    const before = other.save();
    expect(other.load(saved)).toBe(false);
    expect(other.save()).toEqual(before);
  });
});

describe("a PHB4", () => {
  it("gives each function sources of its own, until it is full", () => {
    const phb = new Phb4(20, { trigger: () => {}, setLine: () => {}, setFrozen: () => {} });
    const places = Array.from({ length: PHB_LINES }, () => phb.plug(2));
    expect(places.map((place) => [place?.first, place?.line])).toEqual(
      Array.from({ length: PHB_LINES }, (_, index) => [2 * index, 20 + index]));
    expect(phb.plug(1)).toBeUndefined();
  });

  it("lets nothing through while it is in error", () => {
    const seen: string[] = [];
    const phb = new Phb4(4, {
      trigger: (source) => seen.push(`source ${source}`),
      setLine: (source, isRaised) => seen.push(`line ${source} ${isRaised}`),
      setFrozen: (isFrozen) => seen.push(`frozen ${isFrozen}`),
    });
    phb.plug(2);
    const { port } = phb.plug(2)!;
    port.message(1);
    phb.freeze(true);
    port.message(1);
    port.line(true);
    phb.freeze(false);
    port.line(true);
    expect(seen).toEqual(["source 3", "frozen true", "frozen false", "line 5 true"]);
  });
});

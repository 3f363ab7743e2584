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

describe("the interrupts of a PCI function", () => {
  const { ENABLE, FUNCTION_MASK } = msixControl;

  it("are of the kind that is enabled: MSI-X before MSI before the line", () => {
    for (const msi of [0, 4])
      for (const msix of [0, 3])
        for (const isMsi of [true, false])
          for (const isMsix of [true, false]) {
            const pci = new PciFunction({ ...shape, msi, msix }, { message: () => {}, line: () => {} });
            pci.writeConfig(register.MSI + 2, 2, isMsi ? msiControl.ENABLE | 0x10 : 0);
            pci.writeConfig(register.MSIX + 2, 2, isMsix ? ENABLE : 0);
            const kind = isMsix && msix ? "msix" : isMsi && msi ? "msi" : "line";
            expect([pci.kind, pci.enabledVectors]).toEqual([kind, { msix, msi: 2, line: 0 }[kind]]);
          }
  });

  it("tell of vectors that go and come, each once, and of nothing else", () => {
    const { pci, seen } = bench();
    const step = (offset: number, value: number): string[] => {
      seen.length = 0;
      pci.writeConfig(offset, 2, value);
      return [...seen];
    };
    const [msi, msix] = [register.MSI + 2, register.MSIX + 2];
    expect(step(msi, msiControl.ENABLE)).toEqual(["msi 1"]);
    expect(step(msi, msiControl.ENABLE)).toEqual([]);
    expect(step(msi, msiControl.ENABLE | 0x10)).toEqual(["msi 2"]);
    expect(step(msix, ENABLE)).toEqual(["msi 0", "msix 3"]);
    expect(step(msix, ENABLE | FUNCTION_MASK)).toEqual([]);
    expect(step(msi, 0)).toEqual([]);
    expect(step(msix, 0)).toEqual(["msix 0"]);
    expect(step(register.INTERRUPT_LINE, 5)).toEqual([]);
  });

  it("show the line while it is up, let through, and no messages are enabled", () => {
    for (const hasLine of [true, false])
      for (const control of [0, command.INTX_DISABLE])
        for (const kind of ["line", "msi", "msix"]) {
          const seen: string[] = [];
          const pci = new PciFunction({ ...shape, hasLine }, {
            message: () => {}, line: (isRaised) => seen.push(isRaised ? "up" : "down"),
          });
          pci.writeConfig(register.COMMAND, 2, control);
          if (kind === "msi") pci.writeConfig(register.MSI + 2, 2, msiControl.ENABLE);
          if (kind === "msix") pci.writeConfig(register.MSIX + 2, 2, ENABLE);
          for (const isRaised of [false, true, true, false, false]) pci.setLine(isRaised);
          const isShown = hasLine && control === 0 && kind === "line";
          expect(seen).toEqual(isShown ? ["up", "down"] : []);
          pci.setLine(true);
          expect(pci.readConfig(register.STATUS, 1) & 8).toBe(hasLine ? 8 : 0);
        }
  });

  it("of MSI-X are held by either mask, and sent once when both are open, in order", () => {
    for (const isFunctionMasked of [true, false])
      for (const isMasked of [true, false])
        for (const isMaster of [true, false]) {
          const { pci, seen } = bench();
          pci.writeConfig(register.COMMAND, 2, isMaster ? command.BUS_MASTER : 0);
          pci.writeConfig(register.MSIX + 2, 2, ENABLE | (isFunctionMasked ? FUNCTION_MASK : 0));
          pci.maskVector(1, isMasked);
          pci.maskVector(2, isMasked);
          seen.length = 0;
          const isHeld = isFunctionMasked || isMasked;
          const outcome = isHeld ? "pending" : isMaster ? "sent" : "lost";
          expect([pci.interrupt(2), pci.interrupt(1)]).toEqual([outcome, outcome]);
          expect([...pci.pending]).toEqual(isHeld ? [0, 1, 1] : [0, 0, 0]);
          expect(seen).toEqual(outcome === "sent" ? ["message 2", "message 1"] : []);
          pci.writeConfig(register.MSIX + 2, 2, 0);
          expect([...pci.pending]).toEqual(isHeld ? [0, 1, 1] : [0, 0, 0]);
          pci.writeConfig(register.MSIX + 2, 2, ENABLE);
          for (const vector of [1, 2]) pci.maskVector(vector, false);
          const late = isHeld && isMaster ? ["message 1", "message 2"] : [];
          expect(seen.filter((line) => line.startsWith("message")))
            .toEqual(outcome === "sent" ? ["message 2", "message 1"] : late);
          expect([...pci.pending]).toEqual([0, 0, 0]);
        }
  });

  it("are lost for a vector that is not enabled, and there is none to mask beyond the last", () => {
    const { pci, seen } = bench();
    pci.writeConfig(register.MSI + 2, 2, msiControl.ENABLE | 0x10);
    const vectors = [-1, 0, 1, 2, 0.5, Number.NaN];
    expect(vectors.map((vector) => pci.interrupt(vector)))
      .toEqual(["lost", "sent", "sent", "lost", "lost", "lost"]);
    expect(seen.slice(1)).toEqual(["message 0", "message 1"]);
    expect([...vectors, 3].map((vector) => pci.maskVector(vector, true)))
      .toEqual([false, true, true, true, false, false, false]);
    expect([...pci.masked]).toEqual([1, 1, 1]);
    pci.maskVector(1, false);
    expect([...pci.masked]).toEqual([1, 0, 1]);
  });
});

describe("a PHB4", () => {
  it("has room for messages and for eight lines, whichever ends first", () => {
    const phb = new Phb4(4, { trigger: () => {}, setLine: () => {}, setFrozen: () => {} });
    expect([3, 2, 1, 1, 0].map((vectors) => phb.plug(vectors)?.first))
      .toEqual([0, undefined, 3, undefined, 4]);
    expect(phb.plug(0)?.line).toBe(7);
    expect(Array.from({ length: 5 }, () => phb.plug(0)?.line)).toEqual([8, 9, 10, 11, undefined]);
  });


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

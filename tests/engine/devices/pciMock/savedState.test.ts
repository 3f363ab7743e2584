import { describe, expect, it } from "vitest";
import { command, msixControl, register } from "../../../../src/engine/devices/pciMock/configSpace.ts";
import { PciFunction } from "../../../../src/engine/devices/pciMock/pciFunction.ts";
import { Phb4 } from "../../../../src/engine/devices/pciMock/phb4.ts";
import {
  bridgeState, loadBridge, saveBridge, type BridgeState, type PciFunctionState,
} from "../../../../src/engine/devices/pciMock/state.ts";

interface Bridge {
  readonly phb: Phb4;
  readonly functions: readonly PciFunction[];
  readonly seen: string[];
}
/** Two functions, of 2 and 3 MSI-X vectors. */
function bridge(): Bridge {
  const seen: string[] = [];
  const phb = new Phb4(8, {
    trigger: (source) => seen.push(`trigger ${source}`), setLine: (source,
    isUp) => seen.push(`line ${source} ${isUp}`),
    setFrozen: (isFrozen) => seen.push(`frozen ${isFrozen}`),
  });
  const functions = [2, 3].map((msix) =>
    new PciFunction({ vendor: 1, device: msix, msi: 1, msix, hasLine: true }, phb.plug(msix)!.port));
  return { phb, functions, seen };
}
function used(): Bridge {
  const one = bridge();
  const [, second] = one.functions;
  second!.writeConfig(register.COMMAND, 2, command.BUS_MASTER);
  second!.setLine(true);
  second!.writeConfig(register.MSIX + 2, 2, msixControl.ENABLE);
  second!.interrupt(1);
  second!.maskVector(2, false);
  one.phb.freeze(true);
  return one;
}
const save = ({ phb, functions }: Bridge): BridgeState => saveBridge(phb, functions);

describe("the saved state of a bridge", () => {
  it("is its functions' configuration, masks, pending bits and lines, in order", () => {
    const { isFrozen, functions } = save(used());
    expect([isFrozen, functions.length]).toEqual([true, 2]);
    expect(functions[0])
      .toMatchObject({ masked: Uint8Array.of(1, 1), pending: Uint8Array.of(0, 0), isLineUp: false });
    expect(functions[1]).toMatchObject(
      { masked: Uint8Array.of(1, 1, 0), pending: Uint8Array.of(0, 1, 0), isLineUp: true });
  });

  it("takes the place of what was there, through its bytes, shares nothing and sends nothing", () => {
    const [from, to] = [used(), bridge()];
    const saved = save(from);
    const decoded = bridgeState.decode(1, bridgeState.encode(saved));
    const copy = structuredClone(saved);
    expect(loadBridge(to.phb, to.functions, decoded.ok ? decoded.value : saved))
      .toEqual({ ok: true, value: undefined });
    expect([decoded.ok, save(to), to.seen]).toEqual([true, copy, []]);
    for (const { functions, phb } of [from, to]) {
      functions[1]!.maskVector(0, false);
      functions[1]!.writeConfig(register.COMMAND, 2, 0);
      functions[1]!.interrupt(1);
      functions[1]!.pending[0] = 1;
      phb.freeze(false);
    }
    expect(saved).toEqual(copy);
    const [fresh, other] = [save(bridge()), used()];
    expect([loadBridge(other.phb, other.functions, fresh).ok, save(other)]).toEqual([true, fresh]);
  });

  it("is refused for another number or kind of functions, and changes nothing", () => {
    const saved = save(used());
    const [first, second] = saved.functions as [PciFunctionState, PciFunctionState];
    const another = "it has another function";
    const config = (at: number, byte: number): Uint8Array => {
      const changed = second.config.slice();
      changed[at] = byte;
      return changed;
    };
    const rows: readonly (readonly [PciFunctionState[], string])[] = [
      [[first], "it has 1 functions, this bridge 2"],
      [[first, second, second], "it has 3 functions, this bridge 2"],
      [[second, first], another], [[first, { ...second, config: config(register.DEVICE, 9) }], another],
      [[first, { ...second, config: new Uint8Array(255) }], another],
      [[first, { ...second, masked: new Uint8Array(2) }], another],
      [[first, { ...second, pending: new Uint8Array(4) }], another],
      [[first, { ...second, isLineUp: false }], another],
      [[{ ...first, isLineUp: true }, second], another],
    ];
    for (const [functions, why] of rows) {
      const one = bridge();
      const before = save(one);
      expect(loadBridge(one.phb, one.functions, { isFrozen: true, functions }))
        .toEqual({ ok: false, error: why });
      expect(save(one)).toEqual(before);
    }
  });

  it("has one bit for each vector", () => {
    const saved = save(used());
    const [first, second] = saved.functions as [PciFunctionState, PciFunctionState];
    for (const changed of [{ masked: Uint8Array.of(1, 2, 0) }, { pending: Uint8Array.of(0, 0, 255) }]) {
      const bytes = bridgeState.encode({ ...saved, functions: [first, { ...second, ...changed }] });
      const result = bridgeState.decode(1, bytes);
      expect([result.ok, "error" in result && result.error.includes("neither masked nor open")])
        .toEqual([false, true]);
    }
  });
});

/** The laws of passed-through interrupts on POWER, of the bridge and the function behind them. */
import { QuietPorts } from "../../deviceMachine/quietPorts.ts";
import { linux61Defects } from "../../devices/passthrough/defects.ts";
import type { Passthrough, PassthroughOptions } from "../../devices/passthrough/passthrough.ts";
import { loadPassthrough, passthroughState, savePassthrough } from "../../devices/passthrough/state.ts";
import { strategyNames } from "../../devices/passthrough/strategy.ts";
import { command, msiControl, msixControl, register } from "../../devices/pciMock/configSpace.ts";
import { PciFunction } from "../../devices/pciMock/pciFunction.ts";
import { Phb4 } from "../../devices/pciMock/phb4.ts";
import { bridgeState, loadBridge, saveBridge } from "../../devices/pciMock/state.ts";
import { PassthroughLedger } from "../../ledger/passthroughLedger.ts";
import { newPassthrough, passthroughCalls } from "../passthroughOperations.ts";
import { codecOf, device } from "./device.ts";

const shapes: Readonly<Record<string, PassthroughOptions>> = {
  ...Object.fromEntries(strategyNames.map((strategy) => [strategy, { mode: "native", strategy }] as const)),
  XICS: { mode: "xics" },
  "native as Linux 6.1": { mode: "native", defects: new Set(linux61Defects) },
  "XICS as Linux 6.1": { mode: "xics", defects: new Set(linux61Defects), phbStoreEoi: true },
};

export interface PassthroughWorld {
  readonly p: Passthrough;
  readonly ledger: PassthroughLedger;
}

export const passthroughLaws = Object.entries(shapes).map(([name, options]) => device<PassthroughWorld>({
  folder: "passthrough", name: `passed-through interrupts, ${name}`,
  make: () => {
    const p = newPassthrough(options);
    return { p, ledger: new PassthroughLedger(p, () => 0n) };
  },
  calls: passthroughCalls.map(({ name: call, run }) => ({
    name: call, run: ({ p }, prng) => run(p, prng),
  })),
  codec: codecOf(
    passthroughState, ({ p }) => savePassthrough(p), ({ p }, saved) => loadPassthrough(p, saved)),
  // The table of host interrupts is made by the first who asks, whatever the answer.
  untouched: ({ p }) => ({ ...savePassthrough(p), table: null }),
  breach: ({ ledger }) => ledger.check(),
}));

interface BridgeWorld {
  readonly phb: Phb4;
  readonly pci: PciFunction;
  readonly ports: QuietPorts;
}

const ENABLES = [0, command.BUS_MASTER, command.BUS_MASTER | command.INTX_DISABLE, 0xffff];
const REGISTERS = [register.COMMAND, register.MSI + 2, register.MSIX + 2, register.MSI + 4, register.VENDOR];
const VECTORS = 4;

export const bridgeLaws = device<BridgeWorld>({
  folder: "pciMock", name: "PHB4 with a PCI function",
  make: () => {
    const ports = new QuietPorts(0x1000);
    const phb = new Phb4(VECTORS, {
      trigger: (source) => { ports.heard.push(`trigger ${source}`); },
      setLine: (source, isRaised) => { ports.heard.push(`line ${source} ${isRaised}`); },
      setFrozen: (isFrozen) => { ports.heard.push(`frozen ${isFrozen}`); },
    });
    const shape = { vendor: 0x1014, device: 1, msi: VECTORS, msix: VECTORS, hasLine: true };
    const pci = new PciFunction(shape, phb.plug(VECTORS)!.port);
    pci.onVectors = (kind, count) => { ports.heard.push(`${kind} ${count}`); };
    return { phb, pci, ports };
  },
  calls: [
    {
      name: "configuration",
      run: ({ pci }, prng) => {
        const { ENABLE, FUNCTION_MASK } = msixControl;
        const values = [...ENABLES, msiControl.ENABLE, ENABLE, FUNCTION_MASK, prng.u32()];
        const isDone = pci.writeConfig(prng.pick([...REGISTERS, 255, 3]), 2, prng.pick(values));
        return isDone ? 0 : "refused";
      },
    },
    { name: "interrupt", run: ({ pci }, prng) => pci.interrupt(prng.below(VECTORS + 1)) },
    {
      name: "mask",
      run: ({ pci }, prng) => pci.maskVector(prng.below(VECTORS + 1), prng.below(2) === 1) || "refused",
    },
    { name: "line", run: ({ pci }, prng) => pci.setLine(prng.below(2) === 1) },
    { name: "freeze", run: ({ phb }, prng) => phb.freeze(prng.below(3) === 0) },
  ],
  codec: codecOf(bridgeState, ({ phb, pci }) => saveBridge(phb, [pci]),
    ({ phb, pci }, saved) => loadBridge(phb, [pci], saved)),
  follow: (to, from) => to.ports.follow(from.ports),
  heard: ({ ports }) => ports.takeHeard(),
});

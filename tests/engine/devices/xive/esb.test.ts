import { describe, expect, it } from "vitest";
import {
  ESB_SET_PQ, decodeEsbLoad, decodeEsbStore, eoiPq, esbPageAddress, esbPlace, triggerPq,
  type EsbPage, type Pq,
} from "../../../../src/engine/devices/xive/esb.ts";
import type { XiveStep } from "../../../../src/engine/devices/xive/observer.ts";
import { SourceBank } from "../../../../src/engine/devices/xive/sources.ts";

const states: readonly Pq[] = [0, 1, 2, 3];
const pages: readonly EsbPage[] = ["trigger", "management"];

interface Bank {
  readonly bank: SourceBank;
  readonly forwarded: number[];
  readonly steps: XiveStep[];
}
function bankAt(pq: Pq, asserted = false, isLsi = false, storeEoi = false): Bank {
  const bank = new SourceBank({ count: 3, storeEoi });
  const made: Bank = { bank, forwarded: [], steps: [] };
  bank.setPq(1, pq);
  bank.setLsi(1, isLsi);
  bank.setAsserted(1, asserted);
  bank.notify = (source) => made.forwarded.push(source);
  bank.onStep = (step) => made.steps.push(step);
  return made;
}

describe("P and Q", () => {
  it("hold one event in flight and one behind it: counted by hand over every state and step", () => {
    for (const pq of states) {
      const isOff = pq === 1;
      const inFlight = pq & 2 ? 1 : 0;
      const behind = pq === 3 ? 1 : 0;
      const triggered = triggerPq(pq);
      expect(triggered.forwards).toBe(!isOff && inFlight === 0);
      expect(triggered.pq).toBe(isOff ? 1 : inFlight === 0 ? 2 : 3);
      const ended = eoiPq(pq);
      expect(ended.forwards).toBe(behind === 1);
      expect(ended.pq).toBe(isOff ? 1 : behind === 1 ? 2 : 0);
    }
  });
});

describe("an ESB page", () => {
  it("decodes every 8-byte access by bits 11:0 of its offset, the same in all sixteen windows", () => {
    for (let offset = 0; offset < 0x10000; offset += 8) {
      const window = offset % 0x1000;
      const set = { kind: "set", pq: Math.floor(window / 0x100) - 12 };
      const load = window < 0x800 ? { kind: "eoi" } : window < 0xc00 ? { kind: "get" } : set;
      const stores = ["trigger", "store-eoi", "inject"];
      const store = window < 0xc00 ? { kind: stores[Math.floor(window / 0x400)] } : set;
      expect(decodeEsbLoad("management", offset)).toEqual(load);
      expect(decodeEsbStore("management", offset)).toEqual(store);
      expect(decodeEsbLoad("trigger", offset)).toEqual({ kind: "refused" });
      expect(decodeEsbStore("trigger", offset)).toEqual({ kind: "trigger" });
    }
  });

  it.each([0, 1, 2, 4, 16])("refuses accesses of %s bytes", (size) => {
    for (const page of pages)
      for (let offset = 0; offset < 0x1000; offset += 0x100) {
        const { bank, forwarded } = bankAt(3);
        expect(bank.load(1, page, offset, size)).toBeUndefined();
        expect(bank.store(1, page, offset, size)).toBe(false);
        expect([bank.pq(1), forwarded]).toEqual([3, []]);
      }
  });

  it("has an address that leads back to it", () => {
    const base = 0x0006_0100_0000_0000n;
    expect(esbPageAddress(base, 0x1300, "trigger")).toBe(0x0006_0100_2600_0000n);
    for (const source of [0, 1, 0x1300, 0x1fff, 0xfffff])
      for (const page of pages) {
        const address = esbPageAddress(base, source, page);
        expect(esbPlace(address - base + 0xc40n)).toEqual({ source, page, offset: 0xc40 });
      }
  });
});

describe("a source", () => {
  it("answers a load with the state before it, or whether its EOI sent an event", () => {
    for (const pq of states) {
      expect(bankAt(pq).bank.load(1, "management", 0x800)).toBe(pq);
      expect(bankAt(pq).bank.load(1, "management", 0x7f8)).toBe(pq === 3 ? 1 : 0);
      for (const to of states) {
        const { bank, forwarded } = bankAt(pq);
        expect(bank.load(1, "management", ESB_SET_PQ(to) | 0x40)).toBe(pq);
        expect([bank.pq(1), forwarded]).toEqual([to, []]);
      }
    }
  });

  it("ends an interrupt by a store only where Store-EOI is offered", () => {
    for (const pq of states)
      for (const storeEoi of [false, true]) {
        const { bank, forwarded } = bankAt(pq, false, false, storeEoi);
        expect(bank.store(1, "management", 0x400)).toBe(storeEoi);
        expect(bank.pq(1)).toBe(storeEoi ? eoiPq(pq).pq : pq);
        expect(forwarded).toEqual(storeEoi && pq === 3 ? [1] : []);
      }
  });

  it("forwards an injection whatever PQ is", () => {
    for (const pq of states) {
      const { bank, forwarded } = bankAt(pq);
      expect(bank.store(1, "management", 0xbf8)).toBe(true);
      expect([bank.pq(1), forwarded]).toEqual([pq, [1]]);
    }
  });

  it("that is level-sensitive sends again at EOI while its line is up, and never sets Q by itself", () => {
    for (const pq of states)
      for (const asserted of [false, true])
        for (const action of ["up", "down", "eoi"] as const) {
          const { bank, forwarded } = bankAt(pq, asserted, true);
          const result = action === "eoi" ? bank.load(1, "management", 0) : bank.setIrq(1, action === "up");
          const line = action === "up" || (action === "eoi" && asserted);
          const ended: Pq = action === "eoi" ? eoiPq(pq).pq : pq;
          const sends = action !== "down" && line && ended === 0;
          expect(bank.pq(1), `${pq} ${asserted} ${action}`).toBe(sends ? 2 : ended);
          expect(bank.isAsserted(1)).toBe(action === "eoi" ? asserted : action === "up");
          const sentByQ = action === "eoi" && pq === 3 && !asserted;
          expect(forwarded).toEqual(sends || sentByQ ? [1] : []);
          if (action === "eoi") expect(result).toBe(forwarded.length);
        }
  });

  it("that is a message ignores its line going down", () => {
    for (const pq of states) {
      const { bank, forwarded } = bankAt(pq);
      bank.setIrq(1, false);
      expect([bank.pq(1), forwarded, bank.isAsserted(1)]).toEqual([pq, [], false]);
    }
  });

  it("touches no other, whatever is done to it", () => {
    for (const pq of states)
      for (const page of pages)
        for (let offset = 0; offset < 0x1000; offset += 0x100) {
          const { bank } = bankAt(pq, true, true, true);
          bank.setPq(0, 0);
          bank.setPq(2, 3);
          bank.load(1, page, offset);
          bank.store(1, page, offset);
          bank.setIrq(1, true);
          expect([bank.pq(0), bank.pq(2)]).toEqual([0, 3]);
          expect([bank.isAsserted(0), bank.isAsserted(2)]).toEqual([false, false]);
        }
  });

  it("that does not exist refuses every access", () => {
    const { bank } = bankAt(0);
    for (const source of [-1, 3, 0.5, Number.NaN, 2 ** 32]) {
      expect(bank.load(source, "management", 0x800)).toBeUndefined();
      expect(bank.store(source, "trigger", 0)).toBe(false);
    }
  });

  it("is off with its line down after a reset, and stays of its kind", () => {
    for (const pq of states) {
      const { bank } = bankAt(pq, true, true);
      bank.reset();
      const once = bank.saveStatus();
      expect([bank.pq(1), bank.isAsserted(1), bank.isLsi(1)]).toEqual([1, false, true]);
      bank.reset();
      expect(bank.saveStatus()).toEqual(once);
    }
  });

  it("tells of every event: where it was raised and which one fate it had", () => {
    for (const pq of states)
      for (const asserted of [false, true])
        for (const isLsi of [false, true]) {
          const told = (act: (bank: SourceBank) => void): string[] => {
            const { bank, steps } = bankAt(pq, asserted, isLsi);
            act(bank);
            expect(steps.every(({ source }) => source === 1)).toBe(true);
            return steps.map(({ step, bit, value }) => `${step} ${bit} ${value}`);
          };
          const fate = pq === 0 ? "forwarded PQ=00 0" : pq === 1 ? "masked PQ=01 0" : undefined;
          const event = ["raised P 0", fate ?? (pq === 2 ? "latched Q 0" : "coalesced Q 0")];
          expect(told((bank) => bank.trigger(1))).toEqual(event);
          expect(told((bank) => bank.inject(1))).toEqual(["raised inject 0", "forwarded inject 0"]);
          const line = ["raised LSI 0", fate ?? "coalesced LSI 0"];
          expect(told((bank) => bank.setIrq(1, true))).toEqual(isLsi ? line : event);
          expect(told((bank) => bank.setIrq(1, false))).toEqual([]);
          const again = asserted && isLsi;
          const sent = "forwarded PQ=00 0";
          const ended = { 0: sent, 1: "masked PQ=01 0", 2: sent, 3: "coalesced LSI 0" };
          expect(told((bank) => bank.eoi(1))).toEqual([
            ...(pq & 2 ? ["eoi P 0"] : []), ...(again ? ["raised LSI 0", ended[pq]] : []),
            ...(pq !== 3 ? [] : again ? ["coalesced LSI 0"] : ["forwarded Q 0"]),
          ]);
          for (const to of states) {
            const latched = pq !== 3 && to === 3 ? ["raised PQ 0", "latched Q 0"] : [];
            const lost = pq === 3 && to !== 3 ? ["cleared Q 0"] : [];
            expect(told((bank) => bank.setPq(1, to))).toEqual([`set PQ ${pq * 4 + to}`, ...lost, ...latched]);
          }
        }
  });

  it("works for nobody who listens, and is told by its number where the bank begins", () => {
    const silent = new SourceBank({ count: 1 });
    silent.setPq(0, 0);
    expect([silent.trigger(0), silent.pq(0)]).toEqual([true, 2]);
    expect(silent.store(0, "management", 0x800)).toBe(true);
    const numbered: number[] = [];
    const bank = new SourceBank({ count: 2, firstNumber: 0x100 });
    bank.onStep = ({ source }) => numbered.push(source);
    bank.setPq(1, 0);
    expect(numbered).toEqual([0x101]);
  });

  it("comes back from its saved status, and from nothing that is not one", () => {
    const { bank } = bankAt(3, true, true);
    const saved = bank.saveStatus();
    const other = new SourceBank({ count: 3 });
    expect(other.loadStatus(saved)).toBe(true);
    expect(other.saveStatus()).toEqual(saved);
    expect(other.loadStatus(new Uint8Array(2))).toBe(false);
    expect(other.loadStatus(Uint8Array.of(0, 8, 0))).toBe(false);
    expect(other.saveStatus()).toEqual(saved);
  });
});

import { describe, expect, it } from "vitest";
import {
  ISC_COUNT, admitAdapterInterrupt, aisAtReset, setAisMode, type AisState,
} from "../../../../src/engine/devices/flic/ais.ts";
import { flicMachine, hex } from "./flicMachine.ts";
import { everySequence } from "../../../kit/everySequence.ts";

describe("AIS modes", () => {
  it("let through one interrupt per SINGLE request, for every history of six steps on every ISC", () => {
    for (let isc = 0; isc < ISC_COUNT; isc++)
      for (const history of everySequence(["all", "single", "interrupt"] as const, 6)) {
        let state = aisAtReset;
        let credit = Infinity; // the rule said aloud, without bit masks: a second opinion, not a copy
        for (const step of history) {
          if (step === "interrupt") {
            const decision = admitAdapterInterrupt(state, isc);
            expect(decision.delivered, `isc ${isc}: ${history.join(" ")}`).toBe(credit-- > 0);
            state = decision.next;
            continue;
          }
          const set = setAisMode(state, isc, step);
          if (!set.ok) throw new Error(`refused ${step} on isc ${isc}`);
          state = set.value;
          credit = step === "all" ? Infinity : 1;
        }
      }
  });

  it("touch no ISC but their own, from every pair of masks of the other seven", () => {
    for (let isc = 0; isc < ISC_COUNT; isc++)
      for (let simm = 0; simm < 256; simm++)
        for (const nimm of [0, 0xff, simm, simm ^ 0xff, simm >> 1]) {
          const before: AisState = { simm, nimm };
          const others = 0xff & ~(1 << (7 - isc));
          const after = [
            admitAdapterInterrupt(before, isc).next,
            ...(["all", "single"] as const).map((mode) => {
              const set = setAisMode(before, isc, mode);
              return set.ok ? set.value : before;
            }),
          ];
          for (const { simm: s, nimm: n } of after)
            expect([s & others, n & others]).toEqual([simm & others, nimm & others]);
        }
  });

  it("count from the leftmost bit", () => {
    expect(setAisMode({ simm: 0x01, nimm: 0xff }, 0, "single")).toEqual({ ok: true,
      value: { simm: 0x81, nimm: 0x7f } });
  });

  it.each([-1, 8, 1.5, Number.NaN, 2 ** 32])("refuse ISC %s with EINVAL", (isc) => {
    expect(setAisMode(aisAtReset, isc, "single")).toEqual({ ok: false, error: -22 });
  });

  it("suppress in the odd state too, and leave it as it is", () => {
    expect(admitAdapterInterrupt({ simm: 0, nimm: 0x80 }, 0)).toEqual({ delivered: false,
      next: { simm: 0, nimm: 0x80 } });
  });
});

describe("AIS through the device attributes", () => {
  it("AISM refuses an ISC above 7 and a mode but ALL and SINGLE, and then changes nothing", () => {
    const { kvm, user } = flicMachine();
    for (let isc = 0; isc < 256; isc++)
      for (const mode of [0, 1, 2, 3, 0x100, 0x101, 0xffff]) {
        kvm.flic.ais = { simm: 0xf0, nimm: 0xcc };
        const isKnown = isc < 8 && mode < 2;
        const bit = isc < 8 ? 0x80 >> isc : 0;
        expect(kvm.setAttr(9, 0n, user.place(0x100n, Uint8Array.of(isc, 0, mode >> 8, mode & 0xff))))
          .toBe(isKnown ? 0 : -22);
        expect(kvm.flic.ais).toEqual(isKnown
          ? { simm: mode ? 0xf0 | bit : 0xf0 & ~bit, nimm: 0xcc & ~bit } : { simm: 0xf0, nimm: 0xcc });
      }
  });

  it("stay as they are where a call's buffer is not there", () => {
    const { kvm } = flicMachine();
    kvm.flic.ais = { simm: 0xf0, nimm: 0xcc };
    for (const group of [9, 11]) expect(kvm.setAttr(group, 2n, 0x4000_0000_0000n)).toBe(-14);
    expect(kvm.getAttr(11, 2n, 0x4000_0000_0000n)).toBe(-14);
    expect(kvm.flic.ais).toEqual({ simm: 0xf0, nimm: 0xcc });
  });

  it("have no bit for an adapter's ISC above 7: it is never suppressed and changes no mode", () => {
    const closed = { simm: 0xff, nimm: 0xff };
    for (let isc = 8; isc < 256; isc++)
      expect(admitAdapterInterrupt(closed, isc)).toEqual({ delivered: true, next: closed });
  });

  it("follows the state table for every state, event and ISC", () => {
    for (let isc = 0; isc < ISC_COUNT; isc++)
      for (const suppressible of [0, 1])
        for (const facility72 of [true, false])
          for (const [simm, nimm] of [[0, 0], [1, 0], [1, 1], [0, 1]] as const) {
            const { kvm, user } = flicMachine({ facility72 });
            const bit = 0x80 >> isc;
            kvm.flic.ais = { simm: simm * bit, nimm: nimm * bit };
            user.place(0x100n, hex(`00000001 0${isc} 00 01 0${suppressible}`));
            expect(kvm.setAttr(6, 0n, 0x100n)).toBe(0);
            expect(kvm.setAttr(10, 1n, 0n)).toBe(0);
            const isDropped = facility72 && suppressible === 1 && nimm === 1;
            const closes = facility72 && suppressible === 1 && simm === 1;
            expect(kvm.flic.gisa!.ipm).toBe(isDropped ? 0 : bit);
            expect(kvm.flic.ais).toEqual({ simm: simm * bit, nimm: nimm || closes ? bit : 0 });
          }
  });

  it("keeps SINGLE armed when the injection itself is refused", () => {
    const { kvm, user } = flicMachine({ options: { aiv: false } });
    user.place(0x100n, hex("00000001 00000101"));
    kvm.setAttr(6, 0n, 0x100n);
    kvm.flic.floating.ioCount = 266250;
    kvm.flic.ais = { simm: 0x80, nimm: 0 };
    expect(kvm.setAttr(10, 1n, 0n)).toBe(-16);
    expect(kvm.flic.ais).toEqual({ simm: 0x80, nimm: 0 });
    kvm.flic.ais = { simm: 0x80, nimm: 0x80 };
    expect(kvm.setAttr(10, 1n, 0n)).toBe(0);
  });
});

import { describe, expect, it } from "vitest";
import { Gait } from "../../../../src/engine/devices/zpci/gait.ts";
import { GAIT_ENTRIES, gaitState } from "../../../../src/engine/devices/zpci/state.ts";

describe("forwarding of PCI adapter events", () => {
  it("gives every summary bit its own entry", () => {
    const heard: number[] = [];
    const gait = new Gait((isc) => heard.push(isc));
    for (let aisb = 0; aisb < GAIT_ENTRIES; aisb++) {
      expect(gait.raise(aisb)).toBe(-2);
      expect(gait.enable(aisb, { isc: aisb % 8 })).toBe(0);
    }
    for (let aisb = 0; aisb < GAIT_ENTRIES; aisb++) gait.raise(aisb);
    expect(heard).toEqual(Array.from({ length: GAIT_ENTRIES }, (_, aisb) => aisb % 8));
    expect(gait.strayWrites).toEqual([]);
  });

  it("refuses a bit or an ISC out of range", () => {
    const gait = new Gait(() => 0);
    for (const [aisb, isc] of [[-1, 0], [GAIT_ENTRIES, 0], [0, 8], [0, -1], [Number.NaN, 0]] as const)
      expect(gait.enable(aisb, { isc })).toBe(-22);
  });

  it("has a state in which no stray entry is named twice", () => {
    const gait = new Gait(() => 0, { indexScaledTwice: true });
    for (const aisb of [40, 41, 40]) gait.enable(aisb, { isc: 3 });
    const saved = gait.save();
    const decoded = (strayWrites: readonly number[]): boolean =>
      gaitState.decode(gaitState.version, gaitState.encode({ ...saved, strayWrites })).ok;
    expect([decoded(saved.strayWrites), decoded([]), decoded([640, 656, 640])]).toEqual([true, true, false]);
  });

  it("leaves the table from bit 32 on when the index is scaled twice", () => {
    const gait = new Gait(() => 0, { indexScaledTwice: true });
    for (let aisb = 0; aisb < 34; aisb++) gait.enable(aisb, { isc: 0 });
    expect(gait.strayWrites).toEqual([512, 528]);
  });
});

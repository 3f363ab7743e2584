import { describe, expect, it } from "vitest";
import { LINE_OWNERS, Vgic, isPpi, isSpi } from "../../../../src/engine/devices/arm/vgic.ts";

const gic = (spis?: number): Vgic => {
  const one = new Vgic({ version: 3, ...spis !== undefined && { spis } });
  one.initialized = true;
  return one;
};

describe("the lines of a GIC", () => {
  it("are PPIs from 16, and SPIs from 32 as many as it was made with, 224 unless told", () => {
    const intids = Array.from({ length: 1100 }, (_, n) => n - 2);
    const those = (is: (intid: number) => boolean): string => {
      const found = intids.filter(is);
      return `${found[0]} to ${found.at(-1)}, ${found.length}`;
    };
    const [plain, large, small] = [gic(), gic(988), gic(64)];
    expect([those(isPpi), those(isSpi)]).toEqual(["16 to 31, 16", "32 to 1019, 988"]);
    expect([plain, large].map((one) => those((intid) => one.isValidSpi(intid))))
      .toEqual(["32 to 255, 224", "32 to 1019, 988"]);
    expect(those((intid) => small.claim(0, intid, "pmu") === 0)).toBe("16 to 95, 80");
    expect(those((intid) => small.claim(0, intid, "pmu") === -22)).toBe("-2 to 1097, 1020");
  });

  it("belong to who claimed them first: a PPI on its vCPU, an SPI in the VM", () => {
    for (const intid of [20, 40])
      for (const cpu of [0, 1])
        for (const owner of LINE_OWNERS) {
          const one = gic();
          expect([one.claim(0, intid, "pmu"), one.claim(cpu, intid, owner), one.claim(0, intid, "pmu")])
            .toEqual([0, (cpu === 0 || intid === 40) && (cpu !== 0 || owner !== "pmu") ? -17 : 0, 0]);
          const hasOther = intid === 20 && cpu === 1;
          expect(one.owns(cpu, intid, owner)).toBe(hasOther || (cpu === 0 && owner === "pmu"));
          expect([one.owns(0, intid, "pmu"), one.owns(2, intid, "pmu"), one.owns(0, 21, "pmu")])
            .toEqual([true, false, false]);
          const claims = [{ cpu: 0, intid, owner: "pmu" }, ...hasOther ? [{ cpu, intid, owner }] : []];
          expect(one.save().claims).toEqual(claims);
        }
  });

  it("are nobody's before it is initialised", () => {
    const one = new Vgic({ version: 3 });
    expect([one.claim(0, 20, "pmu"), one.claim(0, 5, "pmu"), one.owns(0, 20, "pmu")])
      .toEqual([-11, -11, false]);
  });

  it("have levels that last, and are saved and loaded with the claims in place of what was there", () => {
    const one = gic();
    one.claim(1, 20, "virtual timer");
    one.claim(0, 40, "pmu");
    for (const intid of [40, 41]) one.setSpi(intid, true);
    for (const intid of [41, 42]) one.setSpi(intid, false);
    const saved = one.save();
    expect(saved).toEqual({
      initialized: true, highSpis: [40],
      claims: [{ cpu: 1, intid: 20, owner: "virtual timer" }, { cpu: 0, intid: 40, owner: "pmu" }],
    });
    const other = gic();
    other.claim(0, 21, "pmu");
    other.setSpi(50, true);
    other.load({ ...saved, initialized: false });
    expect(other.save()).toEqual({ ...saved, initialized: false });
    expect([other.owns(1, 20, "virtual timer"), other.owns(0, 21, "pmu")]).toEqual([true, false]);
  });
});

describe("the first run of a vCPU", () => {
  it("wants base addresses that are apart, and a GICv3 initialised; a GICv2 is on the way", () => {
    for (const version of [2, 3] as const)
      for (const bases of ["set", "unset", "overlapping"] as const)
        for (const isInitialized of [true, false]) {
          const one = new Vgic({ version, bases });
          one.initialized = isInitialized;
          const isBusy = version === 3 && !isInitialized;
          const wanted = { set: isBusy ? -16 : 0, unset: -6, overlapping: -22 }[bases];
          expect([one.mapResources(), one.initialized]).toEqual([wanted, isInitialized || wanted === 0]);
        }
  });
});

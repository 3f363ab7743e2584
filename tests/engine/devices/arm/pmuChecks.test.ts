/** Each call on the PMU of a vCPU with every reason to refuse it: the first in the kernel's order answers. */
import { describe, expect, it } from "vitest";
import {
  checkPmuForRun, getPmuAttr, hasPmuAttr, isEventAllowed, setPmuAttr,
} from "../../../../src/engine/devices/arm/pmu.ts";
import { HERE, NOWHERE, both, first, world } from "./world.ts";

const [IRQ, INIT, FILTER, SET_PMU] = [0n, 1n, 2n, 3n];

describe("PMU_V3_CTRL", () => {
  it("IRQ: feature, created, PMU, GIC, copy, number, other vCPUs, its own; 4.13 begins with the GIC", () => {
    for (const isNew of both)
      for (const hasFeature of both)
        for (const isCreated of both)
          for (const pmus of [0, 2])
            for (const gic of ["none", "there"] as const)
              for (const isBad of both)
                for (const irq of [15, 16, 20, 40, 1020, -1])
                  for (const others of [0, 20, 40])
                    for (const own of [0, 20]) {
                      const one = world({ isNew, hasFeature, pmus, gic });
                      Object.assign(one.vcpu, { pmuCreated: isCreated, pmuIrq: own });
                      one.other.pmuIrq = others;
                      const isPpi = irq >= 16 && irq < 32;
                      const isWrong = !isPpi && (irq < 32 || irq >= 1020);
                      const clash =
                        [others, own].some((set) => set >= 16 && (isPpi ? set !== irq : set === irq));
                      const rest = [[isBad, -14], [isWrong || clash, -22], [own >= 16, -16]] as const;
                      const ofGic = [gic === "none", -22] as const;
                      const wanted = isNew
                        ? first([!hasFeature, -19], [isCreated, -16], [pmus === 0, -19], ofGic, ...rest)
                        : first(ofGic, [!hasFeature, -19], ...rest);
                      const at = isBad ? NOWHERE : one.put(BigInt.asUintN(32, BigInt(irq)));
                      const answer = setPmuAttr(one.vm, one.vcpu, IRQ, at);
                      if (answer !== wanted)
                        expect(answer, JSON.stringify({ isNew, hasFeature, isCreated, pmus, gic, isBad, irq,
                          others, own })).toBe(wanted);
                      const { pmuIrq, pmuCreated } = one.vcpu;
                      const kept = wanted === 0 ? irq : own;
                      if (pmuIrq !== kept || pmuCreated !== isCreated)
                        expect([pmuIrq, pmuCreated]).toEqual([kept, isCreated]);
                    }
  });

  it("INIT: feature, created, PMU, then GIC ready, number, line; 4.13 says a missing feature else", () => {
    for (const isNew of both)
      for (const hasFeature of both)
        for (const isCreated of both)
          for (const pmus of [0, 2])
            for (const gic of ["none", "there", "ready"] as const)
              for (const irq of [0, 20, 40, 96])
                for (const owner of ["pmu", "virtual timer"] as const) {
                  const one = world({ isNew, hasFeature, pmus, gic });
                  Object.assign(one.vcpu, { pmuCreated: isCreated, pmuIrq: irq });
                  if (gic === "ready") one.vm.gic!.claim(0, 20, owner);
                  const ofGic = [[gic === "there", -19], [irq < 16, -6], [irq === 96, -22],
                    [irq === 20 && owner !== "pmu", -17]] as const;
                  const rest = gic === "none" ? [] : ofGic;
                  const wanted = isNew
                    ? first([!hasFeature, -19], [isCreated, -16], [pmus === 0, -19], ...rest)
                    : first([pmus === 0, -19], [!hasFeature, -6], [isCreated, -16], ...rest);
                  expect(setPmuAttr(one.vm, one.vcpu, INIT, NOWHERE)).toBe(wanted);
                  expect(one.vcpu.pmuCreated).toBe(isCreated || wanted === 0);
                  if (wanted === 0 && gic === "ready") expect(one.vm.gic!.owns(0, irq, "pmu")).toBe(true);
                }
  });

  it("FILTER: copy, events and action, has run; the first one decides for what it does not name", () => {
    const filter = (base: number, count: number, action: number): bigint =>
      BigInt(base) + BigInt(count) * 0x1_0000n + BigInt(action) * 0x1_0000_0000n + 0xffn * (1n << 56n);
    for (const [base, count, action, isRight] of [
      [0, 1024, 0, true], [0, 1025, 0, false], [1023, 1, 1, true], [1024, 0, 1, true], [1024, 1, 0, false],
      [5, 0, 1, true], [0xffff, 0xffff, 0, false], [0, 1, 2, false], [3, 2, 0, true],
    ] as const)
      for (const hasRun of both)
        for (const isBad of both) {
          const one = world();
          one.vm.hasRun = hasRun;
          const wanted = first([isBad, -14], [!isRight, -22], [hasRun, -16]);
          const at = isBad ? NOWHERE : one.put(filter(base, count, action));
          expect(setPmuAttr(one.vm, one.vcpu, FILTER, at)).toBe(wanted);
          const events = [...one.vm.eventFilter ?? []];
          const isAllow = action === 0;
          expect(events).toEqual(wanted !== 0 ? [] : Array.from({ length: 1024 }, (_, event) =>
            (event >= base && event < base + count) === isAllow ? 1 : 0));
        }
    const one = world({ eventSpace: 65536 });
    for (const value of [filter(0x10, 4, 0), filter(0x12, 8, 1), filter(0x18, 1, 0)])
      expect(setPmuAttr(one.vm, one.vcpu, FILTER, one.put(value))).toBe(0);
    const allowed =
      Array.from({ length: 0x20 }, (_, event) => event).filter((event) => isEventAllowed(one.vm, event));
    expect(allowed).toEqual([0, 0x10, 0x11, 0x18, 0x1e]);
    expect([isEventAllowed(one.vm, 70000), isEventAllowed(world().vm, 5)]).toEqual([false, true]);
  });

  it("SET_PMU: copy, type, has run or another in use with a filter; any call keeps the default", () => {
    for (const type of [8, 9, 10])
      for (const hasRun of both)
        for (const hasFilter of both)
          for (const isBad of both) {
            const one = world();
            one.vm.hasRun = hasRun;
            if (hasFilter) one.vm.eventFilter = new Uint8Array(1024);
            const isOther = type === 9 && hasFilter;
            const wanted = first([isBad, -14], [type === 10, -6], [hasRun || isOther, -16]);
            const at = isBad ? NOWHERE : one.put(BigInt(type));
            expect(setPmuAttr(one.vm, one.vcpu, SET_PMU, at)).toBe(wanted);
            expect(one.vm.pmu?.type).toBe(wanted === 0 ? type : 8);
          }
  });

  it("has four attributes, two in 4.13, and every other is -ENXIO after the common checks", () => {
    for (const isNew of both)
      for (const hasFeature of both)
        for (const pmus of [0, 1]) {
          const one = world({ isNew, hasFeature, pmus });
          const has = [0n, 1n, 2n, 3n, 4n, 1n << 32n].map((attr) => hasPmuAttr(one.vm, one.vcpu, attr));
          const isThere = hasFeature && (isNew || pmus > 0);
          expect(has).toEqual([0, 1, 2, 3, 4, 9].map((attr) => (isThere && attr < (isNew ? 4 : 2) ? 0 : -6)));
          const common = isNew ? first([!hasFeature, -19], [pmus === 0, -19], [true, -6]) : -6;
          expect(setPmuAttr(one.vm, one.vcpu, 9n, NOWHERE)).toBe(common);
          if (!isNew) expect(setPmuAttr(one.vm, one.vcpu, FILTER, NOWHERE)).toBe(-6);
        }
  });

  it("reads its number alone: attribute, GIC, feature, number, copy", () => {
    for (const attr of [IRQ, INIT])
      for (const gic of ["none", "there"] as const)
        for (const hasFeature of both)
          for (const irq of [0, 15, 16, 40])
            for (const isBad of both) {
              const one = world({ gic, hasFeature });
              one.vcpu.pmuIrq = irq;
              one.put(~0n & 0xffff_ffff_ffff_ffffn);
              const reasons = [[attr === INIT, -6], [gic === "none", -22], [!hasFeature, -19], [irq < 16, -6],
                [isBad, -14]] as const;
              const wanted = first(...reasons);
              expect(getPmuAttr(one.vm, one.vcpu, attr, isBad ? NOWHERE : HERE)).toBe(wanted);
              const bytes = [...one.user.at(HERE)];
              expect(bytes).toEqual(wanted === 0 ? [irq, 0, 0, 0, 255, 255, 255, 255] : Array(8).fill(255));
            }
  });

  it("lets a vCPU run without the feature, or created with a number just where there is a GIC", () => {
    for (const isNew of both)
      for (const hasFeature of both)
        for (const isCreated of both)
          for (const gic of ["none", "ready"] as const)
            for (const irq of [0, 15, 16, 31, 32, 95, 96]) {
              const one = world({ isNew, hasFeature, gic });
              Object.assign(one.vcpu, { pmuCreated: isCreated, pmuIrq: irq });
              const isLine = irq >= 16 && irq < 96;
              const wanted = first([!hasFeature, 0], [!isCreated, isNew ? -22 : 0],
                [gic === "ready" ? !isLine : irq >= 16, -22]);
              expect(checkPmuForRun(one.vm, one.vcpu)).toBe(wanted);
            }
  });
});

/** Timer and steal-time calls with every reason to refuse them: the first in the kernel's order answers. */
import { describe, expect, it } from "vitest";
import { getPvtimeAttr, hasPvtimeAttr, setPvtimeAttr } from "../../../../src/engine/devices/arm/pvtime.ts";
import {
  enableTimers, getTimerAttr, hasTimerAttr, setTimerAttr,
} from "../../../../src/engine/devices/arm/timer.ts";
import { HERE, NOWHERE, both, first, world } from "./world.ts";

describe("TIMER_CTRL", () => {
  it("sets one timer of every vCPU: GIC, copy, PPI, enabled, attribute; the other timer is its own's", () => {
    for (const attr of [0n, 1n, 2n])
      for (const gic of ["none", "there"] as const)
        for (const isBad of both)
          for (const irq of [15, 16, 31, 32, -1])
            for (const isEnabled of both) {
              const one = world({ gic });
              Object.assign(one.vcpu, { timerEnabled: isEnabled, virtualTimerIrq: 20, physicalTimerIrq: 21 });
              one.other.timerEnabled = true;
              const wanted = first([gic === "none", -22], [isBad, -14], [irq < 16 || irq >= 32, -22],
                [isEnabled, -16], [attr === 2n, -6]);
              const at = isBad ? NOWHERE : one.put(BigInt.asUintN(32, BigInt(irq)));
              expect(setTimerAttr(one.vm, one.vcpu, attr, at)).toBe(wanted);
              const pair = attr === 0n ? [irq, 21] : [20, irq];
              expect([one.vcpu, one.other].map((each) => [each.virtualTimerIrq, each.physicalTimerIrq]))
                .toEqual(wanted === 0 ? [pair, pair] : [[20, 21], [27, 30]]);
            }
  });

  it("reads either at any time, and has no other", () => {
    const one = world({ gic: "none" });
    one.put(0n);
    for (const [attr, irq] of [[0n, 27], [1n, 30]] as const) {
      expect([getTimerAttr(one.vm, one.vcpu, attr, HERE), one.user.at(HERE)[0]]).toEqual([0, irq]);
      expect([getTimerAttr(one.vm, one.vcpu, attr, NOWHERE), hasTimerAttr(attr)]).toEqual([-14, 0]);
    }
    expect([getTimerAttr(one.vm, one.vcpu, 2n, NOWHERE), hasTimerAttr(2n), hasTimerAttr(1n << 32n)])
      .toEqual([-6, -6, -6]);
  });

  it("are enabled by the first run if both lines can be claimed and all vCPUs have the same pair", () => {
    for (const gic of ["none", "ready"] as const)
      for (const taken of [0, 27, 30])
        for (const pair of [[27, 30], [27, 29], [26, 30], [30, 30]] as const) {
          const one = world({ gic });
          one.vm.gic?.claim(0, taken, "pmu");
          Object.assign(one.other, { virtualTimerIrq: pair[0], physicalTimerIrq: pair[1] });
          const isFree = taken === 0 && pair[0] === 27 && pair[1] === 30;
          const wanted = gic === "none" || isFree ? 0 : -22;
          expect([enableTimers(one.vm, one.vcpu), one.vcpu.timerEnabled]).toEqual([wanted, wanted === 0]);
          const owns = (irq: number, owner: "virtual timer" | "physical timer"): boolean =>
            one.vm.gic?.owns(0, irq, owner) ?? false;
          // A line that was claimed before the refusal stays claimed.
          expect([owns(27, "virtual timer"), owns(30, "physical timer")])
            .toEqual([gic === "ready" && taken !== 27, gic === "ready" && taken === 0]);
          one.vcpu.timerEnabled = true;
          expect(enableTimers(one.vm, one.vcpu)).toBe(0);
        }
    const same = world();
    for (const each of same.vm.vcpus) Object.assign(each, { virtualTimerIrq: 30 });
    expect(enableTimers(same.vm, same.vcpu)).toBe(-22);
  });
});

describe("PVTIME_CTRL", () => {
  it("sets an address once: attribute, copy, alignment, set before, memory", () => {
    for (const schedulerInfo of both)
      for (const attr of [0n, 1n])
        for (const isBad of both)
          for (const address of [0x4000n, 0x4fc0n, 0x5000n, 0x3fc0n, 0x4001n, 0x4020n, 0x5001n])
            for (const isSet of both) {
              const one = world({ schedulerInfo });
              if (isSet) one.vcpu.stealTime = 0x4040n;
              const isOutside = address < 0x4000n || address >= 0x5000n;
              const unknown = [!schedulerInfo || attr === 1n, -6] as const;
              const wanted = first(unknown, [isBad, -14], [address % 64n !== 0n, -22], [isSet, -17],
                [isOutside, -22]);
              expect(setPvtimeAttr(one.vm, one.vcpu, attr, isBad ? NOWHERE : one.put(address))).toBe(wanted);
              const kept = isSet ? 0x4040n : 0xffff_ffff_ffff_ffffn;
              expect(one.vcpu.stealTime).toBe(wanted === 0 ? address : kept);
              expect(hasPvtimeAttr(one.vm, attr)).toBe(schedulerInfo && attr === 0n ? 0 : -6);
              one.put(0n);
              const read = getPvtimeAttr(one.vm, one.vcpu, attr, isBad ? NOWHERE : HERE);
              expect(read).toBe(first(unknown, [isBad, -14]));
              const shown = new DataView(one.user.at(HERE).buffer).getBigUint64(0, true);
              expect(shown).toBe(read === 0 ? one.vcpu.stealTime : 0n);
            }
  });
});

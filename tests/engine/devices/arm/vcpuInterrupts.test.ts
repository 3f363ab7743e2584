import { describe, expect, it } from "vitest";
import { SteppedTime } from "../../../../src/engine/deviceMachine/steppedTime.ts";
import { cpuInterfaceAtReset, withPriorityMask } from "../../../../src/engine/devices/arm/cpuInterface.ts";
import { timerControl } from "../../../../src/engine/devices/arm/genericTimer.ts";
import { pmuAtReset } from "../../../../src/engine/devices/arm/pmuCounters.ts";
import { bitOfIntid, ppisAtReset } from "../../../../src/engine/devices/arm/ppi.ts";
import { gicr } from "../../../../src/engine/devices/arm/ppiRegisters.ts";
import { VcpuInterrupts, type LineWiring } from "../../../../src/engine/devices/arm/vcpuInterrupts.ts";
import { LINE_OWNERS, type LineOwner } from "../../../../src/engine/devices/arm/vgic.ts";
import { wiringOf } from "../../../../src/engine/devices/arm/wiring.ts";
import { both, world } from "./world.ts";

interface Bench {
  readonly vcpu: VcpuInterrupts;
  readonly time: SteppedTime;
  /** What became of the levels, in order. */
  readonly told: string[];
  /** Changed by a test: the line of every source, and whether it is theirs. */
  readonly lines: Map<LineOwner, number>;
  readonly strangers: Set<LineOwner>;
}
function bench(lines: readonly (readonly [LineOwner, number])[] = []): Bench {
  const time = new SteppedTime();
  const told: string[] = [];
  const map = new Map(lines);
  const strangers = new Set<LineOwner>();
  const wiring: LineWiring = {
    intidOf: (source) => map.get(source), owns: (source) => !strangers.has(source),
    setSpi: (intid, isHigh) => told.push(`SPI ${intid} ${isHigh}`), isEventAllowed: (event) => event !== 9,
  };
  const vcpu = new VcpuInterrupts(time, wiring, 1_000_000_000n);
  vcpu.observer = {
    changed: (cause, before,
    after) => told.push(`${cause} ${before.line.toString(16)} ${after.line.toString(16)}`),
    dropped: (source, intid) => told.push(`dropped ${source} ${intid}`),
  };
  return { vcpu, time, told, lines: map, strangers };
}
/** Makes a source's output high or low. */
function drive({ vcpu }: Bench, source: LineOwner, isHigh: boolean): void {
  const level = isHigh ? 1 : 0;
  if (source === "pmu")
    vcpu.changePmu((state) => ({ ...state, control: 1, overflowed: level, interrupting: 1 }));
  else (source === "virtual timer" ? vcpu.virtualTimer : vcpu.physicalTimer).setControl(level);
}

describe("a source of a vCPU", () => {
  it("tells each change of its level to the line it has, if that is its own", () => {
    for (const source of LINE_OWNERS)
      for (const intid of [undefined, 20, 40])
        for (const isStranger of both) {
          const one = bench(intid === undefined ? [] : [[source, intid]]);
          if (isStranger) one.strangers.add(source);
          for (const isHigh of [false, true, true, false]) drive(one, source, isHigh);
          const heard = { 20: ["line 0 100000", "line 100000 0"], 40: ["SPI 40 true", "SPI 40 false"] };
          const wanted =
            intid === undefined ? [] : isStranger ? [`dropped ${source} ${intid}`] : heard[intid as 20];
          expect(one.told).toEqual(wanted);
          expect(one.vcpu.save().high).toEqual([]);
        }
  });

  it("tells its level when its line is switched on, and once", () => {
    const one = bench();
    for (const source of LINE_OWNERS) drive(one, source, true);
    one.vcpu.update();
    expect(one.told).toEqual([]);
    for (const [n, source] of LINE_OWNERS.entries()) one.lines.set(source, 20 + n);
    one.vcpu.update();
    one.vcpu.update();
    expect(one.vcpu.save().high).toEqual(["virtual timer", "physical timer", "pmu"]);
    expect([one.vcpu.ppis.line, one.told.length]).toEqual([0x700000, 3]);
    drive(one, "physical timer", false);
    expect([one.vcpu.save().high, one.vcpu.ppis.line]).toEqual([["virtual timer", "pmu"], 0x300000]);
  });

  it("is the timer that comes due, or the counter of an event that is allowed", () => {
    const one = bench([["virtual timer", 27], ["pmu", 23]]);
    one.vcpu.virtualTimer.setCompareValue(50n);
    one.vcpu.virtualTimer.setControl(timerControl.ENABLE);
    one.time.runUntil(49n);
    expect(one.told).toEqual([]);
    one.time.runUntil(50n);
    expect(one.vcpu.ppis.line).toBe(bitOfIntid(27));
    const events = [9, 8, 0, 0, 0, 0];
    one.vcpu.changePmu((state) => ({
      ...state, control: 1, enabled: 3, interrupting: 3, events, counts: state.counts.map(() => 0xffff_fffe),
    }));
    one.vcpu.eventHappened(9, 5);
    expect(one.vcpu.ppis.line).toBe(bitOfIntid(27));
    one.vcpu.eventHappened(8);
    expect(one.vcpu.pmu.counts.slice(0, 2)).toEqual([0xffff_fffe, 0xffff_ffff]);
    one.vcpu.eventHappened(8);
    expect(one.vcpu.ppis.line).toBe((bitOfIntid(27) | bitOfIntid(23)) >>> 0);
  });
});

describe("what a vCPU's guest does", () => {
  it("is told with its cause where it changes something, and not where it does not", () => {
    const one = bench([["virtual timer", 27]]);
    const { vcpu } = one;
    drive(one, "virtual timer", true);
    one.told.length = 0;
    vcpu.write(gicr.ISENABLER0, bitOfIntid(27));
    vcpu.write(0x4, 1);
    expect([vcpu.read(gicr.ISENABLER0), vcpu.read(gicr.ISPENDR0), vcpu.read(0x4)])
      .toEqual([bitOfIntid(27), bitOfIntid(27), 0]);
    const heard = (): string[] => one.told.splice(0).map((line) => line.split(" ")[0]!);
    expect([heard(), vcpu.signal]).toEqual([["register"], undefined]);
    vcpu.setPriorityMask(0xff);
    expect(vcpu.cpu.priorityMask).toBe(0xf8);
    for (const group of [0, 1] as const) {
      vcpu.enableGroup(group, true);
      expect(vcpu.signal).toBe(group === 1 ? "irq" : undefined);
      vcpu.enableGroup(0, false);
    }
    expect([vcpu.acknowledge(0), heard()]).toEqual([1023, []]);
    expect([vcpu.acknowledge(1), vcpu.ppis.active, heard()]).toEqual([27, bitOfIntid(27), ["acknowledge"]]);
    vcpu.endInterrupt(0, 27);
    vcpu.endInterrupt(1, 40);
    expect([heard(), vcpu.ppis.active]).toEqual([[], bitOfIntid(27)]);
    vcpu.endInterrupt(1, 27);
    expect([heard(), vcpu.ppis.active, vcpu.cpu.activePriorities1]).toEqual([["end"], 0, 0]);
    expect(withPriorityMask({ ...cpuInterfaceAtReset, group1: true }, 0xff)).toEqual(vcpu.cpu);
  });
});

describe("a vCPU's interrupts that are saved", () => {
  it("are at first as at reset", () => {
    const timer = { control: 0, compareValue: 0n, offset: 0n };
    expect(bench().vcpu.save()).toEqual({
      ppis: ppisAtReset, cpu: cpuInterfaceAtReset, pmu: pmuAtReset, virtualTimer: timer,
      physicalTimer: timer, high: [],
    });
  });

  it("go on with what was told, tell what time has changed since, and share nothing", () => {
    const from = bench([["virtual timer", 27], ["physical timer", 30]]);
    drive(from, "physical timer", true);
    from.vcpu.virtualTimer.setCompareValue(50n);
    from.vcpu.virtualTimer.setControl(1);
    from.vcpu.setPriorityMask(0x80);
    from.vcpu.changePmu((state) => ({ ...state, cycles: 7n }));
    const saved = from.vcpu.save();
    const copy = structuredClone(saved);
    const early = bench([["virtual timer", 27], ["physical timer", 30]]);
    early.vcpu.load(saved);
    expect([early.vcpu.save(), early.told]).toEqual([copy, ["snapshot 0 40000000"]]);
    const late = bench([["virtual timer", 27], ["physical timer", 30]]);
    late.time.runUntil(60n);
    late.vcpu.load(saved);
    expect(late.told).toEqual(["snapshot 0 40000000", "line 40000000 48000000"]);
    (saved.ppis.priority as number[])[0] = 8;
    (saved.high as LineOwner[]).pop();
    for (const { vcpu } of [from, early]) expect(vcpu.save()).toEqual(copy);
  });
});

describe("the wiring of a vCPU", () => {
  it("is its attributes' numbers, from the claim of each line on, and nothing without a GIC", () => {
    for (const gic of ["none", "ready"] as const)
      for (const pmuCreated of both)
        for (const timerEnabled of both) {
          const { vm, vcpu } = world({ gic });
          Object.assign(vcpu, { pmuCreated, timerEnabled });
          Object.assign(vcpu, { pmuIrq: 23, virtualTimerIrq: 26, physicalTimerIrq: 29 });
          const wiring = wiringOf(vm, vcpu);
          const has = gic === "ready";
          expect(LINE_OWNERS.map((source) => wiring.intidOf(source))).toEqual([
            has && pmuCreated ? 23 : undefined, has && timerEnabled ? 26 : undefined,
            has && timerEnabled ? 29 : undefined,
          ]);
          vm.gic?.claim(0, 23, "pmu");
          expect([wiring.owns("pmu", 23), wiring.owns("virtual timer", 23), wiring.owns("pmu", 24)])
            .toEqual([has, false, false]);
          wiring.setSpi(40, true);
          expect([...vm.gic?.highSpis ?? []]).toEqual(has ? [40] : []);
          vm.eventFilter = new Uint8Array(1024);
          expect([wiring.isEventAllowed(5), wiring.isEventAllowed(0x1e)]).toEqual([false, true]);
        }
  });
});

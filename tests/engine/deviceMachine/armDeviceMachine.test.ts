/** Timers and PMU of an arm64 VM up to the interrupt that its vCPU sees. */
import { describe, expect, it } from "vitest";
import { errno } from "../../../src/engine/api/errno.ts";
import { Prng } from "../../../src/engine/base/prng.ts";
import {
  armDeviceMachine, openPpis, type ArmDeviceMachine,
} from "../../../src/engine/deviceMachine/armDeviceMachine.ts";
import { SPURIOUS } from "../../../src/engine/devices/arm/cpuInterface.ts";
import { timerControl } from "../../../src/engine/devices/arm/genericTimer.ts";
import { setCounter, setMask, writeControl } from "../../../src/engine/devices/arm/pmuCounters.ts";
import { pendingOf } from "../../../src/engine/devices/arm/ppi.ts";
import { gicr } from "../../../src/engine/devices/arm/ppiRegisters.ts";
import { armState, saveArm } from "../../../src/engine/devices/arm/state.ts";
import { ppiObstacles } from "../../../src/engine/ledger/ppiObstacles.ts";

const { ENABLE, IMASK } = timerControl;
const [VIRTUAL, PHYSICAL] = [27, 30];
const TIMER = 1;
const TICK = 16n;

function runningMachine(shape: Parameters<typeof armDeviceMachine>[0] = {}): ArmDeviceMachine {
  const machine = armDeviceMachine(shape);
  for (const [vcpu] of machine.kvm.interrupts.entries()) {
    expect(machine.kvm.run(vcpu).result).toBe(0);
    openPpis(machine, vcpu, VIRTUAL, PHYSICAL);
  }
  return machine;
}

describe("a timer of a vCPU", () => {
  it("raises its PPI at the tick of its compare value, not a nanosecond earlier", () => {
    const { kvm, time } = runningMachine();
    const vcpu = kvm.interrupts[0]!;
    vcpu.virtualTimer.setCompareValue(1000n);
    vcpu.virtualTimer.setControl(ENABLE);
    time.runUntil(1000n * TICK - 1n);
    expect(vcpu.signal).toBeUndefined();
    time.pass(1n);
    expect([vcpu.signal, vcpu.acknowledge(1), vcpu.acknowledge(1)]).toEqual(["irq", VIRTUAL, SPURIOUS]);
    vcpu.endInterrupt(1, VIRTUAL);
    expect(vcpu.acknowledge(1), "the condition still holds").toBe(VIRTUAL);
    vcpu.virtualTimer.setControl(ENABLE | IMASK);
    vcpu.endInterrupt(1, VIRTUAL);
    expect(vcpu.signal).toBeUndefined();
  });

  it("counts from the VM's offset, the physical one from zero", () => {
    const { kvm, time } = runningMachine({ vcpus: 2 });
    time.pass(100n * TICK);
    kvm.setVirtualOffset(40n);
    for (const { virtualTimer, physicalTimer } of kvm.interrupts)
      expect([virtualTimer.count(), physicalTimer.count()]).toEqual([60n, 100n]);
  });

  it("has in TVAL what is left, signed and 32 bits wide", () => {
    const { kvm, time } = runningMachine();
    const { physicalTimer } = kvm.interrupts[0]!;
    physicalTimer.setTimerValue(50);
    time.pass(80n * TICK);
    expect([physicalTimer.timerValue, physicalTimer.compareValue]).toEqual([-30, 50n]);
    physicalTimer.setTimerValue(0xffff_ffff);
    expect(physicalTimer.compareValue).toBe(79n);
  });

  it("has the PPI that its attribute says, and both cannot have the same", () => {
    const machine = armDeviceMachine();
    const { kvm, time } = machine;
    expect(machine.attribute(0, "set", TIMER, 0, PHYSICAL)).toBe(0);
    expect(kvm.run(0).result).toBe(errno.EINVAL);
    expect(machine.attribute(0, "set", TIMER, 1, 20)).toBe(0);
    kvm.interrupts[0]!.physicalTimer.setControl(ENABLE);
    time.pass(TICK);
    expect(pendingOf(kvm.interrupts[0]!.ppis), "not before the vCPU ran").toBe(0);
    expect(kvm.run(0).result).toBe(0);
    openPpis(machine, 0, 20, PHYSICAL);
    expect(kvm.interrupts[0]!.acknowledge(1)).toBe(20);
  });

  it("is lost when another vCPU changed the number after the claim, and the books say so", () => {
    const machine = armDeviceMachine({ vcpus: 2 });
    const { kvm, ledger } = machine;
    expect(kvm.run(0).result).toBe(0);
    expect(machine.attribute(1, "set", TIMER, 0, 20)).toBe(0);
    openPpis(machine, 0, 20, VIRTUAL);
    kvm.interrupts[0]!.virtualTimer.setControl(ENABLE);
    expect(kvm.interrupts[0]!.signal).toBeUndefined();
    expect(ledger.book.counts()).toMatchObject({ raised: 1, lost: 1, pending: 0 });
    expect(ledger.why(1)?.bit).toBe("virtual timer does not own the line");
  });
});

describe("the PMU's overflow", () => {
  const overflow = (machine: ArmDeviceMachine): void => {
    const vcpu = machine.kvm.interrupts[0]!;
    vcpu.changePmu((state) => setMask(setMask(state, "enabled", 1), "interrupting", 1));
    vcpu.changePmu((state) => writeControl(setCounter(state, 0, 0x08, 0xffff_fffe), 1));
    vcpu.eventHappened(0x08);
    expect([vcpu.signal, machine.kvm.vm.gic!.highSpis.size]).toEqual([undefined, 0]);
    vcpu.eventHappened(0x08);
  };

  it("raises the PPI of the PMU's attribute until PMOVSCLR", () => {
    const machine = armDeviceMachine({ pmu: true });
    expect([machine.attribute(0, "set", 0, 0, 23), machine.attribute(0, "set", 0, 1)]).toEqual([0, 0]);
    expect(machine.kvm.run(0).result).toBe(0);
    openPpis(machine, 0, 23);
    overflow(machine);
    const vcpu = machine.kvm.interrupts[0]!;
    expect(vcpu.acknowledge(1)).toBe(23);
    vcpu.changePmu((state) => ({ ...state, overflowed: 0 }));
    vcpu.endInterrupt(1, 23);
    expect(vcpu.signal).toBeUndefined();
  });

  it("drives an SPI where that is its interrupt", () => {
    const machine = armDeviceMachine({ pmu: true });
    expect([machine.attribute(0, "set", 0, 0, 40), machine.attribute(0, "set", 0, 1)]).toEqual([0, 0]);
    overflow(machine);
    expect([...machine.kvm.vm.gic!.highSpis]).toEqual([40]);
    machine.kvm.interrupts[0]!.changePmu((state) => writeControl(state, 0));
    expect([...machine.kvm.vm.gic!.highSpis]).toEqual([]);
  });
});

/** One random thing that a guest, its hardware or time does. */
function randomStep({ kvm, time }: ArmDeviceMachine, prng: Prng): number {
  const index = prng.below(kvm.interrupts.length);
  const vcpu = kvm.interrupts[index]!;
  const timer = prng.pick([vcpu.virtualTimer, vcpu.physicalTimer]);
  const group = prng.pick([0, 1] as const);
  switch (prng.below(10)) {
    case 0: time.pass(BigInt(prng.below(200))); return -1;
    case 1: timer.setControl(prng.below(4)); break;
    case 2: timer.setCompareValue(prng.below(8) ? timer.count() + BigInt(prng.below(10)) : prng.u64()); break;
    case 3: vcpu.acknowledge(group); break;
    case 4: vcpu.endInterrupt(group, prng.pick([VIRTUAL, PHYSICAL, 23, 1023])); break;
    case 5: vcpu.setPriorityMask(prng.u32() & 0xff); break;
    case 6: vcpu.enableGroup(group, prng.below(3) > 0); break;
    case 7: vcpu.eventHappened(0x11, prng.below(0x1_0000_0000)); break;
    case 8: vcpu.changePmu((state) => setMask(
      setMask(writeControl(state, prng.below(2)), "enabled", prng.u32()),
      prng.pick(["interrupting", "overflowed"]), prng.u32())); break;
    default: vcpu.write(prng.pick(Object.values(gicr)), prng.u32());
  }
  return index;
}

function randomMachine(): ArmDeviceMachine {
  const machine = armDeviceMachine({ vcpus: 2, pmu: true });
  for (const vcpu of [0, 1])
    expect([machine.attribute(vcpu, "set", 0, 0, 23), machine.attribute(vcpu, "set", 0, 1),
      machine.kvm.run(vcpu).result]).toEqual([0, 0, 0]);
  return machine;
}

describe("private interrupts, whatever happens", () => {
  it("keep their books, and have no obstacle exactly while they are the ones signalled", () => {
    const ends = { accepted: 0, cleared: 0, coalesced: 0 };
    for (let seed = 1; seed <= 40; seed++) {
      const prng = new Prng(seed);
      const machine = randomMachine();
      for (let step = 0; step < 300; step++) {
        randomStep(machine, prng);
        expect(machine.ledger.check(), `seed ${seed} step ${step}`).toBeUndefined();
        for (const vcpu of machine.kvm.interrupts) {
          const free = Array.from({ length: 16 }, (_, n) => 16 + n)
            .filter((intid) => ppiObstacles(vcpu, intid).length === 0);
          expect(free.length, `seed ${seed} step ${step}`).toBe(vcpu.signal ? 1 : 0);
          if (!vcpu.signal) continue;
          const taken = vcpu.acknowledge(vcpu.signal === "irq" ? 1 : 0);
          expect([taken], `seed ${seed} step ${step}`).toEqual(free);
        }
      }
      const counts = machine.ledger.book.counts();
      for (const end of Object.keys(ends) as (keyof typeof ends)[]) ends[end] += counts[end];
    }
    for (const [end, count] of Object.entries(ends)) expect(count, end).toBeGreaterThan(20);
  });

  it("of one vCPU leave the other alone, but for time", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const prng = new Prng(seed);
      const machine = randomMachine();
      for (let step = 0; step < 200; step++) {
        const before = machine.kvm.interrupts.map((vcpu) => vcpu.save());
        const index = randomStep(machine, prng);
        if (index < 0) continue;
        expect(machine.kvm.interrupts[1 - index]!.save()).toEqual(before[1 - index]);
      }
    }
  });

  it("are refused from a snapshot with bits that no PPI has", () => {
    const saved = saveArm(randomMachine().kvm);
    const [first] = saved.interrupts;
    const { ppis, cpu } = first!;
    const wrong = [
      { ...first!, ppis: { ...ppis, line: 1 } }, { ...first!, cpu: { ...cpu, priorityMask: 0xff } },
      { ...first!, ppis: { ...ppis, priority: ppis.priority.with(3, 1) } },
    ];
    for (const one of wrong)
      expect(armState.decode(1, armState.encode({ ...saved, interrupts: [one] })).ok).toBe(false);
  });
});

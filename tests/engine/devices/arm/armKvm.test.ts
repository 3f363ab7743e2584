import { describe, expect, it } from "vitest";
import { armDeviceMachine, openPpis } from "../../../../src/engine/deviceMachine/armDeviceMachine.ts";
import { PlacedMemory } from "../../../../src/engine/deviceMachine/placedMemory.ts";
import { ArmKvm, type AttributeCall } from "../../../../src/engine/devices/arm/armKvm.ts";
import type { HostPmu } from "../../../../src/engine/devices/arm/armVm.ts";
import { armProfiles } from "../../../../src/engine/devices/arm/profile.ts";
import {
  armState, loadArm, saveArm, type ArmState, type VcpuInterruptsState,
} from "../../../../src/engine/devices/arm/state.ts";
import { first, both } from "./world.ts";

const HERE = 0x1000n;
function kvmOf(profile: keyof typeof armProfiles = "linux-6.1", pmus: readonly HostPmu[] = []): {
  kvm: ArmKvm; user: PlacedMemory;
} {
  const user = new PlacedMemory();
  const host = { pmus, eventSpace: 1024, schedulerInfo: true } as const;
  return { kvm: new ArmKvm({ profile: armProfiles[profile], user, slots: [], host }), user };
}

describe("making a VM", () => {
  it("gives vCPUs numbers from 0 until the GIC is initialised or the VM is dead", () => {
    const { kvm } = kvmOf();
    expect([kvm.createVcpu(), kvm.createVcpu(), kvm.interrupts.length]).toEqual([0, 1, 0]);
    expect([kvm.initGic(), kvm.createGic({ version: 3 }), kvm.createGic({ version: 2 }), kvm.vm.gic?.version])
      .toEqual([-19, 0, -17, 3]);
    expect([kvm.createVcpu(), kvm.initGic(), kvm.initGic(), kvm.createVcpu()]).toEqual([2, 0, 0, -16]);
    expect(kvm.vm.vcpus[2]).toEqual({
      index: 2, initialized: false, hasPmuFeature: false, pmuIrq: 0, pmuCreated: false, virtualTimerIrq: 27,
      physicalTimerIrq: 30, timerEnabled: false, firstRunDone: false, stealTime: 0xffff_ffff_ffff_ffffn,
    });
    const other = kvmOf().kvm;
    other.vm.dead = true;
    expect(other.createVcpu()).toBe(-5);
  });

  it("initialises a vCPU that is there, with the PMU feature where the host has one", () => {
    for (const pmus of [[], [{ type: 8, cpus: [0] }]])
      for (const hasPmu of both)
        for (const dead of both) {
          const { kvm } = kvmOf("linux-6.1", pmus);
          kvm.createVcpu();
          kvm.vm.dead = dead;
          const wanted = first([dead, -5], [hasPmu && pmus.length === 0, -22]);
          expect([kvm.initVcpu(0, hasPmu), kvm.initVcpu(1, hasPmu)]).toEqual([wanted, -9]);
          expect(kvm.vm.vcpus[0])
            .toMatchObject({ initialized: wanted === 0, hasPmuFeature: wanted === 0 && hasPmu });
        }
  });
});

describe("an attribute call", () => {
  it("finds its group by the structure, on a vCPU that is there, of its own process, in memory", () => {
    for (const profile of ["linux-4.13", "linux-5.6", "linux-6.1"] as const)
      for (const call of ["set", "get", "has"] as AttributeCall[])
        for (const group of [0, 1, 2, 3])
          for (const isOwner of both)
            for (const dead of both)
              for (const isBad of both) {
                const { kvm, user } = kvmOf(profile, [{ type: 8, cpus: [0] }]);
                kvm.createVcpu();
                kvm.initVcpu(0, true);
                kvm.vm.dead = dead;
                const bytes = new Uint8Array(32);
                const view = new DataView(bytes.buffer);
                view.setUint32(4, group, true);
                view.setBigUint64(16, HERE + 24n, true);
                view.setBigUint64(24, 64n, true);
                user.place(HERE, bytes);
                const pvtime = profile === "linux-4.13" ? [-6, -6, -6] : [-22, 0, 0];
                const answers = [[-22, -22, 0], [-22, 0, 0], pvtime, [-6, -6, -6]][group]!;
                const answer = answers[["set", "get", "has"].indexOf(call)]!;
                expect(kvm.attribute(0, call, isBad ? 0n : HERE, isOwner))
                  .toBe(first([!isOwner || dead, -5], [isBad, -14], [true, answer]));
                expect(kvm.attribute(1, call, HERE, isOwner)).toBe(-9);
              }
  });

  it("lets a source be heard at once whose line it has switched on", () => {
    const machine = armDeviceMachine({ pmu: true });
    const vcpu = machine.kvm.interrupts[0]!;
    openPpis(machine, 0, 23);
    vcpu.changePmu((state) => ({ ...state, control: 1, overflowed: 1, interrupting: 1 }));
    machine.attribute(0, "set", 0, 0, 23);
    expect(vcpu.signal).toBeUndefined();
    machine.attribute(0, "set", 0, 1);
    expect(vcpu.signal).toBe("irq");
  });
});

describe("KVM_RUN", () => {
  it("checks vCPU, VM, argument and initialisation before its first run", () => {
    for (const dead of both)
      for (const argument of [0n, 1n])
        for (const isInitialized of both) {
          const { kvm } = kvmOf();
          kvm.createVcpu();
          if (isInitialized) kvm.initVcpu(0, false);
          kvm.vm.dead = dead;
          const wanted = first([dead, -5], [argument !== 0n, -22], [!isInitialized, -8]);
          expect(kvm.run(0, { argument })).toEqual({ result: wanted, entered: wanted === 0 });
          expect([kvm.run(1).result, kvm.vm.hasRun]).toEqual([-9, wanted === 0]);
        }
  });

  it("repeats a first run that failed, or counts it as made, by the age of the kernel", () => {
    for (const profile of ["linux-4.13", "linux-6.1"] as const) {
      const isNew = profile === "linux-6.1";
      const { kvm } = kvmOf(profile);
      kvm.createVcpu();
      kvm.initVcpu(0, false);
      kvm.createGic({ version: 3, bases: "unset" });
      expect([kvm.run(0), kvm.vm.dead]).toEqual([{ result: -6, entered: false }, isNew]);
      expect(kvm.run(0)).toEqual(isNew ? { result: -5, entered: false } : { result: 0, entered: true });
      expect([kvm.vm.vcpus[0]!.timerEnabled, kvm.vm.hasRun]).toEqual([false, false]);
    }
    for (const isReady of both) {
      const { kvm } = kvmOf("linux-6.1", [{ type: 8, cpus: [0] }]);
      kvm.createVcpu();
      kvm.initVcpu(0, true);
      for (let time = 0; time < 2; time++) expect(kvm.run(0).result).toBe(-22);
      expect([kvm.vm.vcpus[0]!.timerEnabled, kvm.vm.hasRun]).toEqual([true, false]);
      kvm.vm.vcpus[0]!.pmuCreated = isReady;
      expect(kvm.run(0).entered).toBe(isReady);
      // Once made it is not made again.
      kvm.vm.vcpus[0]!.pmuCreated = false;
      expect([kvm.run(0).entered, kvm.vm.hasRun]).toEqual([isReady, isReady]);
    }
  });

  it("ends at once where it was told to, or on a host CPU without the VM's PMU", () => {
    for (const immediateExit of both)
      for (const hostCpu of [0, 1])
        for (const hasPmu of both)
          for (const isChosen of both) {
            const { kvm } = kvmOf("linux-6.1", [{ type: 8, cpus: [0] }]);
            kvm.createVcpu();
            kvm.initVcpu(0, hasPmu);
            kvm.vm.vcpus[0]!.pmuCreated = true;
            if (isChosen) kvm.vm.pmu = kvm.vm.host.pmus[0];
            const exit = { reason: 9, failureReason: 1, cpu: 1 };
            const isAstray = hostCpu === 1 && hasPmu && isChosen;
            expect(kvm.run(0, { immediateExit, hostCpu })).toEqual(immediateExit
              ? { result: -4, entered: false }
              : isAstray ? { result: 0, entered: false, exit } : { result: 0, entered: true });
          }
    const { kvm } = kvmOf();
    kvm.createVcpu();
    kvm.initVcpu(0, false);
    expect(kvm.run(0).entered).toBe(true);
  });
});

describe("the saved state of an arm64 VM", () => {
  const used = (): ReturnType<typeof armDeviceMachine> => {
    const machine = armDeviceMachine({ vcpus: 2, pmu: true });
    for (const vcpu of [0, 1]) {
      machine.attribute(vcpu, "set", 0, 0, 23);
      machine.attribute(vcpu, "set", 0, 1);
      machine.kvm.run(vcpu);
    }
    const { kvm } = machine;
    kvm.vm.gic!.setSpi(40, true);
    kvm.interrupts[1]!.virtualTimer.setControl(1);
    kvm.vm.vcpus[1]!.stealTime = 0x40n;
    return machine;
  };

  it("takes the place of what was there, through its bytes, and shares nothing", () => {
    const [from, to] = [used(), armDeviceMachine({ vcpus: 2, pmu: true })];
    to.kvm.vm.dead = true;
    const saved = saveArm(from.kvm);
    expect(saved)
      .toMatchObject({ pmu: 8, hasRun: true, dead: false, gic: { initialized: true, highSpis: [40] } });
    const decoded = armState.decode(1, armState.encode(saved));
    const copy = structuredClone(saved);
    expect(loadArm(to.kvm, decoded.ok ? decoded.value : saved)).toEqual({ ok: true, value: undefined });
    expect([decoded.ok, saveArm(to.kvm)]).toEqual([true, copy]);
    for (const { kvm } of [from, to]) kvm.vm.vcpus[0]!.pmuIrq = 0;
    expect(saved).toEqual(copy);
    const [plain, other] = [armDeviceMachine({ vcpus: 2 }), used()];
    const fresh = saveArm(plain.kvm);
    expect(fresh).toMatchObject({ pmu: null, eventFilter: null, hasRun: false });
    expect([loadArm(other.kvm, fresh).ok, saveArm(other.kvm), other.kvm.vm.pmu])
      .toEqual([true, fresh, undefined]);
  });

  it("of a VM without GIC or time is of its vCPUs alone, and of its filter", () => {
    const { kvm } = kvmOf();
    kvm.createVcpu();
    const without = saveArm(kvm);
    expect([without.gic, without.interrupts, without.eventFilter]).toEqual([null, [], null]);
    kvm.vm.eventFilter = new Uint8Array(1024).fill(1);
    const saved = saveArm(kvm);
    const copy = structuredClone(saved);
    const other = kvmOf().kvm;
    other.createVcpu();
    expect([loadArm(other, saved).ok, saveArm(other)]).toEqual([true, copy]);
    for (const { vm } of [kvm, other]) vm.eventFilter!.fill(0);
    expect(saved).toEqual(copy);
    expect([loadArm(kvm, without).ok, kvm.vm.eventFilter]).toEqual([true, undefined]);
  });

  it("is refused for another shape, PMU, filter or a stranger's line, and changes nothing", () => {
    const saved = saveArm(used().kvm);
    const shape = "it is of a VM with other vCPUs, or without their GIC";
    const claims = [{ cpu: 2, intid: 20, owner: "pmu" as const }];
    const rows: readonly (readonly [Partial<ArmState>, string | undefined])[] = [
      [{}, undefined], [{ vcpus: saved.vcpus.slice(1) }, shape], [{ vcpus: saved.vcpus.toReversed() }, shape],
      [{ interrupts: [] }, shape], [{ gic: null }, shape], [{ pmu: 9 }, "this host has no PMU of type 9"],
      [{ pmu: null }, undefined], [{ eventFilter: null }, undefined],
      [{ eventFilter: new Uint8Array(5) }, "its filter is of 5 events, this host has 65536"],
      [{ gic: { ...saved.gic!, claims } }, "a line belongs to a vCPU that is not there"],
      [{ gic: { ...saved.gic!, claims: [{ ...claims[0]!, cpu: 1 }] } }, undefined],
    ];
    for (const [changed, why] of rows) {
      const { kvm } = armDeviceMachine({ vcpus: 2, pmu: true });
      const before = saveArm(kvm);
      expect(loadArm(kvm, { ...saved, ...changed })).toEqual(
        why === undefined ? { ok: true, value: undefined } : { ok: false, error: why });
      if (why !== undefined) expect(saveArm(kvm)).toEqual(before);
    }
  });

  it("is not decoded with what no VM can have", () => {
    const saved = saveArm(used().kvm);
    const gic = saved.gic!;
    const [first] = saved.interrupts;
    const { ppis, cpu } = first!;
    const withVcpu = (known: Partial<VcpuInterruptsState>): Partial<ArmState> =>
      ({ interrupts: [first!, { ...first!, ...known }] });
    const LINE = "a line is neither a PPI nor an SPI";
    const PRIORITY = "a priority has five bits";
    const masks = ["group", "enabled", "latched", "active", "edge", "line"] as const;
    const rows: (readonly [Partial<ArmState>, string | undefined])[] = [
      [{}, undefined], [{ eventFilter: Uint8Array.of(0, 1, 2) }, "an event is neither allowed nor denied"],
      [{ eventFilter: Uint8Array.of(0, 1) }, undefined],
      [{ gic: { ...gic, highSpis: [15] } }, LINE], [{ gic: { ...gic, highSpis: [16, 32, 1019] } }, undefined],
      [{ gic: { ...gic, claims: [{ cpu: 0, intid: 0, owner: "pmu" }] } }, LINE], [{ gic: null }, undefined],
      [withVcpu({ high: ["pmu", "pmu"] }), "a source has told its level twice"],
      [withVcpu({ high: ["pmu", "virtual timer"] }), undefined],
      [withVcpu({ cpu: { ...cpu, priorityMask: 4 } }), PRIORITY],
      [withVcpu({ cpu: { ...cpu, priorityMask: 0xf8 } }), undefined],
      [withVcpu({ ppis: { ...ppis, priority: ppis.priority.with(15, 7) } }), PRIORITY],
    ];
    for (const mask of masks)
      rows.push([withVcpu({ ppis: { ...ppis, [mask]: 0x8000 } }), "only PPIs have state"]);
    for (const [changed, why] of rows) {
      const result = armState.decode(1, armState.encode({ ...saved, ...changed }));
      expect(result.ok ? undefined : result.error.slice(-(why ?? "").length)).toBe(why);
    }
  });
});

/** What must be true of vCPU attributes whatever is called in whatever order. */
import { describe, expect, it } from "vitest";
import { errno } from "../../../../src/engine/api/errno.ts";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { PlacedMemory } from "../../../../src/engine/deviceMachine/placedMemory.ts";
import { ArmKvm, type AttributeCall } from "../../../../src/engine/devices/arm/armKvm.ts";
import { armProfiles } from "../../../../src/engine/devices/arm/profile.ts";
import { kernelProfiles, type KernelProfileName } from "../../../../src/engine/uapi/kernelProfile.ts";

const STRUCTURE = 0x6000_0000n;
const VALUE = 0x6100_0000n;
const BAD = 0xdead_0000n;
const VALUES = [0n, 15n, 16n, 20n, 23n, 27n, 30n, 31n, 32n, 40n, 255n, 256n, 1019n, 1020n, 0x1000n, 0x1001n,
  0xffffffffn, 0x1_0000_0010n];
const names = Object.keys(kernelProfiles) as KernelProfileName[];

class Walk {
  readonly user = new PlacedMemory();
  readonly kvm: ArmKvm;
  private readonly prng: Prng;

  constructor(seed: number, profile: KernelProfileName) {
    this.prng = new Prng(seed);
    this.kvm = new ArmKvm({
      profile: armProfiles[profile], user: this.user, slots: [{ address: 0n, size: 0x10000n }],
      host: { pmus: [{ type: 8, cpus: [0] }, { type: 9, cpus: [1] }], eventSpace: 1024, schedulerInfo: true },
    });
    for (let index = 0; index < 3; index++) {
      this.kvm.createVcpu();
      if (this.prng.below(5) > 0) this.kvm.initVcpu(index, this.prng.below(4) > 0);
    }
    if (this.prng.below(5) > 0) this.kvm.createGic({ version: this.prng.pick([2, 3]) });
    if (this.prng.below(5) > 0) this.kvm.initGic();
  }

  /** One random call: who was called, what, and the result. */
  step(): { readonly vcpu: number; readonly call: AttributeCall | "run"; readonly result: number } {
    const { prng, kvm } = this;
    const vcpu = prng.below(3);
    if (prng.below(12) === 0) return { vcpu, call: "run", result: kvm.run(vcpu, {
      hostCpu: prng.below(2) }).result };
    const call = prng.pick(["set", "set", "set", "get", "has"] as const);
    return { vcpu, call, result: this.call(vcpu, call, prng.below(4), prng.below(5), prng.pick(VALUES),
      prng.below(8) === 0) };
  }

  call(vcpu: number, call: AttributeCall, group: number, attr: number, value: bigint,
    isBad: boolean): number {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, value, true);
    this.user.place(VALUE, bytes);
    const structure = new Uint8Array(24);
    const view = new DataView(structure.buffer);
    view.setUint32(4, group, true);
    view.setBigUint64(8, BigInt(attr), true);
    view.setBigUint64(16, isBad ? BAD : VALUE, true);
    return this.kvm.attribute(vcpu, call, this.user.place(STRUCTURE, structure));
  }

  /** All that a call may change, but for the default PMU, which is chosen even by a call that then fails. */
  state(): unknown {
    const { vcpus, gic, eventFilter, hasRun, dead } = this.kvm.vm;
    return structuredClone({ vcpus, eventFilter, hasRun, dead, gic: JSON.stringify(gic) });
  }
}

describe.each(names)("attributes, %s", (profile) => {
  it("that are refused, got or asked for change nothing", () => {
    let refusals = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const walk = new Walk(seed, profile);
      for (let step = 0; step < 60; step++) {
        const before = walk.state();
        const { call, result } = walk.step();
        if (call === "run" || (call === "set" && result === 0)) continue;
        refusals++;
        expect(walk.state(), `seed ${seed} step ${step}: ${call} gives ${result}`).toEqual(before);
      }
    }
    expect(refusals).toBeGreaterThan(1000);
  });

  it("of one vCPU leave the others alone, but for timers and what belongs to the VM", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const walk = new Walk(seed, profile);
      const own = (except: number): unknown => walk.kvm.vm.vcpus.filter(({ index }) => index !== except).map(
        ({ pmuIrq, pmuCreated, stealTime, timerEnabled, firstRunDone }) =>
          ({ pmuIrq, pmuCreated, stealTime, timerEnabled, firstRunDone }));
      for (let step = 0; step < 60; step++) {
        const before = [0, 1, 2].map(own);
        const { vcpu } = walk.step();
        expect(own(vcpu), `seed ${seed} step ${step}`).toEqual(before[vcpu]);
      }
    }
  });

  it("never answer with anything but 0 or an errno", () => {
    const known = new Set<number>([0, ...Object.values(errno)]);
    for (let seed = 100; seed <= 160; seed++) {
      const walk = new Walk(seed, profile);
      for (let step = 0; step < 60; step++) expect(known).toContain(walk.step().result);
    }
  });

  it("of a foreign process, and of a dead VM, answer -EIO first of all", () => {
    const walk = new Walk(5, profile);
    expect(walk.kvm.attribute(0, "set", BAD, false)).toBe(errno.EIO);
    walk.kvm.vm.dead = true;
    for (const call of ["set", "get", "has"] as const) expect(walk.kvm.attribute(0, call,
      BAD)).toBe(errno.EIO);
  });
});

describe("the first run of a vCPU behind a GIC", () => {
  it("succeeds for exactly those pairs of timer interrupts that differ, and not on the PMU's line", () => {
    for (let virtual = 16; virtual < 32; virtual++)
      for (let physical = 16; physical < 32; physical++)
        for (const pmu of [undefined, 23]) {
          const user = new PlacedMemory();
          const walk = new Walk(1, "linux-6.1");
          const { host } = walk.kvm.vm;
          const kvm = new ArmKvm({ profile: armProfiles["linux-6.1"], host, user, slots: [] });
          kvm.createVcpu();
          kvm.initVcpu(0, pmu !== undefined);
          kvm.createGic({ version: 3 });
          kvm.initGic();
          Object.assign(walk, { kvm, user });
          if (pmu !== undefined) {
            expect(walk.call(0, "set", 0, 0, BigInt(pmu), false)).toBe(0);
            expect(walk.call(0, "set", 0, 1, 0n, true)).toBe(0);
          }
          expect(walk.call(0, "set", 1, 0, BigInt(virtual), false)).toBe(0);
          expect(walk.call(0, "set", 1, 1, BigInt(physical), false)).toBe(0);
          const isFree = virtual !== physical && virtual !== pmu && physical !== pmu;
          expect(kvm.run(0).result, `${virtual} ${physical} ${pmu}`).toBe(isFree ? 0 : errno.EINVAL);
        }
  });
});

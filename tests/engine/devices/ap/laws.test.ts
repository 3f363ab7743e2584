import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { apQuirks } from "../../../../src/engine/devices/ap/apQuirks.ts";
import { ISC_INVALID } from "../../../../src/engine/devices/ap/queue.ts";
import { loadVfioAp, saveVfioAp, type VfioApState } from "../../../../src/engine/devices/ap/state.ts";
import { makeApqn } from "../../../../src/engine/uapi/ap.ts";
import { walk, walkedHost, type WalkedHost } from "../../../../src/engine/figures/apOperations.ts";
import { brokenInvariants } from "../../../../src/engine/figures/apUse.ts";

const saveAll = ({ machine: { driver, kvm, hardware } }: WalkedHost) => structuredClone({
  ap: saveVfioAp(driver, [kvm.ap]), flic: kvm.flic.save(), hardware: hardware.save() });

describe.each([["repaired", apQuirks.none, true], ["Linux 6.1", apQuirks["linux-6.1"], false]] as const)(
  "AP passthrough, %s", (_name, quirks, exact) => {
    it("holds its invariants after every step of random use", () => {
      const enabled = new Set<string>();
      for (let seed = 1; seed <= 30; seed++) {
        const host = walkedHost(quirks);
        walk(host, new Prng(seed), 250, ({ name }, result) => {
          const broken = brokenInvariants(host, exact);
          if (broken.length) expect(broken, `seed ${seed}, after ${name} (${result})`).toEqual([]);
          for (const { savedIsc } of host.machine.driver.bound.values())
            if (savedIsc !== ISC_INVALID) enabled.add(`${savedIsc}`);
        });
      }
      // The walk gets somewhere: interrupts were enabled on every ISC.
      expect(enabled.size).toBe(8);
    });

    it("changes nothing when it refuses, nor by being saved", () => {
      let refusals = 0;
      for (let seed = 50; seed < 53; seed++) {
        const host = walkedHost(quirks);
        const prng = new Prng(seed);
        for (let step = 0; step < 120; step++) {
          const before = saveAll(host);
          let wasRefused = false;
          walk(host, prng, 1, (_step, result) => { wasRefused = result < 0; });
          if (!wasRefused) continue;
          refusals++;
          expect(saveAll(host)).toEqual(before);
          expect(saveAll(host)).toEqual(before);
        }
      }
      expect(refusals).toBeGreaterThan(50);
    });

    it("comes back from three save and load cycles equal, and goes on the same", () => {
      for (let seed = 70; seed < 76; seed++) {
        const host = walkedHost(quirks);
        walk(host, new Prng(seed), 120, () => undefined);
        const saved = saveAll(host);
        let copy = host;
        for (let cycle = 0; cycle < 3; cycle++) {
          const state = saveAll(copy);
          copy = walkedHost(quirks);
          copy.time.runUntil(host.time.now());
          const { driver, kvm, hardware } = copy.machine;
          expect(loadVfioAp(driver, [kvm.ap], state.ap).ok).toBe(true);
          expect(kvm.flic.load(state.flic).ok).toBe(true);
          expect(hardware.load(state.hardware).ok).toBe(true);
          expect(saveAll(copy)).toEqual(saved);
        }
        const results: number[][] = [[], []];
        [host, copy].forEach((one, which) =>
          walk(one, new Prng(seed + 100), 120, (_step, result) => results[which]!.push(result)));
        expect(results[1]).toEqual(results[0]);
        expect(saveAll(copy)).toEqual(saveAll(host));
      }
    });

    it("is the same after two resets as after one, and after two closes as after one", () => {
      for (let seed = 90; seed < 110; seed++) {
        const host = walkedHost(quirks);
        walk(host, new Prng(seed), 100, () => undefined);
        const { driver, kvm, hardware } = host.machine;
        for (const apid of [5, 6, 7]) {
          hardware.setCondition(apid, "operating");
          for (const apqi of [1, 4]) hardware.makeBusy(makeApqn(apid, apqi), 0);
        }
        host.time.pass(10_000_000n);
        const once = (work: () => void): void => {
          work();
          host.time.pass(10_000_000n);
        };
        for (const work of [
          () => driver.devices.forEach((device) => driver.resetQueues(device)),
          () => driver.devices.forEach(({ name }) => driver.close(name)),
        ]) {
          once(work);
          const before = saveVfioAp(driver, [kvm.ap]);
          once(work);
          expect(saveVfioAp(driver, [kvm.ap])).toEqual(before);
        }
        // A close with hardware that answers leaves nothing held by a linked queue.
        for (const device of driver.devices) for (const queue of device.queues.values())
          expect([queue.savedIova, queue.savedIsc]).toEqual([0n, ISC_INVALID]);
      }
    });
  });

describe("loading", () => {
  it("refuses what does not fit, with a sentence, and stays as it was", () => {
    const host = walkedHost(apQuirks.none);
    walk(host, new Prng(5), 100, () => undefined);
    const { driver, kvm } = host.machine;
    const good = saveVfioAp(driver, [kvm.ap]);
    const [device] = good.devices;
    const bad: VfioApState[] = [
      { ...good, version: 2 as unknown as 1 },
      { ...good, vms: [] },
      { ...good, pool: { ...good.pool, apm: new Uint8Array(31) } },
      { ...good, devices: [{ ...device!, matrix: { ...device!.matrix, adm: new Uint8Array(0) } }] },
      { ...good, devices: [{ ...device!, queues: [0xffff] }] },
      { ...good, queues: [{ apqn: 1, device: 9, savedIova: 0n, savedIsc: 0xff, resetResponse: 0 }] },
    ];
    for (const state of bad) {
      expect(loadVfioAp(driver, [kvm.ap], state).ok).toBe(false);
      expect(saveVfioAp(driver, [kvm.ap])).toEqual(good);
    }
  });
});

import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { apQuirks } from "../../../../src/engine/devices/ap/apQuirks.ts";
import { ISC_INVALID } from "../../../../src/engine/devices/ap/queue.ts";
import { loadVfioAp, saveVfioAp } from "../../../../src/engine/devices/ap/persist.ts";
import { vfioApState, type VfioApState } from "../../../../src/engine/devices/ap/state.ts";
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
          copy.time.follow(host.time);
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
  const used = (): WalkedHost => {
    const host = walkedHost(apQuirks.none);
    walk(host, new Prng(5), 100, () => undefined);
    return host;
  };
  const savedBy = ({ machine: { driver, kvm } }: WalkedHost): VfioApState => saveVfioAp(driver, [kvm.ap]);
  const good = savedBy(used());
  const decoded = (state: VfioApState) =>
    vfioApState.decode(vfioApState.version, vfioApState.encode(state));

  it("refuses the state of other VMs, and the driver stays as it was", () => {
    const host = used();
    const { driver, kvm } = host.machine;
    expect(loadVfioAp(driver, [kvm.ap], { ...good, vms: [] }).ok).toBe(false);
    expect(savedBy(host)).toEqual(good);
  });

  const [device, second] = good.devices;
  const [vm] = good.vms;
  const linked = good.devices.findIndex(({ queues }) => queues.length > 0);
  const inFirst = (over: Partial<typeof vm>): VfioApState => ({ ...good, vms: [{ ...vm!, ...over }] });
  const mapping = { iova: 0n, size: 0x2000n, read: true, write: true };
  const wrong: readonly [string, VfioApState][] = [
    ["32 bytes are wanted", { ...good, pool: { ...good.pool, apm: new Uint8Array(31) } }],
    ["two matrix devices have one name", { ...good, devices: [device!, { ...second!, name: device!.name }] }],
    ["a removed matrix device is before", { ...good, devices: [{ ...device!, removed: true }, second!] }],
    ["of a VM that is not there", { ...good, devices: [{ ...device!, vm: "other" }, second!] }],
    ["a removed matrix device is in use",
      { ...good, devices: [device!, second!, { ...device!, removed: true, queues: [1], vm: null }] }],
    ["another VM's container", { ...good, devices: [{ ...device!, vm: "vm", container: null }, second!] }],
    ["not those that queues point at", { ...good, devices: [
      device!, second!, { ...second!, name: "gone", removed: true, queues: [], vm: null }] }],
    ["bound twice", { ...good, queues: [...good.queues, good.queues[0]!] }],
    ["linked twice", { ...good, devices: good.devices.map((one) => ({
      ...one, queues: [...one.queues, ...one.queues] })) }],
    ["is not bound, or is another's", { ...good, queues: good.queues.map((one) =>
      (one.device === linked ? { ...one, device: null } : one)) }],
    ["an ISC above 7", { ...good, queues: good.queues.map((one) => ({ ...one, savedIsc: 8 })) }],
    ["two VMs have one name", { ...good, vms: [vm!, vm!] }],
    ["two pin records", inFirst({ container: {
      mappings: [], pins: [{ iova: 1n, count: 1 }, { iova: 1n, count: 2 }] } })],
    ["not of whole pages", inFirst({ container: { mappings: [{ ...mapping, size: 1n }], pins: [] } })],
    ["grants nothing", inFirst({ container: {
      mappings: [{ ...mapping, read: false, write: false }], pins: [] } })],
    ["two mappings overlap", inFirst({ container: {
      mappings: [{ ...mapping, iova: 0x1000n }, mapping], pins: [] } })],
  ];
  it.each(wrong)("refuses a state: %s", (sentence, state) => {
    expect(decoded(good)).toEqual({ ok: true, value: good });
    const answer = decoded(state);
    expect(answer.ok ? "taken" : answer.error).toContain(sentence);
  });
});

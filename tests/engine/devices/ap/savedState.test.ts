/** What a host's driver leaves in a snapshot comes back whole; a wrong part beside right ones is refused. */
import { describe, expect, it } from "vitest";
import { isSame } from "../../../../src/engine/base/plainData.ts";
import { apQuirks } from "../../../../src/engine/devices/ap/apQuirks.ts";
import { maskOf, withoutId } from "../../../../src/engine/devices/ap/idMask.ts";
import { loadVfioAp, saveVfioAp } from "../../../../src/engine/devices/ap/persist.ts";
import { vfioApState, type VfioApState } from "../../../../src/engine/devices/ap/state.ts";
import { makeApqn } from "../../../../src/engine/uapi/ap.ts";
import { apBench, enable, held, Q4, Q47, type ApBench } from "./apBench.ts";

const save = ({ driver, kvm }: ApBench): VfioApState => saveVfioAp(driver, [kvm.ap]);

/**
 * An open device with interrupts enabled and an adapter that waits for the end of a scan, a closed one, a
 * removed one that a queue still points at, and a free queue.
 */
function crowded(): ApBench {
  const one = apBench();
  const { driver } = one;
  enable(one, 3, 0x1234n);
  enable(one, 4, 0x2300n, Q47);
  const hidden = makeApqn(9, 2);
  for (const apqn of [hidden, makeApqn(11, 11), makeApqn(9, 3)]) driver.bind(apqn);
  driver.createDevice("gone");
  for (const [attribute, id] of [["assign_adapter", "9"], ["assign_domain", "2"], ["assign_domain", "3"],
    ["assign_domain", "4"], ["unassign_domain", "2"]] as const) driver.store("gone", attribute, id);
  driver.removeDevice("gone");
  driver.store("M2", "assign_adapter", "7");
  driver.store("M2", "assign_control_domain", "8");
  driver.store("M", "assign_control_domain", "6");
  const { configuration } = driver;
  driver.changeConfiguration({ ...configuration, adm: withoutId(configuration.adm, 6), adapterMax: 200 });
  driver.changeConfiguration({ ...configuration, adapterMax: 200 });
  driver.storePoolMask("apmask", "+20");
  driver.storePoolMask("aqmask", "+21");
  one.hardware.script(Q47, [["zapq", 0x50000]]);
  driver.resetQueues(driver.device("M")!);
  enable(one, 3, 0x1234n);
  return one;
}

describe("a saved driver", () => {
  it("holds everything, comes back equal, and what was loaded is its own", () => {
    const one = crowded();
    const saved = save(one);
    expect(saved.devices.map(({ name, removed, vm }) => [name, removed, vm]))
      .toEqual([["M", false, "vm"], ["M2", false, null], ["gone", true, null]]);
    expect(saved.queues.map(({ device }) => device)).toEqual([0, 0, 2, null, null]);
    expect(saved.devices[2]!.queues).toEqual([]);
    expect([saved.devices[0]!.queues, saved.devices[0]!.added.adm]).toEqual([[Q4, Q47], maskOf(6)]);
    const bytes = vfioApState.encode(saved);
    const decoded = vfioApState.decode(vfioApState.version, bytes);
    expect(decoded).toEqual({ ok: true, value: saved });
    const other = apBench();
    expect(loadVfioAp(other.driver, [other.kvm.ap], saved)).toEqual({ ok: true, value: undefined });
    expect(save(other)).toEqual(saved);
    expect([held(other), held(other, Q47)]).toEqual([[0x1234n, 3], [0x2300n, 4]]);
    expect([other.driver.queueStatus(Q4), other.kvm.ap.hook, other.driver.device("gone")])
      .toEqual([one.driver.queueStatus(Q4), "M", undefined]);
    // Each goes on by itself: what the one does, the other does not see.
    other.driver.close("M");
    other.driver.storePoolMask("apmask", "-20");
    expect([isSame(save(one), saved), isSame(save(other), saved)]).toEqual([true, false]);
  });

  it("still hears of memory that is unmapped, once, and not of what it heard of before", () => {
    for (const quirks of [apQuirks.none, apQuirks["linux-6.1"]]) {
      const one = apBench({ quirks });
      enable(one, 3, 0x1000n);
      const saved = save(one);
      for (let time = 0; time < 2; time++) expect(loadVfioAp(one.driver, [one.kvm.ap], saved).ok).toBe(true);
      one.hardware.calls.length = 0;
      const { container } = one.kvm.ap;
      const mapping = { iova: 0x1000n, size: 0x1000n, read: true, write: true };
      container.load({ ...container.save(), mappings: [mapping] });
      expect(container.unmap(0x1000n, 0x1000n)).toBe(0x1000n);
      expect(one.hardware.calls.filter((call) => call.startsWith("aqic")).length)
        .toBe(quirks.unmapIgnoresIndicators ? 0 : 1);
    }
  });

  it("comes back after a close, which leaves the device the container of its last VM", () => {
    const one = apBench();
    enable(one, 3, 0x1234n);
    one.hardware.script(Q4, [["zapq", 0x50000]]);
    one.driver.close("M");
    const saved = save(one);
    const { vm, container } = saved.devices[0]!;
    expect([vm, container, held(one)]).toEqual([null, "vm", [0x1234n, 3]]);
    const decoded = vfioApState.decode(vfioApState.version, vfioApState.encode(saved));
    expect(decoded).toEqual({ ok: true, value: saved });
    const other = apBench();
    expect(loadVfioAp(other.driver, [other.kvm.ap], saved).ok).toBe(true);
    expect(save(other)).toEqual(saved);
    other.driver.unbind(Q4);
    expect(other.kvm.ap.container.pinCount(0x1234n)).toBe(0);
  });

  it("is not taken over by other VMs", () => {
    const one = crowded();
    const saved = save(one);
    for (const vms of [[], [{ ...saved.vms[0]!, name: "other" }], [...saved.vms, ...saved.vms]])
      expect(loadVfioAp(one.driver, [one.kvm.ap], { ...saved, vms }).ok).toBe(false);
    expect(save(one)).toEqual(saved);
  });
});

describe("a state with one wrong part beside right ones", () => {
  const good = save(crowded());
  const [m, m2, gone] = good.devices;
  const [vm] = good.vms;
  const container = (over: Partial<NonNullable<typeof vm>["container"]>): VfioApState =>
    ({ ...good, vms: [{ ...vm!, container: { ...vm!.container, ...over } }] });
  const page = { iova: 0x10_0000n, size: 0x1000n, read: true, write: true };
  const queue = (at: number, over: Partial<VfioApState["queues"][number]>): VfioApState =>
    ({ ...good, queues: good.queues.map((one, index) => (index === at ? { ...one, ...over } : one)) });

  it.each<readonly [string, VfioApState]>([
    ["another VM's container", { ...good, devices: [m!, { ...m2!, vm: "vm", container: null }, gone!] }],
    ["two pin records", container({ pins: [1n, 2n, 1n].map((iova) => ({ iova, count: 1 })) })],
    ["not of whole pages", container({ mappings: [page, { ...page, iova: 0x20_0800n }] })],
    ["not of whole pages", container({ mappings: [page, { ...page, iova: 0x20_0000n, size: 0n }] })],
    ["grants nothing",
      container({ mappings: [{ ...page, read: false, write: false }, { ...page, iova: 0n }] })],
    ["two mappings overlap", container({ mappings: [page, { ...page, size: 0x2000n, iova: 0xf_f000n }] })],
    ["two mappings overlap", container({ mappings: [page, page] })],
    ["not those that queues point at", queue(2, { device: null })],
    ["not those that queues point at", { ...good, devices: [m!, m2!, gone!, { ...gone!, name: "too" }],
      queues: good.queues.map((one, at) => ({ ...one, device: at === 2 ? 3 : at === 3 ? 2 : one.device })) }],
    ["an ISC above 7", queue(3, { savedIsc: 8 })],
    ["is not bound, or is another's", queue(0, { device: 1 })],
    ["linked twice", { ...good, devices: [{ ...m!, queues: [Q4, Q47, Q4] }, m2!, gone!] }],
  ])("is refused: %s", (sentence, state) => {
    const answer = vfioApState.decode(vfioApState.version, vfioApState.encode(state));
    expect(answer.ok ? "taken" : answer.error).toContain(sentence);
  });

  it("is taken where nothing is wrong: mappings side by side, of one right, of every order", () => {
    for (const mappings of [
      [page, { ...page, iova: 0x10_1000n }], [page, { ...page, iova: 0xf_f000n }],
      [{ ...page, read: false }, { ...page, iova: 0n, write: false }], [],
    ]) {
      const answer = vfioApState.decode(vfioApState.version, vfioApState.encode(container({ mappings })));
      expect(answer.ok).toBe(true);
    }
  });
});

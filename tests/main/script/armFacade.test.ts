/** Structures of arm64 for scripts. */
import { expect, it } from "vitest";
import { ArmVm } from "../../../src/main/script/facade/armVm.ts";
import { Codecs } from "../../../src/main/script/facade/codecs.ts";

it("encodes an event filter, which the PMU reads as it was meant", () => {
  const codecs = new Codecs();
  const filter = (base: number, count: number, action: number): Uint8Array =>
    codecs.encode("arm64/kvm_pmu_event_filter", { base_event: base, nevents: count, action });
  expect([...filter(0x1234, 2, 1)]).toEqual([0x34, 0x12, 2, 0, 1, 0, 0, 0]);
  const vm = new ArmVm({});
  vm.createVcpu();
  vm.initVcpu(0, true);
  vm.createGic();
  const set = (base: number, count: number, action: number): string =>
    vm.setAttr(0, "PMU_FILTER", filter(base, count, action)).errno;
  expect([set(0xffff, 1, 0), set(0xffff, 2, 0), set(0, 0, 1), set(0, 1, 2)])
    .toEqual(["0", "-EINVAL", "0", "-EINVAL"]);
});

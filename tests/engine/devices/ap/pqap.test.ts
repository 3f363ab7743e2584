/** Interception of PQAP: every combination of what the checks look at, against the order said in words. */
import { describe, expect, it } from "vitest";
import { handleAqic } from "../../../../src/engine/devices/ap/aqicHook.ts";
import { interceptPqap } from "../../../../src/engine/devices/ap/pqap.ts";
import { KVM_S390_VM_CRYPTO, deviceAttr } from "../../../../src/engine/uapi/deviceAttr.ts";
import { ioctl } from "../../../../src/engine/uapi/ioctl.ts";
import { makeApqn } from "../../../../src/engine/uapi/ap.ts";
import { Q4, apBench, held } from "./apBench.ts";
import { everyCombination } from "./everyCombination.ts";

const BEFORE = 0x1122334455667788n;

it("AQIC finds no queue where the hook, its device or the device's VM is gone", () => {
  const call = { gr0: BigInt(Q4), gr1: 0n, gr2: 0n };
  const { driver, kvm: { ap } } = apBench();
  const answer = () => handleAqic(driver, ap, { ...call, aiv: true });
  expect(answer()).toEqual({ ok: true, value: 0 });
  expect(handleAqic(driver, ap, { ...call, aiv: false })).toEqual({ ok: false, error: -95 });
  for (const hook of [undefined, "nobody", "M2"]) {
    ap.hook = hook;
    expect(answer()).toEqual({ ok: true, value: 0x10000 });
  }
  ap.hook = "M";
  driver.device("M")!.vm = undefined;
  expect(answer()).toEqual({ ok: true, value: 0x10000 });
});

describe("intercepted PQAP", () => {
  it("is checked in the kernel's order, for every combination of causes", () => {
    let done = 0;
    const yesNo = [false, true];
    for (const narrow of yesNo) {
      const machine = apBench({ options: { ap: { apxa: !narrow } } });
      const { driver, kvm, apCpu } = machine;
      for (const [hostHasAp, apie, isAqic, problem, reserved, tBit, apft, wide, aqic, hook, aiv] of
        everyCombination(11)) {
        kvm.ap.crycb.interpreted = apie!;
        kvm.ap.hook = hook ? "M" : undefined;
        apCpu.problemState = problem!;
        apCpu.aiv = aiv!;
        apCpu.conditionCode = 1;
        const apqn = wide ? makeApqn(0x40, 4) : makeApqn(5, 6);
        const gr0 = BigInt((isAqic ? 3 : 4) << 24 | (reserved ? 0x10000 : 0) | (tBit ? 0x800000 : 0) | apqn);
        [gr0, BEFORE, 0n].forEach((value, n) => apCpu.setGr(n, value));
        const facilities = { hostHasAp: hostHasAp!, apft: apft!, aqic: aqic! };
        const outcome = interceptPqap(apCpu, kvm.ap, facilities, driver);
        const isMalformed = reserved || (tBit && !apft) || (wide && narrow) || !aqic;
        const expected = !hostHasAp || !apie || !isAqic ? "userspace" : problem ? 2 : isMalformed ? 6
          : !hook ? "high" : !aiv ? "userspace" : "low";
        const seen = outcome.kind === "program" ? outcome.code : outcome.kind === "userspace" ? "userspace"
          : apCpu.gr(1) === 0x0001000055667788n ? "high" : apCpu.gr(1) === 0x10000n ? "low" : "?";
        if (seen !== expected) expect({ gr0, narrow, seen }).toEqual({ gr0, narrow, seen: expected });
        const isDone = expected === "high" || expected === "low";
        done += Number(isDone);
        expect(apCpu.conditionCode).toBe(isDone ? 3 : 1);
        if (!isDone) expect(apCpu.gr(1)).toBe(BEFORE);
      }
    }
    // 3 pairs of T bit and facility, 2 or 1 widths, 3 pairs of hook and AIV.
    expect(done).toBe(3 * 3 * (2 + 1));
  });

  it("refuses wide numbers by adapter and by domain bits, each of them", () => {
    const { driver, kvm, apCpu } = apBench({ options: { ap: { apxa: false } } });
    for (let bit = 0; bit < 16; bit++) {
      [0x03000000n | (1n << BigInt(bit)), 0n, 0n].forEach((value, n) => apCpu.setGr(n, value));
      const { kind } = interceptPqap(apCpu, kvm.ap, kvm.apFacilities(), driver);
      expect(kind, `bit ${bit}`).toBe([15, 14, 7, 6, 5, 4].includes(bit) ? "program" : "done");
    }
  });

  it("takes all of GR2 as the indicator and three bits of GR1 as ISC", () => {
    const machine = apBench();
    for (let isc = 0; isc < 8; isc++) {
      machine.pqap(0x03000504n, 0xffff_ffff_ffff_fff8n | BigInt(isc), 0x1000n + BigInt(isc));
      expect(held(machine)).toEqual([0x1000n + BigInt(isc), isc]);
    }
    machine.pqap(0x03000504n, 0xffff_ffff_ffff_ffffn, 0x1_0000_1000n);
    expect(machine.apCpu.gr(1)).toBe(0x60000n);
  });
});

describe("interpreted PQAP", () => {
  it("reaches queues of the guest's matrix alone, and tells queue information only for a test", () => {
    const machine = apBench();
    for (const functionCode of [0n, 1n, 2n]) {
      machine.hardware.calls.length = 0;
      machine.pqap((functionCode << 24n) | BigInt(Q4), 5n, 7n);
      expect([machine.apCpu.gr(1), machine.apCpu.conditionCode]).toEqual([0x80000000n, 0]);
      expect(machine.apCpu.gr(2)).toBe(functionCode === 0n ? 0x0e000000n : 7n);
      machine.pqap((functionCode << 24n) | 0x0505n, 5n, 7n);
      expect([machine.apCpu.gr(1), machine.apCpu.conditionCode]).toEqual([0x10000n, 3]);
      expect(machine.hardware.calls).toEqual([`${["tapq", "rapq", "zapq"][Number(functionCode)]} 0504`]);
    }
  });
});

describe("the VM attribute", () => {
  it("turns interpretation on and off at any time, and knows no other of its group", () => {
    const { kvm, user } = apBench();
    const call = (request: number, attr: number): number => kvm.ioctl(kvm.vmFd, request,
      user.place(0x100n, deviceAttr.encode({ group: KVM_S390_VM_CRYPTO, attr: BigInt(attr) })));
    expect([call(ioctl.KVM_SET_DEVICE_ATTR, 5), kvm.ap.crycb.interpreted]).toEqual([0, false]);
    expect([call(ioctl.KVM_SET_DEVICE_ATTR, 4), kvm.ap.crycb.interpreted]).toEqual([0, true]);
    for (const attr of [4, 5]) expect(call(ioctl.KVM_HAS_DEVICE_ATTR, attr)).toBe(0);
    for (const attr of [6, 7]) expect(call(ioctl.KVM_HAS_DEVICE_ATTR, attr)).toBe(-6);
    expect(kvm.ioctl(kvm.vmFd, ioctl.KVM_HAS_DEVICE_ATTR, 0n)).toBe(-14);
  });
});

import { describe, expect, it } from "vitest";
import { errno } from "../../../../src/engine/api/errno.ts";
import { powerMachine } from "../../../../src/engine/deviceMachine/powerDeviceMachine.ts";
import { Doorbell } from "../../../../src/engine/devices/kvm/doorbell.ts";
import { noDefects } from "../../../../src/engine/devices/xive/defects.ts";
import { powerIoctl, powerOneReg } from "../../../../src/engine/uapi/powerIoctl.ts";
import { KVM_REG_PPC_DPDES } from "../../../../src/engine/uapi/xive.ts";

const steps = ["ring", "enter", "take", "move"] as const;
const histories = (length: number): (typeof steps)[number][][] =>
  length === 0 ? [[]] : histories(length - 1).flatMap((begun) => steps.map((step) => [...begun, step]));

describe("a doorbell", () => {
  it("is pending from the ring to the interruption, through every history of five steps", () => {
    for (const history of histories(5)) {
      let bell = new Doorbell(noDefects);
      // Said without request and register: rung and not taken. What has not entered cannot be taken.
      let isRung = false, isEntered = false;
      for (const step of history) {
        if (step === "ring") { bell.ring(); isRung = true; isEntered = false; }
        if (step === "enter") { expect(bell.enter()).toBe(isRung); isEntered = isRung; }
        if (step === "take" && isEntered) { bell.take(); isRung = isEntered = false; }
        if (step === "move") {
          const target = new Doorbell(noDefects);
          target.dpdes = bell.dpdes;
          bell = target;
        }
        expect(bell.dpdes, history.join(" ")).toBe(isRung ? 1n : 0n);
      }
    }
  });

  it("keeps the bits of other threads out of its own", () => {
    const bell = new Doorbell(noDefects);
    bell.dpdes = 0xfffe_ffff_ffff_fffen;
    expect(bell.dpdes).toBe(0n);
  });
});

describe("DPDES of a vCPU", () => {
  const { kvm, user, vcpuFds } = powerMachine("xive", 0);
  const call = (request: number, addr: bigint): number => kvm.ioctl(vcpuFds[0]!, request,
    user.place(0x4000n, powerOneReg.encode({ id: KVM_REG_PPC_DPDES, addr })));

  it("is read and set as 64 bits, and needs no controller", () => {
    user.placeU64(0x4100n, 1n);
    expect(call(powerIoctl.KVM_SET_ONE_REG, 0x4100n)).toBe(0);
    user.placeU64(0x4100n, 0xffffn);
    expect(call(powerIoctl.KVM_GET_ONE_REG, 0x4100n)).toBe(0);
    expect(user.u64(0x4100n)).toBe(1n);
    expect(kvm.doorbell(vcpuFds[1]!)!.dpdes).toBe(0n);
  });
  it("refuses memory that is not there and changes nothing", () => {
    expect(call(powerIoctl.KVM_SET_ONE_REG, 0xdead_0000_0000n)).toBe(errno.EFAULT);
    expect(call(powerIoctl.KVM_GET_ONE_REG, 0xdead_0000_0000n)).toBe(errno.EFAULT);
    expect(kvm.doorbell(vcpuFds[0]!)!.dpdes).toBe(1n);
  });
});

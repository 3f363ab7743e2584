import { describe, expect, it } from "vitest";
import { vcpuMode, type VcpuMode } from "../../../../src/engine/devices/requests/mode.ts";
import {
  archRequest, archRequests, commonRequests, requestFlag,
} from "../../../../src/engine/devices/requests/request.ts";
import {
  VcpuRequests, kick, makeRequest, type RequestHost,
} from "../../../../src/engine/devices/requests/vcpuRequests.ts";

const { OUTSIDE_GUEST_MODE: OUTSIDE, IN_GUEST_MODE: IN, EXITING_GUEST_MODE: EXITING } = vcpuMode;
const modes = Object.values(vcpuMode);
const now: RequestHost = { age: "v6.1", currentCpu: 0, online: [0, 1, 2] };
const then: RequestHost = { ...now, age: "v4.13" };
const PLAIN = archRequest("v6.1", 3);

const vcpu = (change: Partial<Pick<VcpuRequests, "mode" | "cpu" | "waiting">> = {}): VcpuRequests =>
  Object.assign(new VcpuRequests(), { cpu: 1 }, change);

describe("request numbers", () => {
  it("are those of the two documents, flags included", () => {
    expect(commonRequests["v4.13"]).toEqual({ TLB_FLUSH: 0x300, MMU_RELOAD: 0x301, PENDING_TIMER: 2,
      UNHALT: 3 });
    expect(commonRequests["v6.1"]).toEqual(
      { TLB_FLUSH: 0x300, VM_DEAD: 0x301, UNBLOCK: 2, OUTSIDE_GUEST_MODE: 0x700 });
    expect(archRequests.s390).toEqual({
      ENABLE_IBS: 8, DISABLE_IBS: 9, ICPT_OPEREXC: 10, START_MIGRATION: 11, STOP_MIGRATION: 12,
      VSIE_RESTART: 13, REFRESH_GUEST_PREFIX: 0x30e,
    });
    expect(archRequests.arm64).toEqual({
      SLEEP: 0x308, IRQ_PENDING: 9, VCPU_RESET: 10, RECORD_STEAL: 11, RELOAD_GICv4: 12, RELOAD_PMU: 13,
      SUSPEND: 14,
    });
    expect(archRequests.powerpc).toEqual({ WATCHDOG: 8, EPR_EXIT: 9, PENDING_TIMER: 10 });
  });
  it("of an architecture end with the word", () => {
    expect([archRequest("v4.13", 23), archRequest("v6.1", 55)]).toEqual([31, 63]);
    expect(() => archRequest("v4.13", 24)).toThrow();
    expect(() => archRequest("v6.1", 56)).toThrow();
  });
});

describe("a request", () => {
  it("is seen once however often it was made, and touches no other number", () => {
    for (let number = 0; number < 64; number++) {
      const target = vcpu();
      target.make(number);
      target.make(number | requestFlag.WAIT);
      target.make((number + 1) % 64);
      expect([target.check(number), target.check(number), target.check((number + 1) % 64)],
        `number ${number}`).toEqual([true, false, true]);
      expect(target.pending()).toBe(false);
    }
  });
  it("asks for an IPI by mode and WAIT, and moves IN alone", () => {
    for (const mode of modes)
      for (const flags of [0, requestFlag.WAIT]) {
        const target = vcpu({ mode });
        expect(target.needsIpi(PLAIN | flags), `${mode} ${flags}`).toBe(flags ? mode !== OUTSIDE
          : mode === IN);
        expect(target.mode).toBe(mode === IN ? EXITING : mode);
      }
  });
  it("without action leaves the word alone, and logging it is our own mistake", () => {
    const target = vcpu({ mode: IN });
    expect(makeRequest([target], commonRequests["v6.1"].OUTSIDE_GUEST_MODE, now))
      .toEqual({ cpus: [1], waits: true });
    expect([target.requests, target.mode]).toEqual([0n, EXITING]);
    expect(() => target.make(commonRequests["v6.1"].OUTSIDE_GUEST_MODE)).toThrow();
  });
});

describe("make for all", () => {
  it("sends one IPI a host CPU, never to its own or to none", () => {
    const all = [1, 2, 1, 0, -1].map((cpu) => vcpu({ cpu, mode: IN }));
    expect(makeRequest(all, PLAIN, now)).toEqual({ cpus: [1, 2], waits: false });
    expect(all.map(({ mode }) => mode)).toEqual([EXITING, EXITING, EXITING, EXITING, EXITING]);
    expect(all.every(({ requests }) => requests === 1n << 11n)).toBe(true);
    expect(makeRequest(all, PLAIN, now).cpus, "they are on their way out").toEqual([]);
    expect(makeRequest(all, PLAIN | requestFlag.WAIT, now).cpus, "a waiter needs the answer").toEqual([1, 2]);
  });
  it("keeps the mode of a vCPU on the calling CPU in 4.13", () => {
    const own = vcpu({ cpu: 0, mode: IN });
    expect([makeRequest([own], PLAIN, then).cpus, own.mode]).toEqual([[], IN]);
  });
  it("goes to every other CPU without memory in 4.13, whatever the modes", () => {
    const target = vcpu({ mode: OUTSIDE });
    expect(makeRequest([target], PLAIN, { ...then, outOfMemory: true }).cpus).toEqual([1, 2]);
    expect([target.mode, target.pending()]).toEqual([OUTSIDE, true]);
  });
  it("wakes a sleeper and sends it nothing, but with NO_WAKEUP lets it sleep and keeps the bit", () => {
    for (const host of [now, then]) {
      const woken = vcpu({ waiting: true });
      expect(makeRequest([woken], PLAIN, host).cpus).toEqual([]);
      expect([woken.waiting, woken.mode, woken.pending()]).toEqual([false, OUTSIDE, true]);
      const late = vcpu({ waiting: true, mode: IN });
      expect([makeRequest([late], PLAIN, host).cpus, late.mode], "woken is enough").toEqual([[], IN]);
      const asleep = vcpu({ waiting: true });
      expect(makeRequest([asleep], commonRequests["v6.1"].TLB_FLUSH, host).cpus).toEqual([]);
      expect([asleep.waiting, asleep.pending()]).toEqual([true, true]);
    }
  });
});

describe("a kick", () => {
  const after = (mode: VcpuMode, host: RequestHost, change: Partial<VcpuRequests> = {}, runsHere = false) => {
    const target = vcpu({ mode, ...change });
    return [kick(target, "when-in-guest", host, runsHere), target.mode, target.waiting];
  };
  it("reaches a vCPU in the guest, once", () => {
    for (const host of [now, then])
      for (const mode of modes)
        expect(after(mode, host)).toEqual([mode === IN ? 1 : undefined, mode === IN ? EXITING : mode, false]);
  });
  it("wakes a sleeper instead", () => {
    expect(after(OUTSIDE, now, { waiting: true })).toEqual([undefined, OUTSIDE, false]);
  });
  it("of itself changes the mode, but not in 4.13", () => {
    expect(after(IN, now, { cpu: 0 }, true)).toEqual([undefined, EXITING, false]);
    expect(after(IN, then, { cpu: 0 }, true)).toEqual([undefined, IN, false]);
  });
  it("sends no IPI to a CPU that is offline", () => {
    expect(after(IN, now, { cpu: 7 })).toEqual([undefined, EXITING, false]);
  });
  it("always sends an IPI on powerpc, and leaves the mode alone", () => {
    for (const mode of modes) {
      const target = vcpu({ mode });
      expect([kick(target, "always", now), kick(target, "always", now), target.mode]).toEqual([1, 1, mode]);
    }
  });
});

import { describe, expect, it } from "vitest";
import type { Pq } from "../../../../src/engine/devices/xive/esb.ts";
import { HostXive, type FirmwareCall } from "../../../../src/engine/devices/xive/hostXive.ts";
import {
  KvmXive, newConnectedVcpu, type ConnectedVcpu,
} from "../../../../src/engine/devices/xive/kvmXive.ts";
import type { XiveDefect } from "../../../../src/engine/devices/xive/defects.ts";
import {
  cedeVcpu, pullVcpu, pushVcpu, setVpState, vpState,
} from "../../../../src/engine/devices/xive/vcpuContext.ts";

const OS = 0x10;
const NVT = 0x403;
/** END of the vCPU's priority 7. */
const GATHERING = 3 * 8 + 7;

interface World {
  readonly device: KvmXive;
  readonly vcpu: ConnectedVcpu;
  readonly told: string[];
}

/** One vCPU as server 3; its thread will be number 5. */
function world({ defect, failing }: { defect?: XiveDefect; failing?: FirmwareCall } = {}): World {
  const memory = { load: () => 0, store: () => true };
  const host = new HostXive({ memory, processors: 4, fails: (call) => call === failing });
  const device = new KvmXive({ host, defects: new Set(defect ? [defect] : []) });
  const vcpu = newConnectedVcpu(3);
  device.vcpus.set(3, vcpu);
  host.enableProcessor(3);
  const told: string[] = [];
  host.chip.onStep = ({ step, bit, target, value }) => told.push(`${step} ${bit} ${target} ${value}`);
  return { device, vcpu, told };
}
const ring = ({ device }: World): number[] => [...device.host.chip.thread(5).registers.subarray(OS, OS + 8)];
const best = (ipb: number): number => [0, 1, 2, 3, 4, 5, 6, 7].find((p) => ipb & (128 >> p)) ?? 0xff;

describe("a vCPU that is new", () => {
  it("has nothing pending, masks everything, and its acknowledge counter is all ones", () => {
    const { vcpu } = world();
    expect([...vcpu.saved]).toEqual([0, 0, 0, 0, 0xff, 0, 0, 0]);
    const { saved, queues, ...rest } = vcpu;
    expect(rest).toEqual({
      server: 3, vp: 3, isPushed: false, irqPending: false, escalationPriority: undefined,
      escalationOn: false,
      icp: { cppr: 0, hwCppr: 0, mfrr: 0, pending: 0, delayedIrq: 0, ipi: 0 },
    });
    expect(saved.length).toBe(8);
    expect(queues).toEqual(Array(8).fill({
      page: undefined, guestAddress: 0n, guestShift: 0, shift: 0, count: 0, hasEscalation: false,
      consumer: { index: 0, toggle: 0 },
    }));
  });
});

describe("a vCPU that enters its guest", () => {
  it("has its ring back, joined by its backlog, and is interrupted if that is below CPPR", () => {
    for (const nsr of [0, 0x80])
      for (const cppr of [0, 3, 4, 0xff])
        for (const ipb of [0, 0x10, 0x02])
          for (const backlog of [0, 0x08, 0x01]) {
            const one = world();
            one.vcpu.saved.set([nsr, cppr, ipb, 0x33, 0x44, 0x55, 0x66, 0x77]);
            one.device.host.chip.nvts.addBacklog(NVT, backlog);
            one.vcpu.irqPending = true;
            pushVcpu(one.device, one.vcpu, 5);
            const pipr = best(ipb | backlog);
            const presents = pipr < cppr;
            // AGE is the thread's own: the saved one never reaches it.
            expect(ring(one))
              .toEqual([presents ? nsr | 0x80 : nsr, cppr, ipb | backlog, 0x33, 0x44, 0x55, 0xff, pipr]);
            const thread = one.device.host.chip.thread(5);
            expect([thread.osLine, thread.word2(OS)]).toEqual([presents, 0x80000400 + 3]);
            expect(one.device.host.chip.nvts.ipb(NVT)).toBe(0);
            expect([one.vcpu.isPushed, one.vcpu.irqPending]).toEqual([true, false]);
            expect(one.told.slice(0, 2)).toEqual([`restored IPB 5 ${NVT}`, `set IPB 5 ${OS}`]);
          }
  });

  it("disarms its escalation, which stays on where one is under way", () => {
    for (const pq of [0, 1, 2, 3] as Pq[])
      for (const isOn of [true, false])
        for (const priority of [undefined, 7]) {
          const { device, vcpu } = world();
          const { ends } = device.host.chip;
          ends.setWord(GATHERING, 0, 0x80000000);
          ends.setEscalationState(GATHERING, 28, pq);
          Object.assign(vcpu, { escalationPriority: priority, escalationOn: isOn });
          pushVcpu(device, vcpu, 5);
          const isArmed = isOn && priority !== undefined;
          expect(ends.escalationState(GATHERING, 28)).toBe(isArmed ? 1 : pq);
          expect(vcpu.escalationOn).toBe(isArmed ? pq >= 2 : isOn);
        }
  });
});

describe("a vCPU that leaves its guest", () => {
  it("keeps its ring but for LSMFB and ACK_CNT, and its thread is nobody's", () => {
    const one = world();
    const { device, vcpu, told } = one;
    pushVcpu(device, vcpu, 5);
    const thread = device.host.chip.thread(5);
    thread.registers.set([0x80, 4, 2, 0x33, 0x44, 0x55, 0x66, 6], OS);
    thread.setLine(OS, true);
    told.length = 0;
    pullVcpu(device, vcpu, 5);
    expect([...vcpu.saved]).toEqual([0x80, 4, 2, 0, 0xff, 0x55, 0x66, 6]);
    expect([vcpu.isPushed, thread.osLine, thread.word2(OS)]).toEqual([false, false, 0x403]);
    expect(told).toEqual([`saved IPB 5 ${NVT}`]);
    thread.registers.fill(0x11, OS);
    pullVcpu(device, vcpu, 5);
    expect([vcpu.saved[0], thread.word2(OS), told.length]).toEqual([0x80, 0x11111111, 1]);
  });
});

describe("H_CEDE", () => {
  it("arms the escalation, or finds that one came and lets the vCPU go on", () => {
    for (const isOn of [true, false])
      for (const priority of [undefined, 7]) {
        const { device, vcpu } = world();
        const { ends } = device.host.chip;
        ends.setWord(GATHERING, 0, 0x80000000);
        Object.assign(vcpu, { escalationPriority: priority, escalationOn: isOn });
        const hasOne = priority !== undefined;
        expect(cedeVcpu(device, vcpu)).toBe(!hasOne || !isOn);
        expect(ends.escalationState(GATHERING, 28)).toBe(!hasOne ? 1 : isOn ? 2 : 0);
        expect(vcpu.escalationOn).toBe(hasOne || isOn);
      }
  });

  it("ends when the escalation comes, which wakes the vCPU it is of and no other", () => {
    for (const defect of [undefined, "xive.escalation.keepsProdded"] as const) {
      const { device, vcpu } = world({ defect });
      const other = newConnectedVcpu(1);
      device.vcpus.set(1, other);
      for (const one of [vcpu, other]) one.escalationOn = true;
      device.host.chip.router.notifyEnd(device.host.chip.ends.count, GATHERING);
      expect([vcpu.irqPending, vcpu.escalationOn]).toEqual([true, defect !== undefined]);
      expect([other.irqPending, other.escalationOn]).toEqual([false, true]);
    }
  });
});

describe("the state of a virtual processor", () => {
  it("is its ring joined by its backlog, and reading takes nothing", () => {
    for (const defect of [undefined, "xive.vpState.skipBacklog"] as const) {
      const { device, vcpu } = world({ defect });
      vcpu.saved.set([0, 0xff, 0x20, 0, 0xff, 0, 0, 0]);
      device.host.chip.nvts.addBacklog(NVT, 0x02);
      const ipb = defect ? 0x20 : 0x22;
      const value = Uint8Array.of(0, 0xff, ipb, 0, 0xff, 0, 0, 0);
      for (let time = 0; time < 2; time++) expect(vpState(device, vcpu)).toEqual({ ok: true, value });
      expect([vcpu.saved[2], device.host.backlog(3)]).toEqual([0x20, 0x02]);
    }
    const refused = world({ failing: "processor-state" });
    expect(vpState(refused.device, refused.vcpu)).toEqual({ ok: false, error: -5 });
  });

  it("is set by its first eight bytes, and not while a thread has it", () => {
    const { device, vcpu, told } = world();
    const bytes = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
    expect(setVpState(device, vcpu, bytes)).toBe(0);
    expect([...vcpu.saved]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(told).toEqual([`kept VP_STATE ${NVT} 3`]);
    vcpu.isPushed = true;
    expect(setVpState(device, vcpu, new Uint8Array(16))).toBe(-16);
    expect([vcpu.saved[0], told.length]).toEqual([1, 1]);
  });
});

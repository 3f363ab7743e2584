/** What a CPU and its host ask of the controller: intercepts, TPI and TSCH, GET_IRQ_STATE, page faults. */
import { describe, expect, it } from "vitest";
import { ioctl } from "../../../../src/engine/uapi/ioctl.ts";
import { intercept } from "../../../../src/engine/devices/flic/vcpus.ts";
import { Fifo } from "../../../../src/engine/devices/flic/fifo.ts";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { irqState } from "../../../../src/engine/uapi/s390Interrupt.ts";
import { flicMachine, irq, PSW_ALL, toHex, type FlicMachine } from "./flicMachine.ts";
import {
  opened,
  local,
  enqueue,
  deliver,
  low,
} from "./openMachine.ts";

describe("intercept requests", () => {
  it("ask for what is pending and closed, GISA bits excepted, and are recomputed", () => {
    const machine = flicMachine();
    const cpu = machine.cpus[0]!;
    const slot = machine.kvm.flic.vcpus.of(0);
    enqueue(machine, irq("04000000"));
    slot.local.cpuflags = 0;
    deliver(machine);
    expect([slot.local.cpuflags, slot.lctl, slot.ictl]).toEqual([0, 0, 0]);
    for (const one of [irq("00000005", "00010005"), irq("ffff2603"),
      irq("fffe1000", "0000000010000000 0040000000000000")])
      enqueue(machine, one);
    deliver(machine);
    expect([slot.local.cpuflags, slot.lctl, slot.ictl]).toEqual([0x03000000, 0, intercept.ICTL_LPSW]);
    cpu.psw = { mask: BigInt(PSW_ALL) << 32n, address: 0n };
    machine.kvm.flic.floating.takeVirtio();
    enqueue(machine, irq("ffff2401", "00012340"));
    deliver(machine);
    expect([slot.local.cpuflags, slot.lctl, slot.ictl]).toEqual([0, 0x8202, 0]);
  });
});

describe("TPI and TSCH", () => {
  const list = (machine: FlicMachine, isc = 3): number[] =>
    machine.kvm.flic.floating.io[isc]!.values().map(({ interrupt }) => interrupt.subchannelNr);
  const io = (nr: string, word = "18000000"): Uint8Array => irq("00000001", `0001${nr} 00000000 ${word}`);

  it("TPI: CC 3 without channel subsystem, a misaligned operand dequeues nothing, no PSW mask matters",
    () => {
    const none = flicMachine({ options: { channelSubsystem: false } });
    expect(none.kvm.flic.tpi(none.cpus[0]!, 2n)).toEqual({ cc: 3 });
    const machine = flicMachine();
    machine.cpus[0]!.controls[6] = 0x10000000n;
    enqueue(machine, io("0001"));
    expect(machine.kvm.flic.tpi(machine.cpus[0]!, 2n)).toEqual({ exception: "specification" });
    expect(list(machine)).toEqual([1]);
    expect(machine.kvm.flic.tpi(machine.cpus[0]!, 0n)).toEqual({ cc: 1 });
    expect(low(machine, 0xb8, 12)).toBe("000100010000000018000000");
    expect(machine.kvm.flic.tpi(machine.cpus[0]!, 0n)).toEqual({ cc: 0 });
  });

  it("TPI: a store that faults puts the interrupt at the end of its list", () => {
    const machine = flicMachine();
    machine.cpus[0]!.controls[6] = 0xff000000n;
    for (const nr of ["0001", "0002"]) enqueue(machine, io(nr));
    expect(machine.kvm.flic.tpi(machine.cpus[0]!, 0x7fff_0000n)).toEqual({ exception: "access" });
    expect(list(machine)).toEqual([2, 1]);
  });

  it("TPI: a listed interrupt wins on the same ISC and the GISA bit is put back", () => {
    const machine = flicMachine();
    machine.cpus[0]!.controls[6] = 0xff000000n;
    enqueue(machine, irq("04000000", "00000000 00000000 98000000"));
    enqueue(machine, io("0001"));
    expect(machine.kvm.flic.takeIo(0xff, 0)!.interrupt.subchannelNr).toBe(1);
    expect(machine.kvm.flic.gisa!.ipm).toBe(0x10);
    expect(machine.kvm.flic.takeIo(0xff, 0)!.interrupt).toMatchObject({
      type: 0x04000000, ioIntWord: 0x98000000,
    });
  });

  it("TSCH: matches the low half of register 1, a high half alone takes anything", () => {
    const machine = flicMachine();
    for (const nr of ["0001", "0002"]) enqueue(machine, io(nr));
    const { flic } = machine.kvm;
    expect(flic.takeIoForSubchannel(0n)).toBeUndefined();
    expect(flic.takeIoForSubchannel(0x00010003n)).toBeUndefined();
    expect(flic.takeIoForSubchannel(0x7_0001_0002n)!.subchannelNr).toBe(2);
    expect(flic.takeIoForSubchannel(0x1_0000_0000n)!.subchannelNr).toBe(1);
    enqueue(machine, irq("04000000"));
    expect(flic.takeIoForSubchannel(0x00010001n)).toBeUndefined();
    expect(flic.takeIoForSubchannel(0x1_0000_0000n)!.type).toBe(0x04000000);
  });
});

describe("GET_IRQ_STATE", () => {
  it("lists emergency signals by sender, then a call in the SIGP area", () => {
    const machine = opened(0, { cpus: 3, options: { sigpInterpretation: true } });
    const { kvm, user, cpuFds } = machine;
    for (const one of ["0002", "0000", "0001"]) local(machine, irq("ffff1201", one));
    local(machine, irq("ffff1202", "0001"));
    user.place(0x2000n, new Uint8Array(288));
    user.place(0x100n, irqState.encode({ buf: 0x2000n, len: 288 }));
    expect(kvm.ioctl(cpuFds[0]!, ioctl.KVM_S390_GET_IRQ_STATE, 0x100n)).toBe(288);
    expect(toHex(user.at(0x2000n))).toBe(["0000", "0001", "0002"].map((one) => toHex(irq("ffff1201",
      one))).join("")
      + toHex(irq("ffff1202", "0001")));
  });
});

describe("Fifo", () => {
  it("is a list with the oldest first, whatever is taken from where", () => {
    const prng = new Prng(3);
    const fifo = new Fifo<number>();
    let model: number[] = [];
    for (let step = 0; step < 6000; step++) {
      // Long lists and empty ones, by turns.
      const kind = prng.below(6);
      if (kind < (step % 4000 < 2500 ? 4 : 1)) { fifo.push(step); model.push(step); }
      else if (kind < 5) expect(fifo.shift()).toBe(model.shift());
      else {
        const wanted = prng.below(7);
        const expected = model.find((item) => item % 7 === wanted);
        expect(fifo.take((item) => item % 7 === wanted)).toBe(expected);
        model = model.filter((item) => item !== expected);
      }
      if (step % 500 === 0) expect(fifo.values()).toEqual(model);
    }
    expect([fifo.length, fifo.values()]).toEqual([model.length, model]);
    fifo.clear();
    expect([fifo.length, fifo.shift()]).toEqual([0, undefined]);
  });
});

describe("asynchronous page faults", () => {
  it("complete what is under way when switched off, and are off at first", () => {
    const machine = flicMachine();
    const { pageFaults, floating } = machine.kvm.flic;
    expect(pageFaults.start(0, 1n)).toBe(false);
    machine.kvm.setAttr(4, 0n, 0n);
    expect([pageFaults.start(0, 1n), pageFaults.start(0, 2n)]).toEqual([true, true]);
    pageFaults.finish(0, 2n);
    expect(machine.kvm.setAttr(5, 0n, 0n)).toBe(0);
    expect(floating.pfault.values().map(({ interrupt }) => interrupt.params2)).toEqual([2n, 1n]);
    expect(pageFaults.start(0, 3n)).toBe(false);
  });
});

describe("protected guests", () => {
  it("get one service signal at a time, until the ultravisor asks again", () => {
    const machine = opened(PSW_ALL);
    const { flic } = machine.kvm;
    const seen: number[] = [];
    Object.assign(
      machine.cpus[0]!,
      { injectionBusy: () => false, injectProtected: (one: { parm: number }) => seen.push(one.parm) },
    );
    flic.setProtected(true);
    enqueue(machine, irq("ffff2401", "00012340"));
    deliver(machine);
    expect(seen).toEqual([]);
    flic.notifyUltravisorService();
    deliver(machine);
    expect([seen, flic.floating.masked]).toEqual([[0x53340], 1 << 15]);
    flic.clearFloating();
    expect(flic.floating.masked).toBe(1 << 15);
    flic.setProtected(false);
    expect(flic.floating.masked).toBe(0);
  });
});

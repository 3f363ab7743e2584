import { describe, expect, it } from "vitest";
import { Prng } from "../../../src/engine/base/prng.ts";
import { hex } from "../../../src/engine/base/hex.ts";
import { PSW_ALL } from "../../../src/engine/deviceMachine/registerCpu.ts";
import {
  irq, s390DeviceMachine, type S390DeviceMachine, type S390Shape,
} from "../../../src/engine/deviceMachine/s390DeviceMachine.ts";
import { deliverable } from "../../../src/engine/devices/flic/deliverable.ts";
import { PENDING_BIT_COUNT, pendingBit } from "../../../src/engine/devices/flic/interruptBits.ts";
import { obstaclesFor } from "../../../src/engine/ledger/flicObstacles.ts";
import { kernelProfiles } from "../../../src/engine/uapi/kernelProfile.ts";
import { flicOperations as walks } from "../../../src/engine/figures/flicOperations.ts";

const shapes: readonly (readonly [string, S390Shape])[] = [
  ["6.1", { cpus: 3 }],
  ["6.1 without GISA", { cpus: 2, options: { aiv: false } }],
  ["6.1 with SIGP interpretation", { cpus: 3, options: { sigpInterpretation: true } }],
  ["4.13", { cpus: 2, profile: kernelProfiles["linux-4.13"] }],
];

const IN = 0x1000n;
const enqueue = ({ kvm, user }: S390DeviceMachine, interrupt: Uint8Array): number =>
  kvm.setAttr(2, 72n, user.place(IN, interrupt));
const set = ({ kvm, user }: S390DeviceMachine, group: number, bytes: string): number =>
  kvm.setAttr(group, 0n, user.place(IN, hex(bytes)));
/** An I/O interrupt of subchannel 1 on this ISC's list. */
const io = (isc: number): Uint8Array =>
  irq("00000001", `00010001 00000000 ${(isc << 27 >>> 0).toString(16).padStart(8, "0")}`);

describe.each(shapes)("conservation, %s", (_name, shape) => {
  it("holds after every step of random use, and over three moves", () => {
    for (let seed = 1; seed <= 6; seed++) {
      const machine = s390DeviceMachine(shape);
      const prng = new Prng(seed);
      for (let count = 0; count < 400; count++) {
        const walk = prng.pick(walks);
        walk.run(machine, prng);
        expect(machine.ledger.check(), `seed ${seed} step ${count} ${walk.name}`).toBeUndefined();
      }
      let books = machine.ledger.book.save();
      let state = machine.kvm.flic.save();
      for (let move = 0; move < 3; move++) {
        const target = s390DeviceMachine(shape);
        target.kvm.flic.load(structuredClone(state));
        target.ledger.book.load(structuredClone(books));
        for (let count = 0; count < 100; count++) {
          prng.pick(walks).run(target, prng);
          expect(target.ledger.check(), `seed ${seed} move ${move} step ${count}`).toBeUndefined();
        }
        books = target.ledger.book.save();
        state = target.kvm.flic.save();
      }
      expect(books.raised).toBeGreaterThan(machine.ledger.book.counts().raised);
    }
  });
});

describe("obstacles", () => {
  it("are none exactly where a delivery pass would present the bit, for every bit in random states", () => {
    const seen = { open: 0, shut: 0 };
    for (let seed = 1; seed <= 400; seed++) {
      const machine = s390DeviceMachine({ cpus: 2 });
      const prng = new Prng(seed);
      for (let count = 0; count < 12; count++) prng.pick(walks).run(machine, prng);
      const { flic } = machine.kvm;
      if (prng.below(4) === 0) flic.setProtected(true);
      const [cpu] = machine.cpus;
      cpu!.isStopped = false;
      cpu!.psw = { ...cpu!.psw, mask: BigInt(prng.pick([PSW_ALL, prng.u32()])) << 32n };
      cpu!.controls[0] = prng.pick([0x6e00n, prng.u64()]);
      cpu!.controls[6] = prng.pick([0xff000000n, prng.u64()]);
      const slot = flic.vcpus.of(0);
      const masked = flic.floating.masked;
      for (let bit = 0; bit < PENDING_BIT_COUNT; bit++) {
        // A timer's bit is decided by its condition; the law below speaks of masks.
        if (bit === pendingBit.EXT_CLOCK_COMP || bit === pendingBit.EXT_CPU_TIMER) continue;
        const open = deliverable(slot, (1 << bit) & ~masked, flic) !== 0;
        seen[open ? "open" : "shut"]++;
        const found = obstaclesFor(flic, slot, bit);
        expect(found.length === 0, `seed ${seed} bit ${bit}: ${found.join(", ")}`).toBe(open);
      }
    }
    expect(Math.min(seen.open, seen.shut)).toBeGreaterThan(1000);
  });

  it("name a stopped CPU, and a timer that is no longer due", () => {
    const machine = s390DeviceMachine();
    const [cpu] = machine.cpus;
    cpu!.open();
    const timer = (): string[] =>
      obstaclesFor(machine.kvm.flic, machine.kvm.flic.vcpus.of(0), pendingBit.EXT_CPU_TIMER);
    expect(timer()).toEqual(["the timer's condition does not hold: the next delivery pass takes it away"]);
    cpu!.timerDue = true;
    expect(timer()).toEqual([]);
    cpu!.isStopped = true;
    expect(timer()).toEqual(["the CPU is stopped"]);
  });
});

describe("why", () => {
  it("names the mask bits that hold a pending interrupt, CPU by CPU", () => {
    const machine = s390DeviceMachine({ cpus: 2 });
    machine.cpus[1]!.open();
    machine.cpus[1]!.controls[6] = 0xfb000000n;
    enqueue(machine, io(5));
    expect(machine.ledger.why(1)).toMatchObject({
      id: 1, step: "queued", bit: "PSW bit 6 (I/O mask) is zero",
      sentence: "Pending as IO_ISC_5: no CPU is open to it.",
      obstacles: [
        { cpu: 0, bit: "PSW bit 6 (I/O mask) is zero" },
        { cpu: 0, bit: "CR6 bit 37 (I/O-interruption subclass 5) is zero" },
        { cpu: 1, bit: "CR6 bit 37 (I/O-interruption subclass 5) is zero" },
      ],
    });
    machine.cpus[1]!.open();
    enqueue(machine, io(5));
    expect(machine.ledger.why(1)!.sentence).toBe("Pending as IO_ISC_5: CPU 1 takes it at its next look.");
    expect(machine.ledger.why(2)!.sentence)
      .toBe("Pending as IO_ISC_5: CPU 1 takes it at its next look, behind 1 on the same list.");
    enqueue(machine, irq("04000000", "00000000 00000000 a8000000"));
    expect(machine.ledger.why(3)!.sentence)
      .toBe("Pending as IO_ISC_5: CPU 1 takes it at its next look, behind 2 on the same list.");
  });

  it("names CR0's subclass for a service signal and CR14's for a channel report", () => {
    const machine = s390DeviceMachine();
    machine.cpus[0]!.open();
    machine.cpus[0]!.controls[0] = 0n;
    machine.cpus[0]!.controls[14] = 0n;
    enqueue(machine, irq("ffff2401", "00012340"));
    enqueue(machine, irq("fffe1000", "0000000010000000 0040000000000000"));
    expect(machine.ledger.why(1)!.bit).toBe("CR0 bit 54 (service signal subclass) is zero");
    expect(machine.ledger.why(2)!.bit).toBe("CR14 has no bit of 0x10000000 (machine-check subclasses)");
  });

  it("says of a floating machine check that brings no subclass that no mask is in its way", () => {
    const machine = s390DeviceMachine();
    machine.cpus[0]!.open();
    machine.cpus[0]!.controls[14] = 0xffff_ffffn;
    enqueue(machine, irq("fffe1000", "0000000008000000 0000000000000001"));
    expect(machine.ledger.why(1)!.bit)
      .toBe("it came with no machine-check subclass that CR14 could open: it goes with another");
  });

  it("names the nimm bit that suppressed an adapter interrupt, and the one that was let through", () => {
    const machine = s390DeviceMachine();
    set(machine, 6, "00000003 03000101");
    set(machine, 9, "03000001");
    machine.kvm.setAttr(10, 3n, 0n);
    machine.kvm.setAttr(10, 3n, 0n);
    expect(machine.ledger.why(1)).toMatchObject({ step: "queued" });
    expect(machine.ledger.why(2)).toMatchObject({
      step: "suppressed", bit: "nimm bit of ISC 3", obstacles: [],
      sentence: "Dropped: nimm bit of ISC 3 is one, nothing comes through until the mode is set again.",
    });
  });

  it("tells that a machine check of neither kind waits in its slot", () => {
    const machine = s390DeviceMachine();
    const { kvm, user } = machine;
    kvm.ioctl(machine.cpuFds[0]!, 0x4048aeb4, user.place(IN, irq("fffe1000", `${"00".repeat(15)}01`)));
    expect(machine.ledger.why(1)!.sentence)
      .toBe("Kept in the slot of machine checks, pending with the next that is exigent or repressible.");
  });

  it("tells merging into the GISA from a summary indicator that was set, and both from loss", () => {
    const machine = s390DeviceMachine({ cpus: 1 });
    set(machine, 6, "00000003 03000100");
    machine.kvm.setAttr(10, 3n, 0n);
    machine.kvm.setAttr(10, 3n, 0n);
    expect(machine.ledger.why(2)).toMatchObject({
      step: "coalesced", bit: "IPM bit of ISC 3",
      sentence: "Merged into interrupt 1: IPM bit of ISC 3 was pending already.",
    });
    const { flic, slots } = machine.kvm;
    const route = (gsi: number, address: bigint) => ({
      gsi, adapterId: 3, indAddress: address, summaryAddress: address, indOffset: 1n, summaryOffset: 0,
    });
    const backed = slots.translate(0x100000n)!;
    flic.routes = new Map([[1, route(1, backed)], [2, route(2, 0n)]]);
    machine.memory.setU8(0x100000, 0x80, "loader");
    flic.signalGsi(1);
    expect(machine.ledger.why(3)).toMatchObject({ step: "coalesced", bit: "summary indicator" });
    flic.signalGsi(2);
    expect(machine.ledger.why(4)).toMatchObject({
      step: "lost", sentence: "Lost: a page of the adapter's indicators could not be reached.",
    });
    machine.kvm.getAttr(1, 72n, 0xbadn);
    expect(machine.ledger.why(1)).toMatchObject({
      step: "lost", sentence: "Lost: it was taken out of IO_ISC_3 and given to nobody.",
    });
  });

  it("names the CPU that took it, and how it was cleared or refused", () => {
    const machine = s390DeviceMachine();
    machine.cpus[0]!.open();
    enqueue(machine, io(1));
    machine.kvm.flic.deliverPending(machine.cpus[0]!);
    expect(machine.ledger.why(1)!.sentence).toBe("Taken by CPU 0 as IO_ISC_1.");
    enqueue(machine, io(2));
    machine.kvm.setAttr(3, 0n, 0n);
    expect(machine.ledger.why(2)!.sentence).toBe("Cleared while it was pending as IO_ISC_2.");
    enqueue(machine, irq("fffe0004"));
    expect(machine.ledger.why(3)).toMatchObject({ step: "refused" });
    expect(machine.ledger.why(99)).toBeUndefined();
  });
});

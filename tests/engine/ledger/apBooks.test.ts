import { describe, expect, it } from "vitest";
import { apUse } from "../../../src/engine/figures/apUse.ts";
import { randomUse } from "../../../src/engine/figures/figure.ts";
import {
  A_WHILE, QUEUE, apWorld, enableInterrupts, type ApWorld,
} from "../../../src/engine/scenarios/s390/apWorld.ts";

const reply = ({ machine, time }: ApWorld): void => {
  machine.hardware.enqueue(QUEUE, { id: 1n, bytes: Uint8Array.of(1) });
  time.pass(A_WHILE);
};

describe("the interrupt of an AP queue", () => {
  it("has an identity from its GISA bit on, merges while that is set, and is taken once", () => {
    const world = apWorld();
    enableInterrupts(world);
    const { ledger, cpus, kvm } = world.machine;
    reply(world);
    expect(ledger.why(1)!.obstacles.map(({ bit }) => bit)).toEqual([
      "PSW bit 6 (I/O mask) is zero", "CR6 bit 35 (I/O-interruption subclass 3) is zero",
    ]);
    world.machine.hardware.dequeue(QUEUE, 100);
    reply(world);
    expect(ledger.why(2)!.sentence).toBe("Merged into interrupt 1: IPM bit of ISC 3 was pending already.");
    cpus[0]!.open();
    kvm.flic.deliverPending(cpus[0]!);
    expect(ledger.why(1)!.sentence).toBe("Taken by CPU 0 as IO_ISC_3.");
    expect(ledger.book.counts()).toMatchObject({ raised: 2, accepted: 1, coalesced: 1, pending: 0 });
    expect(ledger.check()).toBeUndefined();
  });
});

describe("the books of AP passthrough", () => {
  it("agree on every step of random use", () => {
    expect(randomUse(apUse, 4_000).failures).toEqual([]);
  });

  it("are among the invariants: a GISA bit that nobody raised is found", () => {
    const world = apUse.create(2);
    expect(apUse.breach(world)).toBeUndefined();
    world.host.machine.kvm.flic.gisa!.raise(5, 77);
    expect(apUse.breach(world)).toBe("interrupt 77 is pending but has ended or was never raised");
  });
});

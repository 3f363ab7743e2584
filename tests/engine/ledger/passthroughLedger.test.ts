import { describe, expect, it } from "vitest";
import { Prng } from "../../../src/engine/base/prng.ts";
import { linux61Defects } from "../../../src/engine/devices/passthrough/defects.ts";
import { PHB_FIRST } from "../../../src/engine/devices/passthrough/hardware.ts";
import { runHostHandler } from "../../../src/engine/devices/passthrough/irqBypass.ts";
import type { PassthroughOptions } from "../../../src/engine/devices/passthrough/passthrough.ts";
import { configureSource } from "../../../src/engine/devices/passthrough/sourceCalls.ts";
import { loadPassthrough, savePassthrough } from "../../../src/engine/devices/passthrough/state.ts";
import { PassthroughLedger } from "../../../src/engine/ledger/passthroughLedger.ts";
import {
  HOST_IRQS, newPassthrough, passthroughCalls,
} from "../../../src/engine/figures/passthroughOperations.ts";

const shapes: readonly (readonly [string, PassthroughOptions])[] = [
  ["native", { mode: "native" }], ["XICS", { mode: "xics" }],
  ["native as Linux 6.1", { mode: "native", defects: new Set(linux61Defects) }],
  ["XICS as Linux 6.1", { mode: "xics", defects: new Set(linux61Defects), phbStoreEoi: true }],
];

describe.each(shapes)("the books of passthrough, %s", (_name, options) => {
  it("agree with Q bits and queue entries on every step, and again after a load", () => {
    const counts = { raised: 0, accepted: 0, coalesced: 0, masked: 0 };
    for (let seed = 1; seed <= 8; seed++) {
      const p = newPassthrough(options);
      const prng = new Prng(seed);
      const ledger = new PassthroughLedger(p, () => 0n);
      const saved = structuredClone(savePassthrough(p));
      for (let step = 0; step < 600; step++) {
        const { name, run } = prng.pick(passthroughCalls);
        run(p, prng);
        if (prng.below(4) === 0) p.queues.take();
        if (step === 400) loadPassthrough(p, structuredClone(saved));
        expect(ledger.check(), `seed ${seed}, step ${step}, ${name}`).toBeUndefined();
      }
      const now = ledger.book.counts();
      for (const key of Object.keys(counts) as (keyof typeof counts)[]) counts[key] += now[key];
    }
    for (const [end, count] of Object.entries(counts)) expect(count, end).toBeGreaterThan(10);
  });
});

describe("an event of a device", () => {
  const machine = (): { p: ReturnType<typeof newPassthrough>; ledger: PassthroughLedger } => {
    const p = newPassthrough({ mode: "native" });
    return { p, ledger: new PassthroughLedger(p, () => 0n) };
  };
  const steps = (ledger: PassthroughLedger, id: number): string[] =>
    ledger.book.trail(id).map(({ step, bit }) => `${step}: ${bit}`);

  it("is the host's until its handler runs, and the injection is one of its own", () => {
    const { p, ledger } = machine();
    p.hardware.trigger(PHB_FIRST);
    expect(ledger.why(1)!.sentence).toBe(
      "Pending as entry 0 of the host's queue: it waits because no CPU of the host has taken it yet.");
    runHostHandler(p);
    expect(steps(ledger, 1)).toEqual(
      ["raised: P", "forwarded: PQ=00", "queued: host's queue", "accepted: host's queue"]);
    expect(ledger.why(1)!.sentence).toBe("Taken from the host's queue.");
  });

  it("waits in Q while the one before is not ended", () => {
    const { p, ledger } = machine();
    p.hardware.trigger(PHB_FIRST);
    p.hardware.trigger(PHB_FIRST);
    expect(ledger.why(2)!.bit).toBe("P of PHB source 0 is one: its EOI sends the event");
    p.hardware.trigger(PHB_FIRST);
    expect(ledger.why(3)!.sentence).toBe("Merged into interrupt 2: Q was set already.");
    runHostHandler(p);
    p.host.endOfInterrupt(HOST_IRQS[0]);
    expect(ledger.check()).toBeUndefined();
  });

  it("is lost in a bridge in error, and masked where its EAS leads nowhere", () => {
    const { p, ledger } = machine();
    p.hardware.phbFrozen = true;
    p.hardware.trigger(PHB_FIRST);
    expect(ledger.why(1)!.sentence).toBe("Lost: the bridge is in error and takes no event.");
    p.hardware.phbFrozen = false;
    p.hardware.trigger(PHB_FIRST + 1);
    expect(ledger.why(2)!.sentence).toBe("Dropped: EAS.m is one, its source is routed nowhere.");
    expect(ledger.check()).toBeUndefined();
  });

  it("of the guest's own IPI goes to the guest's queue, in order", () => {
    const { p, ledger } = machine();
    for (const lisn of [0, 1]) {
      configureSource(p, lisn, (BigInt(lisn) << 33n) | 6n);
      p.hardware.setPq(p.source(lisn)!.ipi, 0);
      p.hardware.trigger(p.source(lisn)!.ipi);
    }
    expect(ledger.why(2)!.obstacles).toEqual([{ cpu: -1, bit: "entries ahead of it: 1" }]);
    p.queues.take();
    expect(ledger.why(1)!.step).toBe("accepted");
    expect(ledger.why(2)!.bit).toBe("no CPU of the guest has taken it yet");
  });
});

import { describe, expect, it } from "vitest";
import { Prng } from "../../../src/engine/base/prng.ts";
import { hcall } from "../../../src/engine/devices/xive/hcallCodes.ts";
import { xiveHcall } from "../../../src/engine/devices/xive/hcalls.ts";
import {
  END_ALWAYS_ESCALATE, END_ESCALATE, END_SILENT, END_VALID,
} from "../../../src/engine/devices/xive/end.ts";
import { pullVcpu, pushVcpu } from "../../../src/engine/devices/xive/vcpuContext.ts";
import {
  nativeSubject, pseriesSubject, xicsSubject, type Subject,
} from "../../../src/engine/figures/laws/powerSubjects.ts";
import { native, pseries, type PseriesMachine } from "../devices/xive/powerMachine.ts";

/** Random use with the books checked on every step. */
function booksAgree(subject: Subject, seed: number, steps: number): void {
  const prng = new Prng(seed);
  for (let n = 0; n < steps; n++) {
    const name = prng.pick(Object.keys(subject.steps));
    subject.steps[name]!(prng);
    const wrong = subject.ledger.check();
    if (wrong !== undefined) expect.fail(`seed ${seed}, step ${n}, ${name}: ${wrong}`);
  }
}

describe.each(Object.entries({ pseries: pseriesSubject, native: nativeSubject, xics: xicsSubject }))(
  "the books of a %s machine", (_name, make) => {
    it("agree with every bit of hardware on every step, and again after a load", () => {
      let raised = 0;
      for (let seed = 1; seed <= 8; seed++) {
        const subject = make();
        booksAgree(subject, seed, 1000);
        raised += subject.ledger.book.counts().raised;
        const bytes = subject.saveBytes();
        booksAgree(subject, seed + 100, 300);
        expect(subject.loadBytes(bytes).ok).toBe(true);
        expect(subject.ledger.check()).toBeUndefined();
        booksAgree(subject, seed + 200, 300);
      }
      expect(raised).toBeGreaterThan(1000);
    });
  });

const LISN = 0x1200, QUEUE = 0x10000n, PRIORITY = 6n;
const OS_CPPR = 0x20011, ACKNOWLEDGE = 0x20810;

/** One source routed to priority 6 of vCPU 0, whose CPPR is 0. */
function routed(hasKernel = false): PseriesMachine {
  const machine = pseries(hasKernel);
  const { xive } = machine;
  xive.claim(LISN, false);
  xiveHcall(xive, hcall.H_INT_SET_QUEUE_CONFIG, [1n, 0n, PRIORITY, QUEUE, 16n]);
  xiveHcall(xive, hcall.H_INT_SET_SOURCE_CONFIG, [2n, BigInt(LISN), 0n, PRIORITY, 5n]);
  xive.storeEsb(LISN, "management", 0xc00);
  return machine;
}
const steps = ({ ledger }: PseriesMachine, id: number): string[] =>
  ledger.book.trail(id).map(({ step, bit }) => `${step}: ${bit}`);
/** The newest event of a source; an escalation is none. */
const last = ({ ledger }: PseriesMachine): number =>
  ledger.book.lines().findLast(({ step, bit }) => step === "raised" && bit === "P")!.id;
const trigger = (machine: PseriesMachine): number => {
  machine.xive.storeEsb(LISN, "trigger", 0);
  return last(machine);
};

describe("an event", () => {
  it("is followed from its source through END, queue and context to the acknowledge cycle", () => {
    const machine = routed();
    const id = trigger(machine);
    expect(machine.ledger.why(id)).toMatchObject({
      sentence: "Pending as IPB priority 6 of thread 0, OS ring: it waits because CPPR of thread 0 is 0.",
      obstacles: [{ cpu: 0, bit: "CPPR of thread 0 is 0" }],
    });
    machine.xive.chip.timaStore(0, OS_CPPR, 1, 7n);
    expect(machine.ledger.why(id)!.sentence).toMatch(/its CPU takes it at the next acknowledge/);
    machine.xive.chip.timaLoad(0, ACKNOWLEDGE, 2);
    expect(steps(machine, id)).toEqual([
      "raised: P", "forwarded: PQ=00", "queued: END.q: entry 0 of END 0x6", "notified: IPB", "kicked: CPPR",
      "accepted: NSR",
    ]);
    expect(machine.ledger.why(id)!.sentence).toBe("Taken by thread 0 at an acknowledge cycle.");
    expect(machine.ledger.book.counts()).toMatchObject({ raised: 1, accepted: 1, pending: 0 });
  });

  it("waits in Q until the EOI of the one before, and a third merges into it", () => {
    const machine = routed();
    const first = trigger(machine);
    const second = trigger(machine);
    const third = trigger(machine);
    expect(machine.ledger.why(second)!.bit).toBe("P of source 0x1200 is one: its EOI sends the event");
    expect(machine.ledger.why(third)!.sentence).toBe(`Merged into interrupt ${second}: Q was set already.`);
    machine.xive.loadEsb(LISN, "management", 0);
    expect(steps(machine, second).slice(-3)).toEqual(
      ["forwarded: Q", "queued: END.q: entry 1 of END 0x6", "coalesced: IPB"]);
    expect(machine.ledger.why(second)!.sentence)
      .toBe(`Merged into interrupt ${first}: IPB was set already.`);
  });

  it("waits behind a more favoured priority", () => {
    const machine = routed();
    const id = trigger(machine);
    machine.xive.chip.timaStore(0, OS_CPPR, 1, 7n);
    machine.xive.chip.timaStore(0, 0x20812, 1, 3n);
    expect(machine.ledger.why(id)!.obstacles)
      .toEqual([{ cpu: 0, bit: "PIPR of thread 0 is 3: that priority is taken first" }]);
  });

  it.each<readonly [string, (machine: PseriesMachine) => void, string, RegExp]>([
    ["a source that is off", ({ xive }) => xive.storeEsb(LISN, "management", 0xd00), "masked", /PQ=01/],
    ["EAS.m", ({ xive }) => xive.chip.eas.route(LISN, 6, 5, true), "masked", /EAS\.m is one/],
    ["EAS.v", ({ xive }) => xive.chip.eas.release(LISN), "lost", /EAS is not valid/],
    ["END.v", ({ xive }) => xive.chip.eas.route(LISN, 9, 5), "lost", /END that is not valid/],
    ["NVT.v", ({ xive }) => xive.chip.nvts.remove(0x400), "lost", /NVT that is not valid/],
    ["END.s, END.q", ({ xive: { chip: { ends } } }) => ends.setWord(6, 0, ends.word(6, 0) | END_SILENT),
      "drained", /Left in its event queue/],
    ["END.s alone",
      ({ xive }) => xive.chip.ends.setWords(6, [END_VALID | END_SILENT, 0, 0, 0, 0, 0, 0x400, 0]),
      "lost", /Lost at END\.s/],
    ["END.e in a circle",
      ({ xive }) => xive.chip.ends.setWords(6, [
        (END_VALID | END_SILENT | END_ESCALATE | END_ALWAYS_ESCALATE) >>> 0, 0, 0, 0, 6, 0, 0x400, 0]),
      "lost", /circle/],
  ])("ends at %s, with the bit", (_where, arrange, end, sentence) => {
    const machine = routed();
    arrange(machine);
    const id = trigger(machine);
    const why = machine.ledger.why(id)!;
    expect(why).toMatchObject({ step: end });
    expect(why.sentence).toMatch(sentence);
    expect(machine.ledger.check()).toBeUndefined();
  });
});

/** Entries of the smallest queue, 4 KiB. */
const SMALL_QUEUE = 1024;
/** Events of one source, each ended at its source at once. */
function send(machine: PseriesMachine, count: number): void {
  for (let n = 0; n < count; n++) {
    machine.xive.storeEsb(LISN, "trigger", 0);
    machine.xive.loadEsb(LISN, "management", 0);
  }
}
function smallQueue(): PseriesMachine {
  const machine = routed();
  xiveHcall(machine.xive, hcall.H_INT_SET_QUEUE_CONFIG, [1n, 0n, PRIORITY, QUEUE, 12n]);
  machine.xive.loadEsb(LISN, "management", 0);
  return machine;
}

describe("a queue that wraps before its priority is taken", () => {
  it.each([[1, 0], [SMALL_QUEUE, 0], [SMALL_QUEUE + 1, 1], [2 * SMALL_QUEUE, 1], [2 * SMALL_QUEUE + 1, 2]])(
    "has lost, of %i events, the pending one %i times", (count, lost) => {
      const machine = smallQueue();
      send(machine, count);
      expect(machine.ledger.book.counts())
        .toMatchObject({ raised: count, lost, pending: 1, coalesced: count - lost - 1 });
      expect(machine.ledger.check()).toBeUndefined();
      const why = machine.ledger.why(1)!;
      expect(why.step).toBe(lost > 0 ? "lost" : "notified");
      if (lost > 0) expect(why.sentence).toMatch(/Lost at END\.q: its queue wrapped/);
    });

  it("loses nothing of what was taken, wherever in the ring that was", () => {
    const prng = new Prng(5);
    const machine = smallQueue();
    const { chip } = machine.xive;
    chip.timaStore(0, OS_CPPR, 1, 7n);
    let lost = 0;
    for (let round = 0; round < 12; round++) {
      const count = 1 + prng.below(2 * SMALL_QUEUE);
      send(machine, count);
      lost += Math.floor((count - 1) / SMALL_QUEUE);
      expect(machine.ledger.book.counts()).toMatchObject({ lost, pending: 1 });
      chip.timaLoad(0, ACKNOWLEDGE, 2);
      chip.timaStore(0, OS_CPPR, 1, 7n);
      expect(machine.ledger.book.counts()).toMatchObject({ lost, pending: 0, accepted: round + 1 });
      expect(machine.ledger.check()).toBeUndefined();
    }
    expect(lost).toBeGreaterThan(0);
  });
});

it("an event whose queue was put elsewhere keeps its entry", () => {
  const machine = smallQueue();
  send(machine, 1);
  xiveHcall(machine.xive, hcall.H_INT_SET_QUEUE_CONFIG, [1n, 0n, PRIORITY, QUEUE + 0x1000n, 12n]);
  send(machine, 1);
  expect(machine.ledger.book.counts()).toMatchObject({ lost: 0, coalesced: 1, pending: 1 });
  xiveHcall(machine.xive, hcall.H_INT_SET_QUEUE_CONFIG, [1n, 0n, PRIORITY, QUEUE, 12n]);
  send(machine, 1);
  expect(machine.ledger.book.counts()).toMatchObject({ lost: 1, coalesced: 1, pending: 1 });
});

describe("an event for a vCPU that KVM runs now and then", () => {
  it("waits in the NVT, on the thread and in KVM's registers, always as one", () => {
    const machine = routed(true);
    const device = native(machine.kernel!.machine);
    const vcpu = device.vcpus.get(0)!;
    const id = trigger(machine);
    expect(machine.ledger.why(id)!.bit).toBe("no one thread has the CAM line of NVT 0x400");
    pushVcpu(device, vcpu, 3);
    expect(machine.ledger.why(id)!.obstacles).toEqual([{ cpu: 3, bit: "CPPR of thread 3 is 0" }]);
    pullVcpu(device, vcpu, 3);
    expect(machine.ledger.why(id)!.bit).toMatch(/KVM keeps its ring/);
    expect(machine.ledger.check()).toBeUndefined();
    pushVcpu(device, vcpu, 1);
    machine.kernel!.machine.kvm.host.chip.timaStore(1, OS_CPPR, 1, 7n);
    machine.kernel!.machine.kvm.host.chip.timaLoad(1, ACKNOWLEDGE, 2);
    expect(machine.ledger.why(id)!.sentence).toBe("Taken by thread 1 at an acknowledge cycle.");
    expect(machine.ledger.check()).toBeUndefined();
  });
});

describe("the check", () => {
  it("leaves the chip as it is", () => {
    const machine = routed();
    trigger(machine);
    machine.ledger.check();
    expect(machine.xive.chip.contexts().map(({ thread }) => thread)).toEqual([0, 1]);
  });
  it("sees a bit that nobody raised, and an interrupt whose bit is gone", () => {
    const machine = routed();
    const { sources, nvts } = machine.xive.chip;
    nvts.addBacklog(0x401, 0x80);
    expect(machine.ledger.check()).toBe("backlog priority 0 of NVT 0x401 is set and stands for no interrupt");
    nvts.clearBacklogs();
    trigger(machine);
    const id = trigger(machine);
    sources.loadStatus(new Uint8Array(sources.count).fill(1));
    expect(machine.ledger.check()).toBe(`interrupt ${id} has not ended and is pending nowhere`);
  });
});

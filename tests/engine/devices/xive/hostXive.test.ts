import { describe, expect, it } from "vitest";
import { saveChip } from "../../../../src/engine/devices/xive/chipState.ts";
import type { Pq } from "../../../../src/engine/devices/xive/esb.ts";
import { HostXive, type FirmwareCall } from "../../../../src/engine/devices/xive/hostXive.ts";

const memory = { load: () => 0, store: () => true };
/** Four virtual processors, interrupts 0 to 7, of which 0 is never given out. */
function host(failing?: FirmwareCall): HostXive {
  return new HostXive({ memory, interrupts: 8, processors: 4, fails: (call) => call === failing });
}
const stateOf = (one: HostXive): unknown => ({ chip: saveChip(one.chip), ...one.saveNumbers() });

/** Every call that can fail, with what it answers when firmware refuses and when it does not. */
const calls: Readonly<Record<FirmwareCall, readonly [(one: HostXive) => unknown, unknown, unknown]>> = {
  "allocate-interrupt": [(one) => one.allocateInterrupt(), undefined, 1],
  "allocate-processors": [(one) => one.allocateProcessors(1), false, true],
  "configure-interrupt": [(one) => one.configureInterrupt(1, 2, 3, 4), false, true],
  "configure-queue": [(one) => one.configureQueue(1, 2, 0x10000n, 16), false, true],
  "queue-state": [(one) => one.queueState(1, 2), undefined, { qtoggle: 0, qindex: 0 }],
  "set-queue-state": [(one) => one.setQueueState(1, 2, 1, 1), false, true],
  "processor-state": [(one) => one.backlog(1), undefined, 0],
  "enable-processor": [(one) => one.enableProcessor(1), false, true],
  "attach-escalation": [(one) => one.attachEscalation(1, 2), false, true],
};

describe("firmware", () => {
  it.each(Object.keys(calls) as FirmwareCall[])("that fails %s refuses that, changes nothing, does the rest",
    (failing) => {
      for (const [call, [run, refused, done]] of Object.entries(calls)) {
        const one = host(failing);
        const before = stateOf(one);
        const isRefused = call === failing;
        expect(run(one), call).toEqual(isRefused ? refused : done);
        if (isRefused) expect(stateOf(one)).toEqual(before);
      }
    });

  it("gives interrupts out from 1 on, first those given back, and none beyond the last", () => {
    const one = host();
    expect([1, 2, 3].map(() => one.allocateInterrupt())).toEqual([1, 2, 3]);
    one.chip.sources.setPq(2, 2);
    one.chip.sources.setAsserted(2, true);
    one.configureInterrupt(2, 1, 1, 1);
    one.freeInterrupt(2);
    expect([one.chip.sources.saveStatus()[2], one.chip.eas.get(2)]).toEqual([1, 0n]);
    const saved = one.saveNumbers();
    expect(saved).toEqual({ free: [2], nextInterrupt: 4 });
    const other = host();
    other.loadNumbers(saved);
    for (const each of [one, other]) {
      const given = Array.from({ length: 7 }, () => each.allocateInterrupt());
      expect(given).toEqual([2, 4, 5, 6, 7, undefined, undefined]);
    }
    expect(saved.free).toEqual([2]);
  });

  it("gives processors out in powers of two", () => {
    for (let processors = 1; processors <= 9; processors++) {
      const one = new HostXive({ memory, processors });
      const largest = [1, 2, 4, 8].findLast((power) => power <= processors)!;
      for (let count = 1; count <= 17; count++) expect(one.allocateProcessors(count)).toBe(count <= largest);
    }
  });

  it("has 0x4000 interrupts and 2048 processors with eight ENDs each unless told else", () => {
    const { chip, processors } = new HostXive({ memory });
    expect([chip.sources.count, chip.ends.count, processors]).toEqual([0x4000, 2048 * 8, 2048]);
  });

  it("makes a processor's NVT valid and takes it away, with its backlog", () => {
    const one = host();
    one.enableProcessor(3);
    expect([one.cam(3), one.chip.nvts.has(0x403), one.chip.nvts.has(0x402)]).toEqual([0x403, true, false]);
    one.chip.nvts.addBacklog(0x403, 5);
    expect([one.backlog(3), one.backlog(2)]).toEqual([5, 0]);
    one.disableProcessor(3);
    expect([one.chip.nvts.has(0x403), one.backlog(3)]).toEqual([false, 0]);
  });
});

describe("an interrupt of the host", () => {
  it("is routed to a processor's END of its priority, or masked with 0xff", () => {
    for (let vp = 0; vp < 4; vp++)
      for (let priority = 0; priority < 8; priority++) {
        const one = host();
        expect(one.end(vp, priority)).toBe(vp * 8 + priority);
        one.configureInterrupt(5, vp, priority, 0x55);
        expect(one.chip.eas.get(5)).toBe(0x8000_0000_0000_0055n + (BigInt(vp * 8 + priority) << 32n));
      }
    const one = host();
    one.configureInterrupt(5, 3, 0xff, 0x55);
    expect(one.chip.eas.get(5)).toBe(0x8000_0000_8000_0055n);
  });
});

describe("a queue of a processor", () => {
  it("is a fresh END with its address and size that notifies always and keeps a backlog", () => {
    const one = host();
    one.configureQueue(2, 6, 0xfabc_def0_1234_0000n, 16);
    expect(one.chip.ends.words(22))
      .toEqual([0xf0040000, 0x10400000, 0x0abcdef0, 0x12340000, 0, 0, 0x402, 6 << 16]);
    expect(one.queueAddress(2, 6)).toBe(0x0abc_def0_1234_0000n);
    one.configureQueue(2, 6, undefined, 0);
    expect(one.chip.ends.words(22)).toEqual([0xb0000000, 0x10400000, 0, 0, 0, 0, 0x402, 6 << 16]);
    one.disableQueue(2, 6);
    expect(one.chip.ends.save()).toEqual([]);
  });

  it("keeps the escalation that is attached, armed or not, when it is configured anew", () => {
    for (const pq of [0, 1, 2, 3] as const) {
      const one = host();
      one.attachEscalation(2, 6);
      one.chip.ends.setEscalationState(22, 28, pq);
      one.configureQueue(2, 6, undefined, 0);
      expect(one.chip.ends.words(22))
        .toEqual([0xb4000000, 0x00400000 + pq * 2 ** 28, 0, 0, 32, 22, 0x402, 6 << 16]);
    }
  });

  it("has a generation and an index that software reads and writes, and no other bit of the word", () => {
    const one = host();
    one.chip.ends.setWord(22, 1, 0xffff_ffff);
    for (const [qtoggle, qindex, word] of [
      [0, 0, 0xff80_0000], [1, 0, 0xffc0_0000], [0, 0x3fffff, 0xffbf_ffff], [2, 5, 0xff80_0005],
      [3, 0x400001, 0xffc0_0001],
    ] as const) {
      one.setQueueState(2, 6, qtoggle, qindex);
      expect(one.chip.ends.word(22, 1)).toBe(word);
      expect(one.queueState(2, 6)).toEqual({ qtoggle: qtoggle & 1, qindex: qindex & 0x3fffff });
    }
  });
});

describe("an escalation", () => {
  it("comes to the host from its own queue, armed at once, and goes no further", () => {
    const one = host();
    one.attachEscalation(2, 6);
    expect(one.chip.ends.words(22)).toEqual([0x04000000, 0x40000000, 0, 0, 32, 22, 0, 0]);
    expect(one.chip.ends.words(23)[0]).toBe(0);
  });

  it("of a queue that is gathered goes through the gathering END, which is silent and not armed", () => {
    const one = host();
    one.attachEscalation(2, 6, 7);
    expect(one.chip.ends.words(22)).toEqual([0x06000000, 0x50000000, 0, 0, 23, 0, 0, 0]);
    expect(one.chip.ends.words(23)).toEqual([0x85000000, 0x50000000, 0, 0, 32, 23, 0, 0]);
    one.chip.ends.setWord(23, 0, 0xa1000000);
    one.chip.ends.setWord(23, 1, 0x30000000);
    one.attachEscalation(2, 5, 7);
    expect(one.chip.ends.words(21)).toEqual([0x06000000, 0x50000000, 0, 0, 23, 0, 0, 0]);
    expect(one.chip.ends.words(23)).toEqual([0xa5000000, 0x10000000, 0, 0, 32, 23, 0, 0]);
  });

  it("names processor and priority; END numbers beyond are nobody's", () => {
    const one = host();
    const told: string[] = [];
    one.chip.onStep = ({ step, bit }) => told.push(`${step} ${bit}`);
    one.chip.router.notifyEnd(32, 22);
    one.onEscalation = (vp, priority) => told.push(`processor ${vp} priority ${priority}`);
    one.chip.router.notifyEnd(32, 22);
    one.chip.router.notifyEnd(33, 22);
    expect(told).toEqual(["accepted END.e", "processor 2 priority 6", "accepted END.e", "dropped END.v"]);
  });

  it("is armed and told by SET_PQ on a valid END; without one nothing is written", () => {
    for (const before of [0, 1, 2, 3] as Pq[])
      for (const after of [0, 1, 2, 3] as Pq[])
        for (const isValid of [true, false]) {
          const one = host();
          one.chip.ends.setWord(22, 0, isValid ? 0x80000000 : 0);
          one.chip.ends.setEscalationState(22, 28, before);
          expect(one.setEscalation(2, 6, after)).toBe(before);
          expect(one.chip.ends.escalationState(22, 28)).toBe(isValid ? after : before);
          expect(one.chip.ends.escalationState(22, 30)).toBe(1);
        }
  });
});

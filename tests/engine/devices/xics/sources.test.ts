import { describe, expect, it } from "vitest";
import type { Pq } from "../../../../src/engine/devices/xive/esb.ts";
import {
  hardwarePriority, maskSource, unmaskSource,
} from "../../../../src/engine/devices/xics/sourceState.ts";
import { HERE, IRQ, MASKED, NOWHERE, source, world } from "./world.ts";

const both = [false, true];
const flags = {
  level: 1n << 40n, masked: 1n << 41n, pending: 1n << 42n, presented: 1n << 43n, queued: 1n << 44n,
};
type Flag = keyof typeof flags;

/** An unmasked source's PQ, and the event it sends, after masking with P and Q. */
const resumed = (p: boolean, q: boolean): readonly [Pq, number] => (p ? [q ? 3 : 2, 0] : q ? [2, 1] : [0, 0]);

describe("a XICS source", () => {
  it("has hardware's priorities 0 to 5, and 6 for all others but 'masked'", () => {
    for (let guest = 0; guest < 256; guest++)
      expect(hardwarePriority(guest)).toBe(guest === 255 ? 255 : Math.min(guest, 6));
  });

  it("is masked with P set and remembers P and Q; masking again touches nothing", () => {
    for (const pq of [0, 2, 3] as Pq[])
      for (const isOpen of both) {
        const one = source({ pq, guestPriority: isOpen ? 5 : MASKED, oldP: false, oldQ: true });
        expect(maskSource(one.device, one.state)).toBe(isOpen ? 5 : MASKED);
        expect([one.pq(one.state), one.state.guestPriority]).toEqual([isOpen ? 2 : pq, MASKED]);
        expect([one.state.oldP, one.state.oldQ]).toEqual(isOpen ? [pq >= 2, pq === 3] : [false, true]);
      }
  });

  it("is unmasked with what it remembers: Q is sent now, or after the EOI that P waits for", () => {
    for (const isOpen of both)
      for (const oldP of both)
        for (const oldQ of both) {
          const one = source({ pq: 2, guestPriority: isOpen ? 4 : MASKED, oldP, oldQ });
          unmaskSource(one.device, one.state, 3);
          const wanted = isOpen ? [2, 0] : resumed(oldP, oldQ);
          expect([one.pq(one.state), one.entries(1, 5), one.state.guestPriority]).toEqual([...wanted, 3]);
        }
  });

  it("is set whole: target, kind, what waits and what is presented, masked or not", () => {
    const names = Object.keys(flags) as Flag[];
    for (let set = 0; set < 32; set++)
      for (const priority of [0, 5, 9, MASKED])
        for (const isDelayed of both)
          for (const server of [1, 7]) {
            const on = new Set(names.filter((_, bit) => set & (1 << bit)));
            const one = source({ pq: 0, asserted: true, lsi: true, oldP: true, oldQ: true });
            one.set(IRQ, (0xffn << 32n) + flags.masked);
            for (const { icp } of one.device.vcpus.values()) icp.delayedIrq = isDelayed ? IRQ : IRQ + 1;
            const value = names.reduce((sum, name) => sum + (on.has(name) ? flags[name] : 0n),
              (BigInt(priority) << 32n) + BigInt(server));
            expect(one.set(IRQ, value)).toBe(0);
            const { state } = one;
            const isPending = isDelayed || on.has("pending");
            const p = on.has("presented") && !isPending;
            const q = on.has("queued") || isPending;
            const isRouted = priority !== MASKED && server === 1;
            const hardware = isRouted ? Math.min(priority, 6) : MASKED;
            const isMasked = on.has("masked");
            const [pq, sent] = isMasked ? [2, 0] : resumed(p, q);
            const isLine = on.has("level");
            // A line is ended by a load, which sends Q as well.
            expect(one.pq(state)).toBe(pq);
            expect(state).toMatchObject({
              valid: true, lsi: isLine, asserted: isLine && isPending, oldP: p, oldQ: q,
              actPriority: hardware,
              guestPriority: isMasked ? MASKED : priority, savedPriority: priority,
            });
            if (isRouted) expect(one.entries(1, hardware)).toBe(sent);
            expect([...one.device.vcpus.values()].map(({ icp }) => icp.delayedIrq))
              .toEqual(Array(2).fill(isDelayed ? 0 : IRQ + 1));
          }
  });

  it("reads as it was set, by every combination of flags that a source can have", () => {
    const names = ["level", "masked", "presented", "queued"] as const;
    for (let set = 0; set < 16; set++)
      for (const priority of [0, 5, 9, MASKED]) {
        const on = new Set<Flag>(names.filter((_, bit) => set & (1 << bit)));
        const one = world();
        const base = (BigInt(priority) << 32n) + 1n;
        one.set(IRQ, names.reduce((sum, name) => sum + (on.has(name) ? flags[name] : 0n), base));
        const target = priority === MASKED ? base - 1n : base;
        // One that is open at "masked" is masked.
        const isMasked = on.has("masked") || priority === MASKED;
        const p = on.has("presented");
        const q = on.has("queued");
        // An event that was latched without P has been sent: it is in the queue now, or lost without one.
        const isSent = q && !p && !on.has("masked") && priority !== MASKED;
        const gone = q && !p && priority === MASKED && !on.has("masked");
        const found: Flag[] = on.has("level")
          ? p || isSent || gone ? ["level", "pending"] : ["level"]
          : isSent ? ["presented", "pending"]
            : [...(p ? ["presented" as const] : []), ...(q ? ["queued" as const] : []),
              ...(q && priority === MASKED ? ["pending" as const] : [])];
        if (gone) continue;
        if (isMasked) found.push("masked");
        const wanted = found.reduce((sum, name) => sum + flags[name], target);
        expect(one.get(IRQ), [...on].join()).toBe(wanted);
      }
  });
});

describe("a series of reads", () => {
  it("looks through the queues at its first, and ends with as many reads as there are sources", () => {
    const one = world();
    for (const irq of [0x20, 0x21]) one.set(irq, 5n << 32n);
    const pq = (irq: number): Pq => one.pq(one.device.irqs.get(irq)!);
    const trigger = (irq: number): void => {
      one.device.host.chip.sources.trigger(one.device.irqs.get(irq)!.ipi);
    };
    const waits = flags.presented + flags.pending + (5n << 32n);
    trigger(0x20);
    expect([one.get(0x20), pq(0x20), pq(0x21)]).toEqual([waits, 2, 0]);
    trigger(0x21);
    // What came since the series began is seen by the next one.
    expect(one.get(0x21)).toBe(5n << 32n);
    expect([one.get(0x21), one.get(0x20)]).toEqual([waits, waits]);
    expect([0x20, 0x21].map((irq) => one.device.irqs.get(irq)!.inQueue)).toEqual([false, false]);
    expect([pq(0x20), pq(0x21)]).toEqual([2, 2]);
  });

  it("sees an entry of any server at any priority, past those of numbers that are no source's", () => {
    for (const server of [0, 1])
      for (const priority of [0, 3, 6]) {
        const one = world();
        one.set(0x20, (BigInt(priority) << 32n) + BigInt(server));
        const { device } = one;
        const state = device.irqs.get(0x20)!;
        const queue = device.vcpus.get(server)!.queues[priority]!;
        device.memory.store(queue.page!, 0x80000001);
        device.memory.store(queue.page! + 4n, 0x80000023);
        device.host.setQueueState(server, priority, 1, 2);
        device.host.chip.sources.trigger(state.ipi);
        expect(one.get(0x20))
          .toBe(flags.presented + flags.pending + (BigInt(priority) << 32n) + BigInt(server));
        expect(queue.consumer).toEqual({ index: 0, toggle: 0 });
      }
  });

  it("goes on where it was saved, and knows a source that came later by its own state", () => {
    const one = world();
    for (const irq of [0x20, 0x21]) one.set(irq, 5n << 32n);
    expect(one.get(0x20)).toBe(5n << 32n);
    const { scan, reads } = one.device.saveOwn();
    expect([scan, reads]).toEqual([
      [0x20, 0x21].map((number) => ({ number, priority: 5, p: false, q: false })), 1,
    ]);
    const other = world();
    for (const irq of [0x20, 0x21]) other.set(irq, 5n << 32n);
    other.device.loadOwn(one.device.saveOwn());
    other.set(0x22, (4n << 32n) + flags.queued + flags.presented + flags.masked);
    expect(other.get(0x22)).toBe((4n << 32n) + flags.queued + flags.presented + flags.masked);
    expect(other.device.saveOwn().reads).toBe(2);
    expect(other.device.saveOwn().scan).toEqual(scan);
  });
});

describe("KVM's attributes of XICS", () => {
  it("are the sources from 16 to 0xfffff, and the number of servers", () => {
    const { device } = world();
    for (const [attr, isThere] of [[15n, false], [16n, true], [0xfffffn, true], [0x100000n, false],
      [1n << 63n, false]] as const) {
      expect(device.hasAttr(1, attr)).toBe(isThere ? 0 : -6);
      expect(device.setAttr(1, attr, HERE)).toBe(isThere ? 0 : -2);
      expect(device.getAttr(1, attr, HERE)).toBe(isThere ? 0 : -2);
    }
    expect([device.hasAttr(2, 1n), device.hasAttr(2, 2n), device.hasAttr(3, 1n)]).toEqual([0, -6, -6]);
    expect([device.setAttr(2, 2n, HERE), device.setAttr(3, 1n, HERE), device.getAttr(2, 1n, HERE)])
      .toEqual([-6, -6, -6]);
    expect([device.setAttr(2, 1n, NOWHERE), device.setAttr(1, 16n, NOWHERE)]).toEqual([-14, -14]);
    expect([device.getAttr(1, 16n, NOWHERE), device.getAttr(1, 17n, HERE)]).toEqual([-14, -2]);
  });

  it("of a source make its block before they read it, and want memory and an interrupt for it", () => {
    const { device } = world({ servers: 0, allocate: (bytes) => bytes !== 0x20000 });
    expect([device.setAttr(1, 16n, HERE), device.irqs.firstNumbers()]).toEqual([-12, []]);
    const { device: other } = world();
    expect([other.setAttr(1, 2048n, NOWHERE), other.irqs.firstNumbers()]).toEqual([-14, [2048]]);
    const { device: few } = world({ servers: 0, interrupts: 2 });
    expect([few.setAttr(1, 16n, HERE), few.setAttr(1, 17n, HERE)]).toEqual([0, -12]);
    expect([few.irqs.valid(16)?.number, few.irqs.valid(17)]).toEqual([16, undefined]);
  });

  it("of a source want a block's memory once, for the 1,024 numbers in it", () => {
    const asked: number[] = [];
    const { device } = world({ servers: 0, allocate: (bytes) => asked.push(bytes) > 0 });
    for (const irq of [16n, 16n, 17n, 1023n, 1024n, 17n]) expect(device.setAttr(1, irq, HERE)).toBe(0);
    expect(asked.filter((bytes) => bytes === 0x20000).length).toBe(2);
  });

  it("set the number of servers until one is connected", () => {
    const { device, place } = world({ servers: 0 });
    place(0x1_0000_0003n);
    expect([device.setAttr(2, 1n, HERE), device.nrServers]).toEqual([0, 3]);
    device.connect(0);
    expect(device.setAttr(2, 1n, HERE)).toBe(-16);
  });
});

/** What holds for every driver: hostile ones change nothing else, saved state goes on where it was. */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { VirtioBlock } from "../../../../src/engine/devices/virtio/block.ts";
import { VirtioConsole } from "../../../../src/engine/devices/virtio/console.ts";
import { CONFIG_INDICATORS, FIRST, Machine, Ring } from "./driver.ts";
import { RINGS, BUFFERS, ways, blockMachine, header } from "./blockMachine.ts";

describe("hostile drivers", () => {
  it("break their queue, hear of it, and can start again after a reset", () => {
    for (const kind of ["loop", "address", "index", "head", "order", "nested"] as const) {
      const { machine, ring } = blockMachine();
      const { ports } = machine;
      machine.negotiate([ring], { eventIndex: false, indirect: true, adapter: false });
      const part = { address: BUFFERS, length: 16, write: false };
      ring.offer([part, { address: BUFFERS, length: 1, write: true }], false);
      if (kind === "loop") ring.describe(RINGS, part, 1, 0);
      if (kind === "address") ring.describe(RINGS, { ...part, address: ports.memory.size - 8 }, 1, 1);
      if (kind === "index") ring.put16(ring.available + 2, 17);
      if (kind === "head") ring.put16(ring.available + 4, 16);
      if (kind === "order") {
        ring.describe(RINGS, { ...part, write: true }, 1, 2);
        ring.describe(RINGS + 32, part, 0, 0);
      }
      if (kind === "nested") {
        ring.describe(RINGS, { ...part, length: 16 }, 4, 0);
        ring.describe(BUFFERS, { ...part, length: 16 }, 4, 0);
      }
      ports.writes = [];
      expect(machine.css.notify(FIRST, 0n)).toBe(true);
      expect(ring.collect(), kind).toBeUndefined();
      expect(ports.memory.u64(CONFIG_INDICATORS), kind).toBe(1n);
      expect(ports.writes.map((write) => write.address)).toEqual([CONFIG_INDICATORS]);
      machine.takeInterrupt(0, false);
      expect(machine.status, kind).toBe(0x4f);
      machine.css.notify(FIRST, 0n);
      expect(machine.run(0x31, 1, "00")).toBe(true);
      expect(machine.status).toBe(0);
    }
  });

  it("that write garbage over everything make nothing throw and write only through the device", () => {
    const random = new Prng(77);
    for (let round = 0; round < 60; round++) {
      const way = random.pick(ways);
      const machine = round % 2 === 0 ? blockMachine(8).machine : new Machine(new VirtioConsole((
        ) => undefined));
      const rings = [0, 1].map((i) => new Ring(machine.ports, RINGS + i * 0x4000, 8)).slice(round % 2 === 0
        ? 1 : 0);
      machine.negotiate(rings, way);
      const { memory } = machine.ports;
      for (let step = 0; step < 40; step++) {
        const ring = random.pick(rings);
        for (let i = 0; i < 8; i++) {
          const address = random.pick([RINGS, ring.used, BUFFERS, memory.size - 4, random.u32(), 2 ** 40]);
          const length = random.pick([0, 1, 16, 32, 512, 0x10000, random.u32()]);
          ring.describe(ring.descriptors + 16 * i, { address, length, write: random.below(2) === 0 },
            random.below(8), random.below(10));
        }
        for (let i = 0; i < 8; i++) ring.put16(ring.available + 4 + 2 * i, random.below(9));
        ring.put16(ring.available + 2, random.pick([step, step + 1, random.below(0x1_0000)]));
        machine.ports.writes = [];
        machine.css.notify(FIRST, BigInt(random.below(3)));
        expect(machine.ports.writes.every(({ writer }) => ["virtio", "flic-indicator"].includes(
          writer))).toBe(true);
        const code = random.pick([0x11, 0x12, 0x13, 0x21, 0x22, 0x31, 0x32, 0x33, 0x43, 0x53, 0x72, 0x73,
          0x83, 0x99]);
        if (random.below(3) === 0)
          machine.run(code, random.below(40), random.u64().toString(16).padStart(16, "0").repeat(5),
            random.below(2) * 0x20);
      }
    }
  });
});

describe("state", () => {
  it("survives three save and load cycles in the middle of work", () => {
    const one = blockMachine();
    one.machine.negotiate([one.ring], { eventIndex: true, indirect: true, adapter: true });
    one.ring.offer([header(one.machine.ports, BUFFERS, 0, 2n), { address: BUFFERS + 0x200, length: 512,
      write: true },
      { address: BUFFERS + 0x100, length: 1, write: true }], true);
    const saved = structuredClone(one.machine.device.save());
    expect(one.machine.device.save()).toEqual(saved);
    const two = new Machine(new VirtioBlock(one.image), one.machine.ports);
    for (let cycle = 0; cycle < 3; cycle++) two.device.load(structuredClone(cycle === 0 ? saved
      : two.device.save()));
    expect(two.device.save()).toEqual(saved);
    // The request that was offered but not notified is served by the copy, with its interrupt.
    expect(two.css.notify(FIRST, 0n)).toBe(true);
    expect(one.ring.collect()).toEqual({ head: 0, written: 513 });
    expect(two.takeInterrupt(0, true)).toBe(true);
  });

  it("is the same after one reset and after two", () => {
    const { machine, ring } = blockMachine();
    machine.negotiate([ring], { eventIndex: true, indirect: true, adapter: true });
    machine.device.reset();
    const once = machine.device.save();
    machine.device.reset();
    expect(machine.device.save()).toEqual(once);
  });
});

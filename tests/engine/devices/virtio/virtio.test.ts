import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { VirtioBlock } from "../../../../src/engine/devices/virtio/block.ts";
import { VirtioConsole } from "../../../../src/engine/devices/virtio/console.ts";
import { DATA, FIRST, INDICATORS, Machine, type Part, Ring, SUMMARY } from "./driver.ts";
import {
  RINGS,
  BUFFERS,
  text,
  ways,
  blockMachine,
  header,
} from "./blockMachine.ts";

describe("virtio-ccw", () => {
  it("identifies itself and negotiates as Linux 6.1 does", () => {
    const { machine } = blockMachine();
    machine.run(0xe4, 64, "", 0x20);
    expect(machine.ports.hex(DATA, 7)).toBe("ff383202000000");
    expect(machine.run(0x83, 4, "00030000")).toBe(false);
    expect(machine.wasRejected).toBe(true);
    expect(machine.run(0x83, 4, "00020000")).toBe(true);
    expect(machine.run(0x83, 4, "00020000")).toBe(false);
    expect(machine.readFeatures(0)).toBe(0x3000_6244);
    expect(machine.readFeatures(1)).toBe(1);
    expect(machine.readFeatures(2)).toBe(0);
    expect(machine.run(0x32, 4, "00000000")).toBe(true);
    expect(machine.ports.hex(DATA, 4)).toBe("00000100");
    machine.run(0x32, 4, "00070000");
    expect(machine.ports.hex(DATA, 4)).toBe("00070000");
    expect(machine.run(0x22, 24)).toBe(true);
    expect(machine.ports.hex(DATA, 24)).toBe("4000000000000000" + "00000000" + "7e000000" + "00000000"
      + "00020000");
  });

  it("shows legacy features to a driver that sets no revision, and takes none from it later", () => {
    const { machine } = blockMachine();
    expect(machine.readFeatures(1)).toBe(0);
    expect(machine.run(0x83, 4, "00020000")).toBe(false);
  });

  it("refuses features it did not offer, and a modern driver without version 1", () => {
    const { machine } = blockMachine();
    machine.run(0x83, 4, "00010000");
    machine.run(0x31, 1, "03");
    expect(machine.run(0x31, 1, "0b")).toBe(false);
    expect(machine.status).toBe(3);
    machine.writeFeatures(1, 1);
    machine.writeFeatures(0, 1);
    expect(machine.run(0x31, 1, "0b")).toBe(false);
    machine.writeFeatures(0, 0);
    expect(machine.run(0x31, 1, "0b")).toBe(true);
    expect(machine.writeFeatures(2, 1)).toBe(false);
    expect(machine.run(0x31, 1, "00")).toBe(true);
    expect(machine.status).toBe(0);
  });

  it("forgets the revision when the subchannel is disabled", () => {
    const { machine } = blockMachine();
    expect(machine.run(0x83, 4, "00020000")).toBe(true);
    machine.enable(false);
    machine.enable();
    expect(machine.run(0x83, 4, "00010000")).toBe(true);
  });

  it("refuses queues and indicators that are not in RAM, too large or misaligned", () => {
    const { machine } = blockMachine();
    machine.run(0x83, 4, "00020000");
    const wide = (n: number): string => n.toString(16).padStart(16, "0");
    const queue = (index: string, size: string, d: number, a: number, u: number) =>
      machine.run(0x13, 32, wide(d) + "00000000" + index + size + wide(a) + wide(u));
    const end = machine.ports.memory.size;
    expect(queue("0001", "0010", RINGS, RINGS + 0x1000, RINGS + 0x2000)).toBe(false);
    expect(queue("0000", "0200", RINGS, RINGS + 0x1000, RINGS + 0x2000)).toBe(false);
    expect(queue("0000", "0003", RINGS, RINGS + 0x1000, RINGS + 0x2000)).toBe(false);
    expect(queue("0000", "0010", end - 0xf0, RINGS, RINGS)).toBe(false);
    expect(queue("0000", "0010", RINGS + 8, RINGS, RINGS)).toBe(false);
    expect(queue("0000", "0010", RINGS, end - 37, RINGS)).toBe(false);
    expect(queue("0000", "0010", RINGS, RINGS, 2 ** 52)).toBe(false);
    expect(queue("0000", "0010", RINGS, RINGS + 0x1000, RINGS + 0x2000)).toBe(true);
    expect(machine.run(0x43, 8, wide(end - 4))).toBe(false);
    expect(machine.run(0x53, 8, wide(end))).toBe(false);
    expect(machine.run(0x73, 25, wide(end) + wide(INDICATORS) + wide(0) + "03")).toBe(false);
    expect(machine.run(0x73, 25, wide(SUMMARY) + wide(INDICATORS) + "ffffffffffffffff" + "03")).toBe(false);
    expect(machine.run(0x73, 25, wide(SUMMARY) + wide(INDICATORS) + wide(0) + "08")).toBe(false);
    expect(machine.run(0x73, 25, wide(SUMMARY) + wide(INDICATORS) + wide(0) + "03")).toBe(true);
    // Classic and adapter indicators exclude each other.
    expect(machine.run(0x43, 8, wide(INDICATORS))).toBe(false);
    expect(machine.run(0x33, 0)).toBe(true);
    expect(machine.run(0x43, 8, wide(INDICATORS))).toBe(true);
    expect(machine.run(0x73, 25, wide(SUMMARY) + wide(INDICATORS) + wide(0) + "03")).toBe(false);
  });

  it("drops its routes at reset", () => {
    const { machine, ring } = blockMachine();
    machine.negotiate([ring], { eventIndex: false, indirect: false, adapter: true });
    expect(machine.ports.interrupts.adapters).toEqual(new Map([[5, 5]]));
    expect(machine.ports.interrupts.routes.size).toBe(4);
    machine.css.reset();
    expect(machine.ports.interrupts.routes.size).toBe(0);
  });
});

describe.each(ways)("a block device, event index $eventIndex, indirect $indirect, adapter $adapter", (
  way) => {
  it("does what a model image does, and never leaves the driver asleep", () => {
    const { image, machine, ring } = blockMachine();
    const model = image.slice();
    machine.negotiate([ring], way);
    const random = new Prng(way.eventIndex ? 1 : 2);
    const { ports } = machine;
    const inFlight = new Map<number, () => void>();
    for (let round = 0; round < 120; round++) {
      const before = ring.offeredIndex;
      for (let n = random.below(3); n >= 0; n--) {
        const slot = BUFFERS + random.below(32) * 0x4000;
        if ([...inFlight.keys()].length > 6) break;
        offerOne(slot + 0x1000 * (ring.offeredIndex % 4));
      }
      const kicks = !way.eventIndex || ring.wantsNotification(before);
      ring.armInterrupt();
      if (kicks && ring.offeredIndex !== before) expect(machine.css.notify(FIRST, 0n)).toBe(true);
      const interrupted = machine.takeInterrupt(0, way.adapter);
      let collected = 0;
      for (let used = ring.collect(); used; used = ring.collect(), collected++) {
        inFlight.get(used.head)!();
        inFlight.delete(used.head);
      }
      expect(interrupted).toBe(collected > 0);
      expect(inFlight.size).toBe(0);
      ports.writes = [];
    }
    expect(image).toEqual(model);

    function offerOne(at: number): void {
      const type = random.pick([0, 1, 4, 8, 0, 1, 13, 99]);
      const sector = random.below(70);
      const count = 1 + random.below(3);
      const status: Part = { address: at + 0x20, length: 1, write: true };
      const head = header(ports, at, type, BigInt(sector));
      const data: Part[] = [];
      const bytes = Uint8Array.from({ length: count * 512 }, () => random.below(256));
      if (type === 0 || type === 1) {
        // Torn into two parts at an odd place.
        const cut = 1 + random.below(count * 512 - 1);
        ports.memory.write(at + 0x100, bytes, "loader");
        data.push({ address: at + 0x100, length: cut, write: type === 0 });
        data.push({ address: at + 0x100 + cut, length: count * 512 - cut, write: type === 0 });
      } else if (type === 8) {
        data.push({ address: at + 0x100, length: 20, write: true });
      } else if (type === 13) {
        const view = new DataView(new ArrayBuffer(16));
        view.setBigUint64(0, BigInt(sector), true);
        view.setUint32(8, count, true);
        ports.memory.write(at + 0x100, new Uint8Array(view.buffer), "loader");
        data.push({ address: at + 0x100, length: 16, write: false });
      }
      ports.memory.setU8(at + 0x20, 0xee, "loader");
      const chain = ring.offer([head, ...data, status], way.indirect);
      if (chain === undefined) return;
      const fits = sector + count <= 64;
      if (type === 1 && fits) model.set(bytes, sector * 512);
      if (type === 13 && fits) model.fill(0, sector * 512, (sector + count) * 512);
      const snapshot = model.slice(sector * 512, (sector + count) * 512);
      inFlight.set(chain, () => {
        const expected = type === 99 ? 2 : (type <= 1 || type === 13) && !fits ? 1 : 0;
        expect(ports.memory.u8(at + 0x20), `type ${type} sector ${sector}+${count}`).toBe(expected);
        if (type === 0 && fits) expect(ports.memory.read(at + 0x100, count * 512)).toEqual(snapshot);
        if (type === 8) expect(ports.hex(at + 0x100, 6)).toBe("4c4154434800");
      });
    }
  });
});

describe("a legacy block device", () => {
  it("works big-endian with rings in one area", () => {
    const { image, machine } = blockMachine();
    const { ports } = machine;
    // Address, alignment 4096, queue 0, 256 entries.
    expect(machine.run(0x13, 16, "0000000000010000" + "00001000" + "0000" + "0100")).toBe(true);
    expect(machine.run(0x43, 8, INDICATORS.toString(16).padStart(16, "0"))).toBe(true);
    expect(machine.run(0x31, 1, "07")).toBe(true);
    ports.put(BUFFERS, "00000000" + "00000000" + "0000000000000003");
    ports.put(RINGS, "0000000000080000" + "00000010" + "0001" + "0001");
    ports.put(RINGS + 16, "0000000000081000" + "00000200" + "0003" + "0002");
    ports.put(RINGS + 32, "0000000000080100" + "00000001" + "0002" + "0000");
    ports.put(RINGS + 4096, "0000" + "0001" + "0000");
    expect(machine.css.notify(FIRST, 0n)).toBe(true);
    expect(ports.memory.read(0x8_1000, 512)).toEqual(image.slice(3 * 512, 4 * 512));
    expect(ports.hex(RINGS + 8192, 12)).toBe("0000" + "0001" + "00000000" + "00000201");
    expect(ports.memory.u64(INDICATORS)).toBe(1n);
    expect(ports.interrupts.pendingIo).toHaveLength(1);
  });
});

describe("a block image", () => {
  it("is told to its keeper exactly where it changed, and not at all when read only", () => {
    const { machine, ring, changes } = blockMachine();
    machine.negotiate([ring], { eventIndex: false, indirect: false, adapter: false });
    ring.offer([header(machine.ports, BUFFERS, 1, 5n), { address: BUFFERS + 0x200, length: 1024,
      write: false },
      { address: BUFFERS + 0x100, length: 1, write: true }], false);
    machine.css.notify(FIRST, 0n);
    expect(changes).toEqual([[5 * 512, 1024]]);
    const image = new Uint8Array(512 * 8).fill(9);
    const readOnly = new Machine(new VirtioBlock(image, { readOnly: true }));
    const other = new Ring(readOnly.ports, RINGS, 16);
    readOnly.negotiate([other], { eventIndex: false, indirect: false, adapter: false });
    expect(readOnly.readFeatures(0) & (1 << 5)).not.toBe(0);
    for (const type of [1, 11, 13]) {
      other.offer([header(readOnly.ports, BUFFERS, type, 0n), { address: BUFFERS + 0x200, length: 512,
        write: false },
        { address: BUFFERS + 0x100, length: 1, write: true }], false);
      readOnly.css.notify(FIRST, 0n);
      expect(readOnly.ports.memory.u8(BUFFERS + 0x100)).toBe(1);
    }
    expect(image).toEqual(new Uint8Array(512 * 8).fill(9));
  });
});

describe("a console", () => {
  function consoleMachine(way = { eventIndex: true, indirect: true, adapter: true }) {
    let shown = "";
    const device = new VirtioConsole((bytes) => { shown += String.fromCharCode(...bytes); });
    const machine = new Machine(device);
    const rings = [new Ring(machine.ports, RINGS, 8), new Ring(machine.ports, RINGS + 0x4000, 8)];
    machine.negotiate(rings, way);
    return { machine, device, receive: rings[0]!, transmit: rings[1]!, shown: () => shown };
  }

  it("shows what the guest sends, in order", () => {
    const { machine, transmit, shown } = consoleMachine();
    let sent = "";
    for (let i = 0; i < 50; i++) {
      const line = `line ${i}\r\n`;
      sent += line;
      machine.ports.memory.write(BUFFERS, text(line), "loader");
      transmit.offer([{ address: BUFFERS, length: 4, write: false },
        { address: BUFFERS + 4, length: line.length - 4, write: false }], i % 2 === 0);
      transmit.armInterrupt();
      machine.css.notify(FIRST, 1n);
      expect(machine.takeInterrupt(1, true)).toBe(true);
      expect(transmit.collect()).toBeDefined();
    }
    expect(shown()).toBe(sent);
  });

  it("gives the guest what is typed, waiting for room", () => {
    const { machine, device, receive } = consoleMachine();
    const typed = Array.from({ length: 40 }, (_, i) => `word${i} `).join("");
    expect(device.input(text(typed))).toBe(typed.length);
    let got = "";
    while (got.length < typed.length) {
      for (let i = 0; i < 2; i++) receive.offer([{ address: BUFFERS + i * 0x100, length: 16, write: true }],
        false);
      receive.armInterrupt();
      machine.css.notify(FIRST, 0n);
      expect(machine.takeInterrupt(0, true)).toBe(true);
      for (let used = receive.collect(), i = 0; used; used = receive.collect(), i++)
        got += String.fromCharCode(...machine.ports.memory.read(BUFFERS + i * 0x100, used.written));
    }
    expect(got).toBe(typed);
    expect(device.input(new Uint8Array(0x2_0000))).toBe(0x1_0000);
  });

  it("takes emergency characters through its configuration", () => {
    const { machine, shown } = consoleMachine();
    machine.run(0x21, 12, "0000000001000000" + "21000000");
    expect(shown()).toBe("!");
  });
});

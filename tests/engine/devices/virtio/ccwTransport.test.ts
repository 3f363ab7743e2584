/** Every channel command of a virtio-ccw device with every length and limit. Virtio 1.2, section 4.3. */
import { describe, expect, it } from "vitest";
import { VirtioBlock } from "../../../../src/engine/devices/virtio/block.ts";
import { command } from "../../../../src/engine/devices/virtio/ccwCommand.ts";
import { VirtioCcwDevice } from "../../../../src/engine/devices/virtio/ccwTransport.ts";
import { RecordingPorts } from "../css/recordingPorts.ts";
import {
  ACKNOWLEDGED, Data, half, legacyBlock, little, type Machine, OWN_FEATURES, queueBlock, RAM, setup, start,
  wide,
} from "./ccwMachine.ts";

/** What each command needs: its bytes, as long as they must be at least. */
const needs: Readonly<Record<keyof typeof command, readonly number[]>> = {
  writeFeatures: [...little(OWN_FEATURES), 0], readFeatures: [0, 0, 0, 0, 0], setQueue: queueBlock(0, 8),
  writeConfig: [], readConfig: [], writeStatus: [ACKNOWLEDGED], readQueueConfig: [0, 1, 0, 0], reset: [],
  setIndicators: wide(0x7000), setConfigIndicators: wide(0x7008), readStatus: [0],
  setAdapterIndicators: [...wide(0x7010), ...wide(0x7020), ...wide(3), 5], setRevision: [0, 2, 0, 0],
};

describe("a command", () => {
  it.each(Object.entries(needs))("%s needs its bytes, and changes nothing without", (name, bytes) => {
    const code = command[name as keyof typeof command];
    const ready = (): Machine => setup(code === command.setRevision ? -1 : 2);
    for (let length = 0; length < bytes.length; length++) {
      const one = ready();
      const before = one.device.save();
      expect([one.send(code, bytes.slice(0, length)), one.device.save()]).toEqual(["reject", before]);
    }
    for (const more of [0, 1, 9]) {
      const one = ready();
      expect(one.send(code, [...bytes, ...new Array<number>(more).fill(0xff)]))
        .toBe(code === command.reset ? "immediate" : "done");
    }
    if (code === command.reset) return;
    const one = ready();
    const before = one.device.save();
    expect(one.device.command(code, new Data([...bytes, 1, 2, 3, 4], true))).toBe("reject");
    expect([one.device.save(), one.backend.configs]).toEqual([before, []]);
  });

  it("that is none is rejected", () => {
    const codes = new Set<number>(Object.values(command));
    for (let code = 0; code < 256; code++)
      if (!codes.has(code)) expect(setup(1).send(code, new Array(64).fill(0)), `${code}`).toBe("reject");
  });
});

describe("the revision", () => {
  it("is set once, to 0, 1 or 2, with as many bytes behind as it names", () => {
    for (let before = -1; before <= 2; before++)
      for (let wanted = 0; wanted <= 4; wanted++)
        for (let named = 0; named <= 2; named++)
          for (let there = 0; there <= 3; there++) {
            const { device, send } = setup(before);
            const isGood = before < 0 && wanted <= 2 && there >= named;
            const answer = send(command.setRevision, [...half(wanted), ...half(named),
              ...new Array<number>(there).fill(0)]);
            expect([answer, device.save().revision]).toEqual(isGood ? ["done", wanted] : ["reject", before]);
          }
    const { send } = setup();
    expect(send(command.setRevision, [1, 0, 0, 0])).toBe("reject");
  });

  it("is 0 for a driver that begins with another command, and then no more to be set", () => {
    for (const [name, bytes] of Object.entries(needs)) {
      const code = command[name as keyof typeof command];
      if (code === command.setRevision || code === command.setQueue) continue;
      const { device, send } = setup();
      send(code, bytes.slice(0, -1));
      expect([name, send(code, bytes), device.save().revision])
        .toEqual([name, code === command.reset ? "immediate" : "done", 0]);
      expect([send(command.setRevision, [0, 2, 0, 0]), device.save().revision]).toEqual(["reject", 0]);
      device.disabled();
      expect(send(command.setRevision, [0, 2, 0, 0])).toBe("done");
    }
    const { device, send } = setup();
    for (const code of [0x99, command.setQueue]) expect(send(code, [1])).toBe("reject");
    expect(device.save().revision).toBe(-1);
  });

  it("stays over a reset by command, and goes with the subchannel, disabled or reset", () => {
    const { device, send } = setup(1);
    send(command.reset);
    expect(device.save().revision).toBe(1);
    device.disabled();
    expect(device.save().revision).toBe(-1);
    const other = setup(1);
    other.device.reset();
    expect(other.device.save().revision).toBe(-1);
  });
});

describe("queues", () => {
  it("have sizes that can be asked for; one that does not exist has size 0", () => {
    for (const [index, size] of [[0, 8], [1, 0x100], [2, 0], [0x100, 0], [0xffff, 0]] as const)
      expect(setup(1).ask(command.readQueueConfig, [...half(index), 9, 9]))
        .toEqual([...half(index), ...half(size)]);
  });

  it("lie where a modern driver says", () => {
    for (const index of [0, 1]) {
      const { device, send } = setup(1);
      const before = device.save().queues;
      expect(send(command.setQueue, queueBlock(index, 4))).toBe("done");
      expect(device.save().queues.map(({ size, descriptors, available, used }) =>
        [size, descriptors, available, used])).toEqual(before.map(({ size }, other) =>
        (other === index ? [4, 0x1000n, 0x4000n, 0x6000n] : [size, 0n, 0n, 0n])));
      expect(send(command.setQueue, queueBlock(2, 4))).toBe("reject");
      expect(send(command.setQueue, queueBlock(index, 4, 0))).toBe("done");
      expect(device.save().queues).toEqual(before);
    }
  });

  it("of a legacy driver are whole, in one area, the used ring on the page behind the others", () => {
    for (const [index, size, area, used] of [[0, 8, 0x1000, 0x2000], [0, 8, 0x1f60, 0x2000],
      [0, 8, 0x1f70, 0x3000], [1, 0x100, 0x1000, 0x3000], [1, 0x100, 0x1df0, 0x3000],
      [1, 0x100, 0x1e00, 0x4000]] as const)
      for (const revision of [-1, 0]) {
        const { device, send } = setup(revision);
        expect(send(command.setQueue, legacyBlock(index, size, area))).toBe("done");
        expect(device.save().queues[index]).toEqual({ size, descriptors: BigInt(area),
          available: BigInt(area + 16 * size), used: BigInt(used), lastAvailable: 0, usedIndex: 0,
          signalledUsed: -1, broken: false });
        const placed = device.save();
        for (const block of [legacyBlock(index, size / 2), legacyBlock(index, size, area, 2048),
          legacyBlock(2, size), legacyBlock(index, size, RAM), legacyBlock(index, size, area + 8)])
          expect([send(command.setQueue, block), device.save()]).toEqual(["reject", placed]);
        expect(send(command.setQueue, legacyBlock(index, 0, 0, 0))).toBe("done");
        expect(device.save()).toEqual(setup(0).device.save());
      }
  });

  it("with used buffers set their own indicator, if the driver wants to know", () => {
    const one = setup(2);
    start(one);
    one.send(command.setIndicators, wide(0x7000));
    one.send(command.setQueue, queueBlock(1, 4));
    one.backend.port!.usedChanged(1);
    expect([one.ports.memory.u64(0x7000), one.attentions()]).toEqual([2n, 1]);
    one.ports.memory.setU8(0x4000, 1, "loader");
    one.backend.port!.usedChanged(0);
    expect([one.ports.memory.u64(0x7000), one.attentions()]).toEqual([2n, 1]);
  });
});

describe("indicators", () => {
  it("are where the driver says, and an address outside of storage changes nothing", () => {
    const { device, send } = setup(1);
    const adapter = [...wide(0x7010), ...wide(0x7020), ...wide(3), 5];
    expect([send(command.setConfigIndicators, wide(0x7008)), send(command.setAdapterIndicators, adapter)])
      .toEqual(["done", "done"]);
    const { routes, ...places } = device.save().indicators;
    expect([places, routes.length]).toEqual([{ queues: 0n, config: 0x7008n,
      adapter: { summary: 0x7010n, indicator: 0x7020n, firstBit: 3n, isc: 5 } }, 5]);
    const before = device.save();
    for (const [code, bytes] of [[command.setIndicators, wide(0x7000)],
      [command.setConfigIndicators, wide(RAM)],
      [command.setAdapterIndicators, [...adapter.slice(0, 24), 8]]] as const)
      expect([send(code, bytes), device.save()]).toEqual(["reject", before]);
    send(command.reset);
    expect(send(command.setIndicators, wide(0x7000))).toBe("done");
    expect(device.save().indicators).toEqual({ queues: 0x7000n, config: 0n, adapter: null, routes: [] });
  });
});

describe("the configuration", () => {
  it("is read in the byte order of the revision, as much of it as is asked for", () => {
    for (const [revision, first] of [[-1, 0xb0], [0, 0xb0], [1, 0x10], [2, 0x10]] as const)
      for (let length = 0; length <= 6; length++)
        expect(setup(revision).ask(command.readConfig, new Array<number>(length).fill(9)))
          .toEqual([first, 2, 3, 4, 9, 9].slice(0, length));
  });

  it("is written from its begin on; what is not written stays", () => {
    for (const [length, wanted] of [[0, "16,2,3,4"], [1, "9,2,3,4"], [4, "9,8,7,6"],
      [6, "9,8,7,6"]] as const) {
      const { send, backend } = setup(1);
      expect(send(command.writeConfig, [9, 8, 7, 6, 5, 4].slice(0, length))).toBe("done");
      expect(backend.configs).toEqual([wanted]);
    }
  });

  it("of a type without a field that can be written stays, whatever is written", () => {
    const device = new VirtioCcwDevice(new RecordingPorts(RAM), new VirtioBlock(new Uint8Array(512)));
    const read = (): Uint8Array => {
      const data = new Data(new Array<number>(60).fill(0));
      device.command(command.readConfig, data);
      return data.bytes;
    };
    const before = read();
    expect(device.command(command.writeConfig, new Data(new Array<number>(60).fill(9)))).toBe("done");
    expect(read()).toEqual(before);
  });
});

describe("a device", () => {
  it("is a control unit of type 0x3832 whose model is the device id", () => {
    expect(setup().device.identity)
      .toEqual({ controlUnitType: 0x3832, controlUnitModel: 9, deviceType: 0, deviceModel: 0 });
  });

  it("is as new after each kind of reset, but for its revision", () => {
    for (const kind of ["command", "status", "subchannel"] as const) {
      const one = setup(2);
      start(one, OWN_FEATURES);
      one.send(command.setIndicators, wide(0x7000));
      if (kind === "command") one.send(command.reset);
      if (kind === "status") one.send(command.writeStatus, [0]);
      if (kind === "subchannel") one.device.reset();
      const fresh = setup(kind === "subchannel" ? -1 : 2);
      expect([one.device.save(), one.backend.resets]).toEqual([fresh.device.save(), 1]);
    }
  });

  it("becomes no state that a driver could not have made, and stays as it is", () => {
    const one = setup(2);
    start(one, OWN_FEATURES);
    const good = one.device.save();
    const { queues, indicators } = good;
    const [first, second] = queues;
    for (const change of [{ queues: [first!] }, { queues: [...queues, second!] },
      { queues: [first!, { ...second!, descriptors: BigInt(RAM) }] },
      { queues: [{ ...first!, size: 3 }, second!] },
      { indicators: { ...indicators, queues: BigInt(RAM) } }]) {
      const other = setup(1);
      const before = other.device.save();
      expect([other.device.load({ ...good, ...change }).ok, other.device.save()]).toEqual([false, before]);
    }
    const other = setup();
    expect([other.device.load(good).ok, other.device.save()]).toEqual([true, good]);
  });
});

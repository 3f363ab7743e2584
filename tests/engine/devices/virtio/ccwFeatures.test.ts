/** Features and status of a virtio-ccw device, bit by bit. Virtio 1.2, sections 2.1, 2.2 and 4.3.1.2. */
import { describe, expect, it } from "vitest";
import { command } from "../../../../src/engine/devices/virtio/ccwCommand.ts";
import {
  ACKNOWLEDGED, DRIVER_OK, EVENT_INDEX, FEATURES_OK, INDIRECT, legacyBlock, little, type Machine,
  NEEDS_RESET, OWN_FEATURES, queueBlock, setup, start, VERSION_1, wide,
} from "./ccwMachine.ts";

describe("features", () => {
  it("are offered in words of 32 bits; version 1 only from revision 1 on", () => {
    for (let revision = -1; revision <= 2; revision++) {
      const { ask } = setup(revision);
      const words = [OWN_FEATURES | INDIRECT | EVENT_INDEX, revision >= 1 ? VERSION_1 : 0, 0, 0];
      [...words.entries(), [255, 0] as const].forEach(([index, bits]) =>
        expect(ask(command.readFeatures, [9, 9, 9, 9, index])).toEqual([...little(bits), index]));
    }
  });

  it("are taken word by word; of words that do not exist only zeros", () => {
    for (let revision = -1; revision <= 2; revision++) {
      const { device, send } = setup(revision);
      const isModern = revision >= 1;
      expect(send(command.writeFeatures, [...little(0x8765_4321), 0])).toBe("done");
      expect(send(command.writeFeatures, [...little(0x9abc_def0), 1])).toBe(isModern ? "done" : "reject");
      expect(send(command.writeFeatures, [...little(1), 2])).toBe("reject");
      expect(send(command.writeFeatures, [...little(0), 2])).toBe("done");
      expect(device.save().driverFeatures).toBe(isModern ? 0x9abc_def0_8765_4321n : 0x8765_4321n);
      send(command.writeFeatures, [...little(7), 0]);
      expect(device.save().driverFeatures).toBe(isModern ? 0x9abc_def0_0000_0007n : 7n);
      expect(send(command.writeFeatures, [...little(0), 1])).toBe("done");
      expect(device.save().driverFeatures).toBe(7n);
    }
  });

  it("are accepted if each was offered, and a modern driver knows version 1", () => {
    for (let revision = 0; revision <= 2; revision++)
      for (let bit = 0; bit < 34; bit++)
        for (const isVersion1 of [false, true]) {
          const { send, ask } = setup(revision);
          send(command.writeFeatures, [...little(bit < 32 ? (1 << bit) >>> 0 : 0), 0]);
          const high = bit >= 32 ? 1 << (bit - 32) : 0;
          send(command.writeFeatures, [...little(high | (isVersion1 ? VERSION_1 : 0)), 1]);
          const isOffered = [0, 5, 28, 29, 32].includes(bit) || (revision === 0 && bit > 31);
          const isGood = isOffered && (revision === 0 || isVersion1 || bit === 32);
          expect(send(command.writeStatus, [ACKNOWLEDGED | FEATURES_OK]), `${revision} ${bit} ${isVersion1}`)
            .toBe(isGood ? "done" : "reject");
          expect(ask(command.readStatus, [0])).toEqual([isGood ? ACKNOWLEDGED | FEATURES_OK : 0]);
        }
  });

  it("decide how the queues work, now and after a restore", () => {
    for (const [low, high, wanted] of [[0, 0, ["big", false, false]], [0, 1, ["little", false, false]],
      [INDIRECT, 0, ["big", true, false]], [EVENT_INDEX, 0, ["big", false, true]],
      [INDIRECT | EVENT_INDEX, 1, ["little", true, true]]] as const) {
      const one = setup(2);
      const way = ({ backend }: Machine) => [0, 1].map((index) => {
        const { order, allowsIndirect, usesEventIndex } = backend.port!.queue(index);
        return [order, allowsIndirect, usesEventIndex];
      });
      one.send(command.writeFeatures, [...little(low), 0]);
      one.send(command.writeFeatures, [...little(high), 1]);
      expect(way(one)).toEqual([wanted, wanted]);
      const other = setup();
      expect(other.device.load(one.device.save()).ok).toBe(true);
      expect(way(other)).toEqual([wanted, wanted]);
      one.send(command.reset);
      expect(way(one)).toEqual([["big", false, false], ["big", false, false]]);
    }
  });
});

describe("the status", () => {
  it("is what was written; 0 is a reset", () => {
    for (let status = 0; status < 256; status++) {
      const { ask, send, backend } = setup(0);
      expect(send(command.writeStatus, [status])).toBe("done");
      expect([ask(command.readStatus, [9]), backend.resets]).toEqual([[status], status === 0 ? 1 : 0]);
    }
  });

  it("that makes the driver ready keeps of its features those offered, and serves what waits, once", () => {
    for (const revision of [0, 2]) {
      const { device, send, backend, ports } = setup(revision);
      send(command.writeFeatures, [...little(OWN_FEATURES | 0x2), 0]);
      expect(send(command.setQueue, revision === 2 ? queueBlock(0, 4) : legacyBlock(0, 8))).toBe("done");
      expect([device.notify(0), backend.port!.isRunning(), backend.notifications]).toEqual([true, false, []]);
      for (let time = 0; time < 2; time++) {
        send(command.writeStatus, [ACKNOWLEDGED | DRIVER_OK]);
        expect([device.save().driverFeatures, backend.port!.isRunning(), backend.notifications])
          .toEqual([BigInt(OWN_FEATURES), true, [0]]);
      }
      expect([device.notify(0), device.notify(1), device.notify(2), backend.notifications])
        .toEqual([true, true, false, [0, 0]]);
      expect(ports.writes).toEqual([]);
    }
  });

  it("that makes the driver ready without version 1 turns the rings to its byte order", () => {
    const { device, send, backend } = setup(2);
    send(command.writeFeatures, [...little(VERSION_1), 1]);
    device.disabled();
    send(command.setRevision, [0, 0, 0, 0]);
    expect(backend.port!.queue(0).order).toBe("little");
    send(command.writeStatus, [DRIVER_OK]);
    expect([backend.port!.queue(0).order, device.save().driverFeatures]).toEqual(["big", 0n]);
  });

  it("says that a reset is needed once a queue breaks, whoever met that, and until there is one", () => {
    for (const byNotification of [false, true]) {
      const one = setup(2);
      start(one);
      one.send(command.setQueue, queueBlock(1, 4, 0x9000));
      one.send(command.setConfigIndicators, wide(0x7008));
      // An index far ahead of what the rings hold; both queues have their available ring there.
      one.ports.memory.setU16(0x4002, 0xffff, "loader");
      if (byNotification) one.device.notify(0);
      else one.backend.port!.queue(0).take();
      const status = ACKNOWLEDGED | FEATURES_OK | DRIVER_OK | NEEDS_RESET;
      const told = () =>
        [one.ask(command.readStatus, [0]), one.ports.memory.u64(0x7008), one.attentions()];
      expect(told()).toEqual([[status], 1n, 1]);
      one.device.notify(1);
      one.send(command.writeStatus, [status & ~NEEDS_RESET]);
      expect(told()).toEqual([[status], 1n, 1]);
      one.send(command.writeStatus, [0]);
      expect(told()).toEqual([[0], 1n, 1]);
    }
  });
});

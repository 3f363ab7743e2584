/** The console byte by byte: what is typed, shown and written in an emergency. Virtio 1.2, section 5.3. */
import { describe, expect, it } from "vitest";
import type { ByteOrder } from "../../../../src/engine/devices/virtio/virtioBits.ts";
import { VirtioConsole } from "../../../../src/engine/devices/virtio/console.ts";
import { RequestQueue, untouched } from "./requestQueue.ts";

const RECEIVE = 0, TRANSMIT = 1;
const ORDERS = ["big", "little"] as const;
const KEPT = 0x1_0000, SHOWN_AT_ONCE = 0x1_0000, SHOWN = 0x10_0000;
const numbered = (length: number, from = 0): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => ((from + at) * 7 + 1) & 0xff);

function setup(index: number, order: ByteOrder = "little", bufferBytes?: number) {
  const shown: Uint8Array[] = [];
  const device = new VirtioConsole((bytes) => shown.push(bytes));
  return { device, shown, requests: new RequestQueue(device, index, order, bufferBytes) };
}

describe("what is typed", () => {
  it("fills the room that the guest gives, in order, and waits for more", () => {
    for (const order of ORDERS)
      for (const room of [1, 3, 16]) {
        const { device, requests } = setup(RECEIVE, order);
        expect(device.input(numbered(20))).toBe(20);
        expect(requests.told).toEqual([]);
        for (let from = 0; from < 20; from += room) {
          const length = Math.min(room, 20 - from);
          expect(device.save().pending).toEqual(numbered(20 - from, from));
          const { used, bytes } = requests.request(new Uint8Array(), room);
          expect([used, ...bytes]).toEqual([length, ...numbered(length, from), ...untouched(room - length)]);
        }
        expect(requests.told).toEqual(new Array(Math.ceil(20 / room)).fill(RECEIVE));
        requests.offer(new Uint8Array(), room);
        expect([requests.serve(room), requests.told.length]).toEqual([undefined, Math.ceil(20 / room)]);
        device.input(numbered(1));
        expect([device.save().pending.length, requests.queue.offered()]).toEqual([0, 0]);
      }
  });

  it("fills several buffers at once, which the guest is told of once", () => {
    const { device, requests } = setup(RECEIVE);
    for (let count = 0; count < 3; count++) requests.offer(new Uint8Array(), 4);
    device.input(numbered(5));
    expect([requests.queue.save().usedIndex, requests.queue.offered(), requests.told]).toEqual([2, 1, [0]]);
  });

  it("waits until the guest's driver is ready, or there is one", () => {
    const { device, requests } = setup(RECEIVE);
    requests.isRunning = false;
    requests.offer(new Uint8Array(), 8);
    device.input(numbered(2));
    expect([requests.serve(8), device.save().pending]).toEqual([undefined, numbered(2)]);
    requests.isRunning = true;
    expect(requests.serve(8)!.used).toBe(2);
    const unplugged = new VirtioConsole(() => undefined);
    expect([unplugged.input(numbered(3)), unplugged.save().pending]).toEqual([3, numbered(3)]);
    unplugged.notified(TRANSMIT);
  });

  it("is kept up to 64 KiB, saved and loaded as a copy, and forgotten by a reset", () => {
    const { device } = setup(RECEIVE);
    expect([device.input(numbered(KEPT - 2)), device.input(numbered(5)), device.input(numbered(1))])
      .toEqual([KEPT - 2, 2, 0]);
    expect(device.save().pending.length).toBe(KEPT);
    const state = { pending: numbered(3) };
    device.load(state);
    state.pending.fill(0);
    expect(device.save()).toEqual({ pending: numbered(3) });
    device.reset();
    expect(device.save()).toEqual({ pending: new Uint8Array() });
  });
});

describe("what the guest sends", () => {
  it("is shown in order, the first 1 MiB of a chain", () => {
    for (const length of [0, 1, SHOWN_AT_ONCE, SHOWN_AT_ONCE + 1, SHOWN + 1]) {
      const { shown, requests } = setup(TRANSMIT, "little", 2 * SHOWN);
      const sent = numbered(length);
      // A chain has one buffer at least; here that is one the device has nothing to write into.
      expect(requests.request(sent, 1)).toEqual({ used: 0, bytes: Uint8Array.from(untouched(1)) });
      expect(Buffer.compare(Buffer.concat(shown), sent.subarray(0, SHOWN)), `${length}`).toBe(0);
      expect(shown.every((bytes) => bytes.length > 0 && bytes.length <= SHOWN_AT_ONCE)).toBe(true);
      expect(requests.told).toEqual([TRANSMIT]);
    }
  });

  it("is nothing to be told of where there is nothing", () => {
    const { device, requests, shown } = setup(TRANSMIT);
    expect(requests.serve(0)).toBeUndefined();
    device.notified(RECEIVE);
    expect([requests.told, shown]).toEqual([[], []]);
  });
});

describe("the configuration", () => {
  it("names one port and no size, and takes emergency characters but 0 in either byte order", () => {
    for (const order of ORDERS) {
      const { device, shown } = setup(TRANSMIT, order);
      const view = new DataView(device.config(order).buffer);
      const isLittle = order === "little";
      expect([view.byteLength, view.getUint32(0), view.getUint32(4, isLittle), view.getUint32(8)])
        .toEqual([12, 0, 1, 0]);
      for (let character = 0; character < 256; character++) {
        view.setUint32(8, character, isLittle);
        device.configWritten(new Uint8Array(view.buffer));
      }
      expect(shown.map((bytes) => [...bytes])).toEqual(Array.from({ length: 255 }, (_, at) => [at + 1]));
    }
  });

  it("offers emergency writing and two queues of 64", () => {
    const { device } = setup(TRANSMIT);
    expect([device.id, device.features, device.queueSizes]).toEqual([3, 1n << 2n, [64, 64]]);
  });
});

/** Every kind of block request with every shape, and each limit from both sides. Virtio 1.2, section 5.2. */
import { describe, expect, it } from "vitest";
import { type BlockOptions, VirtioBlock } from "../../../../src/engine/devices/virtio/block.ts";
import type { ByteOrder } from "../../../../src/engine/devices/virtio/virtioBits.ts";
import { RequestQueue, untouched } from "./requestQueue.ts";

const READ = 0, WRITE = 1, FLUSH = 4, GET_ID = 8, DISCARD = 11, WRITE_ZEROES = 13;
const OK = 0, IO_ERROR = 1, UNSUPPORTED = 2;
const ORDERS = ["big", "little"] as const;
const SECTOR = 512, SECTORS = 8;
const MIB = 0x10_0000;

const numbered = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (at * 7 + (at >> 9) + 1) & 0xff);

function disk(options: BlockOptions = {}, order: ByteOrder = "little", image = numbered(SECTORS * SECTOR),
  bufferBytes?: number) {
  const changes: [number, number][] = [];
  const block = new VirtioBlock(image, { ...options, beforeChange: (...change) => changes.push(change) });
  return { image, block, changes, requests: new RequestQueue(block, 0, order, bufferBytes) };
}

/** Header of a request with what follows it. */
function request(order: ByteOrder, type: number, sector: bigint, data: Uint8Array = new Uint8Array()) {
  const bytes = new Uint8Array(16 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, order === "little");
  view.setBigUint64(8, sector, order === "little");
  bytes.set(data, 16);
  return bytes;
}

interface Segment {
  readonly sector: bigint;
  readonly count: number;
  readonly flags?: number;
}

function segments(order: ByteOrder, list: readonly Segment[], bytes = list.length * 16): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes));
  list.forEach(({ sector, count, flags = 0 }, index) => {
    view.setBigUint64(16 * index, sector, order === "little");
    view.setUint32(16 * index + 8, count, order === "little");
    view.setUint32(16 * index + 12, flags, order === "little");
  });
  return new Uint8Array(view.buffer);
}

/** Is this a run of whole sectors of the disk? */
const isInside = (sector: bigint, length: number): boolean =>
  length % SECTOR === 0 && sector * 512n + BigInt(length) <= BigInt(SECTORS * SECTOR);

const FAR = [1n << 32n, 1n << 55n, 1n << 63n, (1n << 64n) - 1n];
const sectors = [...Array.from({ length: SECTORS + 2 }, (_, n) => BigInt(n)), ...FAR];
const lengths = [0, 1, 511, 512, 513, 1024, 7 * SECTOR, 8 * SECTOR, 9 * SECTOR];

describe.each(ORDERS)("a %s-endian request", (order) => {
  it("to read gives whole sectors of the disk, and nothing of a run that is not inside", () => {
    for (const sector of sectors)
      for (const length of lengths) {
        const { image, changes, requests } = disk({}, order);
        const { used, bytes } = requests.request(request(order, READ, sector), length + 1);
        const isGood = isInside(sector, length);
        const at = Number(sector) * SECTOR;
        expect(used, `${sector} ${length}`).toBe(isGood ? length + 1 : 1);
        expect([...bytes]).toEqual(isGood ? [...image.subarray(at, at + length), OK]
          : [...untouched(length), IO_ERROR]);
        expect(changes).toEqual([]);
      }
  });

  it("to write changes whole sectors of the disk, announced before, and no other byte", () => {
    for (const sector of sectors)
      for (const length of lengths) {
        const { image, changes, requests } = disk({}, order);
        const wanted = image.slice();
        const data = numbered(length).reverse();
        const isGood = isInside(sector, length);
        if (isGood) wanted.set(data, Number(sector) * SECTOR);
        const { used, bytes } = requests.request(request(order, WRITE, sector, data), 1);
        expect([used, ...bytes], `${sector} ${length}`).toEqual([1, isGood ? OK : IO_ERROR]);
        expect(Buffer.compare(image, wanted)).toBe(0);
        expect(changes).toEqual(isGood && length > 0 ? [[Number(sector) * SECTOR, length]] : []);
      }
  });

  it("is known by its whole type, has a whole header, and answers in its last byte alone", () => {
    for (const type of [...Array.from({ length: 20 }, (_, n) => n), 0x0100_0000, 0x0400_0000, 0x1_0001])
      for (const length of [0, 15, 16, 32])
        for (const room of [0, 1, 3]) {
          const { image, requests } = disk({}, order);
          const before = image.slice();
          const readable = request(order, type, 1n, segments(order, [{ sector: 1n, count: 0 }]));
          const { used, bytes } = requests.request(readable.subarray(0, length), room);
          if (room === 0) {
            expect(used).toBe(0);
            continue;
          }
          const hasSegment = length === 32 ? OK : IO_ERROR;
          const known: Readonly<Record<number, number>> = {
            [READ]: room === 1 ? OK : IO_ERROR, [WRITE]: length === 16 ? OK : IO_ERROR, [FLUSH]: OK,
            [GET_ID]: OK, [DISCARD]: hasSegment, [WRITE_ZEROES]: hasSegment,
          };
          expect(bytes.at(-1), `type ${type} ${length} ${room}`)
            .toBe(length < 16 ? IO_ERROR : known[type] ?? UNSUPPORTED);
          const isId = type === GET_ID && length >= 16;
          expect([used, ...bytes.slice(0, -1)]).toEqual([isId ? room : 1,
            ...(isId ? new Array<number>(room - 1).fill(0) : untouched(room - 1))]);
          expect(Buffer.compare(image, before)).toBe(0);
        }
  });

  it.each([DISCARD, WRITE_ZEROES])("of type %i leaves zeros in all of its segments, or in none", (type) => {
    const all = [[{ sector: 0n, count: 1 }], [{ sector: 2n, count: 3 }, { sector: 7n, count: 1 }],
      [{ sector: 8n, count: 0 }], [{ sector: 1n, count: 2 }, { sector: 7n, count: 2 }],
      [{ sector: 0n, count: 9 }], [{ sector: 9n, count: 0 }], ...FAR.map((sector) => [{ sector, count: 1 }])];
    for (const list of all) {
      const { image, changes, requests } = disk({}, order);
      const isGood = list.every(({ sector, count }) => isInside(sector, count * SECTOR));
      const areas = isGood ? list.filter(({ count }) => count > 0) : [];
      const wanted = image.slice();
      for (const { sector, count } of areas)
        wanted.fill(0, Number(sector) * SECTOR, (Number(sector) + count) * SECTOR);
      const { used, bytes } = requests.request(request(order, type, 5n, segments(order, list)), 1);
      expect([used, ...bytes]).toEqual([1, isGood ? OK : IO_ERROR]);
      expect(Buffer.compare(image, wanted)).toBe(0);
      expect(changes)
        .toEqual(areas.map(({ sector, count }) => [Number(sector) * SECTOR, count * SECTOR]));
    }
  });
});

describe("segments", () => {
  it("are 1 to 16 whole ones", () => {
    const list = Array.from({ length: 18 }, () => ({ sector: 0n, count: 1 }));
    for (let length = 0; length <= 18 * 16; length++) {
      const { requests, changes } = disk();
      const data = segments("little", list).subarray(0, length);
      const isGood = length % 16 === 0 && length >= 16 && length <= 256;
      expect(requests.request(request("little", DISCARD, 0n, data), 1).bytes[0], `${length}`)
        .toBe(isGood ? OK : IO_ERROR);
      expect(changes.length).toBe(isGood ? length / 16 : 0);
    }
  });

  it("are of at most 32,768 sectors", () => {
    const { requests } = disk({}, "little", new Uint8Array(0x8002 * SECTOR));
    for (const [count, status] of [[0x8000, OK], [0x8001, UNSUPPORTED]] as const)
      expect(requests.request(request("little", DISCARD, 0n, segments("little", [{ sector: 0n, count }])), 1)
        .bytes[0]).toBe(status);
  });

  it("know one flag, unmap, and that with WRITE ZEROES alone", () => {
    for (const type of [DISCARD, WRITE_ZEROES])
      for (let bit = -1; bit < 32; bit++) {
        const { requests, changes } = disk();
        const flags = bit < 0 ? 0 : 2 ** bit;
        const data = segments("little", [{ sector: 1n, count: 1 }, { sector: 3n, count: 1, flags }]);
        const isGood = flags === 0 || (flags === 1 && type === WRITE_ZEROES);
        expect(requests.request(request("little", type, 0n, data), 1).bytes[0], `type ${type} bit ${bit}`)
          .toBe(isGood ? OK : UNSUPPORTED);
        expect(changes.length).toBe(isGood ? 2 : 0);
      }
  });
});

describe("a request", () => {
  it("is of at most 32 MiB, and written in its order however long", () => {
    const { image, requests } = disk({}, "little", new Uint8Array(32 * MIB + 2 * SECTOR), MIB);
    for (const [length, status] of [[32 * MIB, OK], [32 * MIB + SECTOR, IO_ERROR]] as const) {
      expect(requests.request(request("little", READ, 1n), length + 1).used)
        .toBe(status === OK ? length + 1 : 1);
      expect(requests.request(request("little", WRITE, 1n), 1, 16 + length).bytes[0]).toBe(status);
    }
    const data = numbered(0x2_0000 + SECTOR);
    expect(requests.request(request("little", WRITE, 1n, data), 1).bytes[0]).toBe(OK);
    expect(Buffer.compare(image.subarray(SECTOR, SECTOR + data.length), data)).toBe(0);
  });

  it("for the serial number gets 20 bytes of ASCII, or as many as it has room for", () => {
    for (const serial of [undefined, "", "LATCH", "12345678901234567890", "123456789012345678901", "\u{e9}a"])
      for (let room = 1; room <= 25; room++) {
        const { requests } = disk(serial === undefined ? {} : { serial });
        const length = Math.min(20, room - 1);
        const id = Array.from({ length }, (_, at) => ((serial ?? "").charCodeAt(at) || 0) & 0x7f);
        const { used, bytes } = requests.request(request("little", GET_ID, 0n), room);
        const behind = untouched(room - 1 - length);
        expect([used, ...bytes]).toEqual([length + 1, ...id, ...behind, OK]);
      }
  });

  it("that changes a read-only disk is an error, and changes nothing", () => {
    for (const [type, wanted] of [[READ, OK], [FLUSH, OK], [GET_ID, OK], [WRITE, IO_ERROR],
      [DISCARD, IO_ERROR], [WRITE_ZEROES, IO_ERROR]] as const) {
      const { image, requests, changes } = disk({ readOnly: true });
      const data = type === WRITE ? numbered(SECTOR) : segments("little", [{ sector: 1n, count: 1 }]);
      expect(requests.request(request("little", type, 1n, data), 1).bytes[0]).toBe(wanted);
      expect([Buffer.compare(image, numbered(SECTORS * SECTOR)), changes]).toEqual([0, []]);
    }
  });

  it("is served with all that were offered, which are told of once, and none of which not at all", () => {
    const { block, requests } = disk();
    for (const count of [0, 1, 3]) {
      requests.told.length = 0;
      for (let n = 0; n < count; n++) requests.offer(request("little", FLUSH, 0n), 1);
      block.notified(1);
      expect(requests.told).toEqual([]);
      expect([requests.serve(1) !== undefined, requests.queue.offered()]).toEqual([count > 0, 0]);
      expect(requests.told).toEqual(count > 0 ? [0] : []);
    }
    const unplugged = new VirtioBlock(new Uint8Array(SECTOR));
    unplugged.notified(0);
    expect(unplugged.config("big")[7]).toBe(1);
  });
});

describe("the configuration", () => {
  it("gives capacity, limits and sizes in either byte order; and no limits of change if read only", () => {
    for (const order of ORDERS)
      for (const readOnly of [false, true]) {
        const { block } = disk({ readOnly }, order, new Uint8Array(5 * SECTOR + 511));
        const view = new DataView(block.config(order).buffer);
        const word = (at: number): number => view.getUint32(at, order === "little");
        expect([view.byteLength, view.getBigUint64(0, order === "little"), word(8), word(12), word(16)])
          .toEqual([60, 5n, 0, 126, 0]);
        expect([word(20), word(24), word(28), view.getUint16(32), view.getUint16(34, order === "little")])
          .toEqual([512, 0, 0, 0, 1]);
        const changing = [36, 40, 44, 48, 52].map(word);
        expect(changing).toEqual(readOnly ? [0, 0, 0, 0, 0] : [0x8000, 16, 1, 0x8000, 16]);
        expect(view.getUint32(56)).toBe(readOnly ? 0 : 0x0100_0000);
      }
  });

  it("offers segment limit, block size and flush, and what its disk allows, on one queue of 256", () => {
    const common = (1n << 2n) | (1n << 6n) | (1n << 9n);
    const { block } = disk();
    expect([block.features, disk({ readOnly: true }).block.features])
      .toEqual([common | (1n << 13n) | (1n << 14n), common | (1n << 5n)]);
    expect([block.id, block.queueSizes]).toEqual([2, [256]]);
  });
});

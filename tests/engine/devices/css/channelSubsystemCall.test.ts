/** CHANNEL SUBSYSTEM CALL: each command with every bit of its request, and every length. */
import { describe, expect, it } from "vitest";
import { channelMachine } from "./channelMachine.ts";

const BLOCK = 0x6000;
const EXECUTED = 1, BAD_REQUEST = 3, NOT_PROVIDED = 4, NO_EVENT = 5, BAD_FORMAT = 7, NO_IMAGE = 8;

/** Response code and length of a request with these parameter words. */
function call(command: number, length: number, words: readonly number[]) {
  const { css, at, ports } = channelMachine();
  const { memory } = ports;
  memory.setU16(BLOCK, length, "loader");
  memory.setU16(BLOCK + 2, command, "loader");
  words.forEach((word, index) => memory.setU32(BLOCK + 4 + 4 * index, word, "loader"));
  expect(css.chsc(at(BLOCK))).toEqual({ cc: 0 });
  return {
    size: memory.u16(BLOCK + length), code: memory.u16(BLOCK + length + 2), state: css.save(),
    parameter: memory.u32(BLOCK + length + 4), data: ports.hex(BLOCK + length + 8, 8),
  };
}
/** Response codes by the bit that is on, of 96 bits in three words beside those of `base`. */
const codes = (command: number, length: number, base: readonly number[]): number[] =>
  Array.from({ length: 96 }, (_, bit) => call(command, length, base.map((word, index) =>
    (index === bit >> 5 ? (word | (0x8000_0000 >>> (bit & 31))) >>> 0 : word))).code);
const within = (bit: number, ...ranges: readonly (readonly [number, number])[]): boolean =>
  ranges.some(([first, last]) => bit >= first && bit <= last);

describe("store channel-path description (0x0002)", () => {
  it("refuses reserved bits, formats above 15, images and ranges that run backwards", () => {
    codes(2, 16, [0, 0xff, 0]).forEach((code, bit) => {
      const wanted = within(bit, [0, 1], [16, 19], [32, 55], [64, 95]) ? BAD_REQUEST
        : within(bit, [4, 7]) ? BAD_FORMAT : within(bit, [8, 15]) ? NO_IMAGE : EXECUTED;
      expect(code, `bit ${bit}`).toBe(wanted);
    });
    expect([call(2, 24, [0, 0xff, 0]).code, call(2, 16, [0x5, 0x4, 0]).code, call(2, 16, [0x5, 0x5, 0]).code])
      .toEqual([BAD_REQUEST, BAD_REQUEST, EXECUTED]);
  });

  it("describes path 0 in formats 0 and 1, and no other path and format", () => {
    for (const format of [0, 1, 2, 3, 15])
      for (const [first, last] of [[0, 0], [0, 255], [1, 255]] as const) {
        const byField = format <= 1 ? (format << 28) >>> 0 : format << 8;
        const { size, code, parameter, data } = call(2, 16, [byField | first, last, 0]);
        const bytes = first === 0 && format <= 1 ? [8, 32][format]! : 0;
        expect([size, code, parameter]).toEqual([8 + bytes, EXECUTED, format]);
        expect(data).toBe(bytes ? "8000320000000000" : "0000000000000000");
      }
    expect([0x100, 0x1000_0100].map((word) => call(2, 16, [word, 0, 0]).parameter)).toEqual([0, 1]);
  });

  it("knows the default image by the m bit, and image 0", () => {
    const ofImage = (image: number, isM: boolean): number =>
      call(2, 16, [((isM ? 0x2000_0000 : 0) | (image << 16)) >>> 0, 0, 0]).code;
    for (const [image, isM, code] of [[0, false, EXECUTED], [0, true, EXECUTED], [0xfe, true, EXECUTED],
      [0xfe, false, NO_IMAGE], [0xfd, true, NO_IMAGE], [0xff, true, NO_IMAGE]] as const)
      expect(ofImage(image, isM)).toBe(code);
  });
});

describe("store characteristics (0x0010)", () => {
  it("refuses reserved bits, another format, image or length", () => {
    codes(0x10, 16, [0, 0, 0]).forEach((code, bit) => {
      const wanted = within(bit, [12, 15]) ? BAD_FORMAT : within(bit, [16, 23]) ? NO_IMAGE
        : within(bit, [0, 1], [3, 11], [24, 31], [32, 95]) ? BAD_REQUEST : EXECUTED;
      expect(code, `bit ${bit}`).toBe(wanted);
    });
    expect([call(0x10, 24, [0, 0, 0]).code, call(0x10, 16, [0x2000_fe00, 0, 0]).code,
      call(0x10, 16, [0xfe00, 0, 0]).code]).toEqual([BAD_REQUEST, EXECUTED, NO_IMAGE]);
    expect(call(0x10, 16, [0, 0, 0]).size).toBe(8 + 4072);
  });
});

describe("set domain attributes (0x0031)", () => {
  it("switches images or subchannel sets on, and refuses everything else", () => {
    codes(0x31, 0x400, [0, 0, 0]).forEach((code, bit) => {
      const wanted = within(bit, [4, 7]) ? BAD_FORMAT : bit === 30 || bit >= 32 ? EXECUTED : BAD_REQUEST;
      expect(code, `bit ${bit}`).toBe(wanted);
    });
    for (const operation of [0, 1, 2, 3]) {
      const { code, state } = call(0x31, 0x400, [operation, 0, 0]);
      expect([code, state.multipleImages, state.multipleSubchannelSets])
        .toEqual([operation % 2 ? BAD_REQUEST : EXECUTED, operation === 0, operation === 2]);
    }
    for (const length of [16, 0x3f8, 0x408]) expect(call(0x31, length, [0, 0, 0]).code).toBe(BAD_REQUEST);
  });
});

it("any other command is not provided, and there is no event to be stored", () => {
  for (let command = 0; command < 0x100; command++)
    if (![2, 0x10, 0x31].includes(command))
      expect(call(command, 16, [0, 0, 0]).code).toBe(command === 0x0e ? NO_EVENT : NOT_PROVIDED);
});

it("a request is of 16 to 4,088 bytes in doublewords, in a block of its own", () => {
  for (const [length, isGood] of [[8, false], [15, false], [16, true], [20, false], [24, true], [4088, true],
    [4096, false]] as const) {
    const { css, at, ports } = channelMachine();
    ports.memory.setU16(BLOCK, length, "loader");
    expect(css.chsc(at(BLOCK))).toEqual(isGood ? { cc: 0 } : { program: 0x15 });
    if (isGood) expect(ports.hex(BLOCK + length, 4)).toBe("00080004");
  }
  const { css, at } = channelMachine();
  for (let bit = 0; bit < 12; bit++) expect(css.chsc(at(BLOCK + 2 ** bit))).toEqual({ program: 6 });
});

/** Where channel programs end: addresses, lengths, counts and limits from both sides (PoP, chapter 15). */
import { describe, expect, it } from "vitest";
import { fetchCcw } from "../../../../src/engine/devices/css/ccw.ts";
import { ChainedData } from "../../../../src/engine/devices/css/channelData.ts";
import { CCW, channelMachine, DATA, IRB, word } from "./channelMachine.ts";

const RAM = 0x110_0000;
const LIMIT_0 = 0x100_0000, LIMIT_1 = 0x8000_0000;
const FORMAT_1 = "0080", FORMAT_0 = "0000";
const CHAIN_DATA = 0x80, CHAIN_COMMAND = 0x40, SUPPRESS_LENGTH = 0x20;
const byte = (value: number): string => value.toString(16).padStart(2, "0");
const half = (value: number): string => value.toString(16).padStart(4, "0");

function machine(memoryBytes?: number) {
  const one = channelMachine(memoryBytes);
  one.enable();
  const { start, test, scsw } = one;
  /** Starts a program and takes its status: CCW address, device and subchannel status, residual count. */
  const run = (ccws: string, orb: Parameters<typeof start>[1] = {}): string => {
    expect(start(ccws, orb)).toEqual({ cc: 0 });
    expect(test()).toEqual({ cc: 0 });
    return scsw().slice(8);
  };
  return { ...one, run };
}
const ended = (at: number, count = 0): string => word(at) + "0c00" + half(count);
const programCheck = (at: number, count = 0): string => word(at) + "0020" + half(count);

describe("a channel program", () => {
  it("begins on a doubleword", () => {
    const { run } = machine();
    for (let off = 0; off < 8; off++)
      expect(run("03000000" + word(0), { cpa: CCW + off }), `${off}`)
        .toBe(off === 0 ? ended(CCW + 8) : programCheck(CCW + off + 8));
  });

  it("of format 0 lies below 16 MiB, wherever it comes from; of format 1 it may lie behind", () => {
    const { run, ports } = machine(RAM);
    const last = LIMIT_0 - 8;
    expect(run("0300000000000001", { cpa: last, flags: FORMAT_0 })).toBe(ended(LIMIT_0, 1));
    expect(run("0300000000000001", { cpa: LIMIT_0, flags: FORMAT_0 })).toBe(programCheck(LIMIT_0 + 8));
    ports.put(LIMIT_0, "0300000000000001");
    expect(run("0300000040000001", { cpa: last, flags: FORMAT_0 })).toBe(programCheck(LIMIT_0 + 8));
    expect(run("03400000" + word(0) + "03000000" + word(0), { cpa: last })).toBe(ended(LIMIT_0 + 8));
    expect(run("", { cpa: RAM })).toBe(programCheck(RAM + 8));
  });

  it("of format 0 moves data below 16 MiB, of format 1 below the end of storage", () => {
    const { run } = machine(RAM);
    const at = (address: number, count: number): string => "02" + address.toString(16) + "0000" + half(count);
    for (const [address, count, isGood] of [[LIMIT_0 - 4, 4, true], [LIMIT_0 - 4, 5, false],
      [LIMIT_0 - 1, 1, true]] as const)
      expect(run(at(address, count), { flags: FORMAT_0 }))
        .toBe(isGood ? ended(CCW + 8) : programCheck(CCW + 8, count));
    for (const [address, count, isGood] of [[LIMIT_0 - 4, 5, true], [RAM - 4, 4, true], [RAM - 4, 5, false],
      [RAM, 1, false], [LIMIT_1 - 1, 1, false]] as const)
      expect(run(`0200${half(count)}${word(address)}`))
        .toBe(isGood ? ended(CCW + 8) : programCheck(CCW + 8, count));
  });

  it("has valid fields in each CCW even where no data is moved", () => {
    const { run } = machine();
    for (const [ccw, isGood] of [["03200001" + word(LIMIT_1 - 1), true], ["03200001" + word(LIMIT_1), false],
      ["03200001" + word(0xffff_ffff), false], ["03210001" + word(0), false],
      ["03000000" + word(0), true]] as const)
      expect(run(ccw)).toBe(isGood ? ended(CCW + 8, Number.parseInt(ccw.slice(4, 8), 16))
        : programCheck(CCW + 8, 1));
    expect(run("0300000000000000", { flags: FORMAT_0 })).toBe(programCheck(CCW + 8));
    expect(run("0300000000000001", { flags: FORMAT_0 })).toBe(ended(CCW + 8, 1));
  });

  it("neither begins with a transfer in channel nor has two in a row, or one that leads nowhere", () => {
    const { run, ports } = machine();
    const there = CCW + 0x100;
    ports.put(there, "03000000" + word(0));
    expect(run("08000000" + word(there))).toBe(programCheck(CCW + 8));
    expect(run("03400000" + word(0) + "08000000" + word(there))).toBe(ended(there + 8));
    for (const tic of ["08000001" + word(there), "08010000" + word(there), "08000000" + word(there + 4)])
      expect(run("03400000" + word(0) + tic)).toBe(programCheck(CCW + 16));
    ports.put(there, "08000000" + word(there + 8) + "03000000" + word(0));
    expect(run("03400000" + word(0) + "08000000" + word(there))).toBe(programCheck(there + 8));
    // In format 0 what else the word holds does not matter.
    ports.put(there, "0300000000000001");
    expect(run("0300000040000001" + "f8004100ff00ffff", { flags: FORMAT_0 })).toBe(ended(there + 8, 1));
  });

  it("ends at a command code that names no operation", () => {
    const { run } = machine();
    for (let code = 0; code < 256; code++) {
      const isNone = (code & 15) === 0 || (code & 15) === 8;
      const status = run(byte(code) + "200001" + word(DATA));
      expect(status.slice(8, 12) === "0020", byte(code)).toBe(isNone);
    }
  });

  it("runs 512 CCWs at once, transfers among them; the rest a slice of time later", () => {
    for (const [commands, isAtOnce] of [[511, true], [512, true], [513, false]] as const) {
      const { start, test, ports, scsw } = machine();
      start(("03400000" + word(0)).repeat(commands - 1) + "03000000" + word(0));
      expect([test(), ports.time.waiting]).toEqual(isAtOnce ? [{ cc: 0 }, 0] : [{ cc: 1 }, 1]);
      if (isAtOnce) continue;
      expect(scsw().slice(0, 8)).toBe("008040c0");
      ports.time.advance(999_999n);
      expect(test()).toEqual({ cc: 1 });
      ports.time.advance(1n);
      expect([test(), scsw().slice(4)]).toEqual([{ cc: 0 }, "4007" + ended(CCW + 8 * commands)]);
    }
  });
});

describe("incorrect length", () => {
  it("is told of data chaining and of a rest, but for what format, ORB, flags and kind suppress", () => {
    const { run } = machine();
    for (const isImmediate of [false, true])
      for (const format of [FORMAT_0, FORMAT_1])
        for (const suppression of ["00", "80"])
          for (const flags of [0, SUPPRESS_LENGTH, CHAIN_DATA, CHAIN_DATA | SUPPRESS_LENGTH])
            for (const rest of [0, 1]) {
              // Immediate operations ask for no data: what is left is the whole count.
              const count = isImmediate ? rest || (format === FORMAT_0 ? 1 : 0) : 1 + rest;
              if (count === 0 && flags & CHAIN_DATA) continue;
              const code = isImmediate ? "0b" : "04";
              const one = (of: number, size: number, at: number): string => format === FORMAT_1
                ? code + byte(of) + half(size) + word(at)
                : code + at.toString(16).padStart(6, "0") + byte(of) + "00" + half(size);
              const bytes = isImmediate ? count : 33;
              const residual = isImmediate ? count : bytes - 32;
              const ccws = one(flags, bytes, DATA) + one(SUPPRESS_LENGTH, 3, DATA);
              const isSilent = isImmediate && (format === FORMAT_0 || suppression === "80");
              const isWrong = !isSilent
                && ((flags & CHAIN_DATA) !== 0 || (residual !== 0 && (flags & SUPPRESS_LENGTH) === 0));
              expect(run(ccws, { flags: format, control: suppression }), `${code} ${format} ${flags} ${rest}`)
                .toBe(word(CCW + 8) + (isWrong ? "0c40" : "0c00") + half(residual));
            }
  });

  it("ends command chaining", () => {
    const { run } = machine();
    const next = "03000000" + word(0);
    expect(run(`04${byte(CHAIN_COMMAND)}0021` + word(DATA) + next)).toBe(word(CCW + 8) + "0c400001");
    expect(run(`04${byte(CHAIN_COMMAND | SUPPRESS_LENGTH)}0021` + word(DATA) + next)).toBe(ended(CCW + 16));
  });
});

describe("the commands of every device", () => {
  it("give as much sense and identity as is asked for, and take the sense away", () => {
    for (const count of [1, 7, 8, 31, 32, 33, 255, 256, 257]) {
      const { run, ports } = machine();
      const none = "cc".repeat(260);
      ports.put(DATA, none);
      expect(run("e420" + half(count) + word(DATA))).toBe(ended(CCW + 8, Math.max(0, count - 256)));
      const identity = ("ff383203000000" + "00".repeat(249)).slice(0, 2 * count);
      expect(ports.hex(DATA, 260)).toBe(identity + none.slice(identity.length));
      // A rejected command leaves its sense until BASIC SENSE takes it, where the status does not.
      for (const isTaken of [false, true]) {
        const other = machine();
        const state = other.css.save();
        state.subchannels[0]!.pmcw.characteristics = 0;
        other.css.load(state);
        expect(other.run("e7200001" + word(DATA))).toBe(word(CCW + 8) + "02000001");
        other.ports.put(DATA, none);
        if (isTaken) other.run("04200020" + word(DATA + 0x200));
        expect(other.run("0420" + half(count) + word(DATA))).toBe(ended(CCW + 8, Math.max(0, count - 32)));
        const sense = ((isTaken ? "00" : "80") + "00".repeat(31)).slice(0, 2 * count);
        expect(other.ports.hex(DATA, 260)).toBe(sense + none.slice(sense.length));
      }
    }
  });
});

describe("a rejected command", () => {
  it("leaves command reject alone, whatever sense was there before", () => {
    const { css, run, ports } = machine();
    const state = css.save();
    state.subchannels[0]!.sense.fill(0x55);
    css.load(state);
    expect(run("e7200001" + word(DATA))).toBe(word(CCW + 8) + "02000001");
    expect(ports.hex(IRB + 32, 32)).toBe("80" + "00".repeat(31));
  });
});

describe("an indirect list", () => {
  const LIST = 0x5000, FIRST_BLOCK = 0x1_0000, SECOND_BLOCK = 0x1_8000;

  it("goes on with its next word behind 2 KiB, in format 2 behind 4 KiB unless the ORB says 2", () => {
    for (const [flags, block] of [[0x80, 2048], [0x81, 2048], [0x82, 4096], [0x83, 2048]] as const)
      for (const offset of [0, 1, 0x7ff, 0x800, 0x801, 0xffe, 0xfff]) {
        const { ports } = channelMachine();
        const { memory } = ports;
        const first = block - (offset % block);
        const words = [FIRST_BLOCK + offset, SECOND_BLOCK].map(word);
        ports.put(LIST, words.map((address) => (flags & 2 ? word(0) + address : address)).join(""));
        ports.put(CCW, "0204" + half(first + 2) + word(LIST));
        const data = new ChainedData(memory, fetchCcw(memory, CCW, true)!, flags);
        expect(data.write(0, new Uint8Array(first + 2).fill(7)), `${flags} ${offset}`).toBe(true);
        const written = [0, first - 1, first].map((at) => memory.u8(FIRST_BLOCK + offset + at));
        expect([...written, ...memory.read(SECOND_BLOCK, 3)]).toEqual([7, 7, 0, 7, 7, 0]);
      }
  });
});

describe("a data chain", () => {
  const lengthOf = (counts: readonly number[]): number => {
    const { ports } = channelMachine();
    counts.forEach((count, index) => ports.put(CCW + 8 * index, "0180" + half(count) + word(DATA)));
    return new ChainedData(ports.memory, fetchCcw(ports.memory, CCW, true)!, 0x80).length;
  };

  it("is looked at up to 256 CCWs or 128 KiB", () => {
    for (const [count, length] of [[255, 255], [256, 256], [300, 256]] as const)
      expect(lengthOf([...new Array<number>(count).fill(1)])).toBe(length);
    for (const [size, total] of [[0x8000, 0x2_0000], [0x7fff, 0x7fff * 5], [0xffff, 0x2_fffd]] as const)
      expect(lengthOf(new Array<number>(8).fill(size))).toBe(total);
  });

  it("goes through one transfer in channel at a time", () => {
    const { ports, run } = machine();
    const there = CCW + 0x100;
    for (const [next, isWhole] of [["00000003" + word(DATA + 2), true],
      ["08000000" + word(there + 8), false]] as const) {
      ports.put(DATA, "ee".repeat(6));
      ports.put(there, next + "00000003" + word(DATA));
      expect(run("02800002" + word(DATA) + "08000000" + word(there)))
        .toBe(isWhole ? ended(there + 8) : word(CCW + 8) + "0c400000");
      expect(ports.hex(DATA, 6)).toBe(isWhole ? "0102030405ee" : "0102eeeeeeee");
    }
  });
});

/** DIAGNOSE over all small combinations of its operands, against the rules of each function in words. */
import { describe, expect, it } from "vitest";
import type { CpuPort } from "../../../../src/engine/devices/diag/cpuPort.ts";
import { Diagnose } from "../../../../src/engine/devices/diag/diagnose.ts";
import { ccwIplBlock, isIplBlockValid } from "../../../../src/engine/devices/diag/iplBlock.ts";
import { RecordingPorts } from "../css/recordingPorts.ts";

const SPECIFICATION = { kind: "program", code: 6 };
const ADDRESSING = { kind: "program", code: 5 };
const DONE = { kind: "done" };
const PAGE = 0x1000;
const INVALID = 0xffff_ffff_ffff_ffean;

interface Watched {
  isRunning: boolean;
  readonly calls: (bigint | "cancel")[];
}

function machine(prefix = 0x4000, hasWatchdog = true) {
  const ports = new RecordingPorts();
  const watched: Watched = { isRunning: false, calls: [] };
  const watchdog = {
    get isRunning() { return watched.isRunning; },
    start: (seconds: bigint) => { watched.calls.push(seconds); },
    cancel: () => { watched.calls.push("cancel"); },
  };
  const diagnose = new Diagnose({
    memory: ports.memory, ...(hasWatchdog ? { watchdog } : {}), notifyQueue: () => true,
  });
  const registers = new Array<bigint>(16).fill(0n);
  const cpu: CpuPort = {
    address: 0, prefix, gr: (n) => registers[n]!, setGr: (n, value) => { registers[n] = value; },
  };
  const run = (code: number, values: Readonly<Record<number, bigint>>, r1 = 2, r3 = 4) => {
    for (const [n, value] of Object.entries(values)) registers[Number(n)] = value;
    return diagnose.diagnose(code, r1, r3, cpu);
  };
  return { ports, memory: ports.memory, diagnose, registers, watched, run };
}

it("0x10 zeroes whole pages from page 2 on, all but the prefix area, as far as there is storage", () => {
  const { memory } = machine();
  const places = [0, 1, 2, 3, 4, 5, 6, 8, 255, 256, 300].map((number) => number * PAGE);
  for (const prefix of [0x2000, 0x4000, memory.size - 0x2000]) {
    const { run, memory: ram } = machine(prefix);
    for (const first of places)
      for (const last of [...places, 2 ** 52]) {
        ram.fill(0, ram.size, 0xaa, "loader");
        const isRange = first >= 2 * PAGE && first <= last;
        expect(run(0x10, { 2: BigInt(first), 4: BigInt(last) })).toEqual(isRange ? DONE : SPECIFICATION);
        const wrong = Array.from({ length: 256 }, (_, number) => number * PAGE).filter((at) => {
          const isPrefix = at === prefix || at === prefix + PAGE;
          const wanted = isRange && at >= first && at <= last && !isPrefix ? 0 : 0xaa;
          return [0, 1, PAGE - 1].some((offset) => ram.u8(at + offset) !== wanted);
        });
        expect(wrong, `${first} to ${last}, prefix ${prefix}`).toEqual([]);
      }
  }
  for (const odd of [1n, 8n, 0x800n])
    for (const operands of [{ 2: 0x2000n + odd, 4: 0x3000n }, { 2: 0x2000n, 4: 0x3000n + odd }])
      expect(machine().run(0x10, operands)).toEqual(SPECIFICATION);
});

describe("0x258", () => {
  const REAL = 0x2_0000;
  const fields = {
    code: [0, 2, 0x258n], subfunction: [2, 2, 0n], length: [4, 2, 5n], version: [6, 2, 2n],
    token: [8, 8, 0x318n], select: [16, 8, 3n], compare: [24, 8, 1n], reserved: [32, 8, 1n << 63n],
  } as const;
  type Field = keyof typeof fields;
  type Machine = ReturnType<typeof machine>;
  function put({ memory }: Machine, values: Partial<Record<Field, bigint>>, at = REAL): void {
    for (const [name, [offset, bytes, usual]] of Object.entries(fields))
      for (let byte = 0; byte < bytes; byte++)
        memory.setU8(at + offset + byte,
          Number(((values[name as Field] ?? usual) >> BigInt(8 * (bytes - 1 - byte))) & 0xffn), "loader");
  }
  const cancel = { subfunction: 1n, token: 0n, select: 0n, compare: 0n, reserved: 0n } as const;

  it.each<readonly [string, Partial<Record<Field, bigint>>, object]>([
    ["takes a larger block", { length: 6n }, DONE], ["wants its code", { code: 0x259n }, SPECIFICATION],
    ["wants five doublewords", { length: 4n }, SPECIFICATION],
    ["wants version 2, not 1", { version: 1n }, SPECIFICATION],
    ["wants version 2, not 3", { version: 3n }, SPECIFICATION],
    ["knows no subfunction 2", { subfunction: 2n }, SPECIFICATION],
    ["wants a token on a doubleword", { token: 0x31cn }, SPECIFICATION],
    ["wants a token in storage", { token: 0x10_0000n }, ADDRESSING],
    ["wants all of the token in storage", { token: 0xf_fff8n }, DONE],
    ["wants no compare bit but selected ones", { select: 2n }, SPECIFICATION],
    ["takes no compare bits", { select: 0n, compare: 0n }, DONE],
    ["wants its reserved doubleword", { reserved: 0n }, SPECIFICATION],
    ["wants its reserved doubleword as it is", { reserved: (1n << 63n) | 1n }, SPECIFICATION],
  ])("%s", (_name, values, outcome) => {
    const one = machine();
    put(one, values);
    expect(one.run(0x258, { 2: BigInt(REAL), 4: 99n })).toEqual(outcome);
    expect([one.registers[4], one.diagnose.save().handshakes])
      .toEqual(outcome === DONE ? [0n, [0]] : [99n, []]);
  });

  it("asks nothing of a second establishment, and cancels with zeros only", () => {
    const one = machine();
    put(one, {});
    one.run(0x258, { 2: BigInt(REAL) });
    put(one, { token: 1n, reserved: 0n });
    expect([one.run(0x258, { 2: BigInt(REAL) }), one.registers[4]]).toEqual([DONE, 8n]);
    for (const name of ["token", "select", "compare", "reserved"] as const) {
      put(one, { ...cancel, [name]: 8n });
      expect(one.run(0x258, { 2: BigInt(REAL), 4: 99n }), name).toEqual(SPECIFICATION);
    }
    put(one, cancel);
    expect([one.run(0x258, { 2: BigInt(REAL) }), one.registers[4]]).toEqual([DONE, 0n]);
    expect([one.run(0x258, { 2: BigInt(REAL) }), one.registers[4]]).toEqual([DONE, 4n]);
  });

  it("is each CPU's own, travels with the machine in order, and ends with a reset", () => {
    const one = machine();
    put(one, {});
    const on = (address: number, to = one.diagnose): unknown => {
      const registers = new Map([[2, BigInt(REAL)]]);
      const cpu: CpuPort = { address, prefix: 0x4000, gr: (n) => registers.get(n) ?? 0n,
        setGr: (n, value) => { registers.set(n, value); } };
      to.diagnose(0x258, 2, 4, cpu);
      return registers.get(4);
    };
    expect([on(9), on(2), on(9)]).toEqual([0n, 0n, 8n]);
    const saved = one.diagnose.save();
    expect(saved.handshakes).toEqual([2, 9]);
    const other = machine();
    put(other, {});
    on(5, other.diagnose);
    other.diagnose.load({ handshakes: saved.handshakes, iplBlock: ccwIplBlock(1) });
    expect([on(2, other.diagnose), on(9, other.diagnose), on(5, other.diagnose)]).toEqual([8n, 8n, 0n]);
    other.diagnose.reset();
    expect(other.diagnose.save()).toEqual({ handshakes: [], iplBlock: ccwIplBlock(1) });
  });

  it("finds its block at a real address, untorn by prefixing, and on a doubleword", () => {
    for (const prefix of [0x4000, 0x6000]) {
      for (const [real, absolute] of [
        [0x800, prefix + 0x800], [0x1fd8, prefix + 0x1fd8], [prefix, 0], [prefix + 0x1fd8, 0x1fd8],
        [0x2000, 0x2000], [0xf_ffd8, 0xf_ffd8], [0x3fd8, 0x3fd8],
      ] as const) {
        const one = machine(prefix);
        put(one, {}, absolute);
        const outcome = one.run(0x258, { 2: BigInt(real) });
        expect([outcome, one.registers[4]], real.toString(16)).toEqual([DONE, 0n]);
      }
      for (const torn of [0x1fe0, prefix - 0x20, prefix + 0x1fe0, 0xf_ffe0, 0x10_0000, 2 ** 50])
        expect(machine(prefix).run(0x258, { 2: BigInt(torn) }), torn.toString(16)).toEqual(ADDRESSING);
    }
    for (let odd = 1; odd < 8; odd++) {
      const one = machine();
      put(one, {}, REAL + odd);
      expect(one.run(0x258, { 2: BigInt(REAL + odd) })).toEqual(SPECIFICATION);
    }
  });
});

it("0x260 wants an even register, a list and a length in quadwords, and storage for one extent", () => {
  for (let low = 0; low < 16; low++) {
    expect(machine().run(0x260, { 2: BigInt(0x2_0000 + low), 3: 16n, 4: 0x10n }))
      .toEqual(low === 0 ? { kind: "done", cc: 0 } : SPECIFICATION);
    expect(machine().run(0x260, { 2: 0x2_0000n, 3: BigInt(32 + low), 4: 0x10n }))
      .toEqual(low === 0 ? { kind: "done", cc: 0 } : SPECIFICATION);
  }
  expect(machine().run(0x260, { 3: 0x2_0000n, 4: 16n, 5: 0x10n }, 3, 5)).toEqual(SPECIFICATION);
  expect(machine().run(0x260, { 2: 0xf_fff0n, 3: 16n, 4: 0x10n })).toEqual({ kind: "done", cc: 0 });
  const inPrefix = machine();
  inPrefix.memory.fill(0x4100, 16, 0xee, "loader");
  inPrefix.run(0x260, { 2: 0x100n, 3: 16n, 4: 0x10n });
  expect(inPrefix.ports.hex(0x4100, 16)).toBe("00000000000000000" + "0000000000fffff");
});

it("0x288 starts, changes or cancels a countdown of 15 s or more, where there is a watchdog", () => {
  for (const hasWatchdog of [true, false])
    for (const isRunning of [true, false])
      for (const r1 of [2, 3])
        for (const action of [0n, 1n])
          for (const wanted of [0n, 1n, 2n, 3n, 1n << 32n])
            for (const seconds of [0n, 14n, 15n, 0xffff_ffffn, 0x1_0000_0000n]) {
              const one = machine(0x4000, hasWatchdog);
              one.watched.isRunning = isRunning;
              const hasTime = seconds >= 15n && seconds < 1n << 32n;
              const isPossible =
                { "0": hasTime, "1": hasTime && isRunning, "2": isRunning }[wanted.toString()];
              const isGood = hasWatchdog && r1 === 2 && action === 0n && isPossible === true;
              const outcome = one.run(0x288, { [r1]: wanted, [r1 + 1]: seconds, 6: action }, r1, 6);
              const said = JSON.stringify([hasWatchdog, isRunning, r1, `${action} ${wanted} ${seconds}`]);
              expect(outcome, said).toEqual(isGood ? DONE : SPECIFICATION);
              expect(one.watched.calls, said).toEqual(isGood ? [wanted === 2n ? "cancel" : seconds] : []);
            }
});

describe("0x308", () => {
  it("takes a block by type and length: 200 bytes of type 2 or 384 of type 0 at least", () => {
    for (const type of [0, 1, 2, 3, 0xff])
      for (let length = 0; length < 400; length++) {
        const block = new Uint8Array(length);
        if (length > 12) block[12] = type;
        const least = { 0: 384, 2: 200 }[type] ?? Infinity;
        expect(isIplBlockValid(block)).toBe(length >= least);
      }
    for (const [length, code] of [[199, 0x402n], [200, 1n], [4096, 1n], [4097, 0x402n]] as const) {
      const one = machine();
      one.memory.write(0x2_0000, ccwIplBlock(7), "loader");
      one.memory.setU32(0x2_0000, length, "loader");
      expect([one.run(0x308, { 2: 0x2_0000n, 4: 5n }), one.registers[3]]).toEqual([DONE, code]);
      expect(one.diagnose.currentIplBlock()?.length).toBe(code === 1n ? length : undefined);
    }
  });

  it("names a device in a block of its own, with eight characters of load parameter, blank at first", () => {
    const blank = ccwIplBlock(0x1234);
    expect([...blank.subarray(0, 24)]).toEqual([0, 0, 0, 200, 0, 0, 0, 0, 0, 0, 0, 192, 2, 0, 0, 0,
      ...Array<number>(8).fill(0x40)]);
    expect([blank.length, blank[110], blank[111]]).toEqual([200, 0x12, 0x34]);
    const named = (length: number): number[] =>
      [...ccwIplBlock(1, Uint8Array.from({ length }, (_, at) => at + 1)).subarray(16, 25)];
    expect([named(3), named(8), named(12)]).toEqual([
      [1, 2, 3, 64, 64, 64, 64, 64, 0], [1, 2, 3, 4, 5, 6, 7, 8, 0], [1, 2, 3, 4, 5, 6, 7, 8, 0],
    ]);
  });

  it("keeps a block that is nobody else's", () => {
    const { diagnose } = machine();
    const block = ccwIplBlock(1);
    diagnose.setIplBlock(block);
    block[12] = 9;
    diagnose.currentIplBlock()![12] = 9;
    diagnose.save().iplBlock![12] = 9;
    expect(diagnose.currentIplBlock()).toEqual(ccwIplBlock(1));
    const state = { handshakes: [], iplBlock: ccwIplBlock(1) };
    diagnose.load(state);
    state.iplBlock[12] = 9;
    expect(diagnose.currentIplBlock()).toEqual(ccwIplBlock(1));
    diagnose.setIplBlock(null);
    expect([diagnose.currentIplBlock(), diagnose.save().iplBlock]).toEqual([null, null]);
  });
});

it("0x500 answers an early console's address in storage with 0, and one beyond as invalid", () => {
  for (const [address, result] of [[0n, 0n], [0xf_ffffn, 0n], [0x10_0000n, INVALID], [1n << 63n, INVALID]]) {
    const one = machine();
    expect([one.run(0x500, { 1: 0n, 2: address! }), one.registers[2]]).toEqual([DONE, result]);
  }
});

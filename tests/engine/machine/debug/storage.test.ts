/** Storage through prefixing and DAT, with the tables made by hand; and what a look must not leave behind. */
import { describe, expect, test } from "vitest";
import type { AddressSpace, StoragePart } from "../../../../src/engine/api/debug.ts";
import { Debugger } from "../../../../src/engine/machine/debug/debugger.ts";
import { S390Ccw } from "../../../../src/engine/machine/s390Ccw.ts";
import { builtin } from "../bareMachine.ts";

const hex = (address: number | bigint): string => address.toString(16).padStart(16, "0");
const SEGMENTS = 0x200000;
const PAGES = 0x204000;

function start() {
  const made = S390Ccw.create(builtin("timer-sigp"), () => undefined);
  if (!made.ok) throw new Error(made.error);
  const machine = made.value;
  const debug = new Debugger(machine);
  const set = (cpu: number, register: string, value: bigint): void => {
    expect(debug.look({ name: "setRegister", cpu, register, value: hex(value) }).ok).toBe(true);
  };
  const read = (space: AddressSpace, address: number, length: number, cpu = 0): StoragePart[] => {
    const answer = debug.look({ name: "storage", cpu, space, address: hex(address), length });
    if (!answer.ok) throw new Error(answer.error);
    return answer.value as StoragePart[];
  };
  /** Virtual page 0x5000 is real 0x300000, 0x6000 is invalid, 0x7000 is real 0x301000; DAT on. */
  const translated = (cpu: number): void => {
    const { ram } = machine.core;
    ram.setU64(SEGMENTS, BigInt(PAGES), "loader");
    for (let n = 1; n < 2048; n++) ram.setU64(SEGMENTS + n * 8, 0x20n, "loader");
    for (let n = 0; n < 256; n++) ram.setU64(PAGES + n * 8, 0x400n, "loader");
    ram.setU64(PAGES + 5 * 8, 0x300000n, "loader");
    ram.setU64(PAGES + 7 * 8, 0x301000n, "loader");
    set(cpu, "c1", BigInt(SEGMENTS) | 3n);
    set(cpu, "pswMask", 0x0400000180000000n);
  };
  return { machine, debug, set, read, translated };
}

describe.each([0, 1])("storage as CPU %d sees it", (cpu) => {
  test("is swapped by its prefix", () => {
    const { machine, set, read } = start();
    set(cpu, "prefix", 0x40000n);
    machine.core.ram.write(0x40010, Uint8Array.of(1, 2), "loader");
    machine.core.ram.write(0x10, Uint8Array.of(3, 4), "loader");
    const bytes = (space: AddressSpace, at: number): unknown => {
      const [part] = read(space, at, 2, cpu);
      return part && "bytes" in part ? [part.absolute, ...part.bytes] : part;
    };
    expect(bytes("real", 0x10)).toEqual([hex(0x40010), 1, 2]);
    expect(bytes("real", 0x40010)).toEqual([hex(0x10), 3, 4]);
    expect(bytes("absolute", 0x10)).toEqual([hex(0x10), 3, 4]);
    expect(bytes("virtual", 0x10)).toEqual([hex(0x40010), 1, 2]);
  });

  test("comes page by page through its tables, with the reason where there is none", () => {
    const { machine, read, translated } = start();
    translated(cpu);
    machine.core.ram.fill(0x300000, 4096, 0xaa, "loader");
    machine.core.ram.fill(0x301000, 4096, 0xbb, "loader");
    const parts = read("virtual", 0x5ffe, 0x1004, cpu);
    expect(parts).toEqual([
      { address: hex(0x5ffe), length: 2, absolute: hex(0x300ffe), bytes: Uint8Array.of(0xaa, 0xaa) },
      { address: hex(0x6000), length: 4096, problem: "translation of 0x6000 gives exception 0x11" },
      { address: hex(0x7000), length: 2, absolute: hex(0x301000), bytes: Uint8Array.of(0xbb, 0xbb) },
    ]);
    expect(read("virtual", 0x100000, 1, cpu)[0]).toMatchObject({
      problem: expect.stringContaining("0x10") as string,
    });
  });

  test("is written whole or not at all", () => {
    const { machine, debug, read, translated } = start();
    translated(cpu);
    const write = (address: number, bytes: Uint8Array) =>
      debug.look({ name: "setStorage", cpu, space: "virtual", address: hex(address), bytes });
    expect(write(0x5ffe, Uint8Array.of(1, 2))).toEqual({ ok: true, value: null });
    expect(machine.core.ram.u16(0x300ffe)).toBe(0x0102);
    const refused = write(0x5ffe, Uint8Array.of(9, 9, 9));
    expect(!refused.ok && refused.error).toMatch(/^Nothing was written: .+\.$/);
    expect(machine.core.ram.u16(0x300ffe)).toBe(0x0102);
    expect(read("absolute", machine.core.ram.size - 2, 4)).toHaveLength(2);
  });
});

test("a search finds what lies across pages, passes over holes, and says how far it came", () => {
  const { machine, debug, translated } = start();
  translated(0);
  machine.core.ram.write(0x300ffe, Uint8Array.of(1, 2), "loader");
  machine.core.ram.write(0x301800, Uint8Array.of(7, 8, 9), "loader");
  const find = (space: AddressSpace, from: number, ...bytes: number[]) => {
    const call = { name: "find", cpu: 0, space, address: hex(from), bytes: Uint8Array.from(bytes) } as const;
    const answer = debug.look(call);
    return answer.ok ? answer.value : answer.error;
  };
  expect(find("virtual", 0x5000, 7, 8, 9)).toEqual({ found: hex(0x7800), end: hex(0x7800) });
  expect(find("absolute", 0x300000, 1, 2, 0)).toEqual({ found: hex(0x300ffe), end: hex(0x300ffe) });
  expect(find("absolute", 0x300fff, 1, 2, 0)).not.toHaveProperty("found");
  expect(find("virtual", 0x7801, 7, 8, 9)).toEqual({ end: hex(0x7801 + (32 << 20)) });
});

test("looking leaves no trace: keys, dirty pages and the run are the same", () => {
  const run = (looks: boolean): string => {
    const { machine, read, debug } = start();
    for (let turn = 0; turn < 40; turn++) {
      const keys = machine.core.storage.keys.slice();
      const dirty = machine.core.storage.dirty.changed();
      if (looks)
        for (const cpu of [0, 1]) {
          for (const space of ["absolute", "real", "virtual"] as const) read(space, 0, 0x8000, cpu);
          debug.look({ name: "registers", cpu });
          debug.look({ name: "disassemble", cpu, address: hex(0x200), count: 64 });
        }
      expect(machine.core.storage.keys).toEqual(keys);
      expect(machine.core.storage.dirty.changed()).toEqual(dirty);
      machine.step(997);
    }
    return machine.traceHash;
  };
  expect(run(true)).toBe(run(false));
});

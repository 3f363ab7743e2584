/**
 * Laws of instructions that may stop in between: executed in pieces they do what they do at one go, and a
 * page fault at any point leaves a state from which they still do it. Needs no peer.
 */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import type { RawFields } from "../../../../src/engine/isa/s390/format.ts";
import { instructionNamed } from "../../../../src/engine/isa/s390/instructions.ts";
import { FakeCpu, fields, step } from "./fakeCpu.ts";
import { caseFor, generated } from "./peerCases.ts";
import type { Case } from "./peerDraft.ts";
import { WINDOW, WINDOW_BYTES } from "./runner.ts";

const CASES = 12;
const FIRST_PAGE = WINDOW >> 12n;
const interruptible = new Set(["mvcl", "clcl", "cfc", "upt"]);
/** Searches that end without code 3 leave R2 where the last code 3 put it, which pieces decide. */
const leavesSecond = new Set(["srstu", "mvst"]);

function machine(one: Case): FakeCpu {
  const cpu = new FakeCpu();
  cpu.registers = [...one.registers];
  for (let i = 0; i < 3; i++) cpu.pages.set(
    FIRST_PAGE + BigInt(i), one.window.slice(i * 4096, i * 4096 + 4096),
  );
  return cpu;
}

/** Executes to the end; between executions, `between` may change what the machine is like. */
function run(
  cpu: FakeCpu, mnemonic: string, f: RawFields, repeat: boolean, between: () => void,
): number | undefined {
  for (let turn = 0; turn < 100_000; turn++) {
    between();
    const code = step(cpu, instructionNamed(mnemonic)!, f);
    if (code !== undefined || !(cpu.again || (repeat && cpu.cc === 3))) return code;
  }
  throw new Error(`${mnemonic} makes no progress`);
}

function picture(cpu: FakeCpu, code: number | undefined): unknown {
  const window = Buffer.alloc(WINDOW_BYTES);
  for (let i = 0; i < 3; i++) window.set(cpu.pages.get(FIRST_PAGE + BigInt(i))!, i * 4096);
  return {
    code, cc: cpu.cc, registers: cpu.registers.map((r) => r.toString(16)).join(" "),
    window: window.toString("base64"),
  };
}

describe("instructions that stop in between", () => {
  const mnemonics = generated.filter((one) => interruptible.has(one) || caseFor(one, new Prng(1)).repeat);

  it.each(mnemonics)("%s: any pieces give what one go gives", (mnemonic) => {
    const random = new Prng(2);
    for (let i = 0; i < CASES; i++) {
      const one = caseFor(mnemonic, random);
      const f = fields(one.f);
      const whole = machine(one);
      whole.unitsPerExecution = 1 << 30;
      const expected = picture(whole, run(whole, mnemonic, f, one.repeat, () => {}));
      const parts = machine(one);
      const largest = random.pick([7, 100, 5000]);
      const code = run(parts, mnemonic, f, one.repeat, () => {
        parts.unitsPerExecution = 1 + random.below(largest);
      });
      if (leavesSecond.has(mnemonic)) parts.registers[8] = whole.registers[8]!;
      expect(picture(parts, code), `case ${i}`).toEqual(expected);
    }
  });
});

describe("page faults", () => {
  it.each(generated)("%s: repaired and repeated, it does what it does without", (mnemonic) => {
    const random = new Prng(3);
    for (let i = 0; i < CASES; i++) {
      const one = caseFor(mnemonic, random);
      const f = fields(one.f);
      const whole = machine(one);
      const expected = picture(whole, run(whole, mnemonic, f, one.repeat, () => {}));
      for (let page = 0n; page < 3n; page++) {
        const faulty = machine(one);
        faulty.absent.add(FIRST_PAGE + page);
        const before = picture(faulty, 0x11);
        const code = run(faulty, mnemonic, f, one.repeat, () => {});
        faulty.absent.clear();
        // What is not interruptible is nullified as if it had never begun.
        const isNullified = code === 0x11 && !one.repeat && !interruptible.has(mnemonic);
        if (isNullified) expect(picture(faulty, code)).toEqual(before);
        const after = code === 0x11 ? run(faulty, mnemonic, f, one.repeat, () => {}) : code;
        expect(picture(faulty, after), `case ${i}, page ${page}`).toEqual(expected);
      }
    }
  });
});

describe("what no peer can check", () => {
  it("CUSE finds the first run of equal pairs, both operands padded", () => {
    const random = new Prng(4);
    for (let i = 0; i < 300; i++) {
      const one = caseFor("cuse", random);
      const cpu = machine(one);
      run(cpu, "cuse", fields(one.f), true, () => {});
      const wanted = Number(one.registers[0]);
      const side = (r: number): { bytes: Uint8Array; length: number } => ({
        bytes: one.window.subarray(Number(one.registers[r]! - WINDOW)), length: Number(one.registers[r + 1]),
      });
      const [a, b] = [side(2), side(8)];
      const at = (s: typeof a, k: number): number => (k < s.length ? s.bytes[k]! : 0x41);
      const longest = Math.max(a.length, b.length);
      const equalFrom = (k: number, count: number): boolean => Array.from(
        { length: count }, (_, j) => j,
      ).every((j) => at(a, k + j) === at(b, k + j));
      let place = 0;
      const foundAt = (k: number): boolean => k + wanted <= longest && equalFrom(k, wanted);
      while (place < longest && !foundAt(place) && !equalFrom(place, longest - place)) place++;
      const isFound = foundAt(place);
      expect(cpu.cc, `case ${i}`).toBe(isFound ? 0 : place < longest ? 1 : 2);
      expect(cpu.registers[2]! - one.registers[2]!).toBe(BigInt(Math.min(place, a.length)));
      expect(one.registers[9]! - cpu.registers[9]!).toBe(BigInt(Math.min(place, b.length)));
    }
  });

  it.each(["trte", "trtre"])("%s finds the first character with a function code", (mnemonic) => {
    const random = new Prng(5);
    for (let i = 0; i < 200; i++) {
      const one = caseFor(mnemonic, random);
      const cpu = machine(one);
      run(cpu, mnemonic, fields(one.f), true, () => {});
      const direction = mnemonic === "trte" ? 1 : -1;
      const start = Number(one.registers[2]! - WINDOW);
      const wide = (one.f.m3! & 4) !== 0;
      const view = new DataView(one.window.buffer);
      const codeOf = (character: number): number =>
        wide ? view.getUint16(8192 + 2 * character) : one.window[8192 + character]!;
      const length = Number(one.registers[3]);
      const codes = Array.from({ length }, (_, k) => codeOf(one.window[start + direction * k]!));
      const found = codes.findIndex((code) => code !== 0);
      expect(cpu.cc).toBe(found < 0 ? 0 : 1);
      expect(cpu.registers[8]).toBe(BigInt(found < 0 ? 0 : codes[found]!));
      expect(cpu.registers[3]).toBe(BigInt(length - (found < 0 ? length : found)));
      expect(cpu.registers[2]).toBe(one.registers[2]! + BigInt(direction * (found < 0 ? length : found)));
    }
  });

  it("CSST exchanges words in bits 32-63 only", () => {
    const one = caseFor("csst", new Prng(6));
    const cpu = machine(one);
    cpu.setGr(0, 0x200n);
    cpu.setGr(8, 0x1111_2222_3333_4444n);
    const old = cpu.load(cpu.gr(5), 4, 0);
    step(cpu, instructionNamed("csst")!, fields(one.f));
    expect([cpu.cc, cpu.gr(8)]).toEqual([1, 0x1111_2222_0000_0000n | old]);
    const replacement = cpu.load(cpu.gr(1), 4, 0);
    const stored = cpu.load(cpu.gr(1) + 16n, 4, 0);
    step(cpu, instructionNamed("csst")!, fields(one.f));
    expect([cpu.cc, cpu.load(cpu.gr(5), 4, 0), cpu.load(cpu.gr(6), 4, 0)]).toEqual([0, replacement, stored]);
  });

  it("24- and 31-bit modes leave the high halves of registers alone", () => {
    const random = new Prng(8);
    for (const bits of [24, 31] as const) {
      for (const mnemonic of [
        "mvcl", "clcl", "mvcle", "clcle", "mvst", "cksm", "tre", "troo", "cu12", "cu41",
      ]) {
        for (let i = 0; i < 10; i++) {
          const one = caseFor(mnemonic, random);
          const lower = (r: bigint): bigint => (r >> 14n === WINDOW >> 14n ? r - WINDOW + 0x10_0000n : r);
          const wide = machine({ ...one, registers: one.registers.map(lower) });
          wide.pages = new Map([...wide.pages].map(([page, data]) => [page - FIRST_PAGE + 0x100n, data]));
          const narrow = machine({
            ...one, registers: one.registers.map((r) => (lower(r) & 0xffff_ffffn) | (0xabcd_ef01n << 32n)),
          });
          narrow.pages = new Map([...wide.pages].map(([page, data]) => [page, data.slice()]));
          narrow.addressBits = bits;
          narrow.registers[0] = one.registers[0]!;
          run(wide, mnemonic, fields(one.f), one.repeat, () => {});
          run(narrow, mnemonic, fields(one.f), one.repeat, () => {});
          expect(narrow.cc, mnemonic).toBe(wide.cc);
          for (let n = 1; n < 16; n++) expect(
            narrow.registers[n]! >> 32n, `${mnemonic} r${n}`,
          ).toBe(0xabcd_ef01n);
          for (const n of [2, 3, 8, 9]) {
            expect(
              narrow.registers[n]! & 0xffff_ffffn, `${mnemonic} r${n}`,
            ).toBe(wide.registers[n]! & 0xffff_ffffn);
          }
        }
      }
    }
  });
});

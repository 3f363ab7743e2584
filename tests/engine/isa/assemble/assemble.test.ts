/** The assembler against GNU as, and what it refuses. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { assemble } from "../../../../src/engine/isa/s390/assemble.ts";
import type { AssembledProgram, AssembleOptions } from "../../../../src/engine/isa/s390/assembledProgram.ts";
import { directiveNamed } from "../../../../src/engine/isa/s390/assembleDirectives.ts";
import { gnuAssemble, haveBinutils } from "./binutils.ts";
import { missingTools } from "../../../kit/missingTools.ts";

const binutilsMissing = missingTools("s390x-linux-gnu-as");
const subset = readFileSync(join(dirname(fileURLToPath(import.meta.url)), "gnuSubset.s"), "utf8");

function built(source: string, options?: AssembleOptions): AssembledProgram {
  const program = assemble(source, options);
  if (!program.ok) throw new Error(program.error.map((error) => error.message).join("\n"));
  return program.value;
}

const bytes = (source: string): string =>
  built(source).listing.map((line) => Buffer.from(line.bytes).toString("hex")).join(" ");

function refused(source: string): { line: number; column: number; came: string; allowed: string } {
  const program = assemble(source);
  if (program.ok) throw new Error("accepted");
  const { line, column, came, allowed } = program.error[0]!;
  return { line, column, came, allowed };
}

describe("against GNU as", () => {
  test.skipIf(!haveBinutils)(
    `a source with every directive, operator and operand form gives the same bytes${binutilsMissing}`,
    () => {
      const program = built(subset);
      const data = program.symbols.get("data")!;
      const theirs = gnuAssemble(subset, [`-Tdata=0x${data.toString(16)}`]);
      const ours = new Uint8Array(theirs.length);
      for (const segment of program.segments) ours.set(segment.bytes, Number(segment.address));
      expect(Buffer.from(ours).toString("hex")).toBe(Buffer.from(theirs).toString("hex"));
    },
  );

  test.skipIf(!haveBinutils)(`random expressions have GNU as's values${binutilsMissing}`, () => {
    const prng = new Prng(5);
    const operators = [
      "+",
      "-",
      "*",
      "|",
      "&",
      "^",
      "<<",
      ">>",
      "==",
      "<",
      ">",
      "<=",
      ">=",
      "<>",
      "&&",
      "||",
      "/",
      "%",
    ];
    const expression = (depth: number): string => {
      if (depth === 0 || prng.below(5) === 0) return `${prng.pick(["", "", "-", "~"])}${1 + prng.below(40)}`;
      const operator = prng.pick(operators);
      if (operator === "<<" || operator === ">>")
        return `(${expression(depth - 1)})${operator}${prng.below(20)}`;
      if (operator === "/" || operator === "%")
        return `(${expression(depth - 1)})${operator}${1 + prng.below(9)}`;
      const right = expression(depth - 1);
      return `${expression(depth - 1)} ${operator} ${prng.below(2) ? `(${right})` : right}`;
    };
    const source = Array.from({ length: 300 }, () => ` .quad ${expression(3)}`).join("\n");
    const theirs = gnuAssemble(`${source}\n`);
    const ours = Buffer.concat(built(source).listing.map((line) => line.bytes));
    const wrong = source
      .split("\n")
      .filter((_, i) => !ours.subarray(i * 8, i * 8 + 8).equals(theirs.subarray(i * 8, i * 8 + 8)));
    expect(wrong.slice(0, 5)).toEqual([]);
  });
});

describe("program", () => {
  test("symbols, entry, listing", () => {
    const program = built(" .globl _start\n .equ N, 3\nmain: lghi %r2,N\n_start: j main\n", {
      origin: 0x1000,
    });
    expect(program.entry).toBe(0x1004n);
    expect(Object.fromEntries(program.symbols)).toEqual({ N: 3n, main: 0x1000n, _start: 0x1004n });
    expect(program.listing.map((line) => [line.line, line.address, line.text])).toEqual([
      [3, 0x1000n, "main: lghi %r2,N"], [4, 0x1004n, "_start: j main"],
    ]);
  });

  test("large gaps are not in the file, small ones are; .bss takes memory only", () => {
    const program = built(" .byte 1\n .org 16\n .byte 2\n .org 0x10000\n .byte 3\n .bss\n .space 100\n");
    expect(program.segments.map((s) => [s.address, s.bytes.length, s.memoryBytes])).toEqual([
      [0n, 17, 17n], [0x10000n, 1, 1n], [0x10008n, 0, 100n],
    ]);
    const view = new DataView(program.elf.buffer);
    expect([view.getUint32(0), view.getUint16(16), view.getUint16(18), view.getUint16(56)]).toEqual([
      0x7f454c46, 2, 22, 3,
    ]);
  });

  test("no more segments than a loader takes", () => {
    const source = Array.from({ length: 100 }, (_, i) => ` .org ${i * 8192}\n .byte 1`).join("\n");
    expect(built(source).segments.length).toBeLessThanOrEqual(64);
  });

  test("both address forms, implied index and base", () => {
    expect(
      bytes("l %r1,8(%r2,%r3)\nl 1,8(2,3)\nl 1,8(,%r3)\nl 1,8(%r3)\nl 1,8\nmvc 0(8,%r1),4(2)\nmvc 8(8),0"),
    ).toBe("58123008 58123008 58103008 58103008 58100008 d20710002004 d20700080000");
  });

  test("included files, macros in macros, unique numbers", () => {
    const include = (name: string): string | undefined =>
      name === "a.inc" ? " .macro one x\nl\\@: .byte \\x\n .endm" : undefined;
    const program = built(' .include "a.inc"\n .macro two\n one 1\n one 2\n .endm\n two\n two', { include });
    expect(program.listing.map((line) => line.bytes[0])).toEqual([1, 2, 1, 2]);
    expect(program.symbols.size).toBe(4);
  });
});

describe("refusals say where, what came and what is allowed", () => {
  test.each([
    [" lgx %r1,2", 1, 2, "lgx", "the name of an instruction"],
    ["\n\n lghi %r1,70000", 3, 11, "70000", "-32768 to 32767"],
    [" lghi %f1,7", 1, 7, "%f1", "%r0 … %r15"],
    [" lghi %r16,7", 1, 7, "%r16", "%r0 … %r15"],
    [" lg %r1,4(%r2", 1, 14, "the end of the line", '")"'],
    [" l %r1,4096(%r2)", 1, 8, "4096", "0 to 4095"],
    [" lr %r1", 1, 8, "the end of the line", "a comma and %r0"],
    [" lr %r1,%r2,%r3", 1, 12, ",", "the end of the statement"],
    [" j there", 1, 4, "there", "a symbol that the source defines"],
    [" j 1f", 1, 4, "1", "a symbol that the source defines"],
    ["a: .byte 1\na: .byte 2", 2, 1, "a", "line 1 defines it"],
    [" .byte 256", 1, 8, "256", "-128 to 255"],
    [" .org 8\n .org 4", 2, 7, "0x4", "0x8 or more"],
    [" .byte 1/0", 1, 9, "a divisor of 0", "other than 0"],
    [" .equ a,b\n .equ b,a\n .byte a", 3, 8, "a", "does not go through itself"],
    [" mvc 0(300,%r1),0(%r2)", 1, 8, "300", "a length of 1 to 256"],
    [" .if 1\n .byte 1", 1, 2, "the end of the source", ".endif"],
    [" .macro m\n .byte 1", 1, 2, "the end of the source", ".endm"],
    [' .include "x"', 1, 2, '"x"', "can be included"],
    [' .ascii "abc', 1, 13, "the end of the line", 'closing "'],
    [' .error "no"', 1, 13, "no", "other settings"],
    [" .globl nowhere", 1, 2, "nowhere", "defines"],
    [" .byte 1\n lr 1,2", 2, 2, "lr at an odd address", ".align 2"],
    [" j .+1", 1, 4, "the odd distance 1", "even"],
  ])("%s", (source, line, column, came, allowed) => {
    const error = refused(source);
    expect([error.line, error.column]).toEqual([line, column]);
    expect(error.came).toBe(came);
    expect(error.allowed).toContain(allowed);
  });

  test("hostile sources end with an error, soon", () => {
    for (const source of [
      " .macro m\n m\n m\n .endm\n m",
      ` .byte ${"(".repeat(3000)}1`,
      ` .byte ${"-".repeat(3000)}1`,
      " .space 1<<40",
      " .fill 1<<30,4,1",
      " .rept 1<<30\n .byte 1\n .endr",
      ` .byte ${"1+".repeat(100_000)}1`,
      ' .include "self"',
      Array.from({ length: 60 }, (_, i) => ` .equ a${i + 1},a${i}+a${i}`).join("\n") + "\n .byte a60",
    ]) {
      const program = assemble(source, { include: () => ' .include "self"' });
      expect(program.ok, source.slice(0, 30)).toBe(false);
    }
  });

  test("any bytes are a source: the answer is a program or errors, never an exception", () => {
    const prng = new Prng(6);
    const pieces = [
      ...subset.match(/[\w.%$\\]+|[^]/g)!,
      '"',
      "'",
      "\\",
      "(",
      ")",
      ".macro",
      ".endm",
      ".if",
      ".rept",
      "1f",
      "1b",
      ";",
      "/*",
    ];
    for (let turn = 0; turn < 200; turn++) {
      const source = Array.from({ length: 60 }, () => prng.pick(pieces)).join(prng.below(2) ? " " : "");
      const program = assemble(source);
      if (!program.ok) expect(program.error.length).toBeGreaterThan(0);
    }
  });

  test("names of Object.prototype are no directives", () => {
    expect(directiveNamed("constructor")).toBeUndefined();
    expect(directiveNamed("toString")).toBeUndefined();
  });
});

/**
 * Tables of the control group: what the assembler of binutils knows under the same name is the same
 * instruction.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { facilities, facilityList, type Facility } from "../../../../src/engine/isa/s390/facility.ts";
import type { FieldName, RawFields } from "../../../../src/engine/isa/s390/format.ts";
import type { Instruction } from "../../../../src/engine/isa/s390/instruction.ts";
import { instructionNamed, tableEntries } from "../../../../src/engine/isa/s390/instructions.ts";
import { adapterQueue } from "../../../../src/engine/isa/s390/adapterQueue.ts";
import { addressSpace } from "../../../../src/engine/isa/s390/addressSpace.ts";
import { codeword } from "../../../../src/engine/isa/s390/codeword.ts";
import { compressionCall } from "../../../../src/engine/isa/s390/compressionCall.ts";
import { control } from "../../../../src/engine/isa/s390/control.ts";
import { convertUnicode } from "../../../../src/engine/isa/s390/convertUnicode.ts";
import { cryptoQuery } from "../../../../src/engine/isa/s390/cryptoQuery.ts";
import { decimal } from "../../../../src/engine/isa/s390/decimal.ts";
import { interruptible } from "../../../../src/engine/isa/s390/interruptible.ts";
import { io } from "../../../../src/engine/isa/s390/io.ts";
import { linkage } from "../../../../src/engine/isa/s390/linkage.ts";
import { lockedOperation } from "../../../../src/engine/isa/s390/lockedOperation.ts";
import { psw } from "../../../../src/engine/isa/s390/psw.ts";
import { sigpDiagnose } from "../../../../src/engine/isa/s390/sigpDiagnose.ts";
import { storageKeys } from "../../../../src/engine/isa/s390/storageKeys.ts";
import { string } from "../../../../src/engine/isa/s390/string.ts";
import { timing } from "../../../../src/engine/isa/s390/timing.ts";
import { translate } from "../../../../src/engine/isa/s390/translate.ts";
import { encode } from "./encode.ts";
import { fields } from "./fakeCpu.ts";
import { missingTools } from "../../../kit/missingTools.ts";

const binutilsMissing = missingTools("s390x-linux-gnu-as");
const own: readonly Instruction[] = [
  adapterQueue, addressSpace, codeword, compressionCall, control, convertUnicode, cryptoQuery, decimal,
  interruptible, io, linkage, lockedOperation, psw, sigpDiagnose, storageKeys, string, timing, translate,
].flat();

/** Registers that the assembler writes with another letter. */
const letters: { readonly [operand: string]: string } = {
  "ear.r2": "a", "sar.r1": "a", "cpya.r1": "a", "cpya.r2": "a", "tar.r1": "a",
  "lctl.r1": "c", "lctl.r3": "c", "lctlg.r1": "c", "lctlg.r3": "c",
  "stctl.r1": "c", "stctl.r3": "c", "stctg.r1": "c", "stctg.r3": "c",
};

/**
 * Operands as the syntax has them; masks in brackets are written out. Lengths are written one larger than the
 * field.
 */
function operandsOf({ mnemonic, syntax }: Instruction, f: RawFields): string {
  return syntax.replace(/[[\]]/g, "").replace(/[a-z]+\d/g, (name) => {
    const value = f[name as FieldName];
    if (name.startsWith("l")) return String(value + 1);
    if (!/^[rbx]\d/.test(name)) return String(value);
    return `%${letters[`${mnemonic}.${name}`] ?? "r"}${value}`;
  });
}

function randomFields(instruction: Instruction, random: Prng): RawFields {
  const given: Partial<Record<FieldName, number>> = {};
  for (const spec of instruction.format.fields) {
    if (!instruction.syntax.includes(spec.name)) continue;
    const limit = 2 ** (spec.long20 ? 19 : spec.width);
    given[spec.name] = /^[rbx]/.test(spec.name) ? 2 + 2 * random.below(7) : random.below(limit);
  }
  return fields(given);
}

const namesOf = (f: Facility): string[] => f.tables.split(/\s+/).filter(Boolean);

/** Text of each line, or undefined where the assembler refuses it. */
function assembled(lines: readonly string[]): (string | undefined)[] {
  const folder = mkdtempSync(join(tmpdir(), "tables-"));
  try {
    const [source, object, raw] = [join(folder, "a.s"), join(folder, "a.o"), join(folder, "a.bin")];
    const run = (tried: readonly number[]): void =>
      writeFileSync(source, tried.map((i) => `.balign 8,0\n${lines[i]}`).join("\n") + "\n.balign 8,0\n");
    const all = lines.map((_, i) => i);
    run(all);
    const refused = new Set<number>();
    const told = spawnSync(
      "s390x-linux-gnu-as", ["-march=z15", "-o", object, source], { encoding: "utf8" },
    ).stderr;
    for (const line of told.matchAll(/:(\d+): Error/g)) refused.add(Math.floor((Number(line[1]) - 1) / 2));
    const kept = all.filter((i) => !refused.has(i));
    run(kept);
    execFileSync("s390x-linux-gnu-as", ["-march=z15", "-o", object, source]);
    execFileSync("s390x-linux-gnu-objcopy", ["-O", "binary", "-j", ".text", object, raw]);
    const bytes = readFileSync(raw);
    return lines.map((_, i) => (refused.has(i) ? undefined : bytes.toString(
      "hex", kept.indexOf(i) * 8, kept.indexOf(i) * 8 + 8,
    )));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("tables of the control group", () => {
  it("are all among the instructions, each once", () => {
    for (const entry of own) expect(
      tableEntries.filter((other) => other.mnemonic === entry.mnemonic), entry.mnemonic,
    ).toEqual([entry]);
  });

  it.skipIf(binutilsMissing)(`have binutils' opcodes, formats and operand order${binutilsMissing}`, () => {
    const random = new Prng(7);
    const cases = own.flatMap((entry) => Array.from(
      { length: 3 }, () => ({ entry, f: randomFields(entry, random) }),
    ));
    const texts = assembled(cases.map(({ entry, f }) => `${entry.mnemonic} ${operandsOf(entry, f)}`));
    const wrong: string[] = [];
    const unknown = new Set<string>();
    cases.forEach(({ entry, f }, i) => {
      const mine = Buffer.from(encode(entry, f)).toString("hex");
      const line = `${entry.mnemonic} ${operandsOf(entry, f)}`;
      if (texts[i] === undefined) unknown.add(line);
      else if (texts[i]!.slice(0, mine.length) !== mine) wrong.push(`${line}: ${mine} ${texts[i]}`);
    });
    expect(wrong).toEqual([]);
    // SERVICE CALL, CHANNEL SUBSYSTEM CALL, SET INTERRUPTION CONTROLS and those of AP have no public names.
    expect([...unknown].filter((line) => !/^(servc|chsc|sic|[pnd]qap) /.test(line))).toEqual([]);
  });

  it.skipIf(binutilsMissing)(`and facilities name only instructions that exist${binutilsMissing}`, () => {
    const names = [...new Set(facilities.flatMap(namesOf))];
    const known = spawnSync("s390x-linux-gnu-as", ["-march=z15", "-o", "/dev/null", "-"], {
      input: names.map((name) => `${name} @`).join("\n") + "\n", encoding: "utf8",
    });
    const strange = [...known.stderr.matchAll(/Unrecognized opcode: `(\w+)'/g)].map((found) => found[1]);
    expect(strange, known.stderr.slice(0, 300)).toEqual([]);
  });
});

describe("the facility list", () => {
  const offered = (list: Uint8Array): number[] =>
    Array.from(
      { length: list.length * 8 }, (_, bit) => bit,
    ).filter((bit) => list[bit >> 3]! & (0x80 >> (bit & 7)));

  it("offers what Debian's kernels refuse to start without", () => {
    expect(offered(facilityList())).toEqual(expect.arrayContaining([0, 1, 18, 21, 25, 27, 32, 33, 34, 35]));
  });

  it("offers exactly the facilities whose instructions are all there, and the machine's", () => {
    const missing = (bit: number): string[] =>
      namesOf(facilities.find((f) => f.bit === bit)!).filter((name) => !instructionNamed(name));
    const list = offered(facilityList([9, 71]));
    for (const { bit } of facilities) expect(
      list.includes(bit), `${bit}: ${missing(bit)}`,
    ).toBe(missing(bit).length === 0);
    expect(list).toEqual(expect.arrayContaining([9, 71]));
    expect(list.length).toBe(new Set(list).size);
  });

  it("has a line for every facility that a table entry belongs to, unless it is not offered at all", () => {
    const lines = new Set(facilities.map((f) => f.bit));
    // 78 (enhanced DAT 2) waits for 2-GiB frames in the translation unit; 72 (SIC) is of the board.
    const known = new Set(tableEntries.flatMap(({ facility }) => (facility === undefined ? [] : [facility])));
    const without = [...known].filter((bit) => !lines.has(bit));
    expect(without).toEqual([78, 72]);
  });
});

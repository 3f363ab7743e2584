/**
 * Instruction formats of z/Architecture (Principles of Operation, chapter 5, "Instruction formats").
 *
 * A format says where each field lies (MSB0 bit number, width), what kind it is, and where the predecoded
 * entry of the interpreter keeps it. Formats and field names are the manual's; `ri2` is RI2, a relative
 * immediate in halfwords.
 */
import { assert } from "../../base/assert.ts";

/**
 * Raw field values of one instruction. Displacements and signed immediates are sign-extended. Absent fields
 * are 0.
 */
export interface RawFields {
  r1: number; r2: number; r3: number; x2: number; b1: number; b2: number; b4: number;
  d1: number; d2: number; d4: number;
  i1: number; i2: number; i3: number; i4: number; i5: number;
  ri2: number; ri3: number; ri4: number;
  m1: number; m3: number; m4: number; m5: number; m6: number;
  l1: number; l2: number;
  v1: number; v2: number; v3: number; v4: number;
}
export type FieldName = keyof RawFields;

/**
 * gpr: register number; base: 0 means "no register"; raw: small number; signed/unsigned/rel/disp: up to 32
 * bits.
 */
export type FieldKind = "reg" | "base" | "raw" | "signed" | "unsigned";

export interface FieldSpec {
  readonly name: FieldName;
  readonly kind: FieldKind;
  /**
   * MSB0 bit of the 48-bit text and width; `long20` is a DL/DH displacement, `rxb` takes a fifth bit from
   * RXB.
   */
  readonly start: number;
  readonly width: number;
  readonly long20: boolean;
  /** 1..4: which RXB bit extends the field; 0 for none. */
  readonly rxb: number;
  /** Byte offset in the 16-byte predecoded entry; 4 bytes wide at 8 and 12 for immediates, else 1 byte. */
  readonly slot: number;
}

export interface Format {
  readonly name: string;
  readonly length: 2 | 4 | 6;
  /** How the opcode is spread: 8: byte 0; 16: bytes 0-1; 12: byte 0 and bits 12-15; 40: byte 0 and byte 5. */
  readonly opcode: 8 | 16 | 12 | 40;
  readonly fields: readonly FieldSpec[];
  /** Assembler operands, e.g. "r1,d2(x2,b2)". Optional trailing masks are written in brackets. */
  readonly syntax: string;
}

const kindOf = (name: string): FieldKind => {
  if (/^[rv]\d$/.test(name)) return "reg";
  if (/^[xb]\d$/.test(name)) return "base";
  if (/^ri\d$/.test(name)) return "signed";
  return "raw";
};

/** Bits of a field whose layout names no width. */
const usualWidth = (field: FieldName, isLong: boolean): number => {
  if (field.startsWith("d")) return isLong ? 20 : 12;
  return field.startsWith("ri") ? 16 : 4;
};

/** Which RXB bit, 1 … 4, holds the fifth bit of the vector register number that starts here. */
const extensionBit = (start: number): number => ({ 8: 1, 12: 2, 16: 3 })[start] ?? 4;

/**
 * "r1:8 x2:12 b2:16 d2:20" – name:start[:width[kind]]; kinds s (signed), u (unsigned); d is 12 bits,
 * D is 20.
 */
function format(
  name: string,
  length: 2 | 4 | 6,
  opcode: 8 | 16 | 12 | 40,
  layout: string,
  syntax: string,
): Format {
  const wide = [8, 12];
  const narrow = [2, 3, 4, 5];
  const parsed = layout
    .split(" ")
    .filter(Boolean)
    .map((text) => {
      const [rawName, start, sizeKind = ""] = text.split(":");
      assert(rawName && start, `format ${name}`);
      const long20 = rawName.startsWith("D");
      const field = rawName.toLowerCase().replace(/'$/, "") as FieldName;
      const width = sizeKind ? parseInt(sizeKind, 10) : usualWidth(field, long20);
      const letter = /[su]$/.exec(sizeKind)?.[0];
      let kind: FieldKind = kindOf(field);
      if (field.startsWith("d")) kind = "signed";
      if (letter) kind = letter === "s" ? "signed" : "unsigned";
      const rxb = field.startsWith("v") ? extensionBit(Number(start)) : 0;
      return { name: field, kind, start: Number(start), width, long20, rxb };
    });
  const slots = new Map<FieldName, number>();
  for (const f of parsed)
    if (f.kind === "signed" || f.kind === "unsigned") {
      const slot = wide.shift();
      assert(slot !== undefined, `format ${name} has more than two wide fields`);
      slots.set(f.name, slot);
    }
  for (const left of wide) narrow.push(left, left + 1, left + 2, left + 3);
  for (const f of parsed)
    if (!slots.has(f.name)) {
      const slot = narrow.shift();
      assert(slot !== undefined, `format ${name} has too many fields`);
      slots.set(f.name, slot);
    }
  return { name, length, opcode, syntax, fields: parsed.map((f) => ({ ...f, slot: slots.get(f.name)! })) };
}

const list = [
  format("E", 2, 16, "", ""),
  format("I", 2, 8, "i1:8:8", "i1"),
  format("IE", 4, 16, "i1:24:4 i2:28:4", "i1,i2"),
  format("MII", 6, 8, "m1:8 ri2:12:12 ri3:24:24s", "m1,ri2,ri3"),
  format("RI-a", 4, 12, "r1:8 i2:16:16s", "r1,i2"),
  format("RI-au", 4, 12, "r1:8 i2:16:16u", "r1,i2"),
  format("RI-b", 4, 12, "r1:8 ri2:16", "r1,ri2"),
  format("RI-c", 4, 12, "m1:8 ri2:16", "m1,ri2"),
  format("RIE-a", 6, 40, "r1:8 i2:16:16s m3:32", "r1,i2,m3"),
  format("RIE-au", 6, 40, "r1:8 i2:16:16u m3:32", "r1,i2,m3"),
  format("RIE-b", 6, 40, "r1:8 r2:12 ri4:16 m3:32", "r1,r2,m3,ri4"),
  format("RIE-c", 6, 40, "r1:8 m3:12 ri4:16 i2:32:8s", "r1,i2,m3,ri4"),
  format("RIE-cu", 6, 40, "r1:8 m3:12 ri4:16 i2:32:8u", "r1,i2,m3,ri4"),
  format("RIE-d", 6, 40, "r1:8 r3:12 i2:16:16s", "r1,r3,i2"),
  format("RIE-e", 6, 40, "r1:8 r3:12 ri2:16", "r1,r3,ri2"),
  format("RIE-f", 6, 40, "r1:8 r2:12 i3:16:8 i4:24:8 i5:32:8", "r1,r2,i3,i4[,i5]"),
  format("RIE-g", 6, 40, "r1:8 m3:12 i2:16:16s", "r1,i2,m3"),
  format("RIL-a", 6, 12, "r1:8 i2:16:32s", "r1,i2"),
  format("RIL-au", 6, 12, "r1:8 i2:16:32u", "r1,i2"),
  format("RIL-b", 6, 12, "r1:8 ri2:16:32", "r1,ri2"),
  format("RIL-c", 6, 12, "m1:8 ri2:16:32", "m1,ri2"),
  format("RIS", 6, 40, "r1:8 m3:12 b4:16 d4:20 i2:32:8s", "r1,i2,m3,d4(b4)"),
  format("RISu", 6, 40, "r1:8 m3:12 b4:16 d4:20 i2:32:8u", "r1,i2,m3,d4(b4)"),
  format("RR", 2, 8, "r1:8 r2:12", "r1,r2"),
  format("RR-m", 2, 8, "m1:8 r2:12", "m1,r2"),
  format("RRD", 4, 16, "r1:16 r3:24 r2:28", "r1,r3,r2"),
  format("RRE", 4, 16, "r1:24 r2:28", "r1,r2"),
  format("RRF-a", 4, 16, "r3:16 m4:20 r1:24 r2:28", "r1,r2,r3[,m4]"),
  format("RRF-b", 4, 16, "r3:16 m4:20 r1:24 r2:28", "r1,r3,r2[,m4]"),
  format("RRF-c", 4, 16, "m3:16 r1:24 r2:28", "r1,r2[,m3]"),
  format("RRF-d", 4, 16, "m3:16 m4:20 r1:24 r2:28", "r1,r2,m4"),
  format("RRF-e", 4, 16, "m3:16 m4:20 r1:24 r2:28", "r1,m3,r2[,m4]"),
  format("RRS", 6, 40, "r1:8 r2:12 b4:16 d4:20 m3:32", "r1,r2,m3,d4(b4)"),
  format("RS-a", 4, 8, "r1:8 r3:12 b2:16 d2:20", "r1,r3,d2(b2)"),
  format("RS-b", 4, 8, "r1:8 m3:12 b2:16 d2:20", "r1,m3,d2(b2)"),
  format("RSI", 4, 8, "r1:8 r3:12 ri2:16", "r1,r3,ri2"),
  format("RSL-a", 6, 40, "l1:8 b1:16 d1:20", "d1(l1,b1)"),
  format("RSL-b", 6, 40, "l2:8:8 b2:16 d2:20 r1:32 m3:36", "r1,d2(l2,b2),m3"),
  format("RSY-a", 6, 40, "r1:8 r3:12 b2:16 D2:20", "r1,r3,d2(b2)"),
  format("RSY-b", 6, 40, "r1:8 m3:12 b2:16 D2:20", "r1,m3,d2(b2)"),
  format("RSY-c", 6, 40, "r1:8 m3:12 b2:16 D2:20", "r1,d2(b2),m3"),
  format("RX-a", 4, 8, "r1:8 x2:12 b2:16 d2:20", "r1,d2(x2,b2)"),
  format("RX-b", 4, 8, "m1:8 x2:12 b2:16 d2:20", "m1,d2(x2,b2)"),
  format("RXE", 6, 40, "r1:8 x2:12 b2:16 d2:20 m3:32", "r1,d2(x2,b2)[,m3]"),
  format("RXF", 6, 40, "r3:8 x2:12 b2:16 d2:20 r1:32", "r1,r3,d2(x2,b2)"),
  format("RXY-a", 6, 40, "r1:8 x2:12 b2:16 D2:20", "r1,d2(x2,b2)"),
  format("RXY-b", 6, 40, "m1:8 x2:12 b2:16 D2:20", "m1,d2(x2,b2)"),
  format("S", 4, 16, "b2:16 d2:20", "d2(b2)"),
  format("SI", 4, 8, "i2:8:8 b1:16 d1:20", "d1(b1),i2"),
  format("SIL", 6, 16, "b1:16 d1:20 i2:32:16s", "d1(b1),i2"),
  format("SILu", 6, 16, "b1:16 d1:20 i2:32:16u", "d1(b1),i2"),
  format("SIY", 6, 40, "i2:8:8 b1:16 D1:20", "d1(b1),i2"),
  format("SIYs", 6, 40, "i2:8:8s b1:16 D1:20", "d1(b1),i2"),
  format("SMI", 6, 8, "m1:8 b3':16", "m1,ri2,d3(b3)"),
  format("SS-a", 6, 8, "l1:8:8 b1:16 d1:20 b2:32 d2:36", "d1(l1,b1),d2(b2)"),
  format("SS-b", 6, 8, "l1:8 l2:12 b1:16 d1:20 b2:32 d2:36", "d1(l1,b1),d2(l2,b2)"),
  format("SS-c", 6, 8, "l1:8 i3:12 b1:16 d1:20 b2:32 d2:36", "d1(l1,b1),d2(b2),i3"),
  format("SS-d", 6, 8, "r1:8 r3:12 b1:16 d1:20 b2:32 d2:36", "d1(r1,b1),d2(b2),r3"),
  format("SS-e", 6, 8, "r1:8 r3:12 b2:16 d2:20 b4:32 d4:36", "r1,d2(b2),r3,d4(b4)"),
  format("SS-f", 6, 8, "l2:8:8 b1:16 d1:20 b2:32 d2:36", "d1(b1),d2(l2,b2)"),
  format("SSE", 6, 16, "b1:16 d1:20 b2:32 d2:36", "d1(b1),d2(b2)"),
  format("SSF", 6, 12, "r3:8 b1:16 d1:20 b2:32 d2:36", "d1(b1),d2(b2),r3"),
  format("SSF-r", 6, 12, "r3:8 b1:16 d1:20 b2:32 d2:36", "r3,d1(b1),d2(b2)"),
  format("VRI-a", 6, 40, "v1:8 i2:16:16s m3:32", "v1,i2[,m3]"),
  format("VRI-au", 6, 40, "v1:8 i2:16:16u m3:32", "v1,i2[,m3]"),
  format("VRI-b", 6, 40, "v1:8 i2:16:8 i3:24:8 m4:32", "v1,i2,i3[,m4]"),
  format("VRI-c", 6, 40, "v1:8 v3:12 i2:16:16u m4:32", "v1,v3,i2[,m4]"),
  format("VRI-d", 6, 40, "v1:8 v2:12 v3:16 i4:24:8 m5:32", "v1,v2,v3,i4[,m5]"),
  format("VRI-e", 6, 40, "v1:8 v2:12 i3:16:12u m5:28 m4:32", "v1,v2,i3,m4,m5"),
  format("VRR-a", 6, 40, "v1:8 v2:12 m5:24 m4:28 m3:32", "v1,v2[,m3,m4,m5]"),
  format("VRR-b", 6, 40, "v1:8 v2:12 v3:16 m5:24 m4:32", "v1,v2,v3,m4[,m5]"),
  format("VRR-c", 6, 40, "v1:8 v2:12 v3:16 m6:24 m5:28 m4:32", "v1,v2,v3[,m4,m5,m6]"),
  format("VRR-d", 6, 40, "v1:8 v2:12 v3:16 m5:20 m6:24 v4:32", "v1,v2,v3,v4[,m5,m6]"),
  format("VRR-e", 6, 40, "v1:8 v2:12 v3:16 m6:20 m5:28 v4:32", "v1,v2,v3,v4,m5,m6"),
  format("VRR-f", 6, 40, "v1:8 r2:12 r3:16", "v1,r2,r3"),
  format("VRS-a", 6, 40, "v1:8 v3:12 b2:16 d2:20 m4:32", "v1,v3,d2(b2)[,m4]"),
  format("VRS-b", 6, 40, "v1:8 r3:12 b2:16 d2:20 m4:32", "v1,r3,d2(b2)[,m4]"),
  format("VRS-c", 6, 40, "r1:8 v3:12 b2:16 d2:20 m4:32", "r1,v3,d2(b2)[,m4]"),
  format("VRV", 6, 40, "v1:8 v2:12 b2:16 d2:20 m3:32", "v1,d2(v2,b2),m3"),
  format("VRX", 6, 40, "v1:8 x2:12 b2:16 d2:20 m3:32", "v1,d2(x2,b2)[,m3]"),
].filter((f) => f.name !== "SMI");

export const formats: ReadonlyMap<string, Format> = new Map(list.map((f) => [f.name, f]));

/** Halfwords of an instruction, missing ones 0. */
export type Text = readonly [number, number, number];

export function lengthOf(firstHalfword: number): 2 | 4 | 6 {
  const top = firstHalfword >> 14;
  return top === 0 ? 2 : top === 3 ? 6 : 4;
}

/**
 * Bits start..start+width-1 (MSB0) of a 48-bit text, given as its first 32 bits and its last 16; width ≤ 32.
 */
function textBits(high: number, low: number, start: number, width: number): number {
  const mask = width === 32 ? -1 : (1 << width) - 1;
  const end = start + width;
  if (end <= 32) return ((high >>> (32 - end)) & mask) >>> 0;
  if (start >= 32) return (low >>> (48 - end)) & mask;
  return (((high << (end - 32)) | (low >>> (48 - end))) & mask) >>> 0;
}

/** One field of a text, given as its first 32 bits and its last 16. */
export function fieldValue(f: FieldSpec, high: number, low: number): number {
  if (f.long20) return ((low << 16) >> 24 << 12) | textBits(high, low, 20, 12);
  const value = textBits(high, low, f.start, f.width);
  if (f.rxb) return value | (((low >> (12 - f.rxb)) & 1) << 4);
  if (f.kind !== "signed" || f.name.startsWith("d")) return value;
  return (value << (32 - f.width)) >> (32 - f.width);
}

const noFields: RawFields = {
  r1: 0, r2: 0, r3: 0, x2: 0, b1: 0, b2: 0, b4: 0, d1: 0, d2: 0, d4: 0, i1: 0, i2: 0, i3: 0, i4: 0, i5: 0,
  ri2: 0, ri3: 0, ri4: 0, m1: 0, m3: 0, m4: 0, m5: 0, m6: 0, l1: 0, l2: 0, v1: 0, v2: 0, v3: 0, v4: 0,
};

export function fieldsOf(format: Format, text: Text): RawFields {
  const fields = { ...noFields };
  const high = (text[0] << 16) | text[1];
  for (const f of format.fields) fields[f.name] = fieldValue(f, high, text[2]);
  return fields;
}

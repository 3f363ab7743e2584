/**
 * PERFORM LOCKED OPERATION and COMPARE AND SWAP AND STORE (Principles of Operation, chapter 7). Instructions
 * of this machine are indivisible, so what is left of "locked" is: everything is fetched and probed before
 * anything is stored.
 */
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { helper, Program, type Instruction } from "./instruction.ts";
import { requireAligned } from "./operandAlignment.ts";

// ---- operands of 1 to 16 bytes

/** Somewhere in storage: address and the register that names its space. */
interface Place {
  readonly address: bigint;
  readonly b: number;
}

function fetch(cpu: HelperCpu, place: Place, size: number): bigint {
  return cpu.loadBytes(place.address, size, place.b).reduce(
    (value, byte) => (value << 8n) | BigInt(byte), 0n,
  );
}

function put(cpu: HelperCpu, place: Place, size: number, value: bigint): void {
  const data = new Uint8Array(size);
  for (let i = 0; i < size; i++) data[i] = Number((value >> BigInt(8 * (size - 1 - i))) & 0xffn);
  cpu.storeBytes(place.address, data, place.b);
}

// ---- perform locked operation

/**
 * What the functions do, in fours of one width each: word, doubleword in list, doubleword in registers,
 * quadword.
 */
const operations = ["load", "swap", "double", "store", "storeDouble", "storeTriple"] as const;
const widths = [4, 8, 8, 16] as const;

/**
 * Offsets in the parameter list of the operands' right ends; those of words in registers are not in the list.
 */
const listEnd = { compare1: 16, replace1: 32, third: 48, replace3: 64, fifth: 96, seventh: 128 } as const;
/** Where the list has the access-list-entry token and the address of operands 4, 6 and 8. */
const listPointer = { 4: 64, 6: 96, 8: 128 } as const;

class LockedOperation {
  readonly cpu: HelperCpu;
  readonly f: RawFields;
  readonly size: number;
  /** Compare and replacement values are in registers. */
  readonly inRegisters: boolean;
  readonly second: Place;
  readonly fourthOrList: Place;

  constructor(cpu: HelperCpu, f: RawFields, width: number) {
    this.cpu = cpu;
    this.f = f;
    this.size = widths[width]!;
    this.inRegisters = width === 0 || width === 2;
    this.second = { address: requireAligned(cpu, cpu.address(f.b2, f.d2), this.size), b: f.b2 };
    this.fourthOrList = { address: cpu.address(f.b4, f.d4), b: f.b4 };
  }

  register(r: number): bigint {
    return this.size === 4 ? BigInt(this.cpu.grLow(r)) : this.cpu.gr(r);
  }

  setRegister(r: number, value: bigint): void {
    if (this.size === 4) this.cpu.setGrLow(r, Number(value));
    else this.cpu.setGr(r, value);
  }

  listPlace(offset: number): Place {
    const { address, b } = this.fourthOrList;
    requireAligned(this.cpu, address, 8);
    return { address: this.cpu.wrap(address + BigInt(offset)), b };
  }

  /** Operand kept in the list, right-aligned at `end`. */
  inList(end: number): Place {
    return this.listPlace(end - this.size);
  }

  /** Operand whose address (and, in access-register mode, token, through R3) is in the list. */
  pointed(operand: 4 | 6 | 8): Place {
    const { cpu, f } = this;
    if (cpu.control.addressSpace === 1) {
      if (f.r3 === 0) cpu.program(Program.specification);
      cpu.setAr(f.r3, Number(fetch(cpu, this.listPlace(listPointer[operand] + 4), 4)));
    }
    const address = cpu.wrap(fetch(cpu, this.listPlace(listPointer[operand] + 8), 8));
    return { address: requireAligned(cpu, address, this.size), b: f.r3 };
  }
}

/** COMPARE AND LOAD: R3, or the third operand, gets the fourth when R1 matches the second. */
function compareAndLoad(o: LockedOperation): number {
  const { cpu, f, size } = o;
  const fourth = o.inRegisters ? {
    ...o.fourthOrList, address: requireAligned(cpu, o.fourthOrList.address, size),
  } : o.pointed(4);
  const compared = o.inRegisters ? o.register(f.r1) : fetch(cpu, o.inList(listEnd.compare1), size);
  const old = fetch(cpu, o.second, size);
  const matches = old === compared;
  const result = matches ? fetch(cpu, fourth, size) : old;
  if (o.inRegisters) o.setRegister(matches ? f.r3 : f.r1, result);
  else put(cpu, o.inList(matches ? listEnd.third : listEnd.compare1), size, result);
  return matches ? 0 : 1;
}

/** The first pair: does it match, and what goes to storage? A mismatch gives the old value back. */
function firstPair(o: LockedOperation): { matches: boolean; old: bigint; replacement: bigint } {
  const { cpu, f, size } = o;
  const compared = o.inRegisters ? o.register(f.r1) : fetch(cpu, o.inList(listEnd.compare1), size);
  const replacement = o.inRegisters ? o.register(f.r1 | 1) : fetch(cpu, o.inList(listEnd.replace1), size);
  cpu.probe(o.second.address, size, o.second.b, true);
  const old = fetch(cpu, o.second, size);
  return { matches: old === compared, old, replacement };
}

function giveBack(o: LockedOperation, old: bigint): number {
  if (o.inRegisters) o.setRegister(o.f.r1, old);
  else put(o.cpu, o.inList(listEnd.compare1), o.size, old);
  return 1;
}

function compareAndSwap(o: LockedOperation): number {
  const pair = firstPair(o);
  if (!pair.matches) return giveBack(o, pair.old);
  put(o.cpu, o.second, o.size, pair.replacement);
  return 0;
}

function doubleCompareAndSwap(o: LockedOperation): number {
  const { cpu, f, size } = o;
  const fourth = o.inRegisters ? {
    ...o.fourthOrList, address: requireAligned(cpu, o.fourthOrList.address, size),
  } : o.pointed(4);
  const pair = firstPair(o);
  if (!pair.matches) return giveBack(o, pair.old);
  const compared = o.inRegisters ? o.register(f.r3) : fetch(cpu, o.inList(listEnd.third), size);
  const replacement = o.inRegisters ? o.register(f.r3 | 1) : fetch(cpu, o.inList(listEnd.replace3), size);
  cpu.probe(fourth.address, size, fourth.b, true);
  const old = fetch(cpu, fourth, size);
  if (old !== compared) {
    if (o.inRegisters) o.setRegister(f.r3, old);
    else put(cpu, o.inList(listEnd.third), size, old);
    return 2;
  }
  put(cpu, fourth, size, replacement);
  put(cpu, o.second, size, pair.replacement);
  return 0;
}

/** COMPARE AND SWAP AND STORE (one operand), DOUBLE STORE, TRIPLE STORE. */
function compareSwapAndStore(o: LockedOperation, stores: 1 | 2 | 3): number {
  const { cpu, f, size } = o;
  // One store of a value in R3 goes straight to the fourth operand; all others are described by the list.
  const direct = o.inRegisters && stores === 1;
  const pair = firstPair(o);
  if (!pair.matches) return giveBack(o, pair.old);
  const targets: { place: Place; value: bigint }[] = [];
  if (direct) {
    const address = requireAligned(cpu, o.fourthOrList.address, size);
    targets.push({ place: { ...o.fourthOrList, address }, value: o.register(f.r3) });
  } else {
    const values = [listEnd.replace3, listEnd.fifth, listEnd.seventh] as const;
    for (let i = 0; i < stores; i++) {
      const place = o.pointed([4, 6, 8][i] as 4 | 6 | 8);
      cpu.probe(place.address, size, place.b, true);
      targets.push({ place, value: fetch(cpu, o.inList(values[i]!), size) });
    }
  }
  for (const { place } of targets) cpu.probe(place.address, size, place.b, true);
  put(cpu, o.second, size, pair.replacement);
  for (const { place, value } of targets) put(cpu, place, size, value);
  return 0;
}

/** GR0: function code in bits 56-63, bit 55 asks only whether it exists; bits 32-54 are zero. */
function plo(cpu: HelperCpu, f: RawFields): void {
  const control = cpu.grLow(0);
  const code = control & 0xff;
  if (control >>> 9) cpu.program(Program.specification);
  const known = code < operations.length * 4;
  if (control & 0x100) {
    cpu.cc = known ? 0 : 3;
    return;
  }
  if (!known) cpu.program(Program.specification);
  const operation = operations[code >> 2]!;
  const o = new LockedOperation(cpu, f, code & 3);
  const oddPair = (operation !== "load" && f.r1 & 1) || (operation === "double" && f.r3 & 1);
  if (o.inRegisters && oddPair) cpu.program(Program.specification);
  switch (operation) {
    case "load": cpu.cc = compareAndLoad(o); break;
    case "swap": cpu.cc = compareAndSwap(o); break;
    case "double": cpu.cc = doubleCompareAndSwap(o); break;
    case "store": cpu.cc = compareSwapAndStore(o, 1); break;
    case "storeDouble": cpu.cc = compareSwapAndStore(o, 2); break;
    case "storeTriple": cpu.cc = compareSwapAndStore(o, 3); break;
  }
}

// ---- compare and swap and store

/**
 * CSST: GR0 bits 56-63 size of the swap (4, 8, 16 bytes), 48-55 of the store (1 … 16); GR1 the parameter
 * list.
 */
function csst(cpu: HelperCpu, f: RawFields): void {
  const code = cpu.grLow(0) & 0xff;
  const storeCode = (cpu.grLow(0) >> 8) & 0xff;
  if (code > 2 || storeCode > 4 || (code === 2 && f.r3 & 1)) cpu.program(Program.specification);
  const size = 4 << code;
  const storeSize = 1 << storeCode;
  const first = { address: requireAligned(cpu, cpu.address(f.b1, f.d1), size), b: f.b1 };
  const second = { address: requireAligned(cpu, cpu.address(f.b2, f.d2), storeSize), b: f.b2 };
  const list = cpu.wrap(cpu.gr(1)) & ~15n;
  const replacement = fetch(cpu, { address: list, b: 1 }, size);
  const stored = fetch(cpu, { address: cpu.wrap(list + 16n), b: 1 }, storeSize);
  cpu.probe(first.address, size, f.b1, true);
  cpu.probe(second.address, storeSize, f.b2, true);
  const old = fetch(cpu, first, size);
  const pair = (): bigint => (cpu.gr(f.r3) << 64n) | cpu.gr(f.r3 + 1);
  const compared = code === 0 ? BigInt(cpu.grLow(f.r3)) : code === 1 ? cpu.gr(f.r3) : pair();
  if (old === compared) {
    put(cpu, first, size, replacement);
    put(cpu, second, storeSize, stored);
    cpu.cc = 0;
    return;
  }
  if (code === 0) cpu.setGrLow(f.r3, Number(old));
  else if (code === 1) cpu.setGr(f.r3, old);
  else {
    cpu.setGr(f.r3, old >> 64n);
    cpu.setGr(f.r3 + 1, old & 0xffff_ffff_ffff_ffffn);
  }
  cpu.cc = 1;
}

export const lockedOperation: readonly Instruction[] = [
  helper("plo", "SS-e", 0xee, plo),
  helper("csst", "SSF", 0xc82, csst, { facility: 32 }),
];

/**
 * Clocks: TOD clock, clock comparator, CPU timer, TOD programmable register, PERFORM TIMING FACILITY FUNCTION
 * (Principles of Operation, chapters 4 "Timing" and 10; STORE CLOCK … from chapter 7).
 */
import type { RawFields } from "./format.ts";
import type { HelperCpu } from "./helperCpu.ts";
import { helper, Program, type Instruction } from "./instruction.ts";
import { alignedOperand2 } from "./operandAlignment.ts";
import { putTraceEntry, tracesExplicitly } from "./tracing.ts";

function stck(cpu: HelperCpu, f: RawFields): void {
  cpu.store(cpu.address(f.b2, f.d2), 8, cpu.control.tod(), f.b2);
  cpu.cc = 0;
}

/**
 * 16 bytes: epoch index 0, 104 bits of the clock, programmable field. A running clock's last 40 bits are
 * never all zero.
 */
function stcke(cpu: HelperCpu, f: RawFields): void {
  const value = (cpu.control.tod() << 56n) | 0x1_0000n | BigInt(cpu.control.todProgrammable);
  const data = new DataView(new ArrayBuffer(16));
  data.setBigUint64(0, value >> 64n);
  data.setBigUint64(8, value & 0xffff_ffff_ffff_ffffn);
  cpu.storeBytes(cpu.address(f.b2, f.d2), new Uint8Array(data.buffer), f.b2);
  cpu.cc = 0;
}

function sck(cpu: HelperCpu, f: RawFields): void {
  const value = cpu.load(alignedOperand2(cpu, f, 8), 8, f.b2);
  cpu.cc = cpu.control.setTod(value) ? 0 : 1;
  cpu.control.recheckInterruptions();
}

function sckc(cpu: HelperCpu, f: RawFields): void {
  cpu.control.clockComparator = cpu.load(alignedOperand2(cpu, f, 8), 8, f.b2);
  cpu.control.recheckInterruptions();
}

function spt(cpu: HelperCpu, f: RawFields): void {
  cpu.control.cpuTimer = cpu.load(alignedOperand2(cpu, f, 8), 8, f.b2);
  cpu.control.recheckInterruptions();
}

const stckc = (cpu: HelperCpu, f: RawFields): void =>
  cpu.store(alignedOperand2(cpu, f, 8), 8, cpu.control.clockComparator, f.b2);
const stpt = (cpu: HelperCpu, f: RawFields): void =>
  cpu.store(alignedOperand2(cpu, f, 8), 8, cpu.control.cpuTimer, f.b2);

function sckpf(cpu: HelperCpu): void {
  const low = cpu.grLow(0);
  if (low >>> 16) cpu.program(Program.specification);
  cpu.control.todProgrammable = low;
}

/** ECTG: GR0 first operand less the CPU timer, GR1 second operand, R3 the doubleword that R3 addresses. */
function ectg(cpu: HelperCpu, f: RawFields): void {
  const first = cpu.load(cpu.address(f.b1, f.d1), 8, f.b1);
  const second = cpu.load(cpu.address(f.b2, f.d2), 8, f.b2);
  const third = cpu.load(cpu.wrap(cpu.gr(f.r3)), 8, f.r3);
  cpu.setGr(0, BigInt.asUintN(64, first - cpu.control.cpuTimer));
  cpu.setGr(1, second);
  cpu.setGr(f.r3, third);
}

/**
 * Functions of PTFF that exist here, as its query answers: available functions, TOD offset, steering,
 * physical clock.
 */
const ptffFunctions = [0, 1, 2, 3] as const;

/**
 * Parameter block that a PTFF query stores: no steering, no offset, so the physical clock is the TOD clock.
 */
function ptffBlock(cpu: HelperCpu, code: number): Uint8Array {
  const sizes: { readonly [code: number]: number } = { 0: 16, 1: 32, 2: 56, 3: 8 };
  const block = new DataView(new ArrayBuffer(sizes[code]!));
  if (code === 0) for (const known of ptffFunctions) block.setUint8(
    known >> 3, block.getUint8(known >> 3) | (0x80 >> (known & 7)),
  );
  else block.setBigUint64(0, cpu.control.tod());
  return new Uint8Array(block.buffer);
}

/** GR0.57-63 function (bit 56 zero), GR1 address of the parameter block. Unknown function: code 3. */
function ptff(cpu: HelperCpu): void {
  const word = cpu.grLow(0);
  const code = word & 0x7f;
  if (word & 0x80) cpu.program(Program.specification);
  if (code >= 64 && cpu.control.problemState) cpu.program(Program.privileged);
  if (!ptffFunctions.some((known) => known === code)) {
    cpu.cc = 3;
    return;
  }
  cpu.storeBytes(cpu.wrap(cpu.gr(1)), ptffBlock(cpu, code), 1);
  cpu.cc = 0;
}

// ---- explicit tracing

/**
 * TRACE, TRACG: entry with the clock, the operand and the registers R1 to R3. Bit 0 of the operand one:
 * nothing.
 */
function trace(wide: boolean) {
  return (cpu: HelperCpu, f: RawFields): void => {
    const operand = cpu.load(alignedOperand2(cpu, f, 4), 4, f.b2);
    if (!tracesExplicitly(cpu) || operand >> 31n) return;
    const count = ((f.r3 - f.r1) & 15) + 1;
    const head = wide ? 16 : 12;
    const width = wide ? 8 : 4;
    const entry = new DataView(new ArrayBuffer(head + width * count));
    // TRACE keeps clock bits 16-63, TRACG bits 0-79; the two bytes at the front overlay what comes before.
    entry.setBigUint64(wide ? 2 : 0, cpu.control.tod());
    entry.setUint8(0, 0x70 | (count - 1));
    entry.setUint8(1, wide ? 0x80 : 0);
    entry.setUint32(head - 4, Number(operand));
    for (let i = 0; i < count; i++) {
      const n = (f.r1 + i) & 15;
      if (wide) entry.setBigUint64(head + width * i, cpu.gr(n));
      else entry.setUint32(head + width * i, cpu.grLow(n));
    }
    const words = Array.from({ length: entry.byteLength / 4 }, (_, i) => entry.getUint32(4 * i));
    putTraceEntry(cpu, words);
  };
}

const privileged = { privileged: true };

export const timing: readonly Instruction[] = [
  helper("stck", "S", 0xb205, stck),
  helper("stckf", "S", 0xb27c, stck, { facility: 25 }),
  helper("stcke", "S", 0xb278, stcke),
  helper("sck", "S", 0xb204, sck, privileged),
  helper("sckc", "S", 0xb206, sckc, privileged),
  helper("stckc", "S", 0xb207, stckc, privileged),
  helper("spt", "S", 0xb208, spt, privileged),
  helper("stpt", "S", 0xb209, stpt, privileged),
  helper("sckpf", "E", 0x0107, sckpf, privileged),
  helper("ectg", "SSF", 0xc81, ectg, { facility: 31 }),
  helper("ptff", "E", 0x0104, ptff, { facility: 28 }),
  helper("trace", "RS-a", 0x99, trace(false), privileged),
  helper("tracg", "RSY-a", 0xeb0f, trace(true), privileged),
];

/**
 * The registers of one CPU by name, running or parked (Principles of Operation, chapter 2). Names and digits
 * are those of `api/debug.ts`.
 */
import { registerDigits, type Hex } from "../../api/debug.ts";
import { assert } from "../../base/assert.ts";
import { Reg } from "../../cpu/layout.ts";
import { Cc } from "../../isa/s390/semantics.ts";
import type { S390Ccw } from "../s390Ccw.ts";

interface Access {
  read(): bigint;
  /** Undefined for what only time changes. */
  write?: (value: bigint) => void;
}

const hex = (value: bigint, digits: number): Hex => value.toString(16).padStart(digits, "0");

/** What stands behind each name; `cpu` exists. */
function accessTo(machine: S390Ccw, cpu: number): Readonly<Record<string, Access>> {
  const { core } = machine;
  const vcpu = core.vcpus[cpu]!;
  const isRunning = core.vcpu === vcpu;
  const block = isRunning ? core.memory.view : new DataView(vcpu.parked.buffer);
  const wide = (at: number): Access => ({
    read: () => block.getBigUint64(at, true),
    write: (value) => block.setBigUint64(at, value, true),
  });
  const word = (at: number): Access => ({
    read: () => BigInt(block.getUint32(at, true)),
    write: (value) => block.setUint32(at, Number(value), true),
  });
  const vector = (at: number): Access => ({
    read: () => (block.getBigUint64(at + 8, true) << 64n) | block.getBigUint64(at, true),
    write: (value) => {
      block.setBigUint64(at, BigInt.asUintN(64, value), true);
      block.setBigUint64(at + 8, value >> 64n, true);
    },
  });
  /** What depends on control registers or PSW is derived again; a parked CPU does so when it runs. */
  const refreshing = ({ read, write }: Access): Access => ({
    read,
    write: (value) => {
      write!(value);
      if (isRunning) core.refreshMode();
    },
  });
  const psw = pswOf(machine, cpu);
  const entries: [string, Access][] = [
    ["pswMask", psw],
    ["pswAddress", wide(Reg.pc)],
    ["fpc", word(Reg.fpc)],
    [
      "prefix",
      {
        read: () => BigInt(block.getUint32(Reg.prefix, true)),
        write: (value) => machine.adapters[cpu]!.setPrefix(Number(value & 0x7fffe000n)),
      },
    ],
    [
      "cpuTimer",
      {
        read: () => core.cpuTimer(vcpu),
        write: (value) => {
          vcpu.cpuTimerBase = value;
          vcpu.cpuTimerAt = machine.now();
        },
      },
    ],
    [
      "clockComparator",
      { read: () => vcpu.clockComparator, write: (value) => void (vcpu.clockComparator = value) },
    ],
    ["tod", { read: () => machine.tod() }],
    [
      "todProgrammable",
      {
        read: () => BigInt(vcpu.todProgrammable),
        write: (value) => void (vcpu.todProgrammable = Number(value & 0xffffn)),
      },
    ],
  ];
  for (let n = 0; n < 16; n++) {
    entries.push([`r${n}`, wide(Reg.gpr + n * 8)]);
    entries.push([`c${n}`, refreshing(wide(Reg.cr + n * 8))]);
    entries.push([`a${n}`, word(Reg.ar + n * 4)]);
  }
  for (let n = 0; n < 32; n++) entries.push([`v${n}`, vector(Reg.vr + n * 16)]);
  return Object.fromEntries(entries);
}

/** The mask half of the PSW: its condition code is computed when it is asked for. */
function pswOf({ core }: S390Ccw, cpu: number): Access {
  const vcpu = core.vcpus[cpu]!;
  const inFront = <T>(work: () => T): T => {
    const before = core.vcpu;
    core.switchTo(vcpu);
    const result = work();
    core.switchTo(before);
    return result;
  };
  return {
    read: () => inFront(() => core.pswMask()),
    write: (value) =>
      inFront(() => {
        vcpu.maskHigh = Number(value >> 32n) & ~0x3f00;
        vcpu.maskLow = Number(value & 0x80000000n);
        core.memory.u32[Reg.ccOp >> 2] = Cc.value;
        core.memory.u64[Reg.ccA >> 3] = (value >> 44n) & 3n;
        core.memory.u32[Reg.programMask >> 2] = Number((value >> 40n) & 15n);
        core.refreshMode();
      }),
  };
}

/** All registers of an existing CPU. */
export function readRegisters(machine: S390Ccw, cpu: number): Record<string, Hex> {
  const access = accessTo(machine, cpu);
  return Object.fromEntries(
    Object.entries(registerDigits).map(([name, digits]) => [name, hex(access[name]!.read(), digits)]),
  );
}

/** One of them, by a name there is. */
export const readRegister = (machine: S390Ccw, cpu: number, name: string): Hex =>
  hex(accessTo(machine, cpu)[name]!.read(), registerDigits[name]!);

/** Sets one; answers the sentence that refuses what only time changes. */
export function writeRegister(machine: S390Ccw, cpu: number, name: string, value: Hex): string | undefined {
  const access = accessTo(machine, cpu)[name];
  assert(access, `no register is called ${name}`);
  if (!access.write) return `${name} is a clock and cannot be set here.`;
  access.write(BigInt(`0x${value}`));
  return undefined;
}

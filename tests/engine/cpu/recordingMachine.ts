/** A bare CPU that runs a program under program-event recording and keeps what each interruption told. */
import { Core } from "../../../src/engine/cpu/core.ts";
import { Reg } from "../../../src/engine/cpu/layout.ts";
import { assemble } from "../../../src/engine/isa/s390/assemble.ts";
import { MachineStub } from "../../kit/sequences/machineStub.ts";

export const ORIGIN = 0x10000n;
/** Where operands are. */
export const DATA = 0x20000n;
export const PSW_64 = 0x0000_0001_8000_0000n;
export const PER_MASK = 1n << 62n;
export const DAT_MASK = 1n << 58n;
/** Control register 9. */
export const Ask = {
  branch: 0x8000_0000n, fetch: 0x4000_0000n, alteration: 0x2000_0000n, realStore: 0x0800_0000n,
  nullification: 0x0100_0000n, branchAddress: 0x0080_0000n, alterationSpace: 0x0020_0000n,
} as const;
const HANDLER = 0x3000n;
const SUPERVISOR = 0x3100n;
const STEPS_MAX = 2_000;

/** The assigned storage locations after a program interruption. */
export interface Told {
  readonly code: number;
  readonly ilc: number;
  readonly per: number;
  readonly atmid: number;
  readonly address: bigint;
  readonly access: number;
  readonly mask: bigint;
  readonly next: bigint;
}

export interface Recording {
  readonly ask: bigint;
  /** The designated area: all of storage unless given. */
  readonly area?: readonly [bigint, bigint];
  /** PSW bits 0-63 besides the PER bit. */
  readonly mask?: bigint;
  readonly registers?: { readonly [n: number]: bigint };
  readonly control?: { readonly [n: number]: bigint };
  readonly access?: { readonly [n: number]: number };
}

export class RecordingMachine {
  readonly core = new Core(1 << 20, 1);
  private readonly symbols: ReadonlyMap<string, bigint>;
  private told = false;

  /** A program at ORIGIN; it is over when it comes to the label `end`. */
  constructor(source: string) {
    const made = assemble(`_start: ${source}\nend: j end\n`, { origin: Number(ORIGIN) });
    if (!made.ok) throw new Error(made.error.map((error) => error.message).join("\n"));
    this.symbols = made.value.symbols;
    const { core } = this;
    core.machine = new MachineStub();
    for (const { address, bytes } of made.value.listing) core.ram.write(Number(address), bytes, "debugger");
    for (const [fresh, to] of [[0x1c0, SUPERVISOR], [0x1d0, HANDLER]] as const) {
      core.ram.setU64(fresh, PSW_64, "debugger");
      core.ram.setU64(fresh + 8, to, "debugger");
    }
    core.vcpu.state = "operating";
    core.onProgram = () => (this.told = true);
  }

  at(label: string): bigint {
    const address = this.symbols.get(label);
    if (address === undefined) throw new Error(`no label ${label}`);
    return address;
  }

  private start(r: Recording): void {
    const { core } = this;
    const { cpu } = core;
    cpu.setCr(0, 0x0486_0000n);
    for (const [n, value] of Object.entries(r.control ?? {})) cpu.setCr(Number(n), value);
    for (const [n, value] of Object.entries(r.access ?? {})) cpu.setAr(Number(n), value);
    for (const [n, value] of Object.entries(r.registers ?? {})) cpu.setGr(Number(n), value);
    const [first, last] = r.area ?? [0n, 0xffff_ffff_ffff_ffffn];
    cpu.setCr(9, r.ask);
    cpu.setCr(10, first);
    cpu.setCr(11, last);
    core.setPsw((r.mask ?? PSW_64) | PER_MASK, ORIGIN);
  }
  private read(): Told {
    const { ram } = this.core;
    return {
      ilc: ram.u16(0x8c), code: ram.u16(0x8e), per: ram.u8(0x96), atmid: ram.u8(0x97),
      address: ram.u64(0x98), access: ram.u8(0xa1), mask: ram.u64(0x150), next: ram.u64(0x158),
    };
  }

  /**
   * Runs to the end and resumes after every interruption with its old PSW, or where `resume` says; undefined
   * there ends the run.
   */
  record(r: Recording, resume: (told: Told) => bigint | undefined = (told) => told.next): Told[] {
    const { core } = this;
    const all: Told[] = [];
    this.start(r);
    for (let steps = 0; core.pc !== this.at("end"); steps++) {
      if (steps === STEPS_MAX) throw new Error(`it does not end; it is at ${core.pc.toString(16)}`);
      this.told = false;
      core.run(100);
      if (!this.told) continue;
      const told = this.read();
      if (told.address === this.at("end")) break;
      all.push(told);
      const to = resume(told);
      if (to === undefined) break;
      core.setPsw(told.mask, to);
    }
    return all;
  }

  /** Addresses of all instructions, and of the targets of those that are an EXECUTE. */
  trace(r: Omit<Recording, "ask">): { readonly pc: bigint; readonly target: bigint }[] {
    const { core } = this;
    const all: { pc: bigint; target: bigint }[] = [];
    this.start({ ...r, ask: 0n });
    while (core.pc !== this.at("end")) {
      const { pc } = core;
      core.memory.u64[Reg.exTarget >> 3] = pc;
      core.run(1);
      all.push({ pc, target: core.memory.u64[Reg.exTarget >> 3]! });
    }
    return all;
  }
}

export const record = (source: string, r: Recording): Told[] => new RecordingMachine(source).record(r);

/** An area from one address to another, both included; it wraps around where the first is the larger. */
export const isIn = (address: bigint, [first, last]: readonly [bigint, bigint]): boolean =>
  first <= last ? first <= address && address <= last : address >= first || address <= last;

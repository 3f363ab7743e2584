/** Our own engine running the same sequences as the peer, with the same addresses for the storage window. */
import { Core } from "../../../../src/engine/cpu/core.ts";
import { Reg } from "../../../../src/engine/cpu/layout.ts";
import { RegionCompiler } from "../../../../src/engine/cpu/regionCompiler.ts";
import { fieldsOf, type RawFields } from "../../../../src/engine/isa/s390/format.ts";
import type { Instruction } from "../../../../src/engine/isa/s390/instruction.ts";
import { encode } from "../../../../src/engine/isa/s390/operands.ts";
import { TEXT_BYTES, WINDOW, WINDOW_BYTES, type Outcome, type State } from "./peer.ts";

const TEXT = 0x2000;
const END = TEXT + TEXT_BYTES;
const AFP_AND_VECTOR = 0x60000n;
const PSW_64 = 0x0000_0001_8000_0000n;

const kindOf = (code: number): string => {
  if (code === 0) return "";
  if (code === 7 || code === 8 || code === 9) return "arithmetic";
  if (code === 0x1b) return "arithmetic";
  return code === 4 || code === 5 || code === 0x10 || code === 0x11 || code === 0x3b ? "access" : "illegal";
};

export class OwnMachine {
  readonly core = new Core(0x80_0000, 1);
  private code = 0;

  /** `compiles`: the sequence is compiled before it runs, else interpreted. */
  constructor(compiles = false) {
    if (compiles) {
      this.core.compiler = new RegionCompiler(this.core, () => 0);
      this.core.heatLimit = 1;
      this.core.memory.u32[Reg.heatLimit >> 2] = 1;
    }
    this.core.onProgram = (code) => {
      this.code ||= code;
    };
    this.core.cpu.setCr(0, AFP_AND_VECTOR);
    // The program new PSW leads to a jump to itself.
    this.core.ram.setU64(0x1d0, PSW_64, "debugger");
    this.core.ram.setU64(0x1d8, BigInt(END), "debugger");
    this.core.vcpu.state = "operating";
  }

  /** The last program interruption code. */
  get interruption(): number {
    return this.code;
  }

  /** Runs a text from a state until its end or an interruption. */
  run(text: Uint8Array, state: State): Outcome {
    const { core } = this;
    const padded = new Uint8Array(TEXT_BYTES + 4);
    for (let i = 0; i < TEXT_BYTES; i += 2) padded[i] = 0x07;
    padded.set(text);
    padded.set([0xa7, 0xf4, 0, 0], TEXT_BYTES);
    core.ram.write(TEXT, padded, "debugger");
    // A jump to the sequence: its target is what gets compiled.
    core.ram.write(TEXT - 4, Uint8Array.from([0xa7, 0xf4, 0, 2]), "debugger");
    this.load(state);
    const end = core.run(TEXT_BYTES + 1);
    // An interruption ends the slice; its old PSW has the condition code.
    const cc =
      end === "slice" || this.code === 0 ? core.conditionCode() : Number((core.ram.u64(0x150) >> 44n) & 3n);
    return this.outcome(cc);
  }

  /**
   * Runs one function of an entry, `helper` or `slow`, on a state, with the check of its fields before it.
   */
  call(
    instruction: Instruction,
    run: NonNullable<Instruction["helper"]>,
    fields: Partial<RawFields>,
    state: State,
  ): Outcome {
    const { core } = this;
    this.load(state);
    const raw = fieldsOf(instruction.format, encode(instruction, fields));
    const wrong = instruction.check?.(raw) ?? 0;
    if (wrong) this.code = wrong;
    else if (!core.cpu.attempt(() => run(core.cpu, raw))) this.code = core.memory.u32[Reg.pgm >> 2]!;
    // What the interruption itself would do.
    if (this.code === 7 || this.code === 0x1b)
      core.cpu.fpc = (core.cpu.fpc & ~0xff00) | (core.memory.u32[Reg.dxc >> 2]! << 8);
    return this.outcome(core.conditionCode());
  }

  private load(state: State): void {
    const { core } = this;
    core.ram.write(WINDOW, state.window, "debugger");
    core.setPsw(PSW_64 | (BigInt(state.cc) << 44n), BigInt(TEXT - 4));
    state.gr.forEach((value, n) => core.cpu.setGr(n, value));
    state.vr.forEach((value, n) => core.cpu.setVr(n, value));
    core.cpu.fpc = state.fpc;
    this.code = 0;
  }
  private outcome(cc: number): Outcome {
    const { core } = this;
    return {
      kind: kindOf(this.code),
      cc,
      fpc: core.cpu.fpc,
      gr: Array.from({ length: 16 }, (_, n) => core.cpu.gr(n)),
      vr: Array.from({ length: 32 }, (_, n) => core.cpu.vr(n)),
      window: core.ram.read(WINDOW, WINDOW_BYTES),
    };
  }
}

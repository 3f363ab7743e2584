/**
 * The I/O instructions of the CPU on the channel subsystem: operands, order of exceptions, condition codes.
 */
import type { Core } from "../cpu/core.ts";
import { Reg } from "../cpu/layout.ts";
import type { ChannelSubsystem } from "../devices/css/css.ts";
import type { InstructionOutcome, StorageOperand } from "../devices/css/operand.ts";
import type { Flic } from "../devices/flic/flic.ts";
import type { VcpuAdapter } from "./vcpuAdapter.ts";

/** The second operand in the current address space; an access exception comes back as its code. */
function operandOf(core: Core, address: bigint, b: number): StorageOperand {
  const { cpu } = core;
  const at = (offset: number): bigint => cpu.wrap(address + BigInt(offset));
  const code = (): { program: number } => ({ program: core.memory.u32[Reg.pgm >> 2]! });
  return {
    address,
    fetch(offset, length) {
      let bytes: Uint8Array | undefined;
      return cpu.attempt(() => { bytes = cpu.loadBytes(at(offset), length, b); }) ? bytes! : code();
    },
    store(offset, bytes) {
      return cpu.attempt(() => { cpu.storeBytes(at(offset), bytes, b); }) ? undefined : code();
    },
    mayStore(offset, length) {
      return cpu.attempt(() => { cpu.probe(at(offset), length, b, true); }) ? undefined : code();
    },
  };
}

/** Runs one instruction; program interruptions end it through `HelperCpu.program`. */
export function channelInstruction(
  core: Core, css: ChannelSubsystem, flic: Flic, adapter: VcpuAdapter,
  name: string, address: bigint, b: number,
): number {
  const { cpu } = core;
  const gr1 = cpu.gr(1);
  const operand = operandOf(core, address, b);
  const finish = (outcome: InstructionOutcome): number =>
    "program" in outcome ? cpu.program(outcome.program) : outcome.cc;
  switch (name) {
    case "ssch": return finish(css.ssch(gr1, operand));
    case "msch": return finish(css.msch(gr1, operand));
    case "stsch": return finish(css.stsch(gr1, operand));
    case "tsch": {
      const outcome = css.tsch(gr1, operand);
      if ("cc" in outcome) flic.takeIoForSubchannel(gr1, adapter.id);
      return finish(outcome);
    }
    case "csch": return finish(css.csch(gr1));
    case "hsch": return finish(css.hsch(gr1));
    case "xsch": return finish(css.xsch(gr1));
    case "rsch": return finish(css.rsch(gr1));
    case "rchp": return finish(css.rchp(gr1));
    case "stcrw": return finish(css.stcrw(operand));
    case "chsc": return finish(css.chsc(operand));
    case "schm": return noCode(core, css.schm(gr1, cpu.gr(2)));
    case "sal": return noCode(core, css.sal(gr1));
    case "tpi": {
      const outcome = flic.tpi(adapter, address);
      if ("cc" in outcome) return outcome.cc;
      return cpu.program(outcome.exception === "specification" ? 6 : core.memory.u32[Reg.pgm >> 2]!);
    }
    default: return cpu.program(1);
  }
}

function noCode(core: Core, refused: { readonly program: number } | undefined): number {
  return refused ? core.cpu.program(refused.program) : core.cpu.cc;
}

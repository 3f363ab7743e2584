/**
 * The storage operand of an I/O instruction and what such an instruction answers.
 *
 * The CPU decodes and translates the operand; the channel subsystem only asks for bytes. An access that is
 * not permitted comes back as a program interruption code, so the order "access exception before side effect"
 * is kept here.
 */
import type { GuestMemory } from "../../memory/guestMemory.ts";
import type { MemoryWriter } from "../../memory/memoryWriter.ts";

/**
 * A program interruption that the instruction must be nullified or suppressed with (Principles of Operation,
 * ch. 6).
 */
export interface ProgramException {
  readonly program: number;
}

/** Condition code, or a program exception. */
export type InstructionOutcome = { readonly cc: 0 | 1 | 2 | 3 } | ProgramException;

export const programCode = {
  privileged: 0x02, protection: 0x04, addressing: 0x05, specification: 0x06, operand: 0x15,
} as const;

/**
 * The second operand: its logical address (for alignment checks) and its bytes. Offsets are from the
 * operand's start.
 */
export interface StorageOperand {
  readonly address: bigint;
  fetch(offset: number, length: number): Uint8Array | ProgramException;
  /** Stores all bytes or none. */
  store(offset: number, bytes: Uint8Array): ProgramException | undefined;
  /** Would `store` succeed? Needed where condition code 3 has a lower priority than an access exception. */
  mayStore(offset: number, length: number): ProgramException | undefined;
}

export const isException = (value: object): value is ProgramException => "program" in value;

/** An operand at an absolute address: no translation, addressing exception outside RAM. */
export function absoluteOperand(
  memory: GuestMemory, address: number, writer: MemoryWriter = "css"): StorageOperand {
  const refused = (offset: number, length: number): ProgramException | undefined =>
    memory.contains(address + offset, length) ? undefined : { program: programCode.addressing };
  return {
    address: BigInt(address),
    fetch: (offset, length) => refused(offset, length) ?? memory.read(address + offset, length),
    store(offset, bytes) {
      const exception = refused(offset, bytes.length);
      if (!exception) memory.write(address + offset, bytes, writer);
      return exception;
    },
    mayStore: refused,
  };
}

/**
 * The channel-program interpreter: command chaining, transfer in channel, suspension, length checks, and the
 * commands every device has (NO-OPERATION, BASIC SENSE, SENSE ID). Principles of Operation, chapters 15 and
 * 16.
 *
 * Invariant: one call runs a bounded number of CCWs. A program that chains to itself for ever stays "active"
 * and is continued later, so it can be halted and cannot keep the engine from answering.
 */
import type { GuestMemory } from "../../memory/guestMemory.ts";
import { CCW_BYTES, ccwFlag, type Ccw, fetchCcw, hasInvalidFields, isInvalidCommand, isTransferInChannel,
  transferTarget } from "./ccw.ts";
import type { CcwDevice, CommandOutcome } from "./ccwDevice.ts";
import { ChainedData } from "./channelData.ts";
import { deviceStatus, orbControl, orbFlag, SENSE_BYTES, subchannelStatus } from "./channelLayouts.ts";

/** A started program between two calls; plain data, part of the subchannel's state. */
export interface ProgramState {
  readonly orbFlags: number;
  readonly orbControl: number;
  /** The CCW to be fetched next. */
  next: number;
  /** The last CCW was a transfer in channel, or none was executed: the next must not be one. */
  transferForbidden: boolean;
  /** A program-controlled interruption is owed. */
  programControlled: boolean;
}

export type ProgramResult =
  | {
      readonly kind: "ended"; readonly device: number; readonly subchannel: number;
      readonly ccwAddress: number; readonly count: number;
    }
  | { readonly kind: "suspended" }
  | { readonly kind: "working" };

const SENSE_ID_BYTES = 256;
const command = { noOperation: 0x03, basicSense: 0x04, senseId: 0xe4 } as const;
const COMMAND_REJECT = 0x80;
const CCWS_PER_CALL = 512;

export interface ProgramContext {
  readonly memory: GuestMemory;
  readonly device: CcwDevice;
  /** The subchannel's sense bytes; BASIC SENSE takes them. */
  readonly sense: Uint8Array;
}

export function runChannelProgram(context: ProgramContext, program: ProgramState): ProgramResult {
  const format1 = (program.orbFlags & orbFlag.format1) !== 0;
  for (let fetched = 0; fetched < CCWS_PER_CALL; fetched++) {
    const ccw = fetchCcw(context.memory, program.next, format1);
    if (!ccw) return programCheck(program.next, 0);
    if (isTransferInChannel(ccw, format1)) {
      const target = transferTarget(ccw, format1);
      if (program.transferForbidden || target === undefined) return programCheck(ccw.address, 0);
      program.next = target;
      program.transferForbidden = true;
      continue;
    }
    if (hasInvalidFields(ccw, format1) || isInvalidCommand(ccw.code))
      return programCheck(ccw.address, ccw.count);
    if ((ccw.flags & ccwFlag.suspend) !== 0) {
      if ((program.orbFlags & orbFlag.suspend) === 0) return programCheck(ccw.address, ccw.count);
      return { kind: "suspended" };
    }
    const result = runCommand(context, program, ccw);
    if (result) return result;
  }
  return { kind: "working" };
}

const programCheck = (address: number, count: number): ProgramResult => ({
  kind: "ended", device: 0, subchannel: subchannelStatus.programCheck, ccwAddress: address + CCW_BYTES, count,
});

/** One command with its data chain. `undefined`: command chaining goes on at `program.next`. */
function runCommand(context: ProgramContext, program: ProgramState, ccw: Ccw): ProgramResult | undefined {
  const data = new ChainedData(context.memory, ccw, program.orbFlags);
  if (data.programControlled) program.programControlled = true;
  const outcome = execute(context, ccw.code, data);
  const { ccw: last, residual } = data.ending();
  const ccwAddress = last.address + CCW_BYTES;
  if (data.failure !== 0)
    return { kind: "ended", device: 0, subchannel: data.failure, ccwAddress, count: residual };
  if (outcome === "reject") {
    context.sense.fill(0);
    context.sense[0] = COMMAND_REJECT;
    return { kind: "ended", device: deviceStatus.unitCheck, subchannel: 0, ccwAddress, count: residual };
  }
  const wrongLength = isLengthIncorrect(program, last, residual, outcome);
  if (!wrongLength && (last.flags & ccwFlag.chainCommand) !== 0) {
    program.next = ccwAddress;
    program.transferForbidden = false;
    return undefined;
  }
  return {
    kind: "ended", device: deviceStatus.channelEnd | deviceStatus.deviceEnd,
    subchannel: wrongLength ? subchannelStatus.incorrectLength : 0, ccwAddress, count: residual,
  };
}

function isLengthIncorrect(
  program: ProgramState, last: Ccw, residual: number, outcome: CommandOutcome): boolean {
  if (outcome === "immediate") {
    // An immediate operation never asked for data: format 0 does not report, format 1 only without ORB bit L.
    if ((program.orbFlags & orbFlag.format1) === 0) return false;
    if ((program.orbControl & orbControl.lengthSuppression) !== 0) return false;
  }
  if ((last.flags & ccwFlag.chainData) !== 0) return true;
  return residual !== 0 && (last.flags & ccwFlag.suppressLength) === 0;
}

function execute(context: ProgramContext, code: number, data: ChainedData): CommandOutcome {
  switch (code) {
    case command.noOperation:
      return "immediate";
    case command.basicSense:
      data.write(0, context.sense.subarray(0, Math.min(SENSE_BYTES, data.length)));
      context.sense.fill(0);
      return "done";
    case command.senseId:
      data.write(0, senseIdBytes(context.device).subarray(0, data.length));
      return "done";
    default:
      return context.device.command(code, data);
  }
}

/** Behind the identity a list of command-information words, all of them empty. */
function senseIdBytes(device: CcwDevice): Uint8Array {
  const { controlUnitType, controlUnitModel, deviceType, deviceModel } = device.identity;
  const bytes = new Uint8Array(SENSE_ID_BYTES);
  bytes.set([0xff, controlUnitType >>> 8, controlUnitType & 0xff, controlUnitModel,
    deviceType >>> 8, deviceType & 0xff, deviceModel]);
  return bytes;
}

/**
 * The channel subsystem of the s390-ccw board: every I/O instruction but TEST PENDING INTERRUPTION, whose
 * answer lies with the interrupt controller. Principles of Operation, chapter 14.
 *
 * `r1` is always general register 1 (bits 32-63 count). Operands come as ports, so access exceptions stay
 * values.
 */
import { assert } from "../../base/assert.ts";
import { ok, refuse, type Result } from "../../base/result.ts";
import type { MachinePorts } from "../ports.ts";
import type { CcwDevice } from "./ccwDevice.ts";
import {
  decodeOrb, decodeSchib, IRB_BYTES, type Orb, ORB_BYTES, orbControl, orbFlag, type Pmcw, pmcwCharacteristic,
  pmcwFlag, SCHIB_BYTES,
} from "./channelLayouts.ts";
import { channelSubsystemCall, DEFAULT_IMAGE } from "./chsc.ts";
import { type InstructionOutcome, isException, programCode, type StorageOperand } from "./operand.ts";
import { REPORT_WORDS_MAX, SUBCHANNELS_MAX, type CssState } from "./state.ts";
import { Subchannel } from "./subchannel.ts";

const OPERAND_EXCEPTION: InstructionOutcome = { program: programCode.operand };
const SPECIFICATION_EXCEPTION: InstructionOutcome = { program: programCode.specification };
const NOT_OPERATIONAL: InstructionOutcome = { cc: 3 };

/** Report word: source channel path (4), error-recovery code "initialized" (2). */
const PATH_INITIALIZED = 0x0402_0000;
const REPORT_OVERFLOW = 0x2000_0000;
const REPORT_CHAINED = 0x1000_0000;
/** First halfword of a subsystem-identification word without an image. */
const UNNAMED_IMAGE = 0x0001;

interface Identification {
  readonly image: number;
  readonly set: number;
  readonly number: number;
}

export class ChannelSubsystem {
  private readonly ports: MachinePorts;
  private readonly subchannels: Subchannel[] = [];
  private multipleSubchannelSets = false;
  private multipleImages = false;
  private reportWords: number[] = [];
  private announceReports = true;
  private reportsLost = false;
  private measurementArea = 0n;
  private measuring = false;

  constructor(ports: MachinePorts) {
    this.ports = ports;
  }

  /** Gives the device the next subchannel of set 0 and returns the subchannel. `deviceNumber` is 16 bits. */
  attach(deviceNumber: number, device: CcwDevice): Subchannel {
    assert(this.subchannels.length < SUBCHANNELS_MAX, `a board has ${SUBCHANNELS_MAX} subchannels`);
    const subchannel =
      new Subchannel(this.ports, this.subchannels.length, deviceNumber, device, () => this.identifiers());
    this.subchannels.push(subchannel);
    return subchannel;
  }

  ssch(r1: bigint, operand: StorageOperand): InstructionOutcome {
    if ((operand.address & 3n) !== 0n) return SPECIFICATION_EXCEPTION;
    const bytes = operand.fetch(0, ORB_BYTES);
    if (isException(bytes)) return bytes;
    const orb = decodeOrb(bytes);
    const id = identify(r1);
    if (!id || !isOrbValid(orb)) return OPERAND_EXCEPTION;
    const subchannel = this.find(id);
    if (!subchannel) return NOT_OPERATIONAL;
    const cc = subchannel.start(orb);
    if (cc === 0) this.countStart(subchannel);
    return { cc };
  }

  msch(r1: bigint, operand: StorageOperand): InstructionOutcome {
    if ((operand.address & 3n) !== 0n) return SPECIFICATION_EXCEPTION;
    const bytes = operand.fetch(0, SCHIB_BYTES);
    if (isException(bytes)) return bytes;
    const { pmcw, measurementBlock } = decodeSchib(bytes);
    const id = identify(r1);
    if (!id || !isPmcwValid(pmcw) || !isBlockValid(pmcw, measurementBlock)) return OPERAND_EXCEPTION;
    const subchannel = this.find(id);
    return subchannel ? { cc: subchannel.modify(pmcw, measurementBlock) } : NOT_OPERATIONAL;
  }

  stsch(r1: bigint, operand: StorageOperand): InstructionOutcome {
    if ((operand.address & 3n) !== 0n) return SPECIFICATION_EXCEPTION;
    const refused = operand.mayStore(0, SCHIB_BYTES);
    if (refused) return refused;
    const id = identify(r1);
    if (!id) return OPERAND_EXCEPTION;
    const subchannel = this.find(id);
    return subchannel ? operand.store(0, subchannel.schib()) ?? { cc: 0 } : NOT_OPERATIONAL;
  }

  tsch(r1: bigint, operand: StorageOperand): InstructionOutcome {
    const id = identify(r1);
    if (!id) return OPERAND_EXCEPTION;
    if ((operand.address & 3n) !== 0n) return SPECIFICATION_EXCEPTION;
    const subchannel = this.find(id);
    const response = subchannel?.interruptionResponse();
    if (!subchannel || !response) return operand.mayStore(0, IRB_BYTES) ?? NOT_OPERATIONAL;
    const refused = operand.store(0, response.irb);
    if (refused) return refused;
    subchannel.acceptStatus();
    return { cc: response.cc };
  }

  csch(r1: bigint): InstructionOutcome {
    return this.onSubchannel(r1, (subchannel) => subchannel.clear());
  }

  hsch(r1: bigint): InstructionOutcome {
    return this.onSubchannel(r1, (subchannel) => subchannel.halt());
  }

  xsch(r1: bigint): InstructionOutcome {
    return this.onSubchannel(r1, (subchannel) => subchannel.cancel());
  }

  rsch(r1: bigint): InstructionOutcome {
    return this.onSubchannel(r1, (subchannel) => {
      const cc = subchannel.resume();
      if (cc === 0) this.countStart(subchannel);
      return cc;
    });
  }

  /** RESET CHANNEL PATH. Register 1: image in bits 40-47, path in bits 56-63, the rest of the word zero. */
  rchp(r1: bigint): InstructionOutcome {
    const word = Number(r1 & 0xffff_ffffn);
    if ((word & 0xff00_ff00) !== 0) return OPERAND_EXCEPTION;
    const image = (word >>> 16) & 0xff;
    if (image !== 0 && !(this.multipleImages && image === DEFAULT_IMAGE)) return OPERAND_EXCEPTION;
    if ((word & 0xff) !== 0) return NOT_OPERATIONAL;
    if (this.multipleImages) {
      this.queueReport(PATH_INITIALIZED | REPORT_CHAINED);
      this.queueReport(PATH_INITIALIZED | (image << 8));
    } else {
      this.queueReport(PATH_INITIALIZED);
    }
    return { cc: 0 };
  }

  /** SET CHANNEL MONITOR. `undefined`: done, the condition code stays. `r2` is general register 2. */
  schm(r1: bigint, r2: bigint): { readonly program: number } | undefined {
    const word = Number(r1 & 0xffff_ffffn);
    const update = (word & 2) !== 0;
    if ((word & 0x0fff_fffc) !== 0) return { program: programCode.operand };
    if (update && (r2 & 0x1fn) !== 0n) return { program: programCode.operand };
    this.measuring = update;
    this.measurementArea = update ? r2 : 0n;
    return undefined;
  }

  /** SET ADDRESS LIMIT: checked and accepted; limit checking itself is not provided. */
  sal(r1: bigint): { readonly program: number } | undefined {
    return (r1 & 0x8000_ffffn) !== 0n ? { program: programCode.operand } : undefined;
  }

  /** STORE CHANNEL REPORT WORD: cc 0 a report was stored, cc 1 zeros were stored. */
  stcrw(operand: StorageOperand): InstructionOutcome {
    if ((operand.address & 3n) !== 0n) return SPECIFICATION_EXCEPTION;
    const word = this.reportWords[0];
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, word ?? 0);
    const refused = operand.store(0, bytes);
    if (refused) return refused;
    if (word === undefined) this.announceReports = true;
    else this.reportWords.shift();
    return { cc: word === undefined ? 1 : 0 };
  }

  /** CHANNEL SUBSYSTEM CALL on the 4 KiB block that the operand designates. */
  chsc(block: StorageOperand): InstructionOutcome {
    return channelSubsystemCall(block, {
      enableMultipleSubchannelSets: () => { this.multipleSubchannelSets = true; },
      enableMultipleImages: () => { this.multipleImages = true; },
    });
  }

  /**
   * A queue notification by hypercall. `id` is a subsystem-identification word. False: no such subchannel or
   * queue.
   */
  notify(id: bigint, queue: bigint): boolean {
    const named = identify(id);
    const device = named && this.find(named)?.device;
    return device?.notify !== undefined && queue < 0x1_0000n && device.notify(Number(queue));
  }

  reset(): void {
    for (const subchannel of this.subchannels) subchannel.reset();
    this.multipleSubchannelSets = false;
    this.multipleImages = false;
    this.reportWords = [];
    this.announceReports = true;
    this.reportsLost = false;
    this.measuring = false;
    this.measurementArea = 0n;
  }

  save(): CssState {
    return {
      subchannels: this.subchannels.map((subchannel) => subchannel.save()),
      multipleSubchannelSets: this.multipleSubchannelSets, multipleImages: this.multipleImages,
      reportWords: [...this.reportWords], announceReports: this.announceReports,
      reportsLost: this.reportsLost, measurementArea: this.measurementArea, measuring: this.measuring,
    };
  }

  /** The same devices must have been attached, in the same order. */
  load(state: CssState): Result<void, string> {
    if (state.subchannels.length !== this.subchannels.length)
      return refuse(
        `it has ${state.subchannels.length} subchannels, this machine ${this.subchannels.length}`);
    this.subchannels.forEach((subchannel, index) => subchannel.load(state.subchannels[index]!));
    this.multipleSubchannelSets = state.multipleSubchannelSets;
    this.multipleImages = state.multipleImages;
    this.reportWords = [...state.reportWords];
    this.announceReports = state.announceReports;
    this.reportsLost = state.reportsLost;
    this.measurementArea = state.measurementArea;
    this.measuring = state.measuring;
    return ok(undefined);
  }

  private onSubchannel(r1: bigint, act: (subchannel: Subchannel) => 0 | 1 | 2 | 3): InstructionOutcome {
    const id = identify(r1);
    if (!id) return OPERAND_EXCEPTION;
    const subchannel = this.find(id);
    return subchannel ? { cc: act(subchannel) } : NOT_OPERATIONAL;
  }

  private find({ image, set, number }: Identification): Subchannel | undefined {
    return image === DEFAULT_IMAGE && set === 0 ? this.subchannels[number] : undefined;
  }

  /**
   * All subchannels are in set 0 of the default image, which the guest sees named once it has enabled images.
   */
  private identifiers(): readonly [number, ...number[]] {
    return this.multipleImages ? [(DEFAULT_IMAGE << 8) | 0x0009, UNNAMED_IMAGE] : [UNNAMED_IMAGE];
  }

  private queueReport(word: number): void {
    if (this.reportWords.length >= REPORT_WORDS_MAX) {
      this.reportsLost = true;
      return;
    }
    this.reportWords.push((this.reportsLost ? word | REPORT_OVERFLOW : word) >>> 0);
    this.reportsLost = false;
    if (!this.announceReports) return;
    this.announceReports = false;
    this.ports.interrupts.channelReport();
  }

  /** Channel measurement: the start count at the beginning of the subchannel's block. */
  private countStart(subchannel: Subchannel): void {
    const block = subchannel.measurement;
    if (!this.measuring || !block) return;
    const { memory } = this.ports;
    const address = block.format1 ? block.block : this.measurementArea + BigInt(block.index * 32);
    if (!memory.contains(Number(address), 4)) return;
    const at = Number(address);
    if (block.format1) memory.setU32(at, (memory.u32(at) + 1) >>> 0, "css");
    else memory.setU16(at, (memory.u16(at) + 1) & 0xffff, "css");
  }
}

/** Subsystem-identification word; `undefined` where it is not one (operand exception). */
function identify(r1: bigint): Identification | undefined {
  const word = Number(r1 & 0xffff_ffffn);
  if (((word >>> 16) & 1) === 0) return undefined;
  const image = word >>> 24;
  const mBit = (word & 0x0008_0000) !== 0;
  if (!mBit && image !== 0) return undefined;
  return { image: mBit ? image : DEFAULT_IMAGE, set: (word >>> 17) & 3, number: word & 0xffff };
}

function isOrbValid(orb: Orb): boolean {
  if ((orb.flags & orbFlag.transportMode) !== 0) return false;
  if ((orb.control & (orbControl.reserved | orbControl.modifiedIdaw)) !== 0) return false;
  return orb.programAddress < 0x8000_0000;
}

function isPmcwValid(pmcw: Pmcw): boolean {
  if ((pmcw.flags & pmcwFlag.reserved) !== 0) return false;
  if ((pmcw.flags & pmcwFlag.limitMode) === pmcwFlag.limitMode) return false;
  const unusable = pmcwCharacteristic.reserved | pmcwCharacteristic.extendedMeasurement;
  return (pmcw.characteristics & unusable) === 0;
}

/** A block of format 1 is on a boundary of 64 bytes; for format 0 the address has no meaning. */
function isBlockValid({ characteristics }: Pmcw, address: bigint): boolean {
  return (characteristics & pmcwCharacteristic.measurementFormat1) === 0 || (address & 0x3fn) === 0n;
}

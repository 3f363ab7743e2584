/**
 * One subchannel: start, halt, clear, resume, cancel, modify and test functions and their status.
 * Principles of Operation, chapters 14 to 16.
 *
 * Channel programs run when they are started; what they leave is status-pending plus one I/O interruption.
 * Invariant: at most one I/O interruption of a subchannel is pending, and only while it is status-pending.
 */
import { assert } from "../../base/assert.ts";
import { DeviceTimer } from "../deviceTimer.ts";
import type { MachinePorts } from "../ports.ts";
import type { CcwDevice } from "./ccwDevice.ts";
import {
  activityControl, deviceStatus, encodeSchib, functionControl, idleScsw, ONLY_PATH, type Orb, orbFlag,
  type Pmcw, pmcwCharacteristic, pmcwFlag, pmcwModifiable, type Scsw, scswFlag, SENSE_BYTES, statusControl,
  subchannelStatus,
} from "./channelLayouts.ts";
import { type ProgramResult, runChannelProgram } from "./channelProgram.ts";
import { encodeInterruptionResponse } from "./interruptionResponse.ts";
import type { SubchannelState } from "./state.ts";

type ConditionCode = 0 | 1 | 2 | 3;

/** Virtual nanoseconds between two slices of a channel program that does not end. */
const SLICE_NS = 1_000_000n;
const UNUSUAL = subchannelStatus.incorrectLength | subchannelStatus.programCheck
  | subchannelStatus.protectionCheck | subchannelStatus.dataCheck | subchannelStatus.controlCheck
  | subchannelStatus.interfaceCheck;

export class Subchannel {
  readonly number: number;
  readonly device: CcwDevice;
  private readonly ports: MachinePorts;
  private readonly deviceNumber: number;
  /** First halfwords of the subsystem-identification word: what it is now, then what it was before. */
  private readonly identifiers: () => readonly [number, ...number[]];
  private pmcw: Pmcw;
  private scsw: Scsw = idleScsw();
  private measurementBlock = 0n;
  private readonly sense = new Uint8Array(SENSE_BYTES);
  private program: SubchannelState["program"] = null;
  /** Until the next slice of a program that does not end. */
  private readonly timer: DeviceTimer;

  constructor(
    ports: MachinePorts, number: number, deviceNumber: number, device: CcwDevice,
    identifiers: () => readonly [number, ...number[]]) {
    this.ports = ports;
    this.number = number;
    this.deviceNumber = deviceNumber;
    this.device = device;
    this.identifiers = identifiers;
    this.pmcw = this.initialPmcw();
    this.timer = new DeviceTimer(ports.time, () => this.runSlice());
  }

  get isEnabled(): boolean {
    return (this.pmcw.flags & pmcwFlag.enabled) !== 0;
  }

  schib(): Uint8Array {
    return encodeSchib(this.pmcw, this.scsw, this.measurementBlock);
  }

  /** Where a start is counted: measurement mode and format-1 block address, if the guest switched it on. */
  get measurement(): { format1: boolean; block: bigint; index: number } | undefined {
    if ((this.pmcw.flags & 0x0010) === 0) return undefined;
    const format1 = (this.pmcw.characteristics & pmcwCharacteristic.measurementFormat1) !== 0;
    return { format1, block: this.measurementBlock, index: this.pmcw.measurementIndex };
  }

  /** MODIFY SUBCHANNEL with fields already found valid. */
  modify(wanted: Pmcw, measurementBlock: bigint): ConditionCode {
    if (this.isStatusPending) return 1;
    if ((this.scsw.control & functionControl.all) !== 0) return 2;
    const { isEnabled: wasEnabled, pmcw } = this;
    pmcw.interruptionParameter = wanted.interruptionParameter;
    pmcw.flags = (pmcw.flags & ~pmcwModifiable) | (wanted.flags & pmcwModifiable);
    pmcw.logicalPaths = wanted.logicalPaths;
    pmcw.measurementIndex = wanted.measurementIndex;
    pmcw.operationalPaths = wanted.operationalPaths;
    pmcw.characteristics =
      wanted.characteristics & (pmcwCharacteristic.measurementFormat1 | pmcwCharacteristic.concurrentSense);
    this.measurementBlock = measurementBlock;
    if (wasEnabled && !this.isEnabled) this.device.disabled();
    return 0;
  }

  start(orb: Orb): ConditionCode {
    if (!this.isEnabled) return 3;
    if (this.isStatusPending) return 1;
    if ((this.scsw.control & functionControl.all) !== 0) return 2;
    this.pmcw.interruptionParameter = orb.interruptionParameter;
    this.scsw = idleScsw();
    this.scsw.flags = orb.flags & scswFlag.fromOrb;
    this.scsw.control = functionControl.start | activityControl.startPending;
    if ((orb.pathMask & this.pmcw.logicalPaths & ONLY_PATH) === 0) {
      this.scsw.flags |= scswFlag.deferredCc;
      this.present(statusControl.alert);
      return 0;
    }
    this.pmcw.lastPathUsed = ONLY_PATH;
    this.program = {
      orbFlags: orb.flags, orbControl: orb.control, next: orb.programAddress, transferForbidden: true,
      programControlled: false,
    };
    this.runSlice();
    return 0;
  }

  resume(): ConditionCode {
    if (!this.isEnabled) return 3;
    if (this.isStatusPending) return 1;
    const { control } = this.scsw;
    if ((control & functionControl.all) !== functionControl.start) return 2;
    if ((control & (activityControl.suspended | activityControl.resumePending)) !== activityControl.suspended)
      return 2;
    this.scsw.control &= ~activityControl.suspended;
    this.runSlice();
    return 0;
  }

  halt(): ConditionCode {
    if (!this.isEnabled) return 3;
    const { control } = this.scsw;
    if ((control & statusControl.all) === statusControl.pending) return 1;
    if ((control & (statusControl.primary | statusControl.secondary | statusControl.alert)) !== 0) return 1;
    if ((control & (functionControl.halt | functionControl.clear)) !== 0) return 2;
    const wasSuspended = (control & activityControl.suspended) !== 0;
    if (this.isStatusPending) this.clearInterruption();
    if (!wasSuspended) this.scsw.deviceStatus = deviceStatus.deviceEnd;
    if (this.program) this.scsw.ccwAddress = this.program.next;
    this.scsw.subchannelStatus = 0;
    this.dropProgram();
    this.scsw.control = functionControl.halt;
    this.pmcw.lastPathUsed = ONLY_PATH;
    this.present(0);
    return 0;
  }

  clear(): ConditionCode {
    if (!this.isEnabled) return 3;
    if (this.isStatusPending) this.clearInterruption();
    this.dropProgram();
    this.scsw.flags = 0;
    this.scsw.control = functionControl.clear;
    this.scsw.deviceStatus = this.scsw.subchannelStatus = 0;
    this.pmcw.operationalPaths = 0xff;
    this.pmcw.lastPathUsed = ONLY_PATH;
    this.present(0);
    return 0;
  }

  cancel(): ConditionCode {
    if (!this.isEnabled) return 3;
    const { control } = this.scsw;
    if ((control & statusControl.all) !== 0) return 1;
    const cancellable =
      activityControl.startPending | activityControl.resumePending | activityControl.suspended;
    if ((control & functionControl.all) !== functionControl.start || (control & cancellable) === 0) return 2;
    this.dropProgram();
    this.scsw.control = 0;
    this.scsw.deviceStatus = 0;
    this.scsw.subchannelStatus = 0;
    return 0;
  }

  /** Condition code and IRB of TEST SUBCHANNEL; nothing changes before `acceptStatus`. */
  interruptionResponse(): { cc: 0 | 1; irb: Uint8Array } | undefined {
    if (!this.isEnabled) return undefined;
    if (!this.isStatusPending) return { cc: 1, irb: encodeInterruptionResponse(this.scsw) };
    const status = this.hasConcurrentSense ? { sense: this.sense } : {};
    return { cc: 0, irb: encodeInterruptionResponse(this.scsw, status) };
  }

  /** The second half of TEST SUBCHANNEL: takes the status and the pending interruption away. */
  acceptStatus(): void {
    if (!this.isStatusPending) return;
    if (this.hasConcurrentSense) this.sense.fill(0);
    this.clearInterruption();
    const { scsw } = this;
    const status = scsw.control & statusControl.all;
    scsw.control &= ~statusControl.all;
    // Intermediate status alone reports progress: the start function goes on.
    if (status === (statusControl.intermediate | statusControl.pending)) return;
    scsw.control &= ~(functionControl.all | activityControl.all);
    scsw.flags &= ~scswFlag.pathNotOperational;
  }

  /** Status-pending with alert status: an unsolicited interruption, as for classic indicators. */
  raiseAttention(): void {
    if (!this.isEnabled || this.isStatusPending) return;
    this.present(statusControl.alert);
  }

  reset(): void {
    this.clearInterruption();
    this.dropProgram();
    this.pmcw = this.initialPmcw();
    this.scsw = idleScsw();
    this.measurementBlock = 0n;
    this.sense.fill(0);
    this.device.reset();
  }

  save(): SubchannelState {
    return {
      pmcw: { ...this.pmcw }, scsw: { ...this.scsw }, measurementBlock: this.measurementBlock,
      sense: this.sense.slice(), program: this.program && { ...this.program },
      slice: this.timer.save(),
    };
  }

  load(state: SubchannelState): void {
    this.pmcw = { ...state.pmcw };
    this.scsw = { ...state.scsw };
    this.measurementBlock = state.measurementBlock;
    this.sense.set(state.sense);
    this.program = state.program && { ...state.program };
    this.timer.load(state.slice);
  }

  private get isStatusPending(): boolean {
    return (this.scsw.control & statusControl.pending) !== 0;
  }

  private get hasConcurrentSense(): boolean {
    return (this.scsw.deviceStatus & deviceStatus.unitCheck) !== 0
      && (this.pmcw.characteristics & pmcwCharacteristic.concurrentSense) !== 0;
  }

  private initialPmcw(): Pmcw {
    return {
      interruptionParameter: 0, flags: pmcwFlag.valid, deviceNumber: this.deviceNumber, characteristics: 0,
      logicalPaths: ONLY_PATH, lastPathUsed: 0, measurementIndex: 0, operationalPaths: 0xff,
    };
  }

  private runSlice(): void {
    const { program } = this;
    assert(program, "only a started channel program can run");
    const context = { memory: this.ports.memory, device: this.device, sense: this.sense };
    const result = runChannelProgram(context, program);
    this.scsw.control &= ~activityControl.all;
    if (result.kind === "working") {
      this.scsw.control |= activityControl.subchannelActive | activityControl.deviceActive;
      this.timer.start(SLICE_NS);
    } else if (result.kind === "suspended") {
      this.suspend(program.next, program.orbFlags);
    } else {
      this.end(result, program.programControlled);
    }
  }

  private suspend(next: number, orbFlags: number): void {
    assert(this.program, "a suspended subchannel has a program");
    this.scsw.control |= activityControl.suspended;
    this.scsw.ccwAddress = next;
    // A transfer in channel may be what the guest puts in place of the suspended CCW.
    this.program.transferForbidden = false;
    if ((orbFlags & orbFlag.suppressSuspend) === 0) this.present(statusControl.intermediate);
  }

  private end(result: Extract<ProgramResult, { kind: "ended" }>, programControlled: boolean): void {
    const { scsw } = this;
    scsw.ccwAddress = result.ccwAddress;
    scsw.deviceStatus = result.device;
    scsw.subchannelStatus = result.subchannel | (programControlled ? subchannelStatus.programControlled : 0);
    scsw.count = result.count;
    this.program = null;
    const isUnusual = (result.device & deviceStatus.unitCheck) !== 0 || (result.subchannel & UNUSUAL) !== 0;
    this.present(statusControl.primary | statusControl.secondary | (isUnusual ? statusControl.alert : 0)
      | (programControlled ? statusControl.intermediate : 0));
  }

  private present(status: number): void {
    this.scsw.control = (this.scsw.control & ~statusControl.all) | status | statusControl.pending;
    const subclass = (this.pmcw.flags & pmcwFlag.interruptionSubclass) >>> 11;
    this.ports.interrupts.io(
      this.identifiers()[0], this.number, this.pmcw.interruptionParameter, (subclass << 27) >>> 0);
  }

  private clearInterruption(): void {
    for (const identifier of this.identifiers()) this.ports.interrupts.clearIo(identifier, this.number);
  }

  private dropProgram(): void {
    this.timer.stop();
    this.program = null;
  }
}

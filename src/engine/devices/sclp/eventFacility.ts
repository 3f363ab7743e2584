/**
 * The event facility of the SCLP: event masks, READ EVENT DATA, WRITE EVENT DATA, and the event types of this
 * machine: operator command (0x01), message (0x02), VT220 data (0x1a) and signal quiesce (0x1d).
 *
 * Invariant: an event leaves its queue only when it has been stored completely in an SCCB.
 */
import { COMMAND_BYTES_MAX, decodeMessage, encodeCommand } from "./lineMode.ts";
import { response, SCCB_HEADER_BYTES, type Sccb } from "./sccb.ts";
import { COMMANDS_MAX, MASK_BYTES_MAX, VT220_INPUT_MAX, type SclpState } from "./state.ts";

const eventType = {
  operatorCommand: 0x01, message: 0x02, priorityMessage: 0x09, vt220: 0x1a, quiesce: 0x1d,
} as const;
/** Mask bit of an event type in 64 bits. */
const maskOf = (type: number): bigint => 1n << BigInt(64 - type);

const EVENT_HEADER_BYTES = 6;
const ACCEPTED = 0x80;
/** First data byte of VT220 input: a character string follows. */
const VT220_STRING = 0x00;
const NEWLINES: readonly number[] = [0x0a, 0x0d];
const ERASE: readonly number[] = [0x08, 0x7f];

export class EventFacility {
  private readonly lineMode: boolean;
  private readonly out: (bytes: Uint8Array) => void;
  private receiveMask = 0n;
  private maskLength = 4;
  private vt220Input: number[] = [];
  private lineInput: number[] = [];
  private commands: number[][] = [];
  private quiescePending = false;

  constructor(lineMode: boolean, out: (bytes: Uint8Array) => void) {
    this.lineMode = lineMode;
    this.out = out;
  }

  /** An event that the guest receives waits to be read. */
  get isPending(): boolean {
    return this.pendingTypes().some((type) => this.receives(type));
  }

  /**
   * Takes console input; true if an event became pending. VT220 when the guest receives it, else line mode.
   */
  consoleInput(bytes: Uint8Array): boolean {
    if (this.receives(eventType.vt220) || !this.lineMode || !this.receives(eventType.operatorCommand)) {
      const room = VT220_INPUT_MAX - this.vt220Input.length;
      for (const byte of bytes.subarray(0, Math.max(0, room))) this.vt220Input.push(byte);
    } else {
      for (const byte of bytes) this.typeIntoLine(byte);
    }
    return this.isPending;
  }

  /** False: the guest does not receive this event, and none was made. */
  signalQuiesce(): boolean {
    if (!this.receives(eventType.quiesce)) return false;
    this.quiescePending = true;
    return true;
  }

  writeEventMask(sccb: Sccb): void {
    const { bytes, view } = sccb;
    if (sccb.length < 12) {
      sccb.responseCode = response.insufficientLength;
      return;
    }
    const size = view.getUint16(10);
    if (size === 0 || size > MASK_BYTES_MAX) {
      sccb.responseCode = response.invalidMaskLength;
      return;
    }
    if (sccb.length < 12 + 4 * size) {
      sccb.responseCode = response.inconsistentLengths;
      return;
    }
    this.maskLength = size;
    this.receiveMask = readMask(bytes.subarray(12, 12 + size));
    writeMask(bytes.subarray(12 + 2 * size, 12 + 3 * size), this.sclpReceiveMask());
    writeMask(bytes.subarray(12 + 3 * size, 12 + 4 * size), this.sclpSendMask());
    sccb.responseCode = response.complete;
  }

  writeEventData(sccb: Sccb): void {
    if (sccb.functionCode !== 0) {
      sccb.responseCode = response.invalidFunction;
      return;
    }
    const events = splitEvents(sccb);
    if (typeof events === "number") {
      sccb.responseCode = events;
      return;
    }
    let code: number = response.complete;
    for (const event of events) {
      if (code !== response.complete) event[3]! &= ~ACCEPTED;
      else code = this.writeEvent(event);
    }
    sccb.responseCode = code;
  }

  readEventData(sccb: Sccb): void {
    let wanted = this.receiveMask;
    if (sccb.functionCode === 1) {
      const start = SCCB_HEADER_BYTES + EVENT_HEADER_BYTES;
      wanted = readMask(sccb.bytes.subarray(start, start + this.maskLength));
      if (this.receiveMask === 0n || (wanted & ~this.receiveMask) !== 0n) {
        sccb.responseCode = response.invalidSelection;
        return;
      }
    } else if (sccb.functionCode !== 0) {
      sccb.responseCode = response.invalidFunction;
      return;
    }
    const pending = this.pendingTypes().filter((type) => (wanted & maskOf(type)) !== 0n);
    let at = SCCB_HEADER_BYTES;
    for (const type of pending) at += this.storeEvent(type, sccb.bytes.subarray(at));
    if (at === SCCB_HEADER_BYTES)
      sccb.responseCode = pending.length > 0 ? response.eventTooLong : response.noEventsStored;
    else sccb.responseCode = response.complete;
    sccb.shorten(at);
  }

  reset(): void {
    this.receiveMask = 0n;
    this.maskLength = 4;
    this.vt220Input = [];
    this.lineInput = [];
    this.commands = [];
    this.quiescePending = false;
  }

  save(): SclpState {
    return {
      receiveMask: this.receiveMask, maskLength: this.maskLength,
      vt220Input: Uint8Array.from(this.vt220Input), lineInput: Uint8Array.from(this.lineInput),
      commands: this.commands.map((line) => Uint8Array.from(line)),
      quiescePending: this.quiescePending,
    };
  }

  load(state: SclpState): void {
    this.receiveMask = state.receiveMask;
    this.maskLength = state.maskLength;
    this.vt220Input = [...state.vt220Input];
    this.lineInput = [...state.lineInput];
    this.commands = state.commands.map((line) => [...line]);
    this.quiescePending = state.quiescePending;
  }

  private receives(type: number): boolean {
    return (this.receiveMask & maskOf(type)) !== 0n;
  }

  private sclpReceiveMask(): bigint {
    const lineMode = maskOf(eventType.message) | maskOf(eventType.priorityMessage);
    return maskOf(eventType.vt220) | (this.lineMode ? lineMode : 0n);
  }

  private sclpSendMask(): bigint {
    return maskOf(eventType.vt220) | maskOf(eventType.quiesce)
      | (this.lineMode ? maskOf(eventType.operatorCommand) : 0n);
  }

  private pendingTypes(): number[] {
    const types: number[] = [];
    if (this.commands.length > 0) types.push(eventType.operatorCommand);
    if (this.vt220Input.length > 0) types.push(eventType.vt220);
    if (this.quiescePending) types.push(eventType.quiesce);
    return types;
  }

  private typeIntoLine(byte: number): void {
    if (NEWLINES.includes(byte)) {
      if (this.commands.length < COMMANDS_MAX) this.commands.push(this.lineInput);
      this.lineInput = [];
    } else if (ERASE.includes(byte)) {
      this.lineInput.pop();
    } else if (this.lineInput.length < COMMAND_BYTES_MAX) {
      this.lineInput.push(byte);
    }
  }

  private writeEvent(event: Uint8Array): number {
    switch (event[2]) {
      case eventType.vt220:
        this.show(event.slice(EVENT_HEADER_BYTES));
        break;
      case eventType.message:
      case eventType.priorityMessage: {
        if (!this.lineMode) return response.invalidFunction;
        const text = decodeMessage(event);
        if (typeof text === "number") return text;
        this.show(text);
        break;
      }
      default:
        return response.invalidFunction;
    }
    event[3]! |= ACCEPTED;
    return response.complete;
  }

  private show(text: Uint8Array): void {
    if (text.length > 0) this.out(text);
  }

  /** Stores the oldest event of a type if it fits; returns the bytes used. */
  private storeEvent(type: number, space: Uint8Array): number {
    switch (type) {
      case eventType.operatorCommand: {
        const event = encodeCommand(Uint8Array.from(this.commands[0]!));
        if (event.length > space.length) return 0;
        space.set(event);
        this.commands.shift();
        return event.length;
      }
      case eventType.vt220:
        return this.storeVt220(space);
      default:
        return this.storeQuiesce(space);
    }
  }

  private storeVt220(space: Uint8Array): number {
    const room = space.length - EVENT_HEADER_BYTES - 1;
    if (room < 1) return 0;
    const text = this.vt220Input.splice(0, room);
    const length = EVENT_HEADER_BYTES + 1 + text.length;
    space.set([length >>> 8, length & 0xff, eventType.vt220, ACCEPTED, 0, 0, VT220_STRING]);
    space.set(text, EVENT_HEADER_BYTES + 1);
    return length;
  }

  /** Signal quiesce: timeout 0 and unit 0 mean "no time limit given". */
  private storeQuiesce(space: Uint8Array): number {
    const length = EVENT_HEADER_BYTES + 4;
    if (space.length < length) return 0;
    space.set([0, length, eventType.quiesce, ACCEPTED, 0, 0, 0, 0, 0, 0]);
    this.quiescePending = false;
    return length;
  }
}

/** The event buffers of an SCCB, each as a view, or the response code that refuses them. */
function splitEvents(sccb: Sccb): Uint8Array[] | number {
  const events: Uint8Array[] = [];
  for (let at = SCCB_HEADER_BYTES; at < sccb.length;) {
    if (at + EVENT_HEADER_BYTES > sccb.length) return response.eventSyntax;
    const length = sccb.view.getUint16(at);
    if (length < EVENT_HEADER_BYTES || at + length > sccb.length) return response.eventSyntax;
    events.push(sccb.bytes.subarray(at, at + length));
    at += length;
  }
  return events;
}

/** A mask of any length: its first eight bytes count, missing ones are zero. */
function readMask(bytes: Uint8Array): bigint {
  const mask = new DataView(new ArrayBuffer(8));
  bytes.subarray(0, 8).forEach((byte, at) => mask.setUint8(at, byte));
  return mask.getBigUint64(0);
}

function writeMask(bytes: Uint8Array, mask: bigint): void {
  const whole = new DataView(new ArrayBuffer(8));
  whole.setBigUint64(0, mask);
  bytes.fill(0);
  bytes.set(new Uint8Array(whole.buffer).subarray(0, bytes.length));
}

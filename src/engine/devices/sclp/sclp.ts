/**
 * The service-call logical processor (SCLP) behind the instruction SERVICE CALL (SERVC): configuration
 * information and the event facility with its consoles.
 *
 * Commands complete at once; the response is in the SCCB before the service-signal external interruption is
 * raised. Invariant: nothing but the SCCB (at most its own length) is written.
 */
import type { MachinePorts } from "../ports.ts";
import { EventFacility } from "./eventFacility.ts";
import { COMMAND_MASK, response, Sccb, SCCB_BYTES_MAX, SCCB_HEADER_BYTES, sclpCommand } from "./sccb.ts";
import { readCpuInfo, readScpInfo, type SclpConfig } from "./scpInfo.ts";
import type { SclpState } from "./state.ts";

const ADDRESSING = 0x05;
const SPECIFICATION = 0x06;
const LOWCORE_BYTES = 0x2000;
/** Bit of the interruption parameter that says "event data can be read". */
const EVENT_PENDING = 1;

export interface ServiceCallContext {
  /** Absolute address of the calling CPU's prefix area. */
  readonly prefix: number;
}

export type ServiceCallOutcome = { readonly cc: 0 | 2 | 3 } | { readonly program: number };

export class Sclp {
  private readonly ports: MachinePorts;
  private readonly config: SclpConfig;
  private readonly events: EventFacility;

  constructor(ports: MachinePorts, config: SclpConfig) {
    this.ports = ports;
    this.config = config;
    this.events = new EventFacility(config.lineMode ?? true, (bytes) => ports.consoleOut(bytes));
  }

  /**
   * SERVC. `command` is bits 32-63 of the first operand register; `sccbAddress` the absolute address in the
   * second, as a number (any unsigned 64-bit value may be given; it is checked here). The caller has checked
   * for problem state.
   */
  serviceCall(command: number, sccbAddress: number, ctx: ServiceCallContext): ServiceCallOutcome {
    const { memory } = this.ports;
    if (sccbAddress >= 0x8000_0000 || sccbAddress % 8 !== 0) return { program: SPECIFICATION };
    const block = sccbAddress - (sccbAddress % LOWCORE_BYTES);
    if (block === 0 || block === ctx.prefix) return { program: SPECIFICATION };
    if (!memory.contains(sccbAddress, SCCB_HEADER_BYTES)) return { program: ADDRESSING };
    const length = memory.u16(sccbAddress);
    if (length < SCCB_HEADER_BYTES) return { program: SPECIFICATION };
    if (!memory.contains(sccbAddress, length)) return { program: ADDRESSING };
    // Only the header is needed to refuse, so a 64 KiB garbage block costs nothing.
    const isInsideFrame = (sccbAddress % SCCB_BYTES_MAX) + length <= SCCB_BYTES_MAX;
    const refusal = this.refusal(command, isInsideFrame);
    if (refusal !== undefined) {
      memory.setU16(sccbAddress + 6, refusal, "sclp");
    } else {
      const sccb = new Sccb(memory.read(sccbAddress, length));
      this.execute(command, sccb);
      memory.write(sccbAddress, sccb.bytes, "sclp");
    }
    this.signal(sccbAddress);
    return { cc: 0 };
  }

  /** Bytes the person typed. */
  consoleInput(bytes: Uint8Array): void {
    if (this.events.consoleInput(bytes)) this.signal(0);
  }

  /**
   * Asks the guest to shut down (event type 0x1d). False: the guest does not listen, and nothing was asked.
   */
  signalQuiesce(): boolean {
    if (!this.events.signalQuiesce()) return false;
    this.signal(0);
    return true;
  }

  reset(): void {
    this.events.reset();
  }

  save(): SclpState {
    return this.events.save();
  }

  load(state: SclpState): void {
    this.events.load(state);
  }

  private refusal(command: number, isInsideFrame: boolean): number | undefined {
    const known = Object.values<number>(sclpCommand).includes((command & COMMAND_MASK) >>> 0);
    if (!known) return response.invalidCommand;
    return isInsideFrame ? undefined : response.boundaryViolation;
  }

  private execute(command: number, sccb: Sccb): void {
    switch ((command & COMMAND_MASK) >>> 0) {
      case sclpCommand.readScpInfo:
      case sclpCommand.readScpInfoForced:
        readScpInfo(sccb, this.config);
        break;
      case sclpCommand.readCpuInfo:
        readCpuInfo(sccb, this.config);
        break;
      case sclpCommand.writeEventMask:
        this.events.writeEventMask(sccb);
        break;
      case sclpCommand.writeEventData:
        this.events.writeEventData(sccb);
        break;
      case sclpCommand.readEventData:
        this.events.readEventData(sccb);
        break;
    }
  }

  private signal(sccbAddress: number): void {
    this.ports.interrupts.service(sccbAddress | (this.events.isPending ? EVENT_PENDING : 0));
  }
}

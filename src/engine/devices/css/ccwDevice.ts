/**
 * What the channel subsystem asks of the device behind a subchannel. Devices do not import this file: they
 * fit it by shape, and the board that attaches them is where the types meet.
 */

/**
 * Storage that one channel command may move: the areas of its (data-chained) CCWs, seen as one run of bytes.
 */
export interface ChannelData {
  /** Sum of the counts of the chained CCWs, in bytes. */
  readonly length: number;
  /** Bytes from guest storage. `undefined`: the channel met an error, the command must end. */
  read(offset: number, length: number): Uint8Array | undefined;
  /** Bytes to guest storage (dropped where the CCW says skip). False: the channel met an error. */
  write(offset: number, bytes: Uint8Array): boolean;
}

/**
 * How a device ends a command: `done` channel end and device end; `immediate` the same without data having
 * been asked for; `reject` unit check with command reject in the sense bytes.
 */
export type CommandOutcome = "done" | "immediate" | "reject";

/** Control unit and device identity as SENSE ID reports them. */
export interface SenseIdentity {
  readonly controlUnitType: number;
  readonly controlUnitModel: number;
  readonly deviceType: number;
  readonly deviceModel: number;
}

export interface CcwDevice {
  readonly identity: SenseIdentity;
  command(code: number, data: ChannelData): CommandOutcome;
  /** The subchannel went from enabled to disabled. */
  disabled(): void;
  reset(): void;
  /** A guest notification (hypercall) for queue `queue`. False: no such queue. */
  notify?(queue: number): boolean;
}

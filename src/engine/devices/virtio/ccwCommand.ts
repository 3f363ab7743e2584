/** Channel commands of a virtio-ccw device. Virtio 1.2, section 4.3.1.2. */

/** The storage of one channel command, as the channel subsystem hands it over. */
export interface CommandData {
  readonly length: number;
  read(offset: number, length: number): Uint8Array | undefined;
  write(offset: number, bytes: Uint8Array): boolean;
}

export type CommandResult = "done" | "immediate" | "reject";

/** Command codes. */
export const command = {
  writeFeatures: 0x11, readFeatures: 0x12, setQueue: 0x13, writeConfig: 0x21, readConfig: 0x22,
  writeStatus: 0x31, readQueueConfig: 0x32, reset: 0x33, setIndicators: 0x43, setConfigIndicators: 0x53,
  readStatus: 0x72, setAdapterIndicators: 0x73, setRevision: 0x83,
} as const;

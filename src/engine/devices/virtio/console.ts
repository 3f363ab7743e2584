/**
 * Virtio console with one port (device id 3): queue 0 to the guest, queue 1 from it. Virtio 1.2, section 5.3.
 */
import type { BackendPort, VirtioBackend } from "./backend.ts";
import { CONSOLE_INPUT_MAX, type VirtioConsoleState } from "./state.ts";
import type { ByteOrder } from "./virtioBits.ts";

const RECEIVE = 0;
const TRANSMIT = 1;
const EMERGENCY_WRITE = 1n << 2n;
/** Bytes of one transmit chain that are read at a time. */
const OUTPUT_STEP = 0x1_0000;
/** Bytes of one transmit chain that are shown at all. */
const OUTPUT_MAX = 0x10_0000;

export class VirtioConsole implements VirtioBackend {
  readonly id = 3;
  readonly features = EMERGENCY_WRITE;
  readonly queueSizes = [64, 64] as const;
  private readonly out: (bytes: Uint8Array) => void;
  private port: BackendPort | undefined;
  private pending: number[] = [];

  /** `out` gets the bytes for the person. */
  constructor(out: (bytes: Uint8Array) => void) {
    this.out = out;
  }

  connect(port: BackendPort): void {
    this.port = port;
  }

  /** Columns, rows (16 bits), number of ports, emergency write (32 bits). */
  config(order: ByteOrder): Uint8Array {
    const bytes = new Uint8Array(12);
    new DataView(bytes.buffer).setUint32(4, 1, order === "little");
    return bytes;
  }

  /** The emergency-write field takes one character; its low byte is where either byte order puts it. */
  configWritten(config: Uint8Array): void {
    const character = config[8] !== 0 ? config[8]! : config[11]!;
    if (character !== 0) this.out(Uint8Array.of(character));
  }

  /** Bytes the person typed; kept until the guest has room, up to 64 KiB. Returns how many were taken. */
  input(bytes: Uint8Array): number {
    const taken = bytes.subarray(0, CONSOLE_INPUT_MAX - this.pending.length);
    for (const byte of taken) this.pending.push(byte);
    this.fillReceiveQueue();
    return taken.length;
  }

  notified(index: number): void {
    if (index === RECEIVE) this.fillReceiveQueue();
    else this.drainTransmitQueue();
  }

  reset(): void {
    this.pending = [];
  }

  /** Input not yet given to the guest. */
  save(): VirtioConsoleState {
    return { pending: Uint8Array.from(this.pending) };
  }

  load(state: VirtioConsoleState): void {
    this.pending = [...state.pending];
  }

  private fillReceiveQueue(): void {
    if (!this.port?.isRunning() || this.pending.length === 0) return;
    const queue = this.port.queue(RECEIVE);
    const wasFilled = queue.serveOffered((chain) => {
      const bytes = Uint8Array.from(this.pending.splice(0, chain.writableBytes));
      queue.writeTo(chain.writable, 0, bytes);
      return bytes.length;
    }, () => this.pending.length > 0);
    if (wasFilled) this.port.usedChanged(RECEIVE);
  }

  private drainTransmitQueue(): void {
    if (!this.port) return;
    const queue = this.port.queue(TRANSMIT);
    const wasDrained = queue.serveOffered((chain) => {
      const shown = Math.min(chain.readableBytes, OUTPUT_MAX);
      for (let at = 0; at < shown; at += OUTPUT_STEP)
        this.out(queue.readFrom(chain.readable, at, Math.min(OUTPUT_STEP, shown - at)));
      return 0;
    });
    if (wasDrained) this.port.usedChanged(TRANSMIT);
  }
}

/** A service processor with recording ports, called with one SCCB after the other. */
import { expect } from "vitest";
import { Sclp } from "../../../../src/engine/devices/sclp/sclp.ts";
import type { SclpConfig } from "../../../../src/engine/devices/sclp/scpInfo.ts";
import { RecordingPorts } from "../css/recordingPorts.ts";

/** Where its SCCB lies. */
export const AT = 0x2_0000;
export const READ = 0x0077_0005, WRITE = 0x0076_0005, MASK = 0x0078_0005;
export const SCP_INFO = 0x0002_0001, CPU_INFO = 0x0001_0001;
export const COMPLETE = 0x0020, LENGTHS = 0x72f0;

export function machine(config: Partial<SclpConfig> = {}) {
  const ports = new RecordingPorts();
  const { memory } = ports;
  const sclp = new Sclp(ports, { cpus: 2, memoryBytes: 512 << 20, ...config });
  /** Calls with an SCCB of these bytes behind the header; the response code. */
  const call = (command: number, body: Uint8Array, { code = 0, control = 0 } = {}): number => {
    memory.setU16(AT, 8 + body.length, "loader");
    memory.setU16(AT + 2, code << 8, "loader");
    memory.setU16(AT + 4, control, "loader");
    memory.setU16(AT + 6, 0, "loader");
    memory.write(AT + 8, body, "loader");
    expect(sclp.serviceCall(command, AT, { prefix: 0x8000 })).toEqual({ cc: 0 });
    return memory.u16(AT + 6);
  };
  const listen = (receive: bigint): number => {
    const body = new Uint8Array(36);
    new DataView(body.buffer).setUint16(2, 8);
    new DataView(body.buffer).setBigUint64(4, receive);
    return call(MASK, body);
  };
  /** Everything that can be read, an event in each read of so many bytes. */
  const readAll = (length = 4088): Uint8Array[] => {
    const events: Uint8Array[] = [];
    while (call(READ, new Uint8Array(length)) === COMPLETE)
      events.push(memory.read(AT + 8, memory.u16(AT + 8)));
    return events;
  };
  return { ports, memory, sclp, call, listen, readAll };
}
/** The bytes of one event; `length` as it says itself. */
export const event = (
  type: number, data: readonly number[] | Uint8Array, length = 6 + data.length,
): number[] => [length >> 8, length & 255, type, 0, 0, 0, ...data];

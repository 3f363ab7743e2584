/** A channel subsystem with two test devices, and the guest memory areas that its tests use. */
import { expect } from "vitest";
import type { CcwDevice, ChannelData } from "../../../../src/engine/devices/css/ccwDevice.ts";
import { ChannelSubsystem } from "../../../../src/engine/devices/css/css.ts";
import { absoluteOperand, type StorageOperand } from "../../../../src/engine/devices/css/operand.ts";
import { RecordingPorts } from "./recordingPorts.ts";

export const ORB = 0x1000;
export const IRB = 0x2000;
export const SCHIB = 0x3000;
export const CCW = 0x4000;
export const DATA = 0x8000;
export const FIRST = 0x1_0000n;

/**
 * Reads 0x02: stores 1, 2, 3, … for the whole count. Writes 0x01: keeps what it got. 0x0b ends without data.
 */
export class TestDevice implements CcwDevice {
  readonly identity = { controlUnitType: 0x3832, controlUnitModel: 3, deviceType: 0, deviceModel: 0 };
  written: number[] = [];
  limit = Number.POSITIVE_INFINITY;
  disables = 0;
  notified: number[] = [];
  command(code: number, data: ChannelData): "done" | "immediate" | "reject" {
    const length = Math.min(this.limit, data.length);
    if (code === 0x02) data.write(0, Uint8Array.from({ length }, (_, i) => i + 1));
    else if (code === 0x01) this.written = [...(data.read(0, length) ?? [])];
    else if (code === 0x0b) return "immediate";
    else return "reject";
    return "done";
  }
  disabled(): void {
    this.disables++;
  }
  reset(): void {
    this.written = [];
  }
  notify(queue: number): boolean {
    this.notified.push(queue);
    return queue < 2;
  }
}

export function channelMachine(memoryBytes?: number) {
  const ports = new RecordingPorts(memoryBytes);
  const css = new ChannelSubsystem(ports);
  const device = new TestDevice();
  css.attach(0x0001, device);
  css.attach(0x0002, new TestDevice());
  const at = (address: number): StorageOperand => absoluteOperand(ports.memory, address);
  /** Enables subchannel 0 with subclass 3 and concurrent sense. */
  const enable = () => {
    css.stsch(FIRST, at(SCHIB));
    ports.put(SCHIB + 4, "1881");
    ports.memory.setU8(SCHIB + 27, 0x01, "loader");
    expect(css.msch(FIRST, at(SCHIB))).toEqual({ cc: 0 });
  };
  const start = (ccws: string, { flags = "0080", control = "00", cpa = CCW } = {}) => {
    ports.put(cpa, ccws);
    ports.put(ORB, "11223344" + flags + "ff" + control + cpa.toString(16).padStart(8, "0"));
    return css.ssch(FIRST, at(ORB));
  };
  const test = () => css.tsch(FIRST, at(IRB));
  const scsw = () => ports.hex(IRB, 12);
  return { ports, css, device, at, enable, start, test, scsw };
}

/** Sets a domain attribute by CHSC: 0 allows several images, 2 several subchannel sets. */
export function enableByCall({ css, ports, at }: ReturnType<typeof channelMachine>, operation: number): void {
  ports.put(0x6000, `04000031${word(operation)}`);
  expect(css.chsc(at(0x6000))).toEqual({ cc: 0 });
}

export const word = (n: number): string => n.toString(16).padStart(8, "0");

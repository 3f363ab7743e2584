/**
 * SIGNAL PROCESSOR orders (Principles of Operation, chapter 4, "CPU signaling and response"). Emergency signal, external call,
 * stop, restart and set prefix become interrupts of the target through the controller's local injection.
 */
import type { Core } from "../cpu/core.ts";
import type { Flic } from "../devices/flic/flic.ts";
import { interruptType as T } from "../uapi/s390Interrupt.ts";
import type { VcpuAdapter } from "./vcpuAdapter.ts";
import { saveStatus } from "./status.ts";

const order = {
  sense: 0x01, externalCall: 0x02, emergency: 0x03, start: 0x04, stop: 0x05, restart: 0x06, stopAndStore: 0x09, initialCpuReset: 0x0b,
  cpuReset: 0x0c, setPrefix: 0x0d, storeStatus: 0x0e, setArchitecture: 0x12, conditionalEmergency: 0x13, senseRunning: 0x15,
} as const;
const status = {
  invalidOrder: 0x00000002, incorrectState: 0x00000200, invalidParameter: 0x00000100, stopped: 0x00000040, externalCallPending: 0x00000080,
  notRunning: 0x00000400,
} as const;

export interface SigpResult {
  readonly cc: number;
  readonly status?: number;
}
const accepted: SigpResult = { cc: 0 };
const stored = (bits: number): SigpResult => ({ cc: 1, status: bits });

export interface SigpContext {
  readonly core: Core;
  readonly flic: Flic;
  readonly adapters: readonly VcpuAdapter[];
  externalCallPending(cpu: number): boolean;
  /** A stopped CPU begins to run. */
  start(cpu: number): void;
  /** A running CPU stops; the sender's own stop takes effect before its next instruction. */
  stop(cpu: number, storeStatus: boolean): void;
}

export function signalProcessor(c: SigpContext, from: number, target: number, code: number, parameter: bigint): SigpResult {
  if (code === order.setArchitecture) {
    // Already in z/Architecture mode: the parameter's code 1 or 2 would not change it.
    return (parameter & 0xffn) <= 2n ? stored(status.invalidParameter) : stored(status.invalidParameter);
  }
  const adapter = c.adapters[target];
  if (!adapter) return { cc: 3 };
  const isStopped = adapter.vcpu.state !== "operating";
  switch (code) {
    case order.sense: {
      const bits = (isStopped ? status.stopped : 0) | (c.externalCallPending(target) ? status.externalCallPending : 0);
      return bits ? stored(bits) : accepted;
    }
    case order.externalCall:
      return c.flic.injectLocal(target, { type: T.INT_EXTERNAL_CALL, code: from }) === 0 ? accepted : stored(status.externalCallPending);
    case order.emergency:
    case order.conditionalEmergency:
      c.flic.injectLocal(target, { type: T.INT_EMERGENCY, code: from });
      return accepted;
    case order.start:
      if (isStopped) c.start(target);
      return accepted;
    case order.stop: c.stop(target, false); return accepted;
    case order.stopAndStore: c.stop(target, true); return accepted;
    case order.restart:
      c.flic.injectLocal(target, { type: T.RESTART });
      if (isStopped) c.start(target);
      return accepted;
    case order.initialCpuReset:
    case order.cpuReset:
      c.flic.clearLocal(target);
      adapter.vcpu.state = "stopped";
      adapter.reset(code === order.initialCpuReset);
      return accepted;
    case order.setPrefix: return setPrefix(c, adapter, isStopped, parameter);
    case order.storeStatus: return storeStatus(c, adapter, isStopped, parameter);
    case order.senseRunning: return isStopped || adapter.vcpu.idle ? stored(status.notRunning) : accepted;
    default: return stored(status.invalidOrder);
  }
}

function setPrefix(c: SigpContext, adapter: VcpuAdapter, isStopped: boolean, parameter: bigint): SigpResult {
  const address = Number(parameter & 0x7fffe000n);
  if (!c.core.ram.contains(address, 8192)) return stored(status.invalidParameter);
  if (!isStopped) return stored(status.incorrectState);
  adapter.setPrefix(address);
  return accepted;
}

function storeStatus(c: SigpContext, adapter: VcpuAdapter, isStopped: boolean, parameter: bigint): SigpResult {
  const address = Number(parameter & 0x7ffffe00n);
  if (!c.core.ram.contains(address, 512)) return stored(status.invalidParameter);
  if (!isStopped) return stored(status.incorrectState);
  const current = c.core.vcpu;
  c.core.switchTo(adapter.vcpu);
  saveStatus(c.core, adapter.prefix(), address);
  c.core.switchTo(current);
  return accepted;
}

/**
 * SIGNAL PROCESSOR orders (Principles of Operation, chapter 4, "CPU signaling and response"). Emergency
 * signal, external call, stop, restart and set prefix become interrupts of the target through the
 * controller's local injection.
 */
import type { Core } from "../cpu/core.ts";
import type { Flic } from "../devices/flic/flic.ts";
import { pendingBit } from "../devices/flic/interruptBits.ts";
import { interruptType as T } from "../uapi/s390Interrupt.ts";
import { PswBit } from "../cpu/mode.ts";
import type { CpuReset, VcpuAdapter } from "./vcpuAdapter.ts";

const order = {
  sense: 0x01, externalCall: 0x02, emergency: 0x03, start: 0x04, stop: 0x05, restart: 0x06,
  stopAndStore: 0x09, initialCpuReset: 0x0b, cpuReset: 0x0c, setPrefix: 0x0d,
  storeStatus: 0x0e, setArchitecture: 0x12,
  conditionalEmergency: 0x13, senseRunning: 0x15, storeAdditionalStatus: 0x17,
} as const;
const status = {
  invalidOrder: 0x00000002, incorrectState: 0x00000200, invalidParameter: 0x00000100, stopped: 0x00000040,
  externalCallPending: 0x00000080, notRunning: 0x00000400,
} as const;

export interface SigpResult {
  readonly cc: number;
  readonly status?: number;
}
const accepted: SigpResult = { cc: 0 };
const stored = (bits: number): SigpResult => ({ cc: 1, status: bits });

const busy: SigpResult = { cc: 2 };

export interface SigpContext {
  readonly core: Core;
  readonly flic: Flic;
  readonly adapters: readonly VcpuAdapter[];
  /** A CPU waits with nothing to execute. */
  isBlocked(cpu: number): boolean;
  /** A stopped CPU begins to run. */
  start(cpu: number): void;
  /** A CPU stops at once and is reset. */
  reset(cpu: number, kind: CpuReset): void;
}

/** The order `code` from one CPU to another or itself; condition code 3 for a CPU that is not there. */
export function signalProcessor(
  c: SigpContext, from: number, target: number, code: number, parameter: bigint,
): SigpResult {
  // Already in z/Architecture mode, whatever mode is asked for.
  if (code === order.setArchitecture) return stored(status.invalidParameter);
  const adapter = c.adapters[target];
  if (!adapter) return { cc: 3 };
  if (!isReset(code) && hasUnfinishedOrder(c, target)) return busy;
  const isStopped = adapter.vcpu.state !== "operating";
  switch (code) {
    case order.sense: return sense(c, target, isStopped);
    case order.externalCall: {
      const result = c.flic.injectLocal(target, { type: T.INT_EXTERNAL_CALL, code: from });
      return result === 0 ? accepted : stored(status.externalCallPending);
    }
    case order.conditionalEmergency:
      if (!isInNeed(adapter, isStopped, parameter)) return stored(status.incorrectState);
      c.flic.injectLocal(target, { type: T.INT_EMERGENCY, code: from });
      return accepted;
    case order.emergency:
      c.flic.injectLocal(target, { type: T.INT_EMERGENCY, code: from });
      return accepted;
    case order.start:
      if (isStopped) c.start(target);
      return accepted;
    case order.stop:
    case order.stopAndStore:
      c.flic.injectLocal(target, { type: T.SIGP_STOP, flags: code === order.stop ? 0 : 1 });
      return accepted;
    case order.restart:
      c.flic.injectLocal(target, { type: T.RESTART });
      if (isStopped) c.start(target);
      return accepted;
    case order.initialCpuReset:
    case order.cpuReset:
      c.reset(target, code === order.initialCpuReset ? "initial" : "cpu");
      return accepted;
    case order.setPrefix: return setPrefix(c, adapter, isStopped, parameter);
    case order.storeStatus: return storeStatus(c, adapter, isStopped, parameter);
    case order.storeAdditionalStatus: return storeAdditionalStatus(c, adapter, isStopped, parameter);
    case order.senseRunning: return isStopped || c.isBlocked(target) ? stored(status.notRunning) : accepted;
    default: return stored(status.invalidOrder);
  }
}

const isReset = (code: number): boolean => code === order.initialCpuReset || code === order.cpuReset;

/**
 * A stop or a restart was accepted and is not done yet: until then a reset alone is taken, and SENSE does not
 * say "operating" of a CPU that is about to stop.
 */
function hasUnfinishedOrder({ flic }: SigpContext, target: number): boolean {
  const { local } = flic.vcpus.of(target);
  return local.has(pendingBit.SIGP_STOP) || local.has(pendingBit.RESTART);
}

function sense({ flic }: SigpContext, target: number, isStopped: boolean): SigpResult {
  const hasCall = flic.vcpus.of(target).local.has(pendingBit.EXT_EXTERNAL);
  const bits = (isStopped ? status.stopped : 0) | (hasCall ? status.externalCallPending : 0);
  return bits ? stored(bits) : accepted;
}

/**
 * Who gets a CONDITIONAL EMERGENCY SIGNAL: a CPU that is not stopped; or a stopped one that is disabled for
 * I/O or external interruptions, waits at an address other than 0, or is in the address space whose number is
 * the parameter.
 */
function isInNeed(adapter: VcpuAdapter, isStopped: boolean, parameter: bigint): boolean {
  const { maskHigh } = adapter.vcpu;
  const open = PswBit.io | PswBit.external;
  if (!isStopped || (maskHigh & open) !== open) return true;
  if (maskHigh & PswBit.wait) return adapter.address() !== 0n;
  const asn = Number(parameter & 0xffffn);
  return asn === (adapter.crLow(4) & 0xffff) || asn === (adapter.crLow(3) & 0xffff);
}

function setPrefix(c: SigpContext, adapter: VcpuAdapter, isStopped: boolean, parameter: bigint): SigpResult {
  const address = Number(parameter & 0x7fffe000n);
  if (!c.core.ram.contains(address, 8192)) return stored(status.invalidParameter);
  if (!isStopped) return stored(status.incorrectState);
  adapter.setPrefix(address);
  return accepted;
}

function storeStatus(
  c: SigpContext, adapter: VcpuAdapter, isStopped: boolean, parameter: bigint,
): SigpResult {
  const address = Number(parameter & 0x7ffffe00n);
  if (!isStopped) return stored(status.incorrectState);
  if (!c.core.ram.contains(address, 512)) return stored(status.invalidParameter);
  adapter.saveStatusAt(address);
  return accepted;
}

/** Of a machine with vectors and without guarded storage: the address' last ten bits give no length. */
function storeAdditionalStatus(
  c: SigpContext, adapter: VcpuAdapter, isStopped: boolean, parameter: bigint,
): SigpResult {
  if (!isStopped) return stored(status.incorrectState);
  const isAligned = (parameter & 0x3ffn) === 0n;
  if (!isAligned || !c.core.ram.contains(Number(parameter), 1024)) return stored(status.invalidParameter);
  adapter.saveAdditionalStatusAt(Number(parameter));
  return accepted;
}

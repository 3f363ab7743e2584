/**
 * The hypervisor calls of XICS guests, answered by KVM. The vCPU's context is on hardware thread `thread`.
 * Arguments are R4 and on as unsigned 64-bit numbers; the answer's first output goes to R4.
 */
import {
  H_PARAMETER, H_TOO_HARD, hcall, hcallDone, hcallRefused, type HcallResult,
} from "../xive/hcallCodes.ts";
import { PRIORITY_MASKED } from "../xive/hostXive.ts";
import { hostSourceEoi, hostTrigger, selected } from "../xive/irqState.ts";
import type { ConnectedVcpu } from "../xive/kvmXive.ts";
import { NSR_EO, PIPR, RING_OS } from "../xive/threadContext.ts";
import { TIMA_ACK_OS, TIMA_PAGE_OS } from "../xive/tima.ts";
import { pushPending, resendRerouted, scanPending, writeCppr } from "./presentation.ts";
import { hardwarePriority } from "./sourceState.ts";
import { XICS_IPI, type Xics } from "./xics.ts";

const ALL_PRIORITIES = 0xff;

export interface Caller {
  readonly vcpu: ConnectedVcpu;
  readonly thread: number;
  /** Timebase, for H_XIRR_X. */
  readonly timebase?: bigint;
}

/** Carries out one call; H_TOO_HARD for one that is the monitor's. */
export function xicsHcall(
  device: Xics, caller: Caller, number: number, args: readonly bigint[],
): HcallResult & { readonly server: number } {
  const first = BigInt.asUintN(64, args[0] ?? 0n);
  const own = (result: HcallResult): HcallResult & { server: number } =>
    ({ ...result, server: caller.vcpu.server });
  switch (number) {
    case hcall.H_XIRR: return own(hcallDone(fetch(device, caller)));
    case hcall.H_XIRR_X: return own(hcallDone(fetch(device, caller), caller.timebase ?? 0n));
    case hcall.H_CPPR: return own(setCppr(device, caller, first));
    case hcall.H_IPI: return own(sendIpi(device, first, BigInt.asUintN(64, args[1] ?? 0n)));
    case hcall.H_EOI: return own(endInterrupt(device, caller, first));
    case hcall.H_IPOLL: return poll(device, caller, first);
    default: return own(hcallRefused(H_TOO_HARD));
  }
}

/** XIRR: CPPR in bits 31:24 and the interrupt in 23:0, counted from the least significant. */
const xirr = (cppr: number, irq: number): bigint => BigInt(((cppr << 24) | irq) >>> 0);

function fetch(device: Xics, { vcpu, thread }: Caller): bigint {
  const { icp } = vcpu;
  acknowledge(device, vcpu, thread);
  const before = icp.cppr;
  const { irq, priority } = scanPending(device, vcpu, icp.pending, "fetch");
  if (irq !== 0) {
    icp.cppr = priority;
    device.onStep?.({ step: "accepted", server: vcpu.server, irq, priority });
  }
  // Hardware's may be lower: inter-processor interrupts come at priority 0 whatever MFRR says.
  writeCppr(device, vcpu, thread);
  return xirr(before, irq);
}

/** Takes hardware's most favoured priority over into the pending ones. */
function acknowledge(device: Xics, { icp }: ConnectedVcpu, thread: number): void {
  const answer = Number(device.host.chip.timaLoad(thread, (TIMA_PAGE_OS << 16) | TIMA_ACK_OS, 2));
  if (!((answer >> 8) & NSR_EO)) return;
  const priority = answer & 0xff;
  if (priority < 8) icp.pending |= 1 << priority;
  icp.hwCppr = priority;
}

function setCppr(device: Xics, { vcpu, thread }: Caller, value: bigint): HcallResult {
  const { icp } = vcpu;
  const before = icp.cppr;
  icp.cppr = hardwarePriority(Number(value & 0xffn));
  if (icp.cppr > before) pushPending(device, vcpu, thread);
  else resendRerouted(device, vcpu);
  writeCppr(device, vcpu, thread);
  return hcallDone();
}

function sendIpi(device: Xics, server: bigint, mfrr: bigint): HcallResult {
  const target = device.connectedVcpu(Number(server));
  if (!target) return hcallRefused(H_PARAMETER);
  const { icp } = target;
  icp.mfrr = Number(mfrr & 0xffn);
  device.onStep?.({ step: "mfrr", server: target.server, irq: XICS_IPI, priority: icp.mfrr });
  // The whole argument is compared, though only eight bits of it are kept.
  if (mfrr < BigInt(icp.cppr)) hostTrigger(device.host, icp.ipi);
  return hcallDone();
}

function endInterrupt(device: Xics, { vcpu, thread }: Caller, value: bigint): HcallResult {
  const { icp } = vcpu;
  const irq = Number(value & 0xff_ffffn);
  icp.cppr = hardwarePriority(Number((value >> 24n) & 0xffn));
  if (irq !== 0) device.onStep?.({ step: "eoi", server: vcpu.server, irq, priority: icp.cppr });
  const isKnown = irq === 0 || irq === XICS_IPI || endSource(device, irq);
  scanPending(device, vcpu, icp.pending, "tidy");
  pushPending(device, vcpu, thread);
  writeCppr(device, vcpu, thread);
  return isKnown ? hcallDone() : hcallRefused(H_PARAMETER);
}

/** False where there is no block for the number. */
function endSource(device: Xics, irq: number): boolean {
  const state = device.irqs.get(irq);
  if (!state) return false;
  if (state.guestPriority === PRIORITY_MASKED) {
    state.oldP = false;
  } else {
    hostSourceEoi(device.host, selected(state));
    if (state.lsi && state.asserted) hostTrigger(device.host, selected(state));
  }
  return true;
}

/** What H_XIRR of that server would give; nothing moves. */
function poll(device: Xics, { vcpu, thread }: Caller, server: bigint): HcallResult & { server: number } {
  const isOwn = server === BigInt(vcpu.server);
  const target = isOwn ? vcpu : device.connectedVcpu(Number(server));
  if (!target) return { ...hcallRefused(H_PARAMETER), server: vcpu.server };
  const pipr = device.host.chip.thread(thread).get(RING_OS, PIPR);
  const own = target.icp.pending | ((1 << pipr) & ALL_PRIORITIES);
  const { irq } = scanPending(device, target, isOwn ? own : ALL_PRIORITIES, "peek");
  const answersTo = device.defects.has("xics.ipoll.wrongVcpu") ? target : vcpu;
  return { ...hcallDone(xirr(target.icp.cppr, irq)), server: answersTo.server };
}

/**
 * A vCPU's interrupt context on its way into the guest and out again, H_CEDE, and its state at user space
 * (KVM_REG_PPC_VP_STATE).
 */
import { errno } from "../../api/errno.ts";
import { ok, refuse, type Result } from "../../base/result.ts";
import { ESB_OFF, ESB_PENDING, ESB_RESET } from "./esb.ts";
import type { ConnectedVcpu, KvmXive } from "./kvmXive.ts";
import { ACK_CNT, CONTEXT_VALID, IPB, LSMFB, RING_OS } from "./threadContext.ts";
import { TIMA_PAGE_HV, TIMA_PULL_OS, TIMA_PUSH_OS } from "./tima.ts";

const HV = TIMA_PAGE_HV << 16;

/** Puts the context on hardware thread `thread`; its backlog becomes pending there. */
export function pushVcpu(device: KvmXive, vcpu: ConnectedVcpu, thread: number): void {
  const { chip } = device.host;
  const word = new DataView(vcpu.saved.buffer).getBigUint64(0);
  chip.tell("restored", "IPB", { target: thread, value: device.host.cam(vcpu.vp) });
  // NSR, PIPR and INC are not what the mask of a raw store lets through whole; a push computes them anew.
  chip.timaStore(thread, HV | RING_OS, 8, word);
  const cam = (CONTEXT_VALID | device.host.cam(vcpu.vp)) >>> 0;
  chip.timaStore(thread, HV | TIMA_PUSH_OS, 4, BigInt(cam));
  vcpu.isPushed = true;
  vcpu.irqPending = false;
  const { escalationPriority } = vcpu;
  if (escalationPriority === undefined || !vcpu.escalationOn) return;
  const before = device.host.setEscalation(vcpu.vp, escalationPriority, ESB_OFF);
  if (!(before & ESB_PENDING)) vcpu.escalationOn = false;
}

/** Takes the context off its thread. */
export function pullVcpu(device: KvmXive, vcpu: ConnectedVcpu, thread: number): void {
  if (!vcpu.isPushed) return;
  const { chip } = device.host;
  chip.timaLoad(thread, HV | TIMA_PULL_OS, 4);
  vcpu.saved.set(chip.thread(thread).registers.subarray(RING_OS, RING_OS + 8));
  vcpu.saved[LSMFB] = 0;
  vcpu.saved[ACK_CNT] = 0xff;
  vcpu.isPushed = false;
  chip.tell("saved", "IPB", { target: thread, value: device.host.cam(vcpu.vp) });
}

/** H_CEDE arms the escalation. False: one has come already, so the vCPU must not sleep. */
export function cedeVcpu(device: KvmXive, vcpu: ConnectedVcpu): boolean {
  const { escalationPriority } = vcpu;
  if (escalationPriority === undefined) return true;
  if (vcpu.escalationOn) {
    device.host.setEscalation(vcpu.vp, escalationPriority, ESB_PENDING);
    return false;
  }
  vcpu.escalationOn = true;
  device.host.setEscalation(vcpu.vp, escalationPriority, ESB_RESET);
  return true;
}

/**
 * The ring's bytes 0-7 in order of memory, with what waits in the NVT merged into IPB. Reading changes
 * nothing.
 */
export function vpState(device: KvmXive, vcpu: ConnectedVcpu): Result<Uint8Array, number> {
  const backlog = device.host.backlog(vcpu.vp);
  if (backlog === undefined) return refuse(errno.EIO);
  const bytes = vcpu.saved.slice();
  if (!device.defects.has("xive.vpState.skipBacklog")) bytes[IPB]! |= backlog;
  return ok(bytes);
}

/** Stores all eight bytes; CPPR and IPB are what counts. -EBUSY while the context is on a thread. */
export function setVpState({ host }: KvmXive, vcpu: ConnectedVcpu, bytes: Uint8Array): number {
  if (vcpu.isPushed) return errno.EBUSY;
  vcpu.saved.set(bytes.subarray(0, 8));
  host.chip.tell("kept", "VP_STATE", { target: host.cam(vcpu.vp), value: vcpu.saved[IPB]! });
  return 0;
}

/**
 * A machine monitor's side of the XIVE native device: it fills in the structures, makes the calls, and
 * reaches sources through their mapped pages.
 */
import { errno } from "../../api/errno.ts";
import { ok, refuse, type Result } from "../../base/result.ts";
import {
  KVM_XIVE_LEVEL_ASSERTED, KVM_XIVE_LEVEL_SENSITIVE, encodeQueueName, encodeSourceConfig, xiveControl, xiveEq,
  xiveGroup,
} from "../../uapi/xive.ts";
import type { EsbPage } from "../xive/esb.ts";
import { KVM_IRQS } from "../xive/irqState.ts";
import type { QueueConfig, SourceRoute, XiveKernel } from "../xive/kernelPort.ts";
import { setVpState, vpState } from "../xive/vcpuContext.ts";
import { faultXive, type XiveMapping } from "./xiveMapping.ts";
import type { XiveNative } from "./xiveNative.ts";

const EVERY_SOURCE: XiveMapping = { area: "esb", pages: 2 * KVM_IRQS };

export class XiveMonitor implements XiveKernel {
  readonly device: XiveNative;
  /** 64 bytes of the monitor's memory for arguments. */
  private readonly scratch: bigint;

  constructor(device: XiveNative, scratch: bigint) {
    this.device = device;
    this.scratch = scratch;
  }

  createSource(lisn: number, isLsi: boolean, isAsserted: boolean): number {
    const kind = isLsi ? KVM_XIVE_LEVEL_SENSITIVE : 0n;
    const value = kind | (isLsi && isAsserted ? KVM_XIVE_LEVEL_ASSERTED : 0n);
    return this.setU64(xiveGroup.SOURCE, BigInt(lisn), value);
  }

  configureSource(lisn: number, route: SourceRoute): number {
    return this.setU64(xiveGroup.SOURCE_CONFIG, BigInt(lisn), encodeSourceConfig(route));
  }

  syncSource(lisn: number): number {
    return this.device.setAttr(xiveGroup.SOURCE_SYNC, BigInt(lisn), 0n);
  }

  configureQueue(server: number, priority: number, queue: QueueConfig): number {
    if (!this.device.user.write(this.scratch, xiveEq.encode(queue))) return errno.EFAULT;
    return this.device.setAttr(xiveGroup.EQ_CONFIG, encodeQueueName(server, priority), this.scratch);
  }

  queueState(server: number, priority: number, fallback: QueueConfig): Result<QueueConfig, number> {
    const { user } = this.device;
    if (!user.write(this.scratch, xiveEq.encode(fallback))) return refuse(errno.EFAULT);
    const refused = this.device.getAttr(xiveGroup.EQ_CONFIG, encodeQueueName(server, priority), this.scratch);
    const bytes = user.read(this.scratch, xiveEq.size);
    if (refused || !bytes) return refuse(refused || errno.EFAULT);
    return ok(xiveEq.decode(bytes));
  }

  syncQueues(): number {
    return this.device.setAttr(xiveGroup.CTRL, xiveControl.EQ_SYNC, 0n);
  }

  reset(): number {
    return this.device.setAttr(xiveGroup.CTRL, xiveControl.RESET, 0n);
  }

  threadState(server: number): Result<bigint, number> {
    const vcpu = this.device.vcpus.get(server);
    if (!vcpu) return refuse(errno.ENXIO);
    const state = vpState(this.device, vcpu);
    if (!state.ok) return state;
    return ok(new DataView(state.value.buffer, state.value.byteOffset).getBigUint64(0));
  }

  setThreadState(server: number, state: bigint): number {
    const vcpu = this.device.vcpus.get(server);
    if (!vcpu) return errno.ENXIO;
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, state);
    return setVpState(this.device, vcpu, bytes);
  }

  loadEsb(lisn: number, page: EsbPage, offset: number): number | undefined {
    const fault = this.touch(lisn, page);
    return fault?.page && this.device.host.chip.sources.load(fault.interrupt, fault.page, offset);
  }

  storeEsb(lisn: number, page: EsbPage, offset: number): boolean {
    const fault = this.touch(lisn, page);
    return fault !== undefined && this.device.host.chip.sources.store(fault.interrupt, fault.page, offset);
  }

  private touch(lisn: number, page: EsbPage): { interrupt: number; page: EsbPage } | undefined {
    const fault = faultXive(this.device, EVERY_SOURCE, 2 * lisn + (page === "management" ? 1 : 0));
    return fault.kind === "esb" ? fault : undefined;
  }

  private setU64(group: number, attr: bigint, value: bigint): number {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, value, true);
    return this.device.user.write(this.scratch, bytes)
      ? this.device.setAttr(group, attr, this.scratch)
      : errno.EFAULT;
  }
}

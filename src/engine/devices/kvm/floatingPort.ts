/**
 * The machine's devices as a VMM would drive them: every floating interrupt goes through the controller's
 * ENQUEUE, AIRQ_INJECT or GSI routes, adapters and routes are set up once per device.
 */
import { assert } from "../../base/assert.ts";
import { KVM_S390_ADAPTER_SUPPRESSIBLE, KVM_S390_IO_ADAPTER_MAP } from "../../uapi/flic.ts";
import { KVM_IRQ_ROUTING_S390_ADAPTER, KVM_MAX_IRQ_ROUTES } from "../../uapi/irqRouting.ts";
import { ADAPTER_INTERRUPT, interruptType } from "../../uapi/s390Interrupt.ts";
import type { FloatingInterruptPort } from "../ports.ts";
import { CHANNEL_REPORT_MCIC } from "../flic/deliverMachineCheck.ts";
import type { Flic } from "../flic/flic.ts";
import type { AdapterRoute } from "../flic/indicators.ts";
import { CHANNEL_REPORT_SUBCLASS } from "../flic/pending.ts";
import { buildRoutes, type RoutingRequest } from "../flic/routes.ts";

export class FlicInterruptPort implements FloatingInterruptPort {
  private readonly flic: Flic;

  constructor(flic: Flic) {
    this.flic = flic;
  }

  service(parm: number): void {
    this.flic.enqueue({
      kind: "ext", type: interruptType.INT_SERVICE, params: parm >>> 0, pad: 0, params2: 0n,
    });
  }

  /**
   * The type code is what KVM_S390_INT_IO makes of a subchannel's number, set and css; a word with bit 0 says
   * adapter interrupt, which has no subchannel.
   */
  io(subchannelId: number, subchannelNr: number, ioIntParm: number, ioIntWord: number): void {
    const ofSubchannel = (subchannelNr | ((subchannelId >> 1) & 3) << 16 | (subchannelId >> 8) << 18) >>> 0;
    const type = ioIntWord & 0x80000000 ? ADAPTER_INTERRUPT : ofSubchannel;
    this.flic.enqueue({
      kind: "io", type, subchannelId, subchannelNr, ioIntParm: ioIntParm >>> 0, ioIntWord: ioIntWord >>> 0,
    });
  }

  clearIo(subchannelId: number, subchannelNr: number): void {
    this.flic.clearIo(((subchannelId << 16) | subchannelNr) >>> 0);
  }

  channelReport(): void {
    this.flic.enqueue({ kind: "mchk", cr14: CHANNEL_REPORT_SUBCLASS, mcic: CHANNEL_REPORT_MCIC });
  }

  adapterGsi(gsi: number): number {
    return this.flic.signalGsi(gsi);
  }

  /** Empty if the indicators are not in guest memory. Queue n has indicator bit n. */
  routeAdapter(
    adapterId: number, indicator: bigint, summary: bigint, summaryOffset: number, queues: number,
  ): number[] {
    const { flic } = this;
    const gsis = this.freeGsis(queues);
    const added = buildRoutes(
      gsis.map((gsi, queue): RoutingRequest => ({
        gsi, type: KVM_IRQ_ROUTING_S390_ADAPTER, flags: 0, adapterId, indAddress: indicator,
        indOffset: BigInt(queue),
        summaryAddress: summary, summaryOffset,
      })), flic.pages, flic.profile);
    if (!added.ok) return [];
    // Kernels that pin pages find them by the addresses the routes hold.
    for (const addr of new Set([indicator, summary]))
      flic.adapters.modify(
        { id: adapterId, type: KVM_S390_IO_ADAPTER_MAP, mask: 0, addr }, flic.profile, flic.pages,
      );
    flic.routes = new Map<number, AdapterRoute>([...flic.routes, ...added.value]);
    return gsis;
  }

  unrouteAdapter(gsis: readonly number[]): void {
    const remaining = new Map(this.flic.routes);
    for (const gsi of gsis) remaining.delete(gsi);
    this.flic.routes = remaining;
  }

  registerAdapter(id: number, isc: number, suppressible: boolean): void {
    const flags = suppressible ? KVM_S390_ADAPTER_SUPPRESSIBLE : 0;
    if (this.flic.adapters.canRegister(id))
      this.flic.adapters.register({ id, isc, maskable: 0, swap: 1, flags });
  }

  private freeGsis(count: number): number[] {
    const found: number[] = [];
    for (let gsi = 0; gsi < KVM_MAX_IRQ_ROUTES && found.length < count; gsi++)
      if (!this.flic.routes.has(gsi)) found.push(gsi);
    assert(found.length === count, `${count} GSIs wanted, ${found.length} free of ${KVM_MAX_IRQ_ROUTES}`);
    return found;
  }
}

/**
 * How a virtio-ccw device interrupts its driver. Virtio 1.2, sections 4.3.2.6 and 4.3.3.2.
 *
 * The driver chooses one of two ways for its queues: classic indicators (a doubleword in guest memory and an
 * I/O interruption of the subchannel) or adapter interruptions through routes that the interrupt controller
 * holds. Configuration changes always take the classic way.
 */
import type { MachinePorts } from "../ports.ts";
import type { RingMemory } from "./ringMemory.ts";
import type { AdapterIndicators, IndicatorState } from "./state.ts";

/** Bit of the summary byte that virtio adapters set, numbered from the left. */
const SUMMARY_BIT = 7;
const CLASSIC_QUEUES_MAX = 64;

export class Indicators {
  /** Makes the subchannel status-pending with alert status. */
  raiseAttention: () => void = () => undefined;
  private readonly ports: MachinePorts;
  private readonly memory: RingMemory;
  private readonly queueCount: number;
  /** Guest addresses of the classic indicator doublewords; 0 none. */
  private queues = 0n;
  private config = 0n;
  private adapter: AdapterIndicators | null = null;
  private routes: readonly number[] = [];

  constructor(ports: MachinePorts, memory: RingMemory, queueCount: number) {
    this.ports = ports;
    this.memory = memory;
    this.queueCount = queueCount;
  }

  /**
   * False, and nothing changed, if the device works with adapter interruptions or the place is not in RAM.
   */
  setClassic(address: bigint): boolean {
    if (this.adapter || this.queueCount > CLASSIC_QUEUES_MAX) return false;
    if (!this.memory.contains(address, 8)) return false;
    this.queues = address;
    return true;
  }

  setConfig(address: bigint): boolean {
    if (!this.memory.contains(address, 8)) return false;
    this.config = address;
    return true;
  }

  /** False, and nothing changed, if classic indicators are set or a place is not in RAM. */
  setAdapter(adapter: AdapterIndicators): boolean {
    if (this.queues !== 0n || !this.isInStorage(adapter)) return false;
    this.dropRoutes();
    this.adapter = adapter;
    this.installRoutes(adapter);
    return true;
  }

  private isInStorage({ isc, summary, indicator, firstBit }: AdapterIndicators): boolean {
    const bytes = Math.ceil((Number(firstBit % 8n) + this.queueCount) / 8);
    if (isc > 7 || !this.memory.contains(summary, 1)) return false;
    return this.memory.contains(indicator + firstBit / 8n, bytes);
  }

  /** Tells the driver that queue `index` has used buffers. */
  queueUsed(index: number): void {
    if (!this.adapter) {
      this.setBit(this.queues, index);
      return;
    }
    const route = this.routes[Number(this.adapter.firstBit % 8n) + index];
    if (route !== undefined) this.ports.interrupts.adapterGsi(route);
  }

  configChanged(): void {
    this.setBit(this.config, 0);
  }

  reset(): void {
    this.dropRoutes();
    this.queues = 0n;
    this.config = 0n;
    this.adapter = null;
  }

  save(): IndicatorState {
    const { queues, config, adapter, routes } = this;
    return { queues, config, adapter: adapter && { ...adapter }, routes: [...routes] };
  }

  /** True for what the driver could have set. */
  canLoad({ queues, config, adapter }: IndicatorState): boolean {
    const isPlace = (address: bigint): boolean => address === 0n || this.memory.contains(address, 8);
    if (!isPlace(queues) || !isPlace(config)) return false;
    return !adapter || (queues === 0n && this.isInStorage(adapter));
  }

  load(state: IndicatorState): void {
    this.queues = state.queues;
    this.config = state.config;
    this.adapter = state.adapter && { ...state.adapter };
    this.routes = [...state.routes];
  }

  /** One route per queue. Routes count from a byte: a first bit inside it costs a few that are never used. */
  private installRoutes(adapter: AdapterIndicators): void {
    const { interrupts } = this.ports;
    // Adapter ids of virtio devices are their interruption subclass.
    interrupts.registerAdapter(adapter.isc, adapter.isc, false);
    this.routes = interrupts.routeAdapter(
      adapter.isc, adapter.indicator + adapter.firstBit / 8n, adapter.summary, SUMMARY_BIT,
      Number(adapter.firstBit % 8n) + this.queueCount);
  }

  private dropRoutes(): void {
    if (this.routes.length > 0) this.ports.interrupts.unrouteAdapter(this.routes);
    this.routes = [];
  }

  /** Classic indicators: bit 2^n of a big-endian doubleword stands for queue n. */
  private setBit(address: bigint, bit: number): void {
    if (address === 0n) return;
    const { memory } = this.ports;
    const at = Number(address);
    memory.setU64(at, memory.u64(at) | (1n << BigInt(bit)), "virtio");
    this.raiseAttention();
  }
}

/**
 * The interrupt controller of a pseries machine in XIVE mode: its numbers, tables and areas, as PAPR guests
 * find them. It routes events itself, or leaves that to a device in the kernel; the tables are its own in
 * both cases.
 */
import { XiveChip } from "./chip.ts";
import { noDefects, type XiveDefects } from "./defects.ts";
import { EAS_VALID_MASKED } from "./eas.ts";
import { ESB_SET_PQ, esbPageAddress, type EsbPage } from "./esb.ts";
import type { QueueMemory } from "./eventQueue.ts";
import type { XiveKernel } from "./kernelPort.ts";
import { LISN_COUNT } from "./lisns.ts";
import { CONTEXT_VALID, RING_OS, type ThreadContext } from "./threadContext.ts";

/** Guest addresses of the sources' pages and of the TIMA. */
export const ESB_BASE = 0x0006_0100_0000_0000n;
export const TIMA_BASE = 0x0006_0302_0318_0000n;
/** NVT index of vCPU 0. */
export const NVT_BASE = 0x400;
export const PRIORITIES = 8;
/** The hypervisor keeps priority 7; guests have 0 to 6. */
export const RESERVED_PRIORITY = 7;

export interface SpaprXiveOptions {
  readonly memory: QueueMemory;
  /** vCPUs have ids 0 .. maxServers-1. Default 8. */
  readonly maxServers?: number;
  /** Numbers of interrupts; the ENDs' pages begin behind the sources'. Default 0x2000. */
  readonly irqs?: number;
  readonly storeEoi?: boolean;
  readonly kernel?: XiveKernel;
  readonly defects?: XiveDefects;
}

export class SpaprXive {
  readonly chip: XiveChip;
  readonly irqs: number;
  readonly maxServers: number;
  readonly kernel: XiveKernel | undefined;
  readonly defects: XiveDefects;
  /** The guest chose XIVE when it negotiated options (ibm,client-architecture-support). */
  isNegotiated = true;
  private readonly vcpus = new Set<number>();

  constructor(options: SpaprXiveOptions) {
    const { memory, maxServers = 8, irqs = LISN_COUNT, storeEoi, kernel, defects = noDefects } = options;
    this.irqs = irqs;
    this.maxServers = maxServers;
    this.kernel = kernel;
    this.defects = defects;
    this.chip = new XiveChip({ sources: irqs, ends: PRIORITIES * maxServers, memory, storeEoi });
  }

  /** A vCPU with its context on a thread of its own. False if the id is taken or out of range. */
  connect(vcpu: number): boolean {
    if (!Number.isInteger(vcpu) || vcpu < 0 || vcpu >= this.maxServers || this.vcpus.has(vcpu)) return false;
    this.vcpus.add(vcpu);
    this.chip.nvts.add(NVT_BASE + vcpu);
    this.resetCpu(vcpu);
    return true;
  }

  hasVcpu(vcpu: number): boolean {
    return this.vcpus.has(vcpu);
  }

  /** Ids, ascending. */
  vcpuIds(): number[] {
    return [...this.vcpus].sort((a, b) => a - b);
  }

  context(vcpu: number): ThreadContext {
    return this.chip.thread(vcpu);
  }

  /** The context as at power-on, with its CAM line installed. */
  resetCpu(vcpu: number): void {
    const context = this.context(vcpu);
    context.reset();
    context.setWord2(RING_OS, (CONTEXT_VALID | (NVT_BASE + vcpu)) >>> 0);
  }

  hasLisn(lisn: number): boolean {
    return this.chip.eas.isValid(lisn);
  }

  /** Claimed numbers, ascending. */
  lisns(): number[] {
    return Array.from({ length: this.irqs }, (_, lisn) => lisn).filter((lisn) => this.hasLisn(lisn));
  }

  /**
   * Takes a number into use. False if it is taken or does not exist, or the kernel refuses its source. What
   * an earlier user left in the EAS shows through, and a number that was level-sensitive once stays so.
   */
  claim(lisn: number, isLsi: boolean): boolean {
    const { eas, sources } = this.chip;
    if (!eas.has(lisn) || eas.isValid(lisn)) return false;
    const willBeLsi = isLsi || sources.isLsi(lisn);
    if (this.kernel?.createSource(lisn, willBeLsi, sources.isAsserted(lisn))) return false;
    eas.claim(lisn);
    sources.setLsi(lisn, willBeLsi);
    return true;
  }

  /** Gives a number back; the kernel keeps its source. */
  release(lisn: number): boolean {
    if (!this.hasLisn(lisn)) return false;
    this.chip.eas.release(lisn);
    return true;
  }

  /** A device's line or message. */
  setIrq(lisn: number, isRaised: boolean): void {
    const { sources } = this.chip;
    if (!this.hasLisn(lisn)) return;
    if (!this.kernel) return sources.setIrq(lisn, isRaised);
    if (sources.isLsi(lisn)) sources.setAsserted(lisn, isRaised);
    // The kernel's source is told of a line going down as well as up.
    if (sources.isLsi(lisn) || isRaised) this.kernel.storeEsb(lisn, "management", 0);
  }

  /** 8-byte load of a source's page; undefined is a failed access. */
  loadEsb(lisn: number, page: EsbPage, offset: number): number | undefined {
    const { sources } = this.chip;
    if (!this.kernel) return sources.load(lisn, page, offset);
    const isLineEoi = page === "management" && offset === 0 && sources.isLsi(lisn);
    if (!isLineEoi) return this.kernel.loadEsb(lisn, page, offset);
    // The kernel's source does not know the line, so its EOI is done here.
    this.kernel.loadEsb(lisn, page, ESB_SET_PQ(0));
    if (sources.isAsserted(lisn)) this.kernel.storeEsb(lisn, "trigger", 0);
    return 0;
  }

  /** 8-byte store; false if it was ignored as an error. */
  storeEsb(lisn: number, page: EsbPage, offset: number): boolean {
    return this.kernel
      ? this.kernel.storeEsb(lisn, page, offset)
      : this.chip.sources.store(lisn, page, offset);
  }

  esbAddress(lisn: number, page: EsbPage): bigint {
    return esbPageAddress(ESB_BASE, lisn, page);
  }

  /** Guest address of an END's pair of pages; the region is there but disabled. */
  endEsbAddress(end: number): bigint {
    return esbPageAddress(ESB_BASE, this.irqs, "trigger") + (BigInt(end) << 17n);
  }

  endIndex(vcpu: number, priority: number): number {
    return vcpu * PRIORITIES + priority;
  }

  /** The guest's H_INT_RESET, and the first half of a machine reset. 0 or the kernel's errno. */
  resetTables(): number {
    if (!this.defects.has("xive.hcallReset.kernelOnly")) this.clearTables();
    return this.kernel ? this.kernel.reset() : 0;
  }

  /** Machine reset: claimed numbers stay claimed; everything else is as at power-on. */
  reset(): number {
    this.clearTables();
    this.chip.nvts.clearBacklogs();
    for (const vcpu of this.vcpus) this.resetCpu(vcpu);
    return this.kernel ? this.kernel.reset() : 0;
  }

  private clearTables(): void {
    const { eas, ends, sources } = this.chip;
    for (let lisn = 0; lisn < this.irqs; lisn++) eas.set(lisn, eas.isValid(lisn) ? EAS_VALID_MASKED : 0n);
    ends.resetAll();
    sources.reset();
  }
}

/**
 * The in-kernel GIC as far as vCPU attributes and the first KVM_RUN see it: whether it is there and ready,
 * and who owns which interrupt line. What becomes of PPIs is in `vcpuInterrupts.ts`. INTIDs: PPI 16–31 for
 * each vCPU, SPI from 32 for the VM.
 */
import { errno } from "../../api/errno.ts";
import type { GicState } from "./state.ts";

export const isPpi = (intid: number): boolean => intid >= 16 && intid < 32;
export const isSpi = (intid: number): boolean => intid >= 32 && intid < 1020;

/** A PPI is another line on each vCPU. */
const lineOf = (cpu: number, intid: number): string => (isPpi(intid) ? `${cpu}:${intid}` : String(intid));

export const LINE_OWNERS = ["pmu", "virtual timer", "physical timer"] as const;
export type LineOwner = (typeof LINE_OWNERS)[number];

/** A line, and the vCPU whose source drives it. */
export interface LineClaim {
  readonly cpu: number;
  readonly intid: number;
  readonly owner: LineOwner;
}

export interface GicOptions {
  readonly version: 2 | 3;
  /** SPIs without an explicit NR_IRQS: 224. */
  readonly spis?: number;
  readonly bases?: "set" | "unset" | "overlapping";
}

export class Vgic {
  readonly version: 2 | 3;
  initialized = false;
  /** SPIs whose line is high. */
  readonly highSpis = new Set<number>();
  private readonly spis: number;
  private readonly bases: "set" | "unset" | "overlapping";
  /** Claims are never given back. */
  private readonly claims = new Map<string, LineClaim>();

  constructor({ version, spis = 224, bases = "set" }: GicOptions) {
    this.version = version;
    this.spis = spis;
    this.bases = bases;
  }

  isValidSpi(intid: number): boolean {
    return isSpi(intid) && intid < 32 + this.spis;
  }

  /** Makes `owner` of vCPU `cpu` the one who drives the line; 0, or why it cannot be. */
  claim(cpu: number, intid: number, owner: LineOwner): number {
    if (!this.initialized) return errno.EAGAIN;
    if (!isPpi(intid) && !this.isValidSpi(intid)) return errno.EINVAL;
    const line = lineOf(cpu, intid);
    const present = this.claims.get(line);
    if (present && (present.cpu !== cpu || present.owner !== owner)) return errno.EEXIST;
    this.claims.set(line, { cpu, intid, owner });
    return 0;
  }

  owns(cpu: number, intid: number, owner: LineOwner): boolean {
    const claim = this.claims.get(lineOf(cpu, intid));
    return claim?.cpu === cpu && claim.owner === owner;
  }

  /** Levels of SPIs; where they are routed is not modelled. */
  setSpi(intid: number, isHigh: boolean): void {
    if (isHigh) this.highSpis.add(intid);
    else this.highSpis.delete(intid);
  }

  save(): GicState {
    const { initialized, highSpis, claims } = this;
    return { initialized, highSpis: [...highSpis], claims: [...claims.values()] };
  }
  load({ initialized, highSpis, claims }: GicState): void {
    this.initialized = initialized;
    this.highSpis.clear();
    for (const intid of highSpis) this.highSpis.add(intid);
    this.claims.clear();
    for (const claim of claims) this.claims.set(lineOf(claim.cpu, claim.intid), claim);
  }

  /** What the first run of a vCPU asks: a GICv2 is initialised on the way. */
  mapResources(): number {
    if (this.bases === "unset") return errno.ENXIO;
    if (this.bases === "overlapping") return errno.EINVAL;
    if (!this.initialized && this.version === 3) return errno.EBUSY;
    this.initialized = true;
    return 0;
  }
}

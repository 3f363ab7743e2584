/** What the host machine offers of AP: PQAP function QCI, as far as passthrough uses it. */
import type { ApMasks } from "./crycb.ts";
import { fullMask } from "./idMask.ts";

export interface ApConfiguration extends ApMasks {
  /** AP extended addressing: ids up to 255. */
  readonly apxa: boolean;
  /** Highest adapter and domain number; meaningful with extended addressing. */
  readonly adapterMax: number;
  readonly domainMax: number;
}

/** Highest numbers that may be assigned, per dimension. */
export interface ApLimits {
  readonly adapter: number;
  readonly domain: number;
  readonly control: number;
}

const NARROW: ApLimits = { adapter: 63, domain: 15, control: 15 };

export const limitsOf = ({ apxa, adapterMax, domainMax }: ApConfiguration): ApLimits =>
  apxa ? { adapter: adapterMax, domain: domainMax, control: domainMax } : NARROW;

/** A host with extended addressing and every id configured. */
export const wholeConfiguration = (): ApConfiguration => ({
  apxa: true, adapterMax: 255, domainMax: 255, apm: fullMask(), aqm: fullMask(), adm: fullMask(),
});

/**
 * Where a Debian guest's packages come from: the host's apt (`aptSource`) or a mirror the user names
 * (`mirrorSource`).
 * Invariant: whatever the source, each file returned has the size and SHA-256 of a signed index.
 */
import type { FetchProgress } from "../../engine/api/workbench.ts";
import type { Result } from "../../engine/base/result.ts";
import type { PackageRecord } from "./packageIndex.ts";

/** The Debian release the guest is made of. */
export const debianRelease = "bookworm";
export const guestArchitecture = "s390x";

export interface FetchContext {
  /** Kept until the guest is complete, so that the next fetch goes on from here. */
  readonly folder: string;
  readonly signal: AbortSignal;
  onProgress(progress: FetchProgress): void;
}

export interface FetchedPackage {
  readonly record: PackageRecord;
  /** The verified .deb. */
  readonly file: string;
}

export interface FetchedPackages {
  readonly kernel: FetchedPackage;
  readonly busybox: FetchedPackage;
}

export type PackageSource = (context: FetchContext) => Promise<Result<FetchedPackages, string>>;

/**
 * Reads a Debian package index ("Packages") and picks what a guest is made of. Source: deb822(5),
 * deb-control(5), the Debian repository format.
 * Invariant: a package is used only with its size and SHA-256 as the signed index states them.
 */
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import { compareDebVersions } from "./debVersion.ts";

export interface PackageRecord {
  readonly name: string;
  readonly version: string;
  readonly depends: string;
  /** Path below the archive's root, checked to be relative and not to climb. */
  readonly path: string;
  readonly bytes: number;
  /** 64 lower-case hex digits. */
  readonly sha256: string;
}

/** The record of every package whose name `accepts` takes; others are passed over unread. */
export function readPackageIndex(index: string, accepts: (name: string) => boolean): PackageRecord[] {
  const records: PackageRecord[] = [];
  for (const stanza of index.split(/\n\n+/)) {
    const name = /^Package: (\S+)$/m.exec(stanza)?.[1];
    if (name === undefined || !accepts(name)) continue;
    const record = readRecord(name, stanza);
    if (record !== undefined) records.push(record);
  }
  return records;
}

function readRecord(name: string, stanza: string): PackageRecord | undefined {
  const field = (key: string): string => new RegExp(`^${key}: *(.*)$`, "m").exec(stanza)?.[1]?.trim() ?? "";
  const path = field("Filename");
  const sha256 = field("SHA256").toLowerCase();
  const size = field("Size");
  if (!/^\w[\w.+~%:-]*(?:\/[\w.+~%:-]+)*$/.test(path) || path.split("/").includes("..")) return undefined;
  if (!/^[0-9a-f]{64}$/.test(sha256) || !/^\d{1,12}$/.test(size) || field("Version") === "") return undefined;
  return { name, version: field("Version"), depends: field("Depends"), path, bytes: Number(size), sha256 };
}

/** The record with the newest version of `name`. */
export function newestOf(records: readonly PackageRecord[], name: string): PackageRecord | undefined {
  return records
    .filter((record) => record.name === name)
    .reduce<PackageRecord | undefined>(
      (best, record) =>
        best === undefined || compareDebVersions(record.version, best.version) > 0 ? record : best,
      undefined,
    );
}

/** Names of what the guest is made of, and what may stand in the index for it. */
export const kernelMetaPackage = "linux-image-s390x";
export const busyboxPackage = "busybox-static";
export const isGuestPackage = (name: string): boolean =>
  name === kernelMetaPackage || name === busyboxPackage || /^linux-image-\d[\w.+~-]*-s390x$/.test(name);

export interface GuestPackages {
  readonly kernel: PackageRecord;
  readonly busybox: PackageRecord;
}

/** The kernel image that the newest meta package depends on, and the newest static busybox. */
export function chooseGuestPackages(records: readonly PackageRecord[]): Result<GuestPackages, string> {
  const meta = newestOf(records, kernelMetaPackage);
  if (meta === undefined)
    return refuse(
      `The package lists name no ${kernelMetaPackage}: these sources are not a Debian archive with s390x ` +
        "packages. Name one with --mirror.",
    );
  const dependency = /(?:^|[ ,|])(linux-image-\d[^\s,|(]*)(?: *\(= *([^)\s]+) *\))?/.exec(meta.depends);
  if (dependency === null)
    return refuse(
      `${kernelMetaPackage} ${meta.version} depends on "${meta.depends}", which names no kernel image.`,
    );
  const [, name, version] = dependency;
  const kernel =
    version === undefined
      ? newestOf(records, name!)
      : records.find((record) => record.name === name && record.version === version);
  if (kernel === undefined)
    return refuse(`The package lists name no ${name} ${version ?? ""}; they are incomplete.`);
  const busybox = newestOf(records, busyboxPackage);
  if (busybox === undefined)
    return refuse(`The package lists name no ${busyboxPackage}; they are incomplete.`);
  return ok({ kernel, busybox });
}

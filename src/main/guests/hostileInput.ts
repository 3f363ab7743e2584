/**
 * Limits for files that come from elsewhere: packages, indexes, user kernels.
 * Invariant: nothing larger than its limit is ever held in memory, whatever a header claims.
 */
const mib = 0x10_0000;

export const limits = {
  /** A package as it is downloaded. */
  packageBytes: 256 * mib,
  /** A package's files, unpacked. */
  unpackedBytes: 1024 * mib,
  /** Files and directories in one package. */
  archiveEntries: 100_000,
  /** A signed release file. */
  releaseBytes: 8 * mib,
  /** A package index, compressed and unpacked. */
  indexBytes: 256 * mib,
  /** A kernel or initrd that a user adds. */
  userFileBytes: 1024 * mib,
  pathBytes: 4096,
} as const;

/** 1536 → "1.5 KiB". */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? `${bytes} bytes` : `${value.toFixed(1)} ${units[unit]}`;
}

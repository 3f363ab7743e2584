/** Figures as people read them: grouped by thin spaces, units after a space, binary multiples for bytes. */
const THIN_SPACE = "\u2009";

/** 3004100742 → "3 004 100 742". */
export function grouped(count: number): string {
  return Math.trunc(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, THIN_SPACE);
}

/** 536870912 → "512 MiB". One decimal below ten, none above unless the value has one to lose. */
export function byteSize(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  const text = Number.isInteger(value) || unit === 0 ? String(value) : value.toFixed(value < 100 ? 1 : 0);
  return `${text} ${units[unit]}`;
}

/** 12.0045123 → "12.004 512 s": microseconds, because interruptions are that far apart. */
export function virtualTime(seconds: number): string {
  const [whole, fraction] = seconds.toFixed(6).split(".") as [string, string];
  return `${grouped(Number(whole))}.${fraction.slice(0, 3)}${THIN_SPACE}${fraction.slice(3)} s`;
}

/** 412.6 → "413 MIPS"; 1912 → "1.91 GIPS"; below 10 with a decimal. */
export function speed(mips: number): string {
  if (mips >= 1000) return `${(mips / 1000).toFixed(2)} GIPS`;
  return `${mips.toFixed(mips < 10 ? 1 : 0)} MIPS`;
}

export const cpuCount = (cpus: number): string => (cpus === 1 ? "1 vCPU" : `${cpus} vCPUs`);

/** What a machine may be given; every way a guest is made or started passes here. */
import { ok, refuse, type Result } from "../../engine/base/result.ts";

const mib = 0x10_0000;
export const memoryBytesMin = 4 * mib;
export const memoryBytesMax = 2048 * mib;
export const cpusMax = 4;

/** Memory is whole MiB, the storage increment that SCLP reports. */
export function checkMachineSize(memoryBytes: number, cpus: number): Result<void, string> {
  if (
    !Number.isInteger(memoryBytes) ||
    memoryBytes < memoryBytesMin ||
    memoryBytes > memoryBytesMax ||
    memoryBytes % mib !== 0
  )
    return refuse(
      `The machine is to have ${memoryBytes} bytes of memory; ` +
        `${memoryBytesMin / mib}M to ${memoryBytesMax / mib}M in steps of 1M are allowed.`,
    );
  if (!Number.isInteger(cpus) || cpus < 1 || cpus > cpusMax)
    return refuse(`The machine is to have ${cpus} CPUs; 1 to ${cpusMax} are allowed.`);
  return ok(undefined);
}

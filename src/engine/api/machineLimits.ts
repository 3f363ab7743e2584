/**
 * What a machine may be given: the one definition that the board, every host and the page go by. Sizes in
 * bytes; memory is whole MiB, the storage increment that SCLP reports.
 */
const MIB = 0x10_0000;

export const machineLimits = { memoryBytesMin: 4 * MIB, memoryBytesMax: 2048 * MIB, cpusMax: 4 } as const;

/** The sentence that refuses a size, or undefined for one that can be had. */
export function objectionToSize(memoryBytes: number, cpus: number): string | undefined {
  const { memoryBytesMin, memoryBytesMax, cpusMax } = machineLimits;
  if (!(memoryBytes % MIB === 0 && memoryBytes >= memoryBytesMin && memoryBytes <= memoryBytesMax))
    return (
      `The machine is to have ${memoryBytes} bytes of memory; ` +
      `${memoryBytesMin / MIB}M to ${memoryBytesMax / MIB}M in steps of 1M are allowed.`
    );
  if (!(Number.isInteger(cpus) && cpus >= 1 && cpus <= cpusMax))
    return `The machine is to have ${cpus} CPUs; 1 to ${cpusMax} are allowed.`;
  return undefined;
}

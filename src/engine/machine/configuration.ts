/** What a machine can be built with. Hosts check the same earlier; here nothing is taken on trust. */
import type { MachineConfig } from "../api/machine.ts";

const MEMORY_MIB_MIN = 4;
const MEMORY_MIB_MAX = 3072;
const CPUS_MAX = 4;
const DEMO_ADAPTERS_MAX = 32;
const SUBCLASS_MAX = 7;

/** The sentence that refuses a configuration, or undefined for one that can be built. */
export function objectionTo(config: MachineConfig): string | undefined {
  const { memoryBytes, cpus, loadParameter = "", demoAdapters = [] } = config;
  const mib = memoryBytes / 0x100000;
  if (!Number.isInteger(mib) || mib < MEMORY_MIB_MIN || mib > MEMORY_MIB_MAX)
    return (
      `${memoryBytes} bytes of memory were asked for; ` +
      `a machine has ${MEMORY_MIB_MIN} to ${MEMORY_MIB_MAX} MiB in whole MiB.`
    );
  if (!Number.isInteger(cpus) || cpus < 1 || cpus > CPUS_MAX)
    return `${cpus} CPUs were asked for; a machine has 1 to ${CPUS_MAX}.`;
  if (!/^[ -~]{0,8}$/.test(loadParameter))
    return `The load parameter "${loadParameter}" is not up to 8 printable ASCII characters.`;
  const isSubclass = (isc: number): boolean => Number.isInteger(isc) && isc >= 0 && isc <= SUBCLASS_MAX;
  if (demoAdapters.length > DEMO_ADAPTERS_MAX || !demoAdapters.every(({ isc }) => isSubclass(isc)))
    return (
      `${demoAdapters.length} demonstration adapters were asked for; ` +
      `up to ${DEMO_ADAPTERS_MAX} are possible, each with a subclass from 0 to ${SUBCLASS_MAX}.`
    );
  return undefined;
}

/** What a machine can be built with. Hosts check the same earlier; here nothing is taken on trust. */
import type { MachineConfig } from "../api/machine.ts";
import { objectionToSize } from "../api/machineLimits.ts";
import { latinToEbcdic } from "../devices/sclp/ebcdic.ts";
import type { SclpConfig } from "../devices/sclp/scpInfo.ts";

const DEMO_ADAPTERS_MAX = 32;
const SUBCLASS_MAX = 7;
const LOAD_PARAMETER_LENGTH = 8;

/** The sentence that refuses a configuration, or undefined for one that can be built. */
export function objectionTo(config: MachineConfig): string | undefined {
  const { memoryBytes, cpus, loadParameter = "", demoAdapters = [] } = config;
  const objection = objectionToSize(memoryBytes, cpus);
  if (objection !== undefined) return objection;
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

/** What the service processor tells of a machine; its one console is the VT220's. */
export function sclpConfig({ memoryBytes, cpus, loadParameter = "" }: MachineConfig): SclpConfig {
  const parameter = new TextEncoder().encode(loadParameter.padEnd(LOAD_PARAMETER_LENGTH));
  return { memoryBytes, cpus, lineMode: false, loadParameter: latinToEbcdic(parameter) };
}

/** What a machine can be built with. Hosts check the same earlier; here nothing is taken on trust. */
import { apMatrixLimits } from "../api/apMatrix.ts";
import type { ApMatrix, MachineConfig } from "../api/machine.ts";
import { objectionToSize } from "../api/machineLimits.ts";
import { latinToEbcdic } from "../devices/sclp/ebcdic.ts";
import type { SclpConfig } from "../devices/sclp/scpInfo.ts";
import { facilityList } from "../isa/s390/facility.ts";

/** SIGP sense running status; adapter-interruption suppression; AP: QCI, TAPQ's facilities, AQIC. */
const SENSE_RUNNING = 9;
const SUPPRESSION = 72;
const AP_FACILITIES = [12, 15, 65];
const DEMO_ADAPTERS_MAX = 32;
const SUBCLASS_MAX = 7;
const { idMax: AP_ID_MAX, queuesMax: AP_QUEUES_MAX } = apMatrixLimits;
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
  return config.ap && objectionToMatrix(config.ap);
}

/** The sentence that refuses a matrix of AP queues. */
function objectionToMatrix({ adapters, domains }: ApMatrix): string | undefined {
  const isDimension = (ids: readonly number[]): boolean =>
    ids.length > 0 && new Set(ids).size === ids.length
    && ids.every((id) => Number.isInteger(id) && id >= 0 && id <= AP_ID_MAX);
  if (isDimension(adapters) && isDimension(domains) && adapters.length * domains.length <= AP_QUEUES_MAX)
    return undefined;
  return (
    `AP queues of adapters ${adapters.join()} and domains ${domains.join()} were asked for; up to ` +
    `${AP_QUEUES_MAX} queues are possible, with numbers from 0 to ${AP_ID_MAX}, each once.`
  );
}

/**
 * What STFLE tells: the instruction tables' facilities and the board's own. Adapter-interruption suppression
 * is there with demonstration adapters, AP with queues.
 */
export function offeredFacilities({ demoAdapters, ap }: MachineConfig): Uint8Array {
  const suppression = demoAdapters?.length ? [SUPPRESSION] : [];
  return facilityList([SENSE_RUNNING, ...suppression, ...(ap ? AP_FACILITIES : [])]);
}

/** What the service processor tells of a machine; its one console is the VT220's. */
export function sclpConfig({ memoryBytes, cpus, loadParameter = "" }: MachineConfig): SclpConfig {
  const parameter = new TextEncoder().encode(loadParameter.padEnd(LOAD_PARAMETER_LENGTH));
  return { memoryBytes, cpus, lineMode: false, loadParameter: latinToEbcdic(parameter) };
}

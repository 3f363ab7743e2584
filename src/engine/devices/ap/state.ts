/**
 * What the passthrough driver and the VMs' side of it leave in a snapshot: plain data, complete; taken and
 * given back in `persist.ts`. (Linux cannot migrate a VM with such a device; going back in time can.)
 */
import { defineState, field } from "../../snapshot/schema.ts";
import type { ApConfiguration, ApLimits } from "./apConfiguration.ts";
import { CRYCB_BYTES, type ApMasks, type CrycbState } from "./crycb.ts";
import { PAGE, type DmaContainerState, type DmaMapping, type PinRecord } from "./dmaContainer.ts";
import { MASK_BYTES, type IdMask } from "./idMask.ts";
import { ISC_INVALID, type ApQueue } from "./queue.ts";

export interface MatrixDeviceState {
  readonly name: string;
  readonly limits: ApLimits;
  readonly matrix: ApMasks;
  readonly shadow: ApMasks;
  readonly shadowLimits: ApLimits;
  readonly added: ApMasks;
  readonly queues: readonly number[];
  readonly vm: string | null;
  readonly groupKnowsVm: boolean;
  /** VM whose container holds its pins. */
  readonly container: string | null;
  readonly removed: boolean;
}

export interface ApQueueState extends Omit<ApQueue, "device"> {
  /** Index of its device among `devices`, or null. */
  readonly device: number | null;
}

export interface ApVmState {
  readonly name: string;
  readonly hook: string | null;
  readonly crycb: CrycbState;
  readonly container: DmaContainerState;
}

export interface VfioApState {
  readonly configuration: ApConfiguration;
  readonly pool: { readonly apm: IdMask; readonly aqm: IdMask };
  /** Devices that exist, then removed ones that a queue still points at. */
  readonly devices: readonly MatrixDeviceState[];
  readonly queues: readonly ApQueueState[];
  readonly vms: readonly ApVmState[];
}

const APQN_COUNT = 0x1_0000;
const DEVICES_MAX = 0x2_0000;
const MAPPINGS_MAX = 0x1_0000;
const VMS_MAX = 256;
const count = field.between(0, Number.MAX_SAFE_INTEGER);
const name = field.text(255);
const mask = field.bytes(MASK_BYTES);
const masks = { apm: mask, aqm: mask, adm: mask };
const limits = field.object<ApLimits>({ adapter: field.u8(), domain: field.u8(), control: field.u8() });
const matrix = field.object<ApMasks>(masks);
const device = field.object<MatrixDeviceState>({
  name, limits, matrix, shadow: matrix, shadowLimits: limits, added: matrix,
  queues: field.list(field.u16(), { max: APQN_COUNT }), vm: field.nullable(name), groupKnowsVm: field.bool(),
  container: field.nullable(name), removed: field.bool(),
});
const queue = field.object<ApQueueState>({
  apqn: field.u16(), device: field.nullable(field.between(0, DEVICES_MAX - 1)), savedIova: field.u64(),
  savedIsc: field.u8(), resetResponse: field.u8(),
});
const container = field.object<DmaContainerState>({
  mappings: field.list(
    field.object<DmaMapping>({
      iova: field.u64(), size: field.u64(), read: field.bool(), write: field.bool(),
    }),
    { max: MAPPINGS_MAX }),
  pins: field.list(
    field.object<PinRecord>({ iova: field.u64(), count: field.between(1, Number.MAX_SAFE_INTEGER) }),
    { max: APQN_COUNT }),
});
const vm = field.object<ApVmState>({
  name, hook: field.nullable(name), container,
  crycb: field.object<CrycbState>({
    bytes: field.bytes(CRYCB_BYTES), interpreted: field.bool(), updates: count,
  }),
});

export const vfioApState = defineState<VfioApState>({
  name: "s390.ap",
  version: 1,
  fields: {
    configuration: field.object<ApConfiguration>({
      ...masks, apxa: field.bool(), adapterMax: field.u8(), domainMax: field.u8(),
    }),
    pool: field.object<VfioApState["pool"]>({ apm: mask, aqm: mask }),
    devices: field.list(device, { max: DEVICES_MAX }),
    queues: field.list(queue, { max: APQN_COUNT }),
    vms: field.list(vm, { max: VMS_MAX }),
  },
  objection: (state) =>
    objectionToDevices(state) ?? objectionToQueues(state) ?? objectionToVms(state),
});

const hasTwins = (values: readonly unknown[]): boolean => new Set(values).size !== values.length;

function objectionToDevices({ devices, queues, vms }: VfioApState): string | undefined {
  const existing = devices.filter(({ removed }) => !removed);
  if (hasTwins(existing.map((one) => one.name))) return "two matrix devices have one name";
  if (devices.slice(0, existing.length).some(({ removed }) => removed))
    return "a removed matrix device is before one that exists";
  const known = new Set(vms.map((one) => one.name));
  for (const one of devices) {
    if ([one.vm, one.container].some((other) => other !== null && !known.has(other)))
      return "a matrix device is of a VM that is not there";
    if (one.removed && (one.vm !== null || one.queues.length > 0))
      return "a removed matrix device is in use";
  }
  const open = devices.filter((one) => one.vm !== null);
  if (open.some((one) => one.container !== one.vm)) return "an open matrix device has another VM's container";
  const pointed = [...new Set(queues.map((one) => one.device))]
    .filter((at) => at !== null && at >= existing.length);
  // Their order is that of the queues that still point at them.
  if (pointed.length !== devices.length - existing.length
    || pointed.some((at, index) => at !== existing.length + index))
    return "removed matrix devices are not those that queues point at";
  return undefined;
}

function objectionToQueues({ devices, queues }: VfioApState): string | undefined {
  if (hasTwins(queues.map(({ apqn }) => apqn))) return "a queue is bound twice";
  const owners = new Map(queues.map((one) => [one.apqn, one.device]));
  if (devices.some((one) => hasTwins(one.queues))) return "a queue is linked twice";
  if (devices.some((one, index) => one.queues.some((apqn) => owners.get(apqn) !== index)))
    return "a matrix device links a queue that is not bound, or is another's";
  const isIsc = (isc: number): boolean => isc < 8 || isc === ISC_INVALID;
  return queues.every(({ savedIsc }) => isIsc(savedIsc)) ? undefined : "a queue has an ISC above 7";
}

function objectionToVms({ vms }: VfioApState): string | undefined {
  if (hasTwins(vms.map((one) => one.name))) return "two VMs have one name";
  for (const { container: { mappings, pins } } of vms) {
    if (hasTwins(pins.map(({ iova }) => iova))) return "an address has two pin records";
    const isPaged = ({ iova, size, read, write }: DmaMapping): boolean =>
      size > 0n && (iova | size) % PAGE === 0n && (read || write);
    if (!mappings.every(isPaged)) return "a mapping is not of whole pages, or grants nothing";
    const ascending = mappings.toSorted((a, b) => (a.iova < b.iova ? -1 : 1));
    if (ascending.some(({ iova }, at) => at > 0 && ascending[at - 1]!.iova + ascending[at - 1]!.size > iova))
      return "two mappings overlap";
  }
  return undefined;
}

/**
 * What the passthrough driver and the VMs' side of it leave in a snapshot: plain data, complete, checked
 * before any of it is taken over. (Linux cannot migrate a VM with such a device; going back in time can.)
 */
import { ok, refuse, type Result } from "../../base/result.ts";
import type { ApConfiguration, ApLimits } from "./apConfiguration.ts";
import type { ApVm } from "./apVm.ts";
import { attachVm, detachVm } from "./deviceCalls.ts";
import type { ApMasks, CrycbState } from "./crycb.ts";
import type { DmaContainerState } from "./dmaContainer.ts";
import { MASK_BYTES, type IdMask } from "./idMask.ts";
import { MatrixDevice } from "./matrixDevice.ts";
import type { ApQueue } from "./queue.ts";
import type { VfioAp } from "./vfioAp.ts";

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
  /** Index of its device among `devices`, or -1. */
  readonly device: number;
}

export interface ApVmState {
  readonly name: string;
  readonly hook: string | null;
  readonly crycb: CrycbState;
  readonly container: DmaContainerState;
}

export interface VfioApState {
  readonly version: 1;
  readonly configuration: ApConfiguration;
  readonly pool: { readonly apm: IdMask; readonly aqm: IdMask };
  /** Devices that exist, then removed ones that a queue still points at. */
  readonly devices: readonly MatrixDeviceState[];
  readonly queues: readonly ApQueueState[];
  readonly vms: readonly ApVmState[];
}

/** `vms`: every VM that may have a device open, in a fixed order. */
export function saveVfioAp(driver: VfioAp, vms: readonly ApVm[]): VfioApState {
  const dangling = [...driver.bound.values()].flatMap(({ device }) => (device?.removed ? [device] : []));
  const devices = [...driver.devices, ...new Set(dangling)];
  const nameOf = (device: MatrixDevice): string | null =>
    vms.find(({ container }) => container === device.container)?.name ?? null;
  return structuredClone({
    version: 1, configuration: driver.configuration, pool: driver.pool,
    devices: devices.map((device) => ({
      name: device.name, limits: device.limits, matrix: device.matrix, shadow: device.shadow,
      shadowLimits: device.shadowLimits, added: device.added, queues: [...device.queues.keys()],
      vm: device.vm?.name ?? null, groupKnowsVm: device.groupKnowsVm, container: nameOf(device),
      removed: device.removed,
    })),
    queues: [...driver.bound.values()].map(({ device, ...queue }) => ({
      ...queue, device: device ? devices.indexOf(device) : -1,
    })),
    vms: vms.map(({ name, hook, crycb, container }) => ({
      name, hook: hook ?? null, crycb: crycb.save(), container: container.save(),
    })),
  });
}

/** Takes over a snapshot, or refuses it with a sentence and changes nothing. */
export function loadVfioAp(driver: VfioAp, vms: readonly ApVm[], state: VfioApState): Result<void, string> {
  const objection = objectionTo(vms, state);
  if (objection !== undefined) return refuse(objection);
  const saved = structuredClone(state);
  const vmNamed = (name: string | null): ApVm | undefined => vms.find((vm) => vm.name === name);
  for (const device of driver.devices) detachVm(device);
  driver.configuration = saved.configuration;
  driver.pool = saved.pool;
  const devices = saved.devices.map((one) => {
    const device = new MatrixDevice(one.name, one.limits);
    const { matrix, shadow, shadowLimits, added, groupKnowsVm, removed } = one;
    Object.assign(device, { matrix, shadow, shadowLimits, added, groupKnowsVm, removed });
    const vm = vmNamed(one.vm);
    if (vm) attachVm(device, vm, driver.host);
    device.container = vmNamed(one.container)?.container;
    return device;
  });
  const queues = saved.queues.map((queue): ApQueue => ({ ...queue, device: devices[queue.device] }));
  const byNumber = new Map(queues.map((queue) => [queue.apqn, queue]));
  saved.devices.forEach((one, index) => {
    for (const apqn of one.queues) devices[index]!.queues.set(apqn, byNumber.get(apqn)!);
  });
  driver.replaceAll(devices.filter(({ removed }) => !removed), queues);
  saved.vms.forEach(({ hook, crycb, container }, index) => {
    const vm = vms[index]!;
    vm.hook = hook ?? undefined;
    vm.crycb.load(crycb);
    vm.container.load(container);
  });
  return ok(undefined);
}

function objectionTo(vms: readonly ApVm[], state: VfioApState): string | undefined {
  if (state.version !== 1) return `AP state has version ${String(state.version)}; only 1 is known`;
  const names = vms.map(({ name }) => name).join();
  const saved = state.vms.map(({ name }) => name).join();
  if (names !== saved) return `AP state is of the VMs ${saved}, here are ${names}`;
  const masks = state.devices.flatMap(({ matrix, shadow, added }) =>
    [matrix, shadow, added].flatMap(({ apm, aqm, adm }) => [apm, aqm, adm]));
  if ([...masks, state.pool.apm, state.pool.aqm].some((mask) => mask.length !== MASK_BYTES))
    return `AP state has a mask that is not of ${MASK_BYTES} bytes`;
  const known = new Set(state.queues.map(({ apqn }) => apqn));
  if (state.devices.some(({ queues }) => queues.some((apqn) => !known.has(apqn))))
    return "AP state links a queue that is not bound";
  if (state.queues.some(({ device }) => device < -1 || device >= state.devices.length))
    return "AP state has a queue of an unknown device";
  return undefined;
}

/** Takes the state of the passthrough driver and of its VMs' side, and gives it back. */
import { ok, refuse, type Result } from "../../base/result.ts";
import type { ApVm } from "./apVm.ts";
import { attachVm, detachVm } from "./deviceCalls.ts";
import { MatrixDevice } from "./matrixDevice.ts";
import type { ApQueue } from "./queue.ts";
import type { VfioApState } from "./state.ts";
import type { VfioAp } from "./vfioAp.ts";

/** `vms`: every VM that may have a device open, in a fixed order. */
export function saveVfioAp(driver: VfioAp, vms: readonly ApVm[]): VfioApState {
  const dangling = [...driver.bound.values()].flatMap(({ device }) => (device?.removed ? [device] : []));
  const devices = [...driver.devices, ...new Set(dangling)];
  const nameOf = (device: MatrixDevice): string | null =>
    vms.find(({ container }) => container === device.container)?.name ?? null;
  return structuredClone({
    configuration: driver.configuration, pool: driver.pool,
    devices: devices.map((device) => ({
      name: device.name, limits: device.limits, matrix: device.matrix, shadow: device.shadow,
      shadowLimits: device.shadowLimits, added: device.added, queues: [...device.queues.keys()],
      vm: device.vm?.name ?? null, groupKnowsVm: device.groupKnowsVm, container: nameOf(device),
      removed: device.removed,
    })),
    queues: [...driver.bound.values()].map(({ device, ...queue }) => ({
      ...queue, device: device ? devices.indexOf(device) : null,
    })),
    vms: vms.map(({ name, hook, crycb, container }) => ({
      name, hook: hook ?? null, crycb: crycb.save(), container: container.save(),
    })),
  });
}

/** Takes over a state of the same VMs, or refuses it with a sentence and changes nothing. */
export function loadVfioAp(driver: VfioAp, vms: readonly ApVm[], state: VfioApState): Result<void, string> {
  const [here, there] = [vms, state.vms].map((all) => all.map(({ name }) => name).join());
  if (here !== there) return refuse(`it is of the VMs ${there}, here are ${here}`);
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
  const queues = saved.queues.map((queue): ApQueue =>
    ({ ...queue, device: queue.device === null ? undefined : devices[queue.device] }));
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

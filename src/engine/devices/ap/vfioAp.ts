/**
 * The passthrough driver of one host: queues bound to it, matrix devices made of them, and the pool that the
 * host's own drivers keep (Documentation/s390/vfio-ap.rst). Behaviour is that of Linux 6.1, derived from its
 * source.
 */
import { assert } from "../../base/assert.ts";
import { errno } from "../../api/errno.ts";
import { AP_TYPE_NEWEST, AP_TYPE_OLDEST, apidOf, apqiOf } from "../../uapi/ap.ts";
import type { ApHardware } from "../apPorts.ts";
import { limitsOf, wholeConfiguration, type ApConfiguration } from "./apConfiguration.ts";
import { apQuirks, type ApQuirks } from "./apQuirks.ts";
import type { ApVm } from "./apVm.ts";
import { assign, assignControl, sharesQueues, unassign, unassignControl } from "./assignment.ts";
import { changeConfiguration, completeScan } from "./configurationChange.ts";
import { difference, emptyMask, hasId, withoutId } from "./idMask.ts";
import { MatrixDevice } from "./matrixDevice.ts";
import { newQueue, type ApHost, type ApQueue, type ApWarning } from "./queue.ts";
import { closeDevice, detachVm, openDevice } from "./deviceCalls.ts";
import { resetQueue, retireQueue } from "./queueReset.ts";
import { parseMask } from "./sysfsText.ts";

export interface VfioApOptions {
  readonly hardware: ApHardware;
  readonly configuration?: ApConfiguration;
  /** Default: as Linux 6.1. */
  readonly quirks?: ApQuirks;
  /** What the kernel would warn of in its log. */
  readonly onWarning?: (warning: ApWarning, apqn: number) => void;
}

export type AssignmentAttribute =
  | "assign_adapter" | "assign_domain" | "assign_control_domain"
  | "unassign_adapter" | "unassign_domain" | "unassign_control_domain";

/** Matrix devices one host can have. */
export const MATRIX_DEVICES_MAX = 65536;

export class VfioAp {
  readonly host: ApHost;
  configuration: ApConfiguration;
  /** Adapters and domains of the host's default drivers (sysfs apmask and aqmask). */
  pool = { apm: emptyMask(), aqm: emptyMask() };
  readonly bound = new Map<number, ApQueue>();
  private readonly byName = new Map<string, MatrixDevice>();

  constructor({ hardware, configuration, quirks, onWarning }: VfioApOptions) {
    this.configuration = configuration ?? wholeConfiguration();
    this.host = {
      hardware, quirks: quirks ?? apQuirks["linux-6.1"], warn: (warning, apqn) => onWarning?.(warning, apqn),
    };
  }

  get devices(): MatrixDevice[] {
    return [...this.byName.values()];
  }

  device(name: string): MatrixDevice | undefined {
    return this.byName.get(name);
  }

  /** A new, empty matrix device: -EEXIST for a name that is taken, -ENOSPC when there are too many. */
  createDevice(name: string): number {
    if (this.byName.has(name)) return errno.EEXIST;
    if (this.byName.size >= MATRIX_DEVICES_MAX) return errno.ENOSPC;
    this.byName.set(name, new MatrixDevice(name, limitsOf(this.configuration)));
    return 0;
  }

  /** -ENODEV; -EBUSY while it is open (the kernel waits for its users). Its queues are reset. */
  removeDevice(name: string): number {
    const device = this.byName.get(name);
    if (!device) return errno.ENODEV;
    if (device.vm) return errno.EBUSY;
    this.retireQueues(device);
    for (const queue of device.queues.values()) queue.device = undefined;
    device.queues.clear();
    device.removed = true;
    this.byName.delete(name);
    return 0;
  }

  /** A write to one of the attributes that assign: the text's length or a negative errno. */
  store(name: string, attribute: AssignmentAttribute, text: string): number {
    const device = this.byName.get(name);
    if (!device) return errno.ENODEV;
    const { configuration, bound, pool, devices, host } = this;
    const context = { configuration, bound, pool, devices, host };
    switch (attribute) {
      case "assign_adapter": return assign(device, "adapter", text, context);
      case "assign_domain": return assign(device, "domain", text, context);
      case "assign_control_domain": return assignControl(device, text, context);
      case "unassign_adapter": return unassign(device, "adapter", text, context);
      case "unassign_domain": return unassign(device, "domain", text, context);
      case "unassign_control_domain": return unassignControl(device, text);
    }
  }

  /**
   * A write to the bus's apmask or aqmask: -EINVAL for a malformed mask, -EBUSY if a queue that becomes the
   * pool's is assigned to a device (existing or not). Removing never fails. Queues that are now the pool's
   * leave the driver.
   */
  storePoolMask(attribute: "apmask" | "aqmask", text: string): number {
    const part = attribute === "apmask" ? "apm" : "aqm";
    const next = parseMask(text, this.pool[part]);
    if (!next.ok) return next.error;
    const gained = { ...this.pool, [part]: difference(next.value, this.pool[part]) };
    if (this.devices.some(({ matrix }) => sharesQueues(gained, matrix))) return errno.EBUSY;
    this.pool = { ...this.pool, [part]: next.value };
    for (const apqn of [...this.bound.keys()])
      if (hasId(this.pool.apm, apidOf(apqn)) && hasId(this.pool.aqm, apqiOf(apqn))) this.unbind(apqn);
    return text.length;
  }

  /**
   * A queue is bound to the driver: -ENODEV for an adapter type that cannot be passed through, -EBUSY if it
   * is bound already.
   */
  bind(apqn: number, type = AP_TYPE_NEWEST): number {
    if (type < AP_TYPE_OLDEST || type > AP_TYPE_NEWEST) return errno.ENODEV;
    if (this.bound.has(apqn)) return errno.EBUSY;
    const queue = newQueue(apqn);
    this.bound.set(apqn, queue);
    const device = this.ownerOf(apqn);
    if (!device) return 0;
    device.link(queue);
    // What the latest configuration change brought waits for the end of its scan.
    const isScanning = device.added.apm.some(Boolean) || device.added.aqm.some(Boolean);
    if (!isScanning && device.filterQueues(this.configuration, this.bound)) device.updateGuest();
    return 0;
  }

  /** A queue leaves the driver, or the machine: the guest loses the whole adapter. -ENODEV if not bound. */
  unbind(apqn: number): number {
    const queue = this.bound.get(apqn);
    if (!queue) return errno.ENODEV;
    const { device } = queue;
    device?.unlink(queue);
    if (device && !this.host.quirks.removalOnlyFrees) {
      if (device.isInGuest(apidOf(apqn), apqiOf(apqn))) {
        device.changeShadow({ ...device.shadow, apm: withoutId(device.shadow.apm, apidOf(apqn)) });
        device.updateGuest();
      }
      retireQueue(queue, this.host);
    }
    this.bound.delete(apqn);
    return 0;
  }

  /** sysfs `status` of a bound queue; undefined if it is not bound. */
  queueStatus(apqn: number): "unassigned" | "assigned" | "in use" | undefined {
    if (!this.bound.has(apqn)) return undefined;
    const device = this.ownerOf(apqn);
    if (!device) return "unassigned";
    return device.vm && device.isInGuest(apidOf(apqn), apqiOf(apqn)) ? "in use" : "assigned";
  }

  /** The host's configuration changed: what left is hidden at once, what came waits for `completeScan`. */
  changeConfiguration(next: ApConfiguration): void {
    const before = this.configuration;
    this.configuration = next;
    changeConfiguration(this.devices, before, next, this.host);
  }

  /** The bus has looked at everything that the latest configuration change brought. */
  completeScan(): void {
    completeScan(this.devices, this.configuration, this.bound);
  }

  /** open(2) of the device by a VM: -ENODEV, -EINVAL without a VM, -EPERM, -EBUSY. */
  open(name: string, vm: ApVm | undefined): number {
    const device = this.byName.get(name);
    return device ? openDevice(device, vm, this.host) : errno.ENODEV;
  }

  /** close(2), also at the end of the VM. */
  close(name: string): void {
    const device = this.byName.get(name);
    assert(device, `matrix device ${name} does not exist`);
    if (!closeDevice(device, this.host)) return;
    this.retireQueues(device);
    detachVm(device);
  }

  /**
   * Resets all queues of a device, hidden ones too, in the order of their numbers; goes on after a failure
   * and returns the last one, or 0.
   */
  resetQueues(device: MatrixDevice): number {
    let result = 0;
    for (const queue of inOrder(device)) result = resetQueue(queue, this.host) || result;
    return result;
  }

  private retireQueues(device: MatrixDevice): void {
    for (const queue of inOrder(device)) retireQueue(queue, this.host);
  }

  /** The device that a queue number is assigned to, bound or not. */
  ownerOf(apqn: number): MatrixDevice | undefined {
    return this.devices.find((device) => device.isAssigned(apidOf(apqn), apqiOf(apqn)));
  }

  /** For a snapshot: these devices and queues in place of what is there. */
  replaceAll(devices: readonly MatrixDevice[], queues: readonly ApQueue[]): void {
    this.byName.clear();
    this.bound.clear();
    for (const device of devices) this.byName.set(device.name, device);
    for (const queue of queues) this.bound.set(queue.apqn, queue);
  }
}

const inOrder = (device: MatrixDevice): ApQueue[] =>
  [...device.queues.values()].sort((a, b) => a.apqn - b.apqn);

/**
 * The passthrough driver's matrices as its documents tell them, in sets of numbers: what is assigned, what is
 * bound, what the guest sees. A second opinion on the real driver, without masks; queues hold no interrupts.
 */

const ENODEV = -19, EBUSY = -16, EADDRNOTAVAIL = -99, EADDRINUSE = -98, EPERM = -1;

export type Part = "adapter" | "domain" | "control_domain";
type Sets = Readonly<Record<Part, Set<number>>>;
interface BoundQueue {
  owner: DeviceModel | undefined;
  /** Response code of the latest reset. */
  reset: number;
}
export interface DeviceModel {
  readonly assigned: Sets;
  readonly guest: Sets;
  readonly linked: Set<number>;
  added: Sets;
  isOpen: boolean;
}

const PARTS = ["adapter", "domain", "control_domain"] as const;
const noSets = (): Sets => ({ adapter: new Set(), domain: new Set(), control_domain: new Set() });
const only = (set: ReadonlySet<number>, ...filters: readonly ReadonlySet<number>[]): number[] =>
  [...set].filter((id) => filters.every((filter) => filter.has(id))).sort((a, b) => a - b);
const apqnOf = (adapter: number, domain: number): number => adapter * 256 + domain;
const hex = (id: number, digits: number): string => id.toString(16).padStart(digits, "0");
const fill = (to: Set<number>, ids: Iterable<number>): void => {
  to.clear();
  for (const id of ids) to.add(id);
};

const emptyDevice = (): DeviceModel =>
  ({ assigned: noSets(), guest: noSets(), linked: new Set(), added: noSets(), isOpen: false });

/** What is different in a repaired driver. */
export interface ModelQuirks {
  readonly hiddenKeepLink: boolean;
  readonly oldPass: boolean;
}

export class MatrixModel {
  readonly devices: DeviceModel[];
  readonly bound = new Map<number, BoundQueue>();
  readonly pool = { adapter: new Set<number>(), domain: new Set<number>() };
  /** What was asked of the hardware. */
  readonly calls: string[] = [];
  /** How often the guest's control block was written. */
  updates = 0;
  config: Sets;
  readonly broken = new Set<number>();
  private readonly quirks: ModelQuirks;

  constructor(devices: number, config: Sets, quirks: ModelQuirks) {
    this.devices = Array.from({ length: devices }, emptyDevice);
    this.config = config;
    this.quirks = quirks;
  }

  assign(device: DeviceModel, part: Part, id: number): number {
    if (id > 255) return ENODEV;
    const set = device.assigned[part];
    if (set.has(id)) return 0;
    set.add(id);
    if (part === "control_domain") {
      this.change(device, () => this.filterControl(device));
      return 0;
    }
    const refusal = this.conflict(device);
    if (refusal !== 0) {
      set.delete(id);
      return refusal;
    }
    for (const apqn of this.queuesWith(device, part, id)) if (this.bound.has(apqn)) this.link(device, apqn);
    this.change(device, () => this.filter(device));
    return 0;
  }

  unassign(device: DeviceModel, part: Part, id: number): number {
    if (id > 255) return ENODEV;
    if (!device.assigned[part].has(id)) return 0;
    const gone = part === "control_domain" ? []
      : this.queuesWith(device, part, id).filter((apqn) => device.linked.delete(apqn));
    const leaving = gone.filter((apqn) => this.isInGuest(device, apqn) || !this.quirks.hiddenKeepLink);
    device.assigned[part].delete(id);
    this.change(device, () => device.guest[part].delete(id));
    for (const apqn of leaving) {
      this.reset(apqn);
      this.bound.get(apqn)!.owner = undefined;
    }
    return 0;
  }

  /**
   * The default drivers take an id, refused if a queue would be theirs that a device is assigned, or give it
   * back. What is theirs now leaves the driver.
   */
  changePool(part: "adapter" | "domain", id: number, takes: boolean): number {
    const other = part === "adapter" ? "domain" : "adapter";
    if (!takes) this.pool[part].delete(id);
    else if (!this.pool[part].has(id)) {
      const isAssigned = ({ assigned }: DeviceModel): boolean =>
        assigned[part].has(id) && only(assigned[other], this.pool[other]).length > 0;
      if (this.devices.some(isAssigned)) return EBUSY;
      this.pool[part].add(id);
    }
    for (const apqn of [...this.bound.keys()])
      if (this.pool.adapter.has(apqn >> 8) && this.pool.domain.has(apqn & 255)) this.unbind(apqn);
    return 0;
  }

  bind(apqn: number): number {
    if (this.bound.has(apqn)) return EBUSY;
    this.bound.set(apqn, { owner: undefined, reset: 0 });
    const device = this.assignee(apqn);
    if (!device) return 0;
    this.link(device, apqn);
    const isScanning = device.added.adapter.size + device.added.domain.size > 0;
    if (!isScanning) this.change(device, () => this.filter(device));
    return 0;
  }

  unbind(apqn: number): number {
    const queue = this.bound.get(apqn);
    if (!queue) return ENODEV;
    const device = queue.owner;
    if (device) {
      device.linked.delete(apqn);
      if (this.isInGuest(device, apqn)) this.change(device, () => device.guest.adapter.delete(apqn >> 8));
      this.reset(apqn);
    }
    this.bound.delete(apqn);
    return 0;
  }

  status(apqn: number): string | undefined {
    if (!this.bound.has(apqn)) return undefined;
    const device = this.assignee(apqn);
    if (!device) return "unassigned";
    return device.isOpen && this.isInGuest(device, apqn) ? "in use" : "assigned";
  }

  /** Of the one VM that there is. */
  open(device: DeviceModel): number {
    if (this.devices.some(({ isOpen }) => isOpen)) return EPERM;
    device.isOpen = true;
    this.updates++;
    return 0;
  }

  close(device: DeviceModel): void {
    if (!device.isOpen) return;
    this.updates++;
    this.resetAll(device);
    device.isOpen = false;
  }

  /** The device goes, and an empty one takes its name; -EBUSY while it is open. */
  replace(device: DeviceModel): number {
    if (device.isOpen) return EBUSY;
    this.resetAll(device);
    for (const apqn of device.linked) this.bound.get(apqn)!.owner = undefined;
    this.devices[this.devices.indexOf(device)] = emptyDevice();
    return 0;
  }

  /** -EBUSY if one of them would not be reset. */
  resetAll(device: DeviceModel): number {
    const results = [...device.linked].sort((a, b) => a - b).map((apqn) => this.reset(apqn));
    return results.some((response) => response !== 0) ? EBUSY : 0;
  }

  /** `type` is what every queue answers. */
  reconfigure(next: Sets, type: number): void {
    const before = this.config;
    this.config = next;
    for (const device of this.devices)
      this.change(device, () => {
        for (const part of PARTS) {
          const leaves = (id: number): boolean => before[part].has(id) && !next[part].has(id);
          fill(device.guest[part], [...device.guest[part]].filter((id) => !leaves(id)));
        }
      });
    const come = (part: Part): number[] => only(next[part]).filter((id) => !before[part].has(id));
    const [adapters, domains, controls] = [come("adapter"), come("domain"), come("control_domain")];
    const [asked] = domains;
    if (asked !== undefined)
      for (const adapter of adapters) this.calls.push(`tapq ${hex(apqnOf(adapter, asked), 4)}`);
    const passable = asked !== undefined && type < 10 && !this.quirks.oldPass ? [] : adapters;
    for (const device of this.devices)
      device.added = {
        adapter: new Set(only(device.assigned.adapter, new Set(passable))),
        domain: new Set(only(device.assigned.domain, new Set(domains))),
        control_domain: new Set(only(device.assigned.control_domain, new Set(controls))),
      };
  }

  completeScan(): void {
    for (const device of this.devices) {
      const { adapter, domain, control_domain } = device.added;
      this.change(device, () => {
        if (adapter.size + domain.size > 0) this.filter(device);
        if (control_domain.size > 0) this.filterControl(device);
      });
      device.added = noSets();
    }
  }

  matrix({ assigned }: DeviceModel): string {
    return printed([...assigned.adapter], [...assigned.domain]);
  }
  guestMatrix({ guest }: DeviceModel): string {
    return printed([...guest.adapter], [...guest.domain]);
  }
  controls({ assigned }: DeviceModel): string {
    return only(assigned.control_domain).map((id) => `${hex(id, 4)}\n`).join("");
  }

  /** An adapter is seen as a whole or not at all: all its queues bound and well. */
  private filter({ assigned, guest }: DeviceModel): void {
    fill(guest.domain, only(assigned.domain, this.config.domain));
    const isWhole = (adapter: number): boolean =>
      [...guest.domain].every((domain) => this.bound.get(apqnOf(adapter, domain))?.reset === 0);
    fill(guest.adapter, only(assigned.adapter, this.config.adapter).filter(isWhole));
  }
  private filterControl({ assigned, guest }: DeviceModel): void {
    fill(guest.control_domain, only(assigned.control_domain, this.config.control_domain));
  }

  /** The guest of an open device is told if its matrix became another. */
  private change(device: DeviceModel, work: () => void): void {
    const seen = (): string => PARTS.map((part) => only(device.guest[part]).join()).join(";");
    const before = seen();
    work();
    if (device.isOpen && seen() !== before) this.updates++;
  }

  private conflict(device: DeviceModel): number {
    const has = (part: "adapter" | "domain", ids: Set<number>): boolean =>
      only(device.assigned[part], ids).length > 0;
    const shares = (one: { adapter: Set<number>; domain: Set<number> }): boolean =>
      has("adapter", one.adapter) && has("domain", one.domain);
    if (shares(this.pool)) return EADDRNOTAVAIL;
    return this.devices.some((other) => other !== device && shares(other.assigned)) ? EADDRINUSE : 0;
  }

  private queuesWith({ assigned }: DeviceModel, part: Part, id: number): number[] {
    return part === "adapter" ? only(assigned.domain).map((domain) => apqnOf(id, domain))
      : only(assigned.adapter).map((adapter) => apqnOf(adapter, id));
  }

  private isInGuest({ guest }: DeviceModel, apqn: number): boolean {
    return guest.adapter.has(apqn >> 8) && guest.domain.has(apqn & 255);
  }
  private assignee(apqn: number): DeviceModel | undefined {
    return this.devices.find(({ assigned }) =>
      assigned.adapter.has(apqn >> 8) && assigned.domain.has(apqn & 255));
  }
  private link(device: DeviceModel, apqn: number): void {
    device.linked.add(apqn);
    this.bound.get(apqn)!.owner = device;
  }

  private reset(apqn: number): number {
    this.calls.push(`zapq ${hex(apqn, 4)}`);
    return (this.bound.get(apqn)!.reset = this.broken.has(apqn) ? 3 : 0);
  }
}

function printed(adapters: readonly number[], domains: readonly number[]): string {
  const [left, right] = [only(new Set(adapters)), only(new Set(domains))];
  if (right.length === 0) return left.map((id) => `${hex(id, 2)}.\n`).join("");
  if (left.length === 0) return right.map((id) => `.${hex(id, 4)}\n`).join("");
  return left.flatMap((adapter) => right.map((domain) => `${hex(adapter, 2)}.${hex(domain, 4)}\n`)).join("");
}

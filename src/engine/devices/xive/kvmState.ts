/**
 * What KVM's devices over a XIVE leave in a snapshot, with the host's controller behind them. A real host
 * keeps this to itself and user space moves it attribute by attribute; a snapshot of the whole machine may
 * hold it as it is.
 */
import { field } from "../../snapshot/schema.ts";
import { chipField, loadChip, objectionToChip, saveChip, type ChipSnapshot } from "./chipState.ts";
import type { HostMemory } from "./hostMemory.ts";
import type { HostXive } from "./hostXive.ts";
import { KVM_IRQS, type IrqState } from "./irqState.ts";
import {
  KVM_MAX_VCPUS, QUEUES_PER_VCPU, newConnectedVcpu, type ConnectedVcpu, type Icp, type KvmXive,
} from "./kvmXive.ts";

interface PageSnapshot {
  readonly address: bigint;
  readonly bytes: Uint8Array;
}
interface QueueSnapshot {
  readonly page: bigint | null;
  readonly guestAddress: bigint;
  readonly guestShift: number;
  readonly shift: number;
  readonly count: number;
  readonly hasEscalation: boolean;
  readonly index: number;
  readonly toggle: number;
}
interface VcpuSnapshot {
  readonly server: number;
  readonly queues: readonly QueueSnapshot[];
  readonly saved: Uint8Array;
  readonly isPushed: boolean;
  readonly irqPending: boolean;
  readonly escalationPriority: number | null;
  readonly escalationOn: boolean;
  readonly icp: Icp;
}
export interface KvmXiveSnapshot {
  readonly nrServers: number;
  readonly hasProcessors: boolean;
  /** First number of each block. */
  readonly blocks: readonly number[];
  readonly irqs: readonly IrqState[];
  /** In the order of connection. */
  readonly vcpus: readonly VcpuSnapshot[];
  readonly chip: ChipSnapshot;
  /** Host interrupts that were given back, and the first that was never given out. */
  readonly free: readonly number[];
  readonly nextInterrupt: number;
  readonly pages: readonly PageSnapshot[];
}

const flag = field.bool();
const irq = field.object<IrqState>({
  number: field.between(0, KVM_IRQS - 1), ipi: field.u32(), passthrough: field.u32(), valid: flag, lsi: flag,
  asserted: flag, actServer: field.u32(), actPriority: field.u8(), eisn: field.u32(),
  guestPriority: field.u8(), savedPriority: field.u8(), oldP: flag, oldQ: flag, inQueue: flag,
});
const queue = field.object<QueueSnapshot>({
  page: field.nullable(field.u64()), guestAddress: field.u64(), guestShift: field.u8(),
  shift: field.between(0, 31), count: field.u32(), hasEscalation: flag, index: field.u32(),
  toggle: field.between(0, 1),
});
const vcpu = field.object<VcpuSnapshot>({
  server: field.u32(), queues: field.list(queue, { max: QUEUES_PER_VCPU, min: QUEUES_PER_VCPU }),
  saved: field.bytes(8), isPushed: flag, irqPending: flag,
  escalationPriority: field.nullable(field.between(0, QUEUES_PER_VCPU - 1)), escalationOn: flag,
  icp: field.object<Icp>({
    cppr: field.u8(), hwCppr: field.u8(), mfrr: field.u8(), pending: field.u8(), delayedIrq: field.u32(),
    ipi: field.u32(),
  }),
});
const PAGE_BYTES = 1 << 16;

export const kvmXiveFields = {
  nrServers: field.between(1, KVM_MAX_VCPUS),
  hasProcessors: flag,
  blocks: field.list(field.u32(), { max: 1024 }),
  irqs: field.list(irq, { max: KVM_IRQS }),
  vcpus: field.list(vcpu, { max: KVM_MAX_VCPUS }),
  chip: chipField,
  free: field.list(field.u32(), { max: KVM_IRQS }),
  nextInterrupt: field.u32(),
  pages: field.list(
    field.object<PageSnapshot>({ address: field.u64(), bytes: field.bytes(PAGE_BYTES, 0) }),
    { max: KVM_MAX_VCPUS * QUEUES_PER_VCPU }),
};

export function saveKvmXive(device: KvmXive, memory: HostMemory): KvmXiveSnapshot {
  const { host, irqs, nrServers, hasProcessors } = device;
  return {
    nrServers, hasProcessors, blocks: irqs.firstNumbers(), irqs: irqs.touched(),
    vcpus: [...device.vcpus.values()].map(saveVcpu), chip: saveChip(host.chip), ...host.saveNumbers(),
    pages: memory.savePages(),
  };
}

function saveVcpu(vcpu: ConnectedVcpu): VcpuSnapshot {
  const { server, saved, isPushed, irqPending, escalationPriority, escalationOn, icp } = vcpu;
  return {
    server, saved: saved.slice(), isPushed, irqPending, escalationPriority: escalationPriority ?? null,
    escalationOn, icp: { ...icp },
    queues: vcpu.queues.map(({ page, consumer, ...rest }) => ({ ...rest, page: page ?? null, ...consumer })),
  };
}

/** A sentence that refuses the snapshot for this host, or undefined. */
export function objectionToKvmXive(host: HostXive, saved: KvmXiveSnapshot): string | undefined {
  const { sources } = host.chip;
  const interrupts = saved.irqs.flatMap(({ ipi, passthrough }) => [ipi, passthrough])
    .concat(saved.free, saved.vcpus.map(({ icp }) => icp.ipi));
  if (interrupts.some((interrupt) => !sources.has(interrupt))) return "it names an interrupt the host lacks";
  if (saved.irqs.some(({ valid, ipi }) => valid && ipi === 0)) return "a source has no interrupt of the host";
  const servers = new Set(saved.vcpus.map(({ server }) => server));
  if (servers.size !== saved.vcpus.length) return "it has a server twice";
  if (saved.pages.some(({ bytes }) => bytes.length % 4 !== 0)) return "a page of its queues ends in a word";
  if ([...servers].some((server) => server >= host.processors))
    return "it has a server that the host has no room for";
  const isRouted = ({ valid, actPriority }: IrqState): boolean => valid && actPriority !== 0xff;
  if (saved.irqs.some((state) => isRouted(state) && state.actPriority >= QUEUES_PER_VCPU))
    return "a source has a priority there is not";
  return objectionToChip(host.chip, saved.chip);
}

/** Takes over what `objectionToKvmXive` let through. */
export function loadKvmXive(device: KvmXive, memory: HostMemory, saved: KvmXiveSnapshot): void {
  const { nrServers, hasProcessors } = saved;
  Object.assign(device, { nrServers, hasProcessors });
  device.irqs.replaceAll(saved.blocks, saved.irqs);
  device.vcpus.clear();
  for (const one of saved.vcpus) device.vcpus.set(one.server, loadVcpu(one));
  loadChip(device.host.chip, saved.chip);
  device.host.loadNumbers(saved);
  memory.loadPages(saved.pages);
}

function loadVcpu({ server, queues, saved, icp, escalationPriority, ...flags }: VcpuSnapshot): ConnectedVcpu {
  const vcpu = newConnectedVcpu(server);
  Object.assign(vcpu, { ...flags, escalationPriority: escalationPriority ?? undefined });
  vcpu.saved.set(saved);
  Object.assign(vcpu.icp, icp);
  queues.forEach(({ page, index, toggle, ...rest }, priority) => {
    const into = vcpu.queues[priority]!;
    Object.assign(into, { ...rest, page: page ?? undefined });
    Object.assign(into.consumer, { index, toggle });
  });
  return vcpu;
}

/**
 * Irqfds and the direct path from a device's interrupt to a guest's source. An irqfd (GSI = LISN) that
 * meets a VFIO interrupt of the host asks for the switch; where that is refused, VFIO signals the eventfd
 * and KVM injects by software. A table keeps which LISN stands for which host interrupt, for the life of
 * the machine.
 */
import { errno } from "../../api/errno.ts";
import type { HostInterrupt } from "./hostInterrupts.ts";
import { setIrq } from "./injection.ts";
import { start } from "./operation.ts";
import type { Passthrough } from "./passthrough.ts";
import { switchOperation, type SwitchOperation } from "./switchOperation.ts";

/** LISNs that can ever be mapped in one machine. */
export const BYPASS_ENTRIES_MAX = 1024;
/** What a connection returns where the host has the direct path switched off: neither done nor an errno. */
export const BYPASS_DISABLED = 1;

/** Host interrupt by LISN; 0 for an entry that is not in use at the moment. */
export type IrqBypassTable = Map<number, number>;

export interface Irqfd {
  readonly id: number;
  readonly lisn: number;
  readonly hostIrq: number;
  /** The direct path is connected, as far as the irqfd knows. */
  hasProducer: boolean;
  /** VFIO signals the eventfd. */
  signals: boolean;
}

/** What a call came to at once, or the switch that it has begun. */
export type Begun = { readonly result: number } | { readonly operation: SwitchOperation };

/** KVM_IRQFD for `lisn` with VFIO's eventfd of a host interrupt; the direct path is not asked for yet. */
export function addIrqfd(p: Passthrough, lisn: number, hostIrq: number): Irqfd {
  const irqfd = { id: p.nextIrqfd++, lisn, hostIrq, hasProducer: false, signals: true };
  p.irqfds.set(irqfd.id, irqfd);
  return irqfd;
}

/** Eventfd and interrupt have met: asks for the direct path. Non-zero refuses it; the eventfd goes on. */
export function addProducer(p: Passthrough, irqfd: Irqfd): Begun {
  const begun = setPassthru(p, irqfd.lisn, irqfd.hostIrq, irqfd.id);
  if ("result" in begun) answer(p, irqfd, begun.result);
  return begun;
}

/** Either side goes: ends the direct path if there is one. */
export function deleteProducer(p: Passthrough, irqfd: Irqfd): Begun {
  if (!irqfd.hasProducer) return { result: 0 };
  irqfd.hasProducer = false;
  return clrPassthru(p, irqfd.lisn, irqfd.hostIrq, irqfd.id);
}

/**
 * Asks for a host interrupt to take a LISN's place: BYPASS_DISABLED, -EIO without a descriptor, -ENOMEM,
 * -ENOENT for another chip, -EINVAL for a LISN that is mapped, -EAGAIN for a full table; else begins.
 */
export function setPassthru(p: Passthrough, lisn: number, hostIrq: number, irqfd = -1): Begun {
  const result = objectionToSet(p, lisn, p.host.get(hostIrq));
  if (result !== 0) return { result };
  p.table!.set(lisn, hostIrq);
  return { operation: start(p, switchOperation("set-mapped", lisn, hostIrq, irqfd)) };
}

function objectionToSet(p: Passthrough, lisn: number, one: HostInterrupt | undefined): number {
  if (p.isBypassDisabled) return BYPASS_DISABLED;
  if (!one) return errno.EIO;
  if (!p.table && p.isOutOfMemory) return errno.ENOMEM;
  p.table ??= new Map();
  if (!one.isOpalMsi) return errno.ENOENT;
  const entry = p.table.get(lisn);
  if (entry && !p.has("passthrough.table.allowRemap")) return errno.EINVAL;
  return entry === undefined && p.table.size >= BYPASS_ENTRIES_MAX ? errno.EAGAIN : 0;
}

/**
 * Ends it: 0 where the direct path is off or nothing was ever mapped, -EIO without a descriptor, -ENODEV
 * for a LISN without an entry; else begins. An entry that is not in use does not stop it.
 */
export function clrPassthru(p: Passthrough, lisn: number, hostIrq: number, irqfd = -1): Begun {
  if (p.isBypassDisabled) return { result: 0 };
  if (!p.host.get(hostIrq)) return { result: errno.EIO };
  if (!p.table) return { result: 0 };
  if (!p.table.has(lisn)) return { result: errno.ENODEV };
  return { operation: start(p, switchOperation("clr-mapped", lisn, hostIrq, irqfd)) };
}

/** A switch has ended: the table and the irqfd that asked learn of it. */
export function settleSwitch(p: Passthrough, operation: SwitchOperation): void {
  const { kind, lisn, result, fatal } = operation;
  if (fatal) return;
  const isFailed = result !== 0;
  if (p.table?.has(lisn) && (kind === "clr-mapped" || isFailed)) p.table.set(lisn, 0);
  const irqfd = p.irqfds.get(operation.irqfd);
  if (kind === "clr-mapped") {
    operation.returns = result;
    return;
  }
  operation.returns = p.has("passthrough.bypass.swallowSetError") ? 0 : result;
  if (irqfd) answer(p, irqfd, operation.returns);
}

function answer(p: Passthrough, irqfd: Irqfd, returned: number): void {
  irqfd.hasProducer = returned === 0;
  if (returned !== 0 && p.has("passthrough.bypass.dropEventfd")) irqfd.signals = false;
  p.tell("irqfd", returned === 0 ? "connected" : "refused", irqfd.lisn, -1, "producer", returned);
}

/**
 * A CPU of the host takes its oldest interrupt: VFIO's handler signals the eventfd, KVM injects. Returns the
 * host interrupt, whose EOI is still to come; undefined without one.
 */
export function runHostHandler(p: Passthrough): HostInterrupt | undefined {
  const one = p.host.take();
  if (!one) return undefined;
  p.tell("host", "handler", -1, one.source, "", one.irq);
  for (const { hostIrq, lisn, signals } of p.irqfds.values()) {
    if (hostIrq !== one.irq || !signals) continue;
    const result = setIrq(p, lisn, 1);
    if (result !== 0) p.tell("host", "eventfd refused", lisn, one.source, "pt_number", result);
  }
  return one;
}

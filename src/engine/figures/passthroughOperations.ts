/** Random use of passthrough through every way in, from a seed. Two sources, two host interrupts. */
import { faultOperation } from "../devices/passthrough/fault.ts";
import { guestLoad, guestStore } from "../devices/passthrough/guestAccess.ts";
import { PHB_FIRST } from "../devices/passthrough/hardware.ts";
import { setIrq } from "../devices/passthrough/injection.ts";
import {
  addIrqfd, addProducer, clrPassthru, deleteProducer, runHostHandler, setPassthru, type Begun,
} from "../devices/passthrough/irqBypass.ts";
import { advance, start } from "../devices/passthrough/operation.ts";
import {
  ESB_USER_PAGE, Passthrough, type PassthroughOptions,
} from "../devices/passthrough/passthrough.ts";
import {
  configureSource, createSource, resetSources,
} from "../devices/passthrough/sourceCalls.ts";
import {
  eoiOperation, intOff, intOn, setXive,
} from "../devices/passthrough/xicsCalls.ts";
import type { Operation } from "./figure.ts";

export const LISNS = [0, 1] as const;
export const HOST_IRQS = [45, 46] as const;

export function newPassthrough(options: PassthroughOptions): Passthrough {
  const p = new Passthrough({ ipis: 4, phbSources: 2, ...options });
  p.mapSources(4);
  HOST_IRQS.forEach((irq, index) => {
    p.host.add(irq, PHB_FIRST + index, index === 0 ? 0 : undefined);
    p.hardware.setPq(PHB_FIRST + index, 0);
  });
  for (const lisn of LISNS) createSource(p, lisn);
  return p;
}

const begun = (one: Begun): number => ("result" in one ? one.result : 0);

/** Each returns what the call returned: an errno, a bypass code, or 0. */
const uses: readonly Operation<Passthrough>[] = [
  { name: "device event", run: (p, prng) => (p.hardware.trigger(PHB_FIRST + prng.below(2)), 0) },
  { name: "set irq", run: (p, prng) => setIrq(p, prng.below(3), prng.pick([0, 1, 1, -2, -3, -1])) },
  { name: "load", run: (p, prng) => {
    guestLoad(p, prng.pick(LISNS), prng.pick(["trigger", "management"]), prng.below(16) << 8);
    return 0;
  } },
  { name: "store", run: (p, prng) => {
    guestStore(p, prng.pick(LISNS), prng.pick(["trigger", "management"]), prng.below(16) << 8);
    return 0;
  } },
  { name: "fault", run: (p, prng) => (start(p, faultOperation(ESB_USER_PAGE + prng.below(9))), 0) },
  { name: "set", run: (p, prng) => begun(setPassthru(p, prng.below(3), prng.pick([45, 46, 47]))) },
  { name: "clr", run: (p, prng) => begun(clrPassthru(p, prng.below(3), prng.pick([45, 46, 47]))) },
  { name: "irqfd", run: (p, prng) => (addIrqfd(p, prng.pick(LISNS), prng.pick(HOST_IRQS)), 0) },
  { name: "producer", run: (p, prng) => {
    const irqfd = prng.pick([...p.irqfds.values(), undefined]);
    if (!irqfd) return 0;
    return begun(irqfd.hasProducer ? deleteProducer(p, irqfd) : addProducer(p, irqfd));
  } },
  { name: "host handler", run: (p) => (runHostHandler(p), 0) },
  { name: "host EOI", run: (p, prng) => (p.host.endOfInterrupt(prng.pick(HOST_IRQS)), 0) },
  { name: "source", run: (p, prng) => createSource(p, prng.pick([0, 1, 1 << 20]), BigInt(prng.below(4))) },
  { name: "config", run: (p, prng) => configureSource(
    p, prng.pick([0, 1, 2, 5000]), BigInt(prng.below(32)) | (BigInt(prng.below(8)) << 32n)) },
  { name: "set-xive", run: (p, prng) => (
    setXive(p, prng.pick(LISNS), prng.below(2), prng.pick([5, 6, 9, 255])), 0) },
  { name: "int-off", run: (p, prng) => (intOff(p, prng.pick(LISNS)), 0) },
  { name: "int-on", run: (p, prng) => (intOn(p, prng.pick(LISNS)), 0) },
  { name: "take", run: (p) => (p.queues.take(), 0) },
  { name: "EOI", run: (p, prng) => (start(p, eoiOperation(prng.pick(LISNS))), 0) },
  { name: "reset", run: (p, prng) => (prng.below(4) === 0 && resetSources(p), 0) },
  { name: "mmap", run: (p, prng) => {
    const result = p.space.mmap(ESB_USER_PAGE + prng.below(9), prng.below(9), prng.pick([0, 2, 4, 6]));
    return result.ok ? 0 : result.error;
  } },
  { name: "munmap", run: (p, prng) => {
    const result = p.space.munmap(ESB_USER_PAGE + prng.below(9), prng.below(3));
    return result.ok ? 0 : result.error;
  } },
  { name: "mprotect", run: (p, prng) => {
    const result = p.space.mprotect(ESB_USER_PAGE + prng.below(9), 1 + prng.below(3));
    return result.ok ? 0 : result.error;
  } },
];

/** A step of a call that is under way, if one is. */
const nextStep: Operation<Passthrough> = {
  name: "next step",
  run: (p, prng) => {
    const operation = p.operations[prng.below(Math.max(1, p.operations.length))];
    if (!operation) return 0;
    const before = p.operations.length;
    return advance(p, operation) === "blocked" && before === p.operations.length ? "refused" : 0;
  },
};

/** Every way in, and the steps of the calls that are under way. */
export const passthroughCalls = [...uses, nextStep, nextStep, nextStep];

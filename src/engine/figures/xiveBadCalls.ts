/** Calls to KVM's XIVE native device that must be refused, each well formed but for one thing. */
import { errno } from "../api/errno.ts";
import type { Prng } from "../base/prng.ts";
import {
  BAD_ADDRESS, BUFFER, native, powerMachine, type PowerMachine,
} from "../deviceMachine/powerDeviceMachine.ts";
import { saveXiveNative } from "../devices/kvm/xiveNativeState.ts";
import type { HostMemory } from "../devices/xive/hostMemory.ts";
import {
  KVM_CAP_PPC_IRQ_XIVE, KVM_REG_PPC_VP_STATE, encodeQueueName, encodeSourceConfig, xiveControl, xiveEq,
  xiveGroup, type XiveEq,
} from "../uapi/xive.ts";
import type { Answered, BadCalls } from "./badCalls.ts";
import { above, kvmBadCalls } from "./powerBadCalls.ts";

const { E2BIG, EBUSY, EFAULT, EINVAL, ENOENT, ENXIO } = errno;
const G = xiveGroup;
/** A source with a route, one without, and a number of their block that is none. */
const ROUTED = 0x10, UNROUTED = 0x11, NO_SOURCE = 0x20;
const NO_BLOCK = 0x400;
const PRIORITY = 6;
const PAGE = 0x1_0000n;

const goodQueue = { flags: 1, qshift: 16, qaddr: PAGE, qtoggle: 1, qindex: 0 } as const;
const u64 = ({ user }: PowerMachine, value: bigint): bigint => user.placeU64(BUFFER, value);
const queue = ({ user }: PowerMachine, change: Partial<XiveEq> = {}): bigint =>
  user.place(BUFFER, xiveEq.encode({ ...goodQueue, ...change }));
const set = (machine: PowerMachine, group: number, attr: bigint, address: bigint): number =>
  native(machine).setAttr(group, attr, address);
const sizeKvmRefuses = (prng: Prng): number => (prng.below(2) ? 1 + prng.below(15) : above(prng, 17));
const config = (server: number, priority: number): bigint =>
  encodeSourceConfig({ server, priority, isMasked: false, eisn: 9 });
/** An attribute whose upper half does not count. */
const oddly = (prng: Prng, low: number): bigint => (BigInt(prng.u32()) << 32n) | BigInt(low);

/** Two connected vCPUs, one with a queue and a routed source whose Q is set. */
function make(): PowerMachine {
  const machine = powerMachine("xive", 2, { interrupts: 0x60 });
  set(machine, G.EQ_CONFIG, encodeQueueName(0, PRIORITY), queue(machine));
  for (const source of [ROUTED, UNROUTED]) set(machine, G.SOURCE, BigInt(source), u64(machine, 0n));
  set(machine, G.SOURCE_CONFIG, BigInt(ROUTED), u64(machine, config(0, PRIORITY)));
  const { chip } = machine.kvm.host;
  const { ipi } = native(machine).irqs.get(ROUTED)!;
  chip.sources.setPq(ipi, 0);
  for (let event = 0; event < 3; event++) chip.sources.trigger(ipi);
  chip.onStep = undefined;
  return machine;
}

const deviceCalls: BadCalls<PowerMachine>["calls"] = {
  "unknown group set": (machine, prng) =>
    [set(machine, prng.below(2) ? 0 : above(prng, 6), prng.u64(), BUFFER), ENXIO],
  "get of a group to set": (machine, prng) =>
    [native(machine).getAttr(prng.pick([0, 1, 2, 3, 5, 6]), prng.u64(), BUFFER), ENXIO],
  "has, no such group": (machine, prng) =>
    [native(machine).hasAttr(prng.below(2) ? 0 : above(prng, 6), prng.u64()), ENXIO],
  "has, no such source": (machine, prng) =>
    [native(machine).hasAttr(prng.pick([2, 3, 5]), 0x100000n + (prng.u64() >> 1n)), ENXIO],
  "control, no such attribute": (machine, prng) =>
    [set(machine, G.CTRL, 4n + (prng.u64() >> 1n), BUFFER), ENXIO],
  "servers, nowhere": (machine) => [set(machine, G.CTRL, xiveControl.NR_SERVERS, BAD_ADDRESS), EFAULT],
  "servers, none": (machine) => [set(machine, G.CTRL, xiveControl.NR_SERVERS, u64(machine, 0n)), EINVAL],
  "servers, too many": (machine, prng) =>
    [set(machine, G.CTRL, xiveControl.NR_SERVERS, u64(machine, BigInt(above(prng, 16385)))), EINVAL],
  "servers, fixed": (machine, prng) =>
    [set(machine, G.CTRL, xiveControl.NR_SERVERS, u64(machine, BigInt(1 + prng.below(16384)))), EBUSY],
  "source, no such number": (machine, prng) =>
    [set(machine, G.SOURCE, 0x100000n + (prng.u64() >> 1n), BUFFER), E2BIG],
  "source, nowhere": (machine, prng) =>
    [set(machine, G.SOURCE, BigInt(prng.below(0x400)), BAD_ADDRESS), EFAULT],
  "route, no block": (machine, prng) =>
    [set(machine, G.SOURCE_CONFIG, oddly(prng, above(prng, NO_BLOCK)), BUFFER), ENOENT],
  "route, no source": (machine, prng) =>
    [set(machine, G.SOURCE_CONFIG, oddly(prng, NO_SOURCE + prng.below(0x3e0)), BUFFER), EINVAL],
  "route, nowhere": (machine, prng) =>
    [set(machine, G.SOURCE_CONFIG, oddly(prng, ROUTED), BAD_ADDRESS), EFAULT],
  "route, the priority of escalations": (machine, prng) =>
    [set(machine, G.SOURCE_CONFIG, oddly(prng, ROUTED), u64(machine, config(prng.below(3), 7))), EINVAL],
  "route, no server": (machine, prng) => {
    const value = config(2 + prng.below(0x1000_0000), prng.below(7));
    return [set(machine, G.SOURCE_CONFIG, oddly(prng, UNROUTED), u64(machine, value)), EINVAL];
  },
  "route, no queue": (machine, prng) =>
    [set(machine, G.SOURCE_CONFIG, oddly(prng, UNROUTED), u64(machine, config(prng.below(2), prng.below(6)))),
      EBUSY],
  "sync, no block": (machine, prng) =>
    [set(machine, G.SOURCE_SYNC, oddly(prng, above(prng, NO_BLOCK)), 0n), ENOENT],
  "sync, no source": (machine, prng) =>
    [set(machine, G.SOURCE_SYNC, oddly(prng, NO_SOURCE + prng.below(0x3e0)), 0n), EINVAL],
};

const queueCalls: BadCalls<PowerMachine>["calls"] = Object.fromEntries(Object.entries<
(machine: PowerMachine, prng: Prng, name: bigint) => Answered>({
  "nowhere": (machine, _prng, name) => [set(machine, G.EQ_CONFIG, name, BAD_ADDRESS), EFAULT],
  "no server": (machine, prng) =>
    [set(machine, G.EQ_CONFIG, encodeQueueName(2 + prng.below(1000), prng.below(8)), queue(machine)), ENOENT],
  "the priority of escalations": (machine, prng) =>
    [set(machine, G.EQ_CONFIG, encodeQueueName(prng.below(2), 7), queue(machine)), EINVAL],
  "flags": (machine, prng, name) =>
    [set(machine, G.EQ_CONFIG, name, queue(machine, { flags: prng.below(2) ? 0 : above(prng, 2) })), EINVAL],
  "size": (machine, prng, name) =>
    [set(machine, G.EQ_CONFIG, name, queue(machine, { qshift: sizeKvmRefuses(prng) })), EINVAL],
  "not aligned": (machine, prng, name) =>
    [set(machine, G.EQ_CONFIG, name, queue(machine, { qaddr: PAGE + BigInt(1 + prng.below(0xffff)) })),
      EINVAL],
  "no memory there": (machine, prng, name) =>
    [set(machine, G.EQ_CONFIG, name, queue(machine, { qaddr: BigInt(0x40 + prng.below(1 << 20)) << 16n })),
      EINVAL],
  "read, no server": (machine, prng) =>
    [native(machine).getAttr(G.EQ_CONFIG, encodeQueueName(2 + prng.below(1000), prng.below(7)), BUFFER),
      ENOENT],
  "read, the priority of escalations": (machine, prng) =>
    [native(machine).getAttr(G.EQ_CONFIG, encodeQueueName(prng.below(2), 7), BUFFER), EINVAL],
  "read, nowhere": (machine) =>
    [native(machine).getAttr(G.EQ_CONFIG, encodeQueueName(0, PRIORITY), BAD_ADDRESS), EFAULT],
}).map(([name, call]) => [`queue, ${name}`, (machine, prng) =>
  call(machine, prng, encodeQueueName(prng.below(2), prng.below(7)))]));

export const xiveBadCalls: BadCalls<PowerMachine> = {
  name: "XIVE native device",
  calls: { ...deviceCalls, ...queueCalls, ...kvmBadCalls(KVM_CAP_PPC_IRQ_XIVE, KVM_REG_PPC_VP_STATE) },
  make,
  stateOf: (machine) => structuredClone({
    device: saveXiveNative(native(machine), machine.kvm.host.chip.memory as HostMemory),
    held: machine.kvm.pages.held(),
  }),
};

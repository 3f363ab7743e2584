/** Random use of XICS over a XIVE: events, the guest's calls, entries and exits of its vCPUs. */
import type { Prng } from "../base/prng.ts";
import { BUFFER, powerMachine, xics, type PowerMachine } from "../deviceMachine/powerDeviceMachine.ts";
import { xicsRtas } from "../devices/xics/rtas.ts";
import { xicsHcall } from "../devices/xics/xicsHcalls.ts";
import type { Xics } from "../devices/xics/xics.ts";
import { hcall } from "../devices/xive/hcallCodes.ts";
import { setKvmIrq } from "../devices/xive/injection.ts";
import { queueEntries } from "../devices/xive/eventQueue.ts";
import { CPPR, RING_OS } from "../devices/xive/threadContext.ts";
import { cedeVcpu, pullVcpu, pushVcpu } from "../devices/xive/vcpuContext.ts";
import { xicsGroup } from "../uapi/xive.ts";
import { contextBreach } from "./contextRules.ts";
import type { Operation, RandomUse } from "./figure.ts";

/** Least favoured priority of hardware. */
const LOWEST = 7;
const FIRST = 0x10;
const SOURCES = 6;
const SERVERS = 2;
const priorities = [0, 4, 5, 9, 0xff];

const irqOf = (prng: Prng): number => FIRST + prng.below(SOURCES);
const operation = (name: string, act: (device: Xics, prng: Prng) => unknown): Operation<PowerMachine> =>
  ({ name, run: (machine, prng) => act(xics(machine), prng) });

/** A call of the guest on one of its vCPUs, if that is in the guest. */
const guestCall = (name: string, number: number, args: (prng: Prng) => readonly number[]) =>
  operation(name, (device, prng) => {
    const vcpu = device.connectedVcpu(prng.below(SERVERS))!;
    if (vcpu.isPushed) xicsHcall(device, { vcpu, thread: vcpu.server }, number, args(prng).map(BigInt));
  });

const rtas = (name: string, args: (prng: Prng) => readonly number[]): Operation<PowerMachine> =>
  operation(name, (device, prng) => xicsRtas(device, name, { args: args(prng), results: 1 }));

const enter = (device: Xics, prng: Prng): void => {
  const vcpu = device.vcpus.get(prng.below(SERVERS))!;
  if (!vcpu.isPushed) pushVcpu(device, vcpu, vcpu.server);
};

export const xicsUse: RandomUse<PowerMachine> = {
  name: "XICS over a XIVE",
  operations: [
    ...["event", "event again"].map((name) =>
      operation(name, (device, prng) => setKvmIrq(device, irqOf(prng), prng.pick([1, -1, -1, -2, -3])))),
    operation("enter", enter),
    operation("enter again", enter),
    operation("leave", (device, prng) => {
      const vcpu = device.vcpus.get(prng.below(SERVERS))!;
      pullVcpu(device, vcpu, vcpu.server);
    }),
    operation("cede", (device, prng) => cedeVcpu(device, device.vcpus.get(prng.below(SERVERS))!)),
    ...["H_XIRR", "H_XIRR again"].map((name) => guestCall(name, hcall.H_XIRR, () => [])),
    guestCall("H_CPPR", hcall.H_CPPR, (prng) => [prng.pick(priorities)]),
    guestCall("H_IPI", hcall.H_IPI, (prng) => [prng.below(SERVERS), prng.pick(priorities)]),
    guestCall("H_IPOLL", hcall.H_IPOLL, (prng) => [prng.below(SERVERS)]),
    ...["H_EOI", "H_EOI again"].map((name) => guestCall(name, hcall.H_EOI, (prng) =>
      [prng.pick([2, irqOf(prng)]) + 0x100_0000 * prng.pick(priorities)])),
    rtas("ibm,set-xive", (prng) => [irqOf(prng), prng.below(SERVERS), prng.pick(priorities)]),
    rtas("ibm,int-off", (prng) => [irqOf(prng)]),
    rtas("ibm,int-on", (prng) => [irqOf(prng)]),
    operation("save", (device, prng) => device.getAttr(xicsGroup.SOURCES, BigInt(irqOf(prng)), BUFFER)),
  ],
  create(seed) {
    const machine = powerMachine("xics", SERVERS, { interrupts: 0x20, singleEscalation: seed % 2 === 1 });
    for (let irq = FIRST; irq < FIRST + SOURCES; irq++) {
      const isLine = irq % 3 === 0 ? 1n << 40n : 0n;
      machine.user.placeU64(BUFFER, (5n << 32n) | isLine);
      xics(machine).setAttr(xicsGroup.SOURCES, BigInt(irq), BUFFER);
    }
    return machine;
  },
  breach(machine) {
    const device = xics(machine);
    return machine.ledger.check() ?? contextBreach(device.host.chip) ?? presenterBreach(device);
  },
};

/**
 * Hardware's CPPR is as the presenter has it, but for a value above 7, which is 0xff in hardware; and no
 * queue is promised more than it holds.
 */
function presenterBreach(device: Xics): string | undefined {
  for (const { server, isPushed, icp, queues } of device.vcpus.values()) {
    const hardware = device.host.chip.thread(server).get(RING_OS, CPPR);
    if (isPushed && hardware !== (icp.hwCppr > LOWEST ? 0xff : icp.hwCppr))
      return `server ${server} has CPPR ${hardware} in hardware and ${icp.hwCppr} in its presenter`;
    const full = queues.findIndex(({ page, count, shift }) =>
      page !== undefined && count > queueEntries(shift));
    if (full >= 0) return `queue ${full} of server ${server} is promised ${queues[full]!.count} sources`;
  }
  return undefined;
}

/** Calls to KVM's XICS device, and of a XICS guest, that must be refused and change nothing. */
import { errno } from "../api/errno.ts";
import type { Prng } from "../base/prng.ts";
import {
  BAD_ADDRESS, BUFFER, powerMachine, xics, type PowerMachine,
} from "../deviceMachine/powerDeviceMachine.ts";
import { RTAS_PARAMETER_ERROR, xicsRtas } from "../devices/xics/rtas.ts";
import { saveXics } from "../devices/xics/state.ts";
import { xicsHcall } from "../devices/xics/xicsHcalls.ts";
import { H_PARAMETER, H_TOO_HARD, hcall } from "../devices/xive/hcallCodes.ts";
import { hostTrigger } from "../devices/xive/irqState.ts";
import { pushVcpu } from "../devices/xive/vcpuContext.ts";
import { KVM_CAP_IRQ_XICS, KVM_DEV_XICS_NR_SERVERS, KVM_REG_PPC_ICP_STATE, xicsGroup } from "../uapi/xive.ts";
import type { BadCalls } from "./badCalls.ts";
import { above, kvmBadCalls } from "./powerBadCalls.ts";

const { EBUSY, EFAULT, EINVAL, ENOENT, ENXIO } = errno;
const G = xicsGroup;
const SOURCE = 0x10;
const NO_BLOCK = 0x400;
/** Below the first number of a source, or above the last. */
const noNumber = (prng: Prng): bigint =>
  prng.below(2) ? BigInt(prng.below(16)) : 0x100000n + (prng.u64() >> 1n);
const u64 = ({ user }: PowerMachine, value: bigint): bigint => user.placeU64(BUFFER, value);
const set = (machine: PowerMachine, group: number, attr: bigint, address: bigint): number =>
  xics(machine).setAttr(group, attr, address);
const get = (machine: PowerMachine, group: number, attr: bigint, address: bigint): number =>
  xics(machine).getAttr(group, attr, address);
const guestCall = (machine: PowerMachine, number: number, ...args: readonly bigint[]): number => {
  const device = xics(machine);
  return xicsHcall(device, { vcpu: device.connectedVcpu(0)!, thread: 0 }, number, args).status;
};
const rtas = (machine: PowerMachine, name: string, ...args: readonly number[]): number =>
  xicsRtas(xics(machine), name, { args, results: name === "ibm,get-xive" ? 3 : 1 })![0];

/** vCPU 0 is in its guest, a source of its is queued and latched, vCPU 1 is out and was sent an IPI. */
function make(): PowerMachine {
  const machine = powerMachine("xics", 2, { interrupts: 0x60 });
  const device = xics(machine);
  for (const irq of [SOURCE, SOURCE + 1]) set(machine, G.SOURCES, BigInt(irq), u64(machine, 5n << 32n));
  pushVcpu(device, device.connectedVcpu(0)!, 0);
  guestCall(machine, hcall.H_CPPR, 0xffn);
  for (let event = 0; event < 2; event++) hostTrigger(device.host, device.irqs.get(SOURCE)!.ipi);
  guestCall(machine, hcall.H_IPI, 1n, 4n);
  device.host.chip.onStep = undefined;
  return machine;
}

const deviceCalls: BadCalls<PowerMachine>["calls"] = {
  "unknown group set": (machine, prng) =>
    [set(machine, prng.below(2) ? 0 : above(prng, 3), prng.u64(), BUFFER), ENXIO],
  "unknown group get": (machine, prng) =>
    [get(machine, prng.below(2) ? 0 : above(prng, 2), prng.u64(), BUFFER), ENXIO],
  "has, no such group": (machine, prng) =>
    [xics(machine).hasAttr(prng.below(2) ? 0 : above(prng, 3), prng.u64()), ENXIO],
  "has, no such source": (machine, prng) =>
    [xics(machine).hasAttr(G.SOURCES, noNumber(prng)),
      ENXIO],
  "control, no such attribute": (machine, prng) =>
    [set(machine, G.CTRL, 2n + (prng.u64() >> 1n), BUFFER), ENXIO],
  "servers, nowhere": (machine) => [set(machine, G.CTRL, KVM_DEV_XICS_NR_SERVERS, BAD_ADDRESS), EFAULT],
  "servers, none": (machine) => [set(machine, G.CTRL, KVM_DEV_XICS_NR_SERVERS, u64(machine, 0n)), EINVAL],
  "servers, too many": (machine, prng) =>
    [set(machine, G.CTRL, KVM_DEV_XICS_NR_SERVERS, u64(machine, BigInt(above(prng, 16385)))), EINVAL],
  "servers, fixed": (machine, prng) =>
    [set(machine, G.CTRL, KVM_DEV_XICS_NR_SERVERS, u64(machine, BigInt(1 + prng.below(16384)))), EBUSY],
  "source, no such number": (machine, prng) =>
    [set(machine, G.SOURCES, noNumber(prng), BUFFER),
      ENOENT],
  "source, nowhere": (machine, prng) =>
    [set(machine, G.SOURCES, BigInt(16 + prng.below(0x3f0)), BAD_ADDRESS), EFAULT],
  "read, no source": (machine, prng) =>
    [get(machine, G.SOURCES, BigInt(SOURCE + 2 + prng.below(0x1000)), BUFFER), ENOENT],
  "read, no such number": (machine, prng) =>
    [get(machine, G.SOURCES, 0x100000n + (prng.u64() >> 1n), BUFFER), ENOENT],
};

const guestCalls: BadCalls<PowerMachine>["calls"] = {
  "H_IPI, no server": (machine, prng) =>
    [guestCall(machine, hcall.H_IPI, BigInt(2 + prng.below(1 << 20)), prng.u64()), H_PARAMETER],
  "H_IPOLL, no server": (machine, prng) =>
    [guestCall(machine, hcall.H_IPOLL, BigInt(2 + prng.below(1 << 20))), H_PARAMETER],
  "a call of XIVE guests": (machine, prng) =>
    [guestCall(machine, hcall.H_INT_GET_SOURCE_INFO + 4 * prng.below(10), prng.u64()), H_TOO_HARD],
  "set-xive, no block": (machine, prng) =>
    [rtas(machine, "ibm,set-xive", above(prng, NO_BLOCK), 0, 5), RTAS_PARAMETER_ERROR],
  "set-xive, a mask of more than eight bits": (machine, prng) =>
    [rtas(machine, "ibm,set-xive", SOURCE, 0, (1 + prng.below(0xffffff)) * 256 + 0xff),
      RTAS_PARAMETER_ERROR],
  "get-xive, no block": (machine, prng) =>
    [rtas(machine, "ibm,get-xive", above(prng, NO_BLOCK)), RTAS_PARAMETER_ERROR],
  "int-off, no block": (machine, prng) =>
    [rtas(machine, "ibm,int-off", above(prng, NO_BLOCK)), RTAS_PARAMETER_ERROR],
  "int-on, no block": (machine, prng) =>
    [rtas(machine, "ibm,int-on", above(prng, NO_BLOCK)), RTAS_PARAMETER_ERROR],
  "int-on, never routed": (machine, prng) =>
    [rtas(machine, "ibm,int-on", 0x20 + prng.below(0x3e0)), RTAS_PARAMETER_ERROR],
  "too few arguments": (machine, prng) =>
    [rtas(machine, prng.pick(["ibm,set-xive", "ibm,int-off", "ibm,int-on"])), RTAS_PARAMETER_ERROR],
};

export const xicsBadCalls: BadCalls<PowerMachine> = {
  name: "XICS device",
  calls: { ...deviceCalls, ...guestCalls, ...kvmBadCalls(KVM_CAP_IRQ_XICS, KVM_REG_PPC_ICP_STATE) },
  make,
  stateOf: (machine) => structuredClone(saveXics(xics(machine))),
};

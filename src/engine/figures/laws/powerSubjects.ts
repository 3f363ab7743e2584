/** Each POWER controller with every way into it, random operands from a seed, and its state as bytes. */
import type { Result } from "../../base/result.ts";
import type { Prng } from "../../base/prng.ts";
import { hcall } from "../../devices/xive/hcallCodes.ts";
import { xiveHcall } from "../../devices/xive/hcalls.ts";
import { setKvmIrq } from "../../devices/xive/injection.ts";
import { hostSetPq, selected } from "../../devices/xive/irqState.ts";
import type { KvmXive } from "../../devices/xive/kvmXive.ts";
import { loadSpaprXive, saveSpaprXive, spaprXiveState } from "../../devices/xive/state.ts";
import { cedeVcpu, pullVcpu, pushVcpu } from "../../devices/xive/vcpuContext.ts";
import {
  loadXiveNative, saveXiveNative, xiveNativeState,
} from "../../devices/kvm/xiveNativeState.ts";
import { xicsRtas } from "../../devices/xics/rtas.ts";
import { loadXics, saveXics, xicsState } from "../../devices/xics/state.ts";
import { xicsHcall } from "../../devices/xics/xicsHcalls.ts";
import type { HostMemory } from "../../devices/xive/hostMemory.ts";
import type { XiveLedger } from "../../ledger/xiveLedger.ts";
import type { GuestMemory } from "../../memory/guestMemory.ts";
import { powerIoctl, powerOneReg } from "../../uapi/powerIoctl.ts";
import { KVM_REG_PPC_ICP_STATE, KVM_REG_PPC_VP_STATE, xiveEq } from "../../uapi/xive.ts";
import {
  BAD_ADDRESS, BUFFER, native, powerMachine, pseries, xics, type PowerMachine, type SmallUserMemory,
} from "../../deviceMachine/powerDeviceMachine.ts";

export interface Subject {
  readonly memory: GuestMemory;
  readonly ledger: XiveLedger;
  readonly user?: SmallUserMemory;
  /** Random calls by name. */
  readonly steps: Readonly<Record<string, Step>>;
  /** The encoded state. */
  saveBytes(): Uint8Array;
  loadBytes(bytes: Uint8Array): Result<void, string>;
  /** Of the whole controller; XICS has none of its own. */
  readonly reset?: () => unknown;
}

/** What one call answered, and whether it was refused as a whole. */
type Step = (prng: Prng) => { readonly answer: unknown; readonly isRefused?: boolean };
const isNegative = (answer: number): boolean => answer < 0;

const pageOf = (prng: Prng): "trigger" | "management" => (prng.below(2) ? "trigger" : "management");
const oddly = (prng: Prng, usual: bigint): bigint => (prng.below(8) ? usual : prng.u64());

export function pseriesSubject(): Subject {
  const { xive, memory, ledger } = pseries(false, { irqs: 0x40, storeEoi: true });
  const lisn = (prng: Prng): number => prng.below(0x18);
  for (let n = 0; n < 0x10; n++) xive.claim(n, n % 4 === 3);
  const numbers = Object.values(hcall).filter((number) => number >= hcall.H_INT_GET_SOURCE_INFO);
  const hcallOnce: Step = (prng) => {
    const number = prng.pick(numbers);
    const isOfQueue = number >= hcall.H_INT_GET_QUEUE_INFO && number <= hcall.H_INT_GET_QUEUE_CONFIG;
    const first = isOfQueue ? prng.below(3) : lisn(prng);
    const second = isOfQueue ? prng.below(8) : prng.below(number === hcall.H_INT_ESB ? 0x20001 : 3);
    const third = isOfQueue ? prng.below(6) << 16 : prng.pick([0, 4, 6, 6, 7, 0xff]);
    const last = isOfQueue ? prng.pick([0, 12, 16, 16, 13]) : prng.below(0x1000);
    const args = [prng.below(4), first, second, third, last].map((value) => oddly(prng, BigInt(value)));
    const result = xiveHcall(xive, number, args);
    return { answer: result, isRefused: result.status !== 0 };
  };
  return {
    memory, ledger,
    steps: {
      hcall: hcallOnce,
      again: hcallOnce,
      esbLoad: (prng) => {
        const answer = xive.loadEsb(lisn(prng), pageOf(prng), prng.below(0x10000));
        return { answer, isRefused: answer === undefined };
      },
      esbStore: (prng) => {
        const answer = xive.storeEsb(lisn(prng), pageOf(prng), prng.below(0x10000));
        return { answer, isRefused: !answer };
      },
      setIrq: (prng) => ({ answer: xive.setIrq(lisn(prng), prng.below(2) === 1) }),
      timaLoad: (prng) => {
        const offset = prng.pick([0x810, 0x818, 0x10, 0x18, 0x828, 0x38]) | (prng.below(4) << 16);
        const answer = xive.chip.timaLoad(prng.below(2), offset, prng.pick([1, 2, 4, 8]));
        return { answer, isRefused: answer === undefined };
      },
      timaStore: (prng) => {
        const offset = prng.pick([0x811, 0x11, 0x18, 0x812, 0x31]) | (prng.below(4) << 16);
        const value = prng.pick([BigInt(prng.below(9)), 0x80000400n, 0x80000401n, 0xffn]);
        const answer = xive.chip.timaStore(prng.below(2), offset, prng.pick([1, 1, 4]), value);
        return { answer, isRefused: !answer };
      },
      claim: (prng) => {
        const answer = xive.claim(lisn(prng), prng.below(3) === 0);
        return { answer, isRefused: !answer };
      },
      release: (prng) => {
        const answer = prng.below(8) === 0 && xive.release(lisn(prng));
        return { answer, isRefused: !answer };
      },
    },
    saveBytes: () => spaprXiveState.encode(saveSpaprXive(xive)),
    loadBytes(bytes) {
      const state = spaprXiveState.decode(1, bytes);
      return state.ok ? loadSpaprXive(xive, state.value) : state;
    },
    reset: () => xive.reset(),
  };
}

const REGISTER = 0x5000n;
const SMALL = { interrupts: 0x60 };

/** Into the guest and out, PQ by the guest's pages, and software's interrupts: the same for both devices. */
function sharedSteps(machine: PowerMachine): Readonly<Record<string, Step>> {
  const device = machine.kvm.device as KvmXive;
  const vcpu = (prng: Prng) => prng.pick([...device.vcpus.values()]);
  return {
    enter: (prng) => {
      const one = vcpu(prng);
      if (!one.isPushed) pushVcpu(device, one, one.server);
      return { answer: 0 };
    },
    leave: (prng) => {
      const one = vcpu(prng);
      pullVcpu(device, one, one.server);
      return { answer: 0 };
    },
    cede: (prng) => ({ answer: cedeVcpu(device, vcpu(prng)) }),
    setIrq: (prng) => {
      const answer = setKvmIrq(device, 0x10 + prng.below(0x20), prng.pick([0, 1, -1, -2, -3]));
      return { answer, isRefused: isNegative(answer) };
    },
    guestPq: (prng) => {
      const state = device.irqs.valid(0x10 + prng.below(0x20));
      return { answer: state && hostSetPq(device.host, selected(state), prng.below(4) as 0 | 1 | 2 | 3) };
    },
  };
}

/** A register of a vCPU by its descriptor: set, then read back, as far as it was not refused. */
function registerStep(
  { kvm, user, vcpuFds }: PowerMachine, prng: Prng, id: bigint, value: Uint8Array,
): ReturnType<Step> {
  const fd = prng.pick(vcpuFds);
  const argument = user.place(REGISTER, powerOneReg.encode({ id, addr: BUFFER }));
  user.place(BUFFER, value);
  const set = kvm.ioctl(fd, powerIoctl.KVM_SET_ONE_REG, argument);
  const get = kvm.ioctl(fd, powerIoctl.KVM_GET_ONE_REG, argument);
  const answer = [set, get, get < 0 ? 0 : user.read(BUFFER, value.length)];
  return { answer, isRefused: isNegative(set) };
}

export function nativeSubject(): Subject {
  const machine = powerMachine("xive", 2, SMALL);
  const { memory, user, ledger } = machine;
  const device = native(machine);
  const hostMemory = device.host.chip.memory as HostMemory;
  const attribute: Step = (prng) => {
    const group = 1 + prng.below(6);
    const named = group === 4 ? prng.below(8) | (prng.below(3) << 3) : 0x10 + prng.below(0x20);
    const attr = oddly(prng, BigInt(group === 1 ? prng.pick([2, 3, 4]) : named));
    const queue = xiveEq.encode({
      flags: prng.pick([1, 1, 1, 0, 3]), qshift: prng.pick([16, 16, 16, 0, 12]),
      qaddr: BigInt(prng.below(70) << 16), qtoggle: prng.below(2), qindex: prng.pick([0, 5, 0x3fff]),
    });
    const config = BigInt(prng.below(8) | (prng.below(3) << 3)) | (BigInt(prng.below(8)) << 32n);
    if (group === 4) user.place(BUFFER, queue);
    else user.placeU64(BUFFER, group === 3 ? config : BigInt(prng.below(4)));
    // A block that a bad address leaves behind is the one thing a refusal changes.
    const address = prng.below(8) === 0 && group !== 2 ? BAD_ADDRESS : BUFFER;
    const answer = prng.below(4)
      ? device.setAttr(group, attr, address)
      : device.getAttr(group, attr, address);
    const leavesBlock = group === 2 && attr >= 0x400n;
    return { answer, isRefused: isNegative(answer) && !leavesBlock };
  };
  return {
    memory, user, ledger,
    steps: {
      ...sharedSteps(machine), attribute, again: attribute, andAgain: attribute,
      vpState: (prng) => {
        const bytes = Uint8Array.from({ length: 16 }, () => prng.below(256));
        return registerStep(machine, prng, KVM_REG_PPC_VP_STATE, bytes);
      },
    },
    saveBytes: () => xiveNativeState.encode(saveXiveNative(device, hostMemory)),
    loadBytes(bytes) {
      const state = xiveNativeState.decode(1, bytes);
      return state.ok ? loadXiveNative(device, hostMemory, state.value) : state;
    },
    reset: () => device.setAttr(1, 1n, 0n),
  };
}

export function xicsSubject(): Subject {
  const machine = powerMachine("xics", 2, SMALL);
  const { memory, user, ledger } = machine;
  const device = xics(machine);
  const vcpu = (prng: Prng) => device.connectedVcpu(prng.below(2))!;
  return {
    memory, user, ledger,
    steps: {
      ...sharedSteps(machine),
      setSource: (prng) => {
        const flags = BigInt(prng.below(32)) << 40n;
        user.placeU64(BUFFER, BigInt(prng.below(3)) | (BigInt(prng.pick([0, 5, 9, 0xff])) << 32n) | flags);
        const answer = device.setAttr(1, BigInt(prng.below(0x30)), BUFFER);
        return { answer, isRefused: isNegative(answer) };
      },
      // A series of reads is under way or not: that much a read changes.
      getSource: (prng) => {
        const answer = device.getAttr(1, BigInt(prng.below(0x30)), BUFFER);
        return { answer: answer < 0 ? answer : user.u64(BUFFER), isRefused: isNegative(answer) };
      },
      // An EOI that is refused has set CPPR all the same, and set-xive may have unmasked.
      hcall: (prng) => {
        const one = vcpu(prng);
        if (!one.isPushed) return { answer: "not in the guest" };
        const number = prng.pick([hcall.H_XIRR, hcall.H_CPPR, hcall.H_IPI, hcall.H_EOI, hcall.H_IPOLL]);
        const irq = BigInt(prng.below(0x30)) | (BigInt(prng.pick([0, 5, 0xff])) << 24n);
        const small = BigInt(prng.pick([0, 1, 5, 0xff]));
        const args = [number === hcall.H_EOI ? irq : small, BigInt(prng.pick([0, 5, 0xff, 0x105]))];
        const result = xicsHcall(device, { vcpu: one, thread: one.server }, number, args);
        return { answer: result, isRefused: result.status !== 0 && number !== hcall.H_EOI };
      },
      rtas: (prng) => {
        const name = prng.pick(["ibm,set-xive", "ibm,get-xive", "ibm,int-off", "ibm,int-on"]);
        const all = [prng.below(0x30), prng.below(2), prng.pick([0, 5, 9, 0xff])];
        const args = name === "ibm,set-xive" ? all : all.slice(0, 1);
        const results = name === "ibm,get-xive" ? 3 : 1;
        return { answer: xicsRtas(device, name, { args, results }) };
      },
      icp: (prng) => {
        const value = (BigInt(prng.pick([0, 5, 0xff])) << 56n) | (BigInt(prng.below(0x30)) << 32n)
          | (BigInt(prng.pick([3, 0xff])) << 24n);
        const bytes = new Uint8Array(8);
        new DataView(bytes.buffer).setBigUint64(0, value, true);
        return registerStep(machine, prng, KVM_REG_PPC_ICP_STATE, bytes);
      },
    },
    saveBytes: () => xicsState.encode(saveXics(device)),
    loadBytes(bytes) {
      const state = xicsState.decode(1, bytes);
      return state.ok ? loadXics(device, state.value) : state;
    },
  };
}

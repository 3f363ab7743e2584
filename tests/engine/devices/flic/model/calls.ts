/** Random calls, each made of the controller and of its model; what they answer is compared by the caller. */
import type { Prng } from "../../../../../src/engine/base/prng.ts";
import { emptyMchk, emptyPgm, type LocalInterrupt } from "../../../../../src/engine/devices/flic/local.ts";
import type { FloatingInterrupt } from "../../../../../src/engine/devices/flic/pending.ts";
import { getIrqState } from "../../../../../src/engine/devices/flic/irqState.ts";
import { encodeLocal } from "../../../../../src/engine/devices/flic/irqCodec.ts";
import type { Flic } from "../../../../../src/engine/devices/flic/flic.ts";
import { join } from "../../../../../src/engine/base/hex.ts";
import type { FlicModel } from "./flicModel.ts";
import type { ModelCpu } from "./modelCpu.ts";
import { type } from "./pending.ts";

/** The controller with its CPUs, and the model, whose CPUs are others with RAM of their own. */
export interface Pair {
  readonly flic: Flic;
  readonly cpus: readonly ModelCpu[];
  readonly model: FlicModel;
}

const SERVICE_PARAMETERS = [0, 1, 2, 3, 4, 0x12340, 0x7ff9, 0x8000_0008];
/** Machine-check interruption code bits, from the right: of a local check, and what a save area decides. */
const CHECKS = [54, 55, 56, 57, 58, 59, 61, 62, 63];
const SAVED = [0n, 1n << 38n, 1n << 27n];
const SUBCLASSES = [0n, 1n << 28n, 3n << 27n];
const CR0_BITS = [0x4000, 0x2000, 0x800, 0x400, 0x200];
const PSW_BITS = [0x0100_0000, 0x0200_0000, 0x0004_0000];
const some = (prng: Prng, bits: readonly number[]): number =>
  bits.reduce((sum, one) => sum + (prng.below(3) ? one : 0), 0);

function floatingInterrupt(prng: Prng): FloatingInterrupt {
  const ext = { kind: "ext", params: prng.u32(), pad: prng.u32(), params2: prng.u64() } as const;
  const ioIntWord = (prng.below(8) << 27 | prng.below(2) << 31 | prng.below(0x1000)) >>> 0;
  const io = { kind: "io", ioIntParm: prng.u32(), ioIntWord } as const;
  switch (prng.below(9)) {
    case 0: return { ...ext, type: type.VIRTIO };
    case 1: return { ...ext, type: type.PFAULT_DONE };
    case 2:
    case 3: return { ...ext, type: type.SERVICE, params: prng.pick(SERVICE_PARAMETERS) };
    case 4: return { kind: "mchk", cr14: prng.pick(SUBCLASSES), mcic: prng.u64() };
    case 5: return { ...ext, type: type.PFAULT_INIT };
    case 6: return { ...io, type: type.ADAPTER, subchannelId: 0, subchannelNr: 0 };
    default: return {
      ...io, type: prng.pick([1, 5, 0x1_0001]), subchannelId: 1, subchannelNr: prng.below(3),
    };
  }
}

const codes = [
  ...Array.from({ length: 0x42 }, (_, code) => code), 0x119, 0x80, 0x80, 0x80, 0x84, 0x91, 0xa0, 0xc0, 0x199,
];

function localInterrupt(prng: Prng): LocalInterrupt {
  const code = prng.below(4);
  switch (prng.below(14)) {
    case 0: return { type: type.STOP, flags: prng.below(3) };
    case 1: return { type: type.PREFIX, address: prng.pick([0x1_0000, 0x1_2000, 0x7fff_e000]) };
    case 2: return { type: type.RESTART };
    case 3: return { type: type.PFAULT_INIT, params: prng.u32(), pad: prng.u32(), params2: prng.u64() };
    case 4:
    case 5: return { type: type.MCHK, mchk: {
      ...emptyMchk(), cr14: prng.pick([0n, 1n << 28n, 1n << 27n]), pad: prng.below(2),
      mcic: (1n << BigInt(prng.pick(CHECKS))) | prng.pick(SAVED),
      failing_storage_address: prng.u64(), ext_damage_code: prng.u32(),
      fixed_logout: Uint8Array.from({ length: 16 }, () => prng.below(256)),
    } };
    case 6: return { type: type.CLOCK };
    case 7: return { type: type.CPU_TIMER };
    case 8:
    case 9: return { type: type.EMERGENCY, code };
    case 10:
    case 11: return { type: type.EXTERNAL_CALL, code };
    default: return { type: type.PROGRAM, pgm: {
      ...emptyPgm(), code: prng.pick(codes), flags: prng.below(16), pad: prng.below(2),
      trans_exc_code: prng.u64(), mon_code: prng.u64(), per_address: prng.u64(), data_exc_code: prng.u32(),
      mon_class_nr: prng.below(0x1_0000), per_code: prng.below(256), per_atmid: prng.below(256),
      exc_access_id: prng.below(256), per_access_id: prng.below(256), op_access_id: prng.below(256),
    } };
  }
}

/** Sets what masks, timers and state a CPU has, on both sides. */
function setCpu({ cpus, model }: Pair, prng: Prng, cpu: number): void {
  const mask = BigInt(some(prng, PSW_BITS)) << 32n;
  const controls = [BigInt(some(prng, CR0_BITS)), BigInt(prng.u32()), prng.pick(SUBCLASSES)];
  const change = {
    isStopped: prng.below(4) === 0, clockDue: prng.below(4) === 0, timerDue: prng.below(4) === 0,
    stepping: prng.below(3) === 0, vectorSaved: prng.below(2) === 0,
  };
  const newPsws = [0x1a0, 0x1b0, 0x1d0, 0x1e0, 0x1f0]
    .map((at) => [at, BigInt(some(prng, PSW_BITS)) << 32n] as const);
  for (const one of [cpus[cpu]!, model.cpus[cpu]!.registers]) {
    Object.assign(one, change);
    one.psw = { mask, address: one.psw.address };
    [0, 6, 14].forEach((number, index) => { one.controls[number] = controls[index]!; });
    if (one.prefixAddress > 0x10_0000) one.prefixAddress = 0x4000 + cpu * 0x2000;
    for (const [at, newMask] of newPsws) one.memory.setU64(one.prefixAddress + at, newMask, "loader");
  }
}

/** One call of both; the two answers. */
export interface Call {
  readonly name: string;
  readonly run: (pair: Pair, prng: Prng, cpu: number) => readonly [unknown, unknown];
}

const irqState = ({ flic }: Pair, cpu: number): unknown => {
  const written: Uint8Array[] = [];
  const user = { read: () => undefined, write: (_at: bigint, bytes: Uint8Array) => written.push(bytes) > 0 };
  getIrqState(flic, { user, allocate: () => true }, cpu, 0n, 72 * 300);
  return join(...written);
};

export const calls: readonly Call[] = [
  ...["enqueue", "enqueue again"].map((name): Call => ({
    name,
    run: ({ flic, model }, prng) => {
      const interrupt = floatingInterrupt(prng);
      return [flic.enqueue(interrupt), model.floating.enqueue(interrupt)];
    },
  })),
  ...["local", "local again"].map((name): Call => ({
    name,
    run: ({ flic, model }, prng, cpu) => {
      const interrupt = localInterrupt(prng);
      return [flic.injectLocal(cpu, interrupt), model.injectLocal(cpu, interrupt)];
    },
  })),
  {
    name: "set a CPU",
    run: (pair, prng, cpu) => {
      setCpu(pair, prng, cpu);
      return [0, 0];
    },
  },
  ...["deliver", "deliver again"].map((name): Call => ({
    name,
    run: ({ flic, cpus, model }, _prng, cpu) =>
      [flic.deliverPending(cpus[cpu]!), model.deliver(model.cpus[cpu]!)],
  })),
  { name: "local list", run: (pair, _prng, cpu) =>
    [irqState(pair, cpu), join(...pair.model.cpus[cpu]!.list().map(encodeLocal))] },
  { name: "adapter", run: ({ flic, model }, prng) => {
    const id = prng.below(7);
    const hasRoom = prng.below(6) > 0;
    return [flic.injectAdapter(id, () => hasRoom), model.airq(id, hasRoom)];
  } },
  { name: "mode", run: ({ flic, model }, prng) => {
    const isc = prng.below(8);
    const mode = prng.pick(["all", "single"] as const);
    const bit = 0x80 >> isc;
    const { simm, nimm } = flic.ais;
    flic.ais = { simm: mode === "single" ? simm | bit : simm & ~bit, nimm: nimm & ~bit };
    model.floating.modes[isc] = mode;
    return [0, 0];
  } },
  { name: "tpi", run: ({ flic, cpus, model }, prng, cpu) => {
    const address = prng.pick([0n, 0n, 0x2000n, 0x2001n, 0x2002n, 0x7fff_0000n]);
    return [flic.tpi(cpus[cpu]!, address), model.tpi(model.cpus[cpu]!, address)];
  } },
  { name: "tsch", run: ({ flic, model }, prng) => {
    const gr1 = prng.pick([0n, 0x1_0001n, 0x1_0002n, 0x1_0000_0000n, 0x7_0001_0000n]);
    return [flic.takeIoForSubchannel(gr1), model.tsch(gr1)];
  } },
  { name: "clear io", run: ({ flic, model }, prng) => {
    const schid = 0x1_0000 + prng.below(4);
    return [flic.clearIo(schid), model.clearIo(schid)];
  } },
  { name: "clear", run: ({ flic, model }, prng) =>
    (prng.below(4) ? [0, 0] : [flic.clearFloating(), model.floating.clear()]) },
  { name: "clear local", run: ({ flic, model }, prng, cpu) =>
    (prng.below(4) ? [0, 0] : [flic.clearLocal(cpu), model.cpus[cpu]!.clear()]) },
  { name: "stop", run: ({ flic, cpus, model }, _prng, cpu) =>
    [flic.takeStop(cpus[cpu]!), model.takeStop(model.cpus[cpu]!)] },
  { name: "idle", run: ({ flic, cpus, model }, _prng, cpu) =>
    [flic.enterIdle(cpus[cpu]!), model.enterIdle(model.cpus[cpu]!)] },
  { name: "leave idle", run: ({ flic, cpus, model }, _prng, cpu) =>
    [flic.leaveIdle(cpus[cpu]!), model.leaveIdle(model.cpus[cpu]!)] },
];

/** Of protected guests only. */
export const protectedCalls: readonly Call[] = [
  ...calls,
  { name: "protect", run: ({ flic, model }, prng) => {
    const [on, hasAiv] = [prng.below(3) > 0, prng.below(2) > 0];
    return [flic.setProtected(on, hasAiv), model.setProtected(on, hasAiv)];
  } },
  { name: "ultravisor's service", run: ({ flic, model }) =>
    [flic.notifyUltravisorService(), model.floating.notifyUltravisorService()] },
];

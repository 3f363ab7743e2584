/** Our engine on the same sequences as a user-mode peer, its program interruptions told as signals. */
import { Reg } from "../../src/engine/cpu/layout.ts";
import type { Sequence } from "../kit/sequences/sequence.ts";
import { CODE, CODE_BYTES, RAM_BYTES } from "../kit/sequences/storageMap.ts";
import { SequenceCore } from "../kit/sequences/twinCores.ts";
import { areas, type Event, type UserState } from "./userPeer.ts";

const EVENTS_MAX = 16;
const SIGILL = 4;
const SIGFPE = 8;
const SIGSEGV = 11;
const STEPS_MAX = 1000;

function signalOf(code: number, dxc: number): number {
  if ([4, 5, 0x10, 0x11, 0x38, 0x39, 0x3a, 0x3b].includes(code)) return SIGSEGV;
  if (code === 7) return dxc === 0 ? SIGILL : SIGFPE;
  return (code >= 8 && code <= 15) || code === 0x1b ? SIGFPE : SIGILL;
}

export interface EngineState extends UserState {
  /** Address of each step and the interruption it ended in. */
  readonly trace: readonly { readonly at: number; readonly code: number }[];
}

export class UserEngine {
  private readonly machine: SequenceCore;

  constructor(template: Uint8Array) {
    this.machine = new SequenceCore(template, true);
  }

  run(s: Sequence): EngineState {
    const { machine } = this;
    const { core } = machine;
    machine.load(s);
    const events: Event[] = [];
    const trace: { at: number; code: number }[] = [];
    let code = 0;
    for (let steps = 0; steps < STEPS_MAX && events.length < EVENTS_MAX; steps++) {
      const pc = core.pc;
      const event = pc < BigInt(CODE) || pc >= BigInt(CODE + CODE_BYTES) ? { signal: SIGSEGV, address: Number(pc) } : this.step(trace);
      if (!event) continue;
      events.push(event);
      const behind = event.signal !== SIGSEGV;
      const found = s.code.find((i) => !i.executed && i.address + (behind ? i.bytes.length : 0) === event.address);
      const mask = pc === core.pc ? core.pswMask() : core.ram.u64(0x150);
      code = Number((mask >> 40n) & 0x3fn);
      if (!found || found.address + found.bytes.length === s.end) break;
      core.setPsw(mask, BigInt(found.address + found.bytes.length));
    }
    const { cpu } = core;
    const list = <T>(n: number, of: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => of(i));
    return {
      events, trace, code, general: list(16, (i) => cpu.gr(i)), access: list(16, (i) => cpu.ar(i)), vectors: list(32, (i) => cpu.vr(i)),
      fpc: cpu.fpc, sums: this.sums(),
    };
  }

  private step(trace: { at: number; code: number }[]): Event | undefined {
    const { machine } = this;
    const { core } = machine;
    const at = Number(core.pc);
    machine.run(1);
    const code = machine.interruption ?? 0;
    trace.push({ at, code });
    if (!code) return undefined;
    const signal = signalOf(code, core.memory.u32[Reg.dxc >> 2]!);
    return { signal, address: Number(signal === SIGSEGV ? machine.interruptionAt : core.ram.u64(0x158)) };
  }

  private sums(): bigint[] {
    const sums: bigint[] = [];
    for (const [area, bytes] of areas) for (let b = 0; b < bytes; b += 256) sums.push(sum256(this.machine.ram, area + b));
    return sums;
  }
}

/** FNV-1a over 256 guest bytes; products by halves, for 64-bit numbers are slow. */
function sum256(ram: Buffer, at: number): bigint {
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  for (let i = 0; i < 256; i++) {
    low = (low ^ ram[RAM_BYTES - 1 - at - i]!) >>> 0;
    // Times 2^40 + 0x1b3.
    const product = low * 0x1b3;
    high = (Math.imul(high, 0x1b3) + Math.floor(product / 2 ** 32) + (low << 8)) >>> 0;
    low = product >>> 0;
  }
  return (BigInt(high) << 32n) | BigInt(low);
}

/** Our engine on the same sequences as a user-mode peer, its program interruptions told as signals. */
import { Reg } from "../../src/engine/cpu/layout.ts";
import type { Sequence } from "../kit/sequences/sequence.ts";
import { CODE, CODE_BYTES } from "../kit/sequences/storageMap.ts";
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

/** The runner's helping pages, its program and its stack. */
const peersOwn = (page: bigint): boolean =>
  page === 0x14000n ||
  page === 0x19000n ||
  (page >= 0x100_0000n && page < 0x200_0000n) ||
  page >> 32n === 0x40n;

export interface EngineState extends UserState {
  /** It went to an odd address, where the peer goes on, or reached for what the peer keeps for itself. */
  readonly astray: boolean;
  /** Address of each step and the interruption it ended in. */
  readonly trace: readonly { readonly at: number; readonly code: number }[];
}

export class UserEngine {
  private readonly machine: SequenceCore;

  constructor(template: Uint8Array) {
    this.machine = new SequenceCore(template, false);
  }

  run(s: Sequence): EngineState {
    const { machine } = this;
    const { core } = machine;
    machine.load(s);
    const events: Event[] = [];
    const trace: { at: number; code: number }[] = [];
    let code = 0;
    let astray = false;
    for (let steps = 0; steps < STEPS_MAX && events.length < EVENTS_MAX; steps++) {
      const pc = core.pc;
      const event =
        pc < BigInt(CODE) || pc >= BigInt(CODE + CODE_BYTES)
          ? { signal: SIGSEGV, address: Number(pc) }
          : this.step(trace);
      if (!event) continue;
      astray ||=
        ((machine.interruptionAt | pc) & 1n) !== 0n ||
        (event.signal === SIGSEGV && peersOwn(core.vcpu.teid & ~0xfffn));
      events.push(event);
      const behind = event.signal !== SIGSEGV;
      const found = s.code.find(
        (i) => !i.executed && i.address + (behind ? i.bytes.length : 0) === event.address,
      );
      const mask = pc === core.pc ? core.pswMask() : core.ram.u64(0x150);
      code = Number((mask >> 40n) & 0x3fn);
      if (!found || found.address + found.bytes.length === s.end) break;
      core.setPsw(mask, BigInt(found.address + found.bytes.length));
    }
    const { cpu } = core;
    const list = <T>(n: number, of: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => of(i));
    return {
      events,
      trace,
      astray,
      code,
      general: list(16, (i) => cpu.gr(i)),
      access: list(16, (i) => cpu.ar(i)),
      vectors: list(32, (i) => cpu.vr(i)),
      fpc: cpu.fpc,
      storage: this.storage(),
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

  private storage(): Buffer {
    const host = Buffer.from(this.machine.ram).reverse();
    return Buffer.concat(areas.map(([at, bytes]) => host.subarray(at, at + bytes)));
  }
}

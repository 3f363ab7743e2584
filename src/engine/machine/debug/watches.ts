/** The watchpoints of one machine as a person sets them: where they lie, what they held, what stopped it. */
import { registerDigits, type Hex } from "../../api/debug.ts";
import {
  isWatchable, watchLimits, type StorageWatch, type Watchpoint, type WatchHit,
} from "../../api/watch.ts";
import { ok, refuse, type Result } from "../../base/result.ts";
import { Reg } from "../../cpu/layout.ts";
import { Watchpoints, type Touch, type WatchedRange, type WatchedRegister } from "../../cpu/watchpoints.ts";
import type { S390Ccw } from "../s390Ccw.ts";
import { readRegister } from "./registerFile.ts";
import { StorageView } from "./storageView.ts";

const hexOf = (bytes: Uint8Array): Hex =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const hexAddress = (address: bigint): Hex => address.toString(16).padStart(16, "0");

export class Watches {
  private readonly machine: S390Ccw;
  private readonly onHit: (hit: WatchHit) => void;
  private readonly engine: Watchpoints;
  private storage: readonly StorageWatch[] = [];
  private registers: readonly Extract<Watchpoint, { kind: "register" }>[] = [];
  private readonly known = new Map<Watchpoint, string>();

  constructor(machine: S390Ccw, onHit: (hit: WatchHit) => void) {
    this.machine = machine;
    this.onHit = onHit;
    this.engine = new Watchpoints(
      machine.core,
      (touches) => this.judge(touches),
      () => machine.scheduler.leave(),
      (index) => this.absoluteOf(this.storage[index]!),
    );
  }

  /** All of them, in place of those before; a sentence refuses one that this machine cannot have. */
  set(watchpoints: readonly Watchpoint[]): Result<null, string> {
    for (const watch of watchpoints) {
      const objection = this.objectionTo(watch);
      if (objection !== undefined) return refuse(`Nothing is watched anew: ${objection}`);
    }
    this.storage = watchpoints.filter((watch) => watch.kind === "storage");
    this.registers = watchpoints.filter((watch) => watch.kind === "register");
    const words = this.registers.map(({ cpu, register }) => wordsOf(cpu, register));
    this.engine.set(this.storage.map(rangeOf), words);
    this.rebase();
    return ok(null);
  }
  private objectionTo(watch: Watchpoint): string | undefined {
    const { vcpus, ram } = this.machine.core;
    if (watch.cpu >= vcpus.length) return `there is no CPU ${watch.cpu}.`;
    if (watch.kind === "register")
      return isWatchable(watch.register) ? undefined : `${watch.register} changes without an instruction.`;
    const end = BigInt(`0x${watch.address}`) + BigInt(watch.length);
    if (watch.space === "virtual") return end <= 1n << 64n ? undefined : "the range wraps at 64 bits.";
    return end <= BigInt(ram.size) ? undefined : `storage ends at 0x${ram.size.toString(16)}.`;
  }

  /** What is there now is what later changes are told against. */
  rebase(): void {
    this.known.clear();
    for (const watch of [...this.storage, ...this.registers]) this.known.set(watch, this.valueOf(watch));
    this.engine.rebase();
  }
  private valueOf(watch: Watchpoint): string {
    const { machine } = this;
    if (watch.kind === "register") return readRegister(machine, watch.cpu, watch.register);
    const view = new StorageView(machine, watch.cpu, watch.space);
    return hexOf(view.reachable(BigInt(`0x${watch.address}`), watch.length));
  }
  private absoluteOf({ cpu, space, address }: StorageWatch): bigint | undefined {
    const found = new StorageView(this.machine, cpu, space).absoluteOf(BigInt(`0x${address}`));
    return found.ok ? found.value : undefined;
  }

  /** The machine came back: what was stored beside instructions is looked at. */
  settle(): void {
    this.engine.deliver();
  }
  /** The first that a person asked about counts; all are compared anew. */
  private judge(touches: readonly Touch[]): boolean {
    const hits = touches.map((touch) => this.hitOf(touch)).filter((hit) => hit !== undefined);
    if (hits[0]) this.onHit(hits[0]);
    return hits.length > 0;
  }
  private hitOf({ what, index, isWrite, writer, instruction }: Touch): WatchHit | undefined {
    const watchpoint = what === "range" ? this.storage[index]! : this.registers[index]!;
    const before = this.known.get(watchpoint)!;
    const after = isWrite ? this.valueOf(watchpoint) : before;
    this.known.set(watchpoint, after);
    const isChanged = before !== after;
    const wantsChange = watchpoint.kind === "register" || watchpoint.on === "change";
    if (wantsChange && !isChanged) return undefined;
    const digits = watchLimits.shownBytes * 2;
    return {
      watchpoint,
      event: isChanged ? "changed" : isWrite ? "written" : "read",
      by: writer,
      ...(instruction !== undefined && { instruction: hexAddress(instruction) }),
      ...(isChanged && { before: before.slice(0, digits), after: after.slice(0, digits) }),
    };
  }
}

const rangeOf = ({ space, address, length, on }: StorageWatch): WatchedRange => ({
  space,
  first: BigInt(`0x${address}`),
  length,
  reads: on === "read" || on === "access",
  writes: on !== "read",
});

/** Where a register that can be watched lies in its CPU's block. */
function wordsOf(cpu: number, register: string): WatchedRegister {
  const words = registerDigits[register]! / 8;
  const n = Number(register.slice(1));
  const groups: Record<string, number> = { r: Reg.gpr, c: Reg.cr, a: Reg.ar, v: Reg.vr };
  const alone: Record<string, number> = { fpc: Reg.fpc, prefix: Reg.prefix };
  return { cpu, words, at: alone[register] ?? groups[register[0]!]! + n * words * 4 };
}

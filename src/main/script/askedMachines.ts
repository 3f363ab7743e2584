/** Running machines as a script sees them: every call is a question to the host, which checks the grant. */
import * as v from "valibot";
import type {
  FlicInfo, GuestInfo, Machine as MachineApi, MachineInfo, MachinePhase, Machines as MachinesApi, MemoryPlace,
} from "../../../resources/scripts/api/machines.d.ts";
import type { SnapshotInfo } from "../../../resources/scripts/api/snapshots.d.ts";
import type { Fields, LedgerLine, S390Irq, Why } from "../../../resources/scripts/api/values.d.ts";
import { debugLimits, registerDigits, type DebugCalls, type DebugName } from "../../engine/api/debug.ts";
import { errno } from "../../engine/api/errno.ts";
import { bytes, fields, name, nameOrNumber, none, u64, wholeTo } from "./facade/arguments.ts";
import { flicGroups } from "./facade/attributeGroups.ts";
import { s390Irq } from "./facade/codecs.ts";
import { KvmDevice, type AttributePort } from "./facade/kvmDevice.ts";
import { snapshotNote } from "../snapshotContract.ts";
import { ScriptRefusal, type MethodTable } from "./hostObjects.ts";
import { lineOf, linesOf } from "./ledgerLines.ts";
import type { AskName, Asks } from "./machineAsks.ts";

/** Rejected with the host's sentence. */
export type Ask = <Name extends AskName>(
  call: Name, argument: Parameters<Asks[Name]>[0],
) => Promise<ReturnType<Asks[Name]>>;

const hex16 = (value: bigint): string => value.toString(16).padStart(16, "0");

export class AskedMachines implements MachinesApi {
  private readonly ask: Ask;

  constructor(ask: Ask) {
    this.ask = ask;
  }
  guests(): Promise<GuestInfo[]> {
    return this.ask("guests", {});
  }
  list(): Promise<MachineInfo[]> {
    return this.ask("list", {});
  }
  async get(id: string): Promise<AskedMachine> {
    await this.ask("info", { id });
    return new AskedMachine(id, this.ask);
  }
  async start(guest: string): Promise<AskedMachine> {
    await this.ask("start", { id: guest });
    return new AskedMachine(guest, this.ask);
  }
  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => { setTimeout(resolve, milliseconds); });
  }
}

export class AskedMachine implements MachineApi {
  readonly id: string;
  private readonly ask: Ask;
  /** What was waited for lies before this place of the console's output. */
  private seen: number;

  constructor(id: string, ask: Ask, seen = 0) {
    this.id = id;
    this.ask = ask;
    this.seen = seen;
  }

  info(): Promise<MachineInfo> {
    return this.ask("info", { id: this.id });
  }
  pause(): Promise<void> {
    return this.ask("pause", { id: this.id });
  }
  resume(): Promise<void> {
    return this.ask("resume", { id: this.id });
  }
  reset(): Promise<void> {
    return this.ask("reset", { id: this.id });
  }
  powerOff(): Promise<void> {
    return this.ask("powerOff", { id: this.id });
  }
  snapshot(note = ""): Promise<SnapshotInfo> {
    return this.ask("saveMachine", { id: this.id, note });
  }
  waitForPhase(phase: MachinePhase): Promise<MachineInfo> {
    return this.ask("waitForPhase", { id: this.id, phase });
  }
  async step(cpu = 0): Promise<void> {
    await this.debug("step", { cpu });
  }
  async runTo(address: bigint): Promise<void> {
    await this.debug("runTo", { address: hex16(address) });
    await this.ask("waitForPhase", { id: this.id, phase: "paused" });
  }

  async registers(cpu = 0): Promise<Record<string, bigint>> {
    const { values } = await this.debug("registers", { cpu });
    return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, BigInt(`0x${value}`)]));
  }
  async setRegister(register: string, value: bigint, cpu = 0): Promise<void> {
    const digits = Object.hasOwn(registerDigits, register) ? registerDigits[register]! : 0;
    const text = value.toString(16).padStart(digits, "0");
    if (digits === 0) throw new ScriptRefusal(`There is no register "${register}".`);
    if (text.length > digits)
      throw new ScriptRefusal(`${register} has ${4 * digits} bits; ${value} has more.`);
    await this.debug("setRegister", { cpu, register, value: text });
  }

  async readMemory(address: bigint, length: number, place: MemoryPlace = {}): Promise<Uint8Array> {
    const { space = "absolute", cpu = 0 } = place;
    const parts = await this.debug("storage", { cpu, space, address: hex16(address), length });
    const read = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      if ("problem" in part) throw new ScriptRefusal(`0x${part.address} cannot be read: ${part.problem}`);
      read.set(part.bytes, at);
      at += part.length;
    }
    return read;
  }
  async writeMemory(address: bigint, given: Uint8Array, place: MemoryPlace = {}): Promise<void> {
    const { space = "absolute", cpu = 0 } = place;
    await this.debug("setStorage", { cpu, space, address: hex16(address), bytes: given });
  }
  async disassemble(
    address: bigint, count: number, cpu = 0,
  ): Promise<{ address: bigint; source: string }[]> {
    const lines = await this.debug("disassemble", { cpu, address: hex16(address), count });
    return lines.map((line) => ({ address: BigInt(`0x${line.address}`), source: line.source }));
  }

  write(text: string): Promise<void> {
    return this.ask("write", { id: this.id, text });
  }

  async waitFor(text: string, seconds?: number): Promise<string> {
    const { line, end } = await this.ask("waitFor", {
      id: this.id, text, after: this.seen, ...(seconds !== undefined && { seconds }),
    });
    this.seen = end;
    return line;
  }
  consoleText(): Promise<string> {
    return this.ask("consoleText", { id: this.id });
  }

  flic(): Promise<FlicInfo> {
    return this.debug("flic", {});
  }
  async ledger(count = 100): Promise<LedgerLine[]> {
    return linesOf(await this.debug("ledger", { after: 0, max: count }));
  }
  async why(id: number): Promise<Why | undefined> {
    const answer = await this.debug("why", { id });
    return answer ? { ...answer, trail: answer.trail.map(lineOf) } : undefined;
  }
  /** Encoded by the rules of a device without a guest; only the sending is another. */
  async setFlicAttr(
    group: string | number, value?: Uint8Array | Fields | readonly S390Irq[], attr?: bigint,
  ): Promise<{ result: number; errno: string }> {
    let sent: { group: number; attr: string; bytes: Uint8Array } | undefined;
    const port: AttributePort = {
      has: () => errno.ENXIO,
      get: (_group, _attr, buffer) => ({ result: errno.ENXIO, bytes: buffer }),
      set: (number, wanted, buffer) => {
        sent = { group: number, attr: hex16(wanted), bytes: buffer ?? new Uint8Array(0) };
        return 0;
      },
    };
    new KvmDevice(-1, "FLIC", flicGroups, port).setAttr(group, value, attr);
    return this.debug("flicAttribute", sent!);
  }

  private async debug<Name extends DebugName>(
    call: Name, argument: Parameters<DebugCalls[Name]>[0],
  ): Promise<ReturnType<DebugCalls[Name]>> {
    const answer = await this.ask("debug", { id: this.id, call: { name: call, ...argument } as never });
    return answer as ReturnType<DebugCalls[Name]>;
  }
}

const cpu = v.optional(wholeTo(3));
const place = v.optional(v.strictObject({
  space: v.optional(v.picklist(["absolute", "real", "virtual"])), cpu,
}));
const text = v.pipe(v.string(), v.minLength(1), v.maxLength(16 * 1024));
const HOUR_MS = 3_600_000;

export const machinesMethods: MethodTable<MachinesApi> = {
  guests: none, list: none, get: v.strictTuple([name]), start: v.strictTuple([name]),
  sleep: v.strictTuple([wholeTo(HOUR_MS)]),
};

export const machineMethods: MethodTable<MachineApi> = {
  info: none, pause: none, resume: none, reset: none, powerOff: none,
  snapshot: v.strictTuple([v.optional(snapshotNote)]),
  waitForPhase: v.strictTuple([v.picklist(["starting", "running", "paused", "stopped", "crashed"])]),
  step: v.strictTuple([cpu]),
  runTo: v.strictTuple([u64]),
  registers: v.strictTuple([cpu]),
  setRegister: v.strictTuple([name, u64, cpu]),
  readMemory: v.strictTuple([u64, wholeTo(debugLimits.readBytesMax, 1), place]),
  writeMemory: v.strictTuple([
    u64, v.pipe(bytes, v.check((given) => given.length <= debugLimits.writeBytesMax, "At most 4096 bytes")),
    place,
  ]),
  disassemble: v.strictTuple([u64, wholeTo(debugLimits.linesMax, 1), cpu]),
  write: v.strictTuple([text]),
  waitFor: v.strictTuple([text, v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(3600)))]),
  consoleText: none,
  flic: none,
  ledger: v.strictTuple([v.optional(wholeTo(1000, 1))]),
  why: v.strictTuple([wholeTo(Number.MAX_SAFE_INTEGER)]),
  setFlicAttr: v.strictTuple([
    nameOrNumber, v.optional(v.union([bytes, v.array(s390Irq), fields])), v.optional(u64),
  ]),
};

/** One running machine as a script sees it: every call is a question to the host, which checks the grant. */
import type { FlicInfo, VcpuLane } from "../../../resources/scripts/api/inspector.d.ts";
import type {
  Halt, Machine as MachineApi, MachineInfo, MachinePhase, MemoryPlace, Watchpoint,
} from "../../../resources/scripts/api/machines.d.ts";
import type { AttrGroup, AttrValue } from "../../../resources/scripts/api/s390.d.ts";
import type { SnapshotInfo } from "../../../resources/scripts/api/snapshots.d.ts";
import type { BytesReply, LedgerLine, Reply, Why } from "../../../resources/scripts/api/values.d.ts";
import { registerDigits, type DebugCalls, type DebugName } from "../../engine/api/debug.ts";
import type { PastGoal } from "../../engine/api/history.ts";
import { AttributeForms } from "./facade/attributeForms.ts";
import { flicGroups } from "./facade/attributeGroups.ts";
import { ScriptRefusal } from "./hostObjects.ts";
import { lineOf, linesOf } from "./ledgerLines.ts";
import type { AskName, Asks } from "./machineAsks.ts";
import { hex16, watchOf } from "./machineInfo.ts";

/** Rejected with the host's sentence. */
export type Ask = <Name extends AskName>(
  call: Name, argument: Parameters<Asks[Name]>[0],
) => Promise<ReturnType<Asks[Name]>>;

const flicForms = new AttributeForms("FLIC", flicGroups);

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
    await this.waitForStop();
  }

  async stepOver(cpu = 0): Promise<Halt | undefined> {
    await this.debug("stepOver", { cpu });
    return this.waitForStop();
  }
  async stateAt(place: number | "back" | "stop" | Watchpoint): Promise<AskedMachine> {
    const goal = goalOf(place);
    return new AskedMachine(await this.ask("goToPast", { id: this.id, goal }), this.ask);
  }
  async setBreakpoints(addresses: readonly bigint[]): Promise<void> {
    await this.debug("setBreakpoints", { addresses: addresses.map(hex16) });
  }
  async setWatchpoints(watchpoints: readonly Watchpoint[]): Promise<void> {
    await this.debug("setWatchpoints", { watchpoints: watchpoints.map(watchOf) });
  }
  waitForStop(seconds?: number): Promise<Halt | undefined> {
    return this.ask("waitForStop", { id: this.id, ...(seconds !== undefined && { seconds }) });
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
  async findMemory(
    address: bigint, given: Uint8Array, place: MemoryPlace = {},
  ): Promise<bigint | undefined> {
    const { space = "absolute", cpu = 0 } = place;
    const { found } = await this.debug("find", { cpu, space, address: hex16(address), bytes: given });
    return found === undefined ? undefined : BigInt(`0x${found}`);
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

  async lanes(): Promise<readonly VcpuLane[]> {
    return (await this.debug("lanes", { after: Number.MAX_SAFE_INTEGER })).lanes;
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
  async setFlicAttr(group: AttrGroup, value?: AttrValue, attr?: bigint): Promise<Reply> {
    const call = flicForms.toSet(group, value, attr);
    return this.debug("flicAttribute", {
      group: call.group, attr: hex16(call.attr), bytes: call.bytes ?? new Uint8Array(0),
    });
  }
  async getFlicAttr(
    group: AttrGroup, options?: { attr?: bigint; length?: number },
  ): Promise<BytesReply> {
    const { group: number, attr, bytes } = flicForms.toGet(group, options);
    const call = { group: number, attr: hex16(attr), length: bytes.length };
    const answer = await this.debug("readFlicAttribute", call);
    return flicForms.got(group, answer.result, answer.bytes);
  }

  private async debug<Name extends DebugName>(
    call: Name, argument: Parameters<DebugCalls[Name]>[0],
  ): Promise<ReturnType<DebugCalls[Name]>> {
    const answer = await this.ask("debug", { id: this.id, call: { name: call, ...argument } as never });
    return answer as ReturnType<DebugCalls[Name]>;
  }
}

function goalOf(place: number | "back" | "stop" | Watchpoint): PastGoal {
  if (typeof place === "number") return { kind: "at", instructions: place };
  return typeof place === "string" ? { kind: place } : { kind: "write", watch: watchOf(place) };
}

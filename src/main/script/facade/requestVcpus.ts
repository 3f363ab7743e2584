/** vCPU requests for scripts: every call is one step of some thread of the host. */
import * as v from "valibot";
import type {
  RequestAge, RequestArchitecture, RequestCaller, RequestVcpus as RequestVcpusApi, VcpuModeName,
} from "../../../../resources/scripts/api/requests.d.ts";
import { vcpuMode, type VcpuMode } from "../../../engine/devices/requests/mode.ts";
import {
  archRequest, archRequests, bitOf, commonRequests, requestFlag,
} from "../../../engine/devices/requests/request.ts";
import {
  VcpuRequests, kick, makeRequest, type RequestHost,
} from "../../../engine/devices/requests/vcpuRequests.ts";
import { ScriptRefusal, type MethodTable } from "../hostObjects.ts";
import { name, none, wholeTo } from "./arguments.ts";
import { numberIn } from "./s390Vm.ts";

const CPUS_MAX = 255;
/** Requests of its own that an architecture has room for in 32 bits. */
const ARCH_MAX = 24;

const modes: Readonly<Record<VcpuModeName, VcpuMode>> = {
  outside: vcpuMode.OUTSIDE_GUEST_MODE, "in guest": vcpuMode.IN_GUEST_MODE,
  exiting: vcpuMode.EXITING_GUEST_MODE, reading: vcpuMode.READING_SHADOW_PAGE_TABLES,
};

/** By name: those of all architectures, and one's own; in 4.13, whose numbers are not specified, ARCH_n. */
const requestsOf = (
  age: RequestAge, architecture: RequestArchitecture,
): Readonly<Record<string, number>> => ({
  ...commonRequests[age],
  ...(age === "v6.1" ? archRequests[architecture]
    : Object.fromEntries(Array.from({ length: ARCH_MAX }, (_, n) => [`ARCH_${n}`, archRequest(age, n)]))),
});

export class RequestVcpus implements RequestVcpusApi {
  private readonly vcpus: readonly VcpuRequests[];
  private readonly age: RequestAge;
  private readonly named: Readonly<Record<string, number>>;

  constructor(count: number, age: RequestAge, architecture: RequestArchitecture) {
    this.vcpus = Array.from({ length: count }, () => new VcpuRequests());
    this.age = age;
    this.named = requestsOf(age, architecture);
  }

  names(): Record<string, { number: number; wakes: boolean; waits: boolean; hasBit: boolean }> {
    return Object.fromEntries(Object.entries(this.named).map(([request, value]) => [request, {
      number: value & 0xff, wakes: !(value & requestFlag.NO_WAKEUP), waits: (value & requestFlag.WAIT) !== 0,
      hasBit: !(value & requestFlag.NO_ACTION),
    }]));
  }
  set(index: number, to: { mode?: VcpuModeName; cpu?: number; waiting?: boolean }): void {
    const vcpu = this.vcpu(index);
    if (to.mode !== undefined) vcpu.mode = modes[to.mode];
    if (to.cpu !== undefined) vcpu.cpu = to.cpu;
    if (to.waiting !== undefined) vcpu.waiting = to.waiting;
  }
  state(): ReturnType<RequestVcpusApi["state"]> {
    return this.vcpus.map(({ mode, cpu, waiting, requests }) => ({
      mode: Object.entries(modes).find(([, value]) => value === mode)![0] as VcpuModeName, cpu, waiting,
      requests: Object.keys(this.named).filter((request) => this.isPending(requests, request)),
    }));
  }
  make(
    request: string, caller: RequestCaller & { vcpus?: readonly number[] } = {},
  ): { cpus: readonly number[]; waits: boolean } {
    const chosen = caller.vcpus?.map((index) => this.vcpu(index)) ?? this.vcpus;
    return makeRequest(chosen, this.numberOf(request), this.hostOf(caller));
  }
  check(index: number, request: string): boolean {
    const number = this.numberOf(request);
    if (number & requestFlag.NO_ACTION)
      throw new ScriptRefusal(`${request} sets no bit that could be checked.`);
    return this.vcpu(index).check(number);
  }
  kick(
    index: number, caller: RequestCaller & { policy?: "when-in-guest" | "always"; runsHere?: boolean } = {},
  ): number | undefined {
    const { policy = "when-in-guest", runsHere = false } = caller;
    return kick(this.vcpu(index), policy, this.hostOf(caller), runsHere);
  }

  private isPending(requests: bigint, request: string): boolean {
    const value = this.named[request]!;
    return !(value & requestFlag.NO_ACTION) && (requests & bitOf(value)) !== 0n;
  }
  private numberOf(request: string): number {
    return numberIn(this.named, request, "request");
  }
  private hostOf({ currentCpu = 0, online, outOfMemory = false }: RequestCaller): RequestHost {
    const all = online ?? Array.from({ length: CPUS_MAX + 1 }, (_, cpu) => cpu);
    return { age: this.age, currentCpu, online: all, outOfMemory };
  }
  private vcpu(index: number): VcpuRequests {
    const vcpu = this.vcpus[index];
    if (!vcpu) throw new ScriptRefusal(`There is no vCPU ${index}; there are ${this.vcpus.length}.`);
    return vcpu;
  }
}

const index = wholeTo(63);
const cpu = wholeTo(CPUS_MAX);
const caller = {
  currentCpu: v.optional(cpu), online: v.optional(v.pipe(v.array(cpu), v.maxLength(256))),
  outOfMemory: v.optional(v.boolean()),
};

export const requestVcpusMethods: MethodTable<RequestVcpusApi> = {
  names: none,
  set: v.strictTuple([index, v.strictObject({
    mode: v.optional(v.picklist(["outside", "in guest", "exiting", "reading"])),
    cpu: v.optional(wholeTo(CPUS_MAX, -1)), waiting: v.optional(v.boolean()),
  })]),
  state: none,
  make: v.strictTuple([
    name,
    v.optional(v.strictObject({ ...caller, vcpus: v.optional(v.pipe(v.array(index), v.maxLength(64))) })),
  ]),
  check: v.strictTuple([index, name]),
  kick: v.strictTuple([index, v.optional(v.strictObject({
    ...caller, policy: v.optional(v.picklist(["when-in-guest", "always"])), runsHere: v.optional(v.boolean()),
  }))]),
};

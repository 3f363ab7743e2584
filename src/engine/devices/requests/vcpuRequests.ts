/**
 * A vCPU's request word, mode and sleep, and what others do about them (kernel
 * Documentation/virt/kvm/vcpu-requests.rst; order of steps derived from source).
 *
 * Here every call is one step; what happens when the steps of several threads mix is what litmus programs
 * explore.
 */
import { assert } from "../../base/assert.ts";
import { vcpuMode, type VcpuMode } from "./mode.ts";
import { bitOf, requestFlag, type RequestAge } from "./request.ts";

const { OUTSIDE_GUEST_MODE, IN_GUEST_MODE, EXITING_GUEST_MODE } = vcpuMode;

export class VcpuRequests {
  mode: VcpuMode = OUTSIDE_GUEST_MODE;
  /** Bit n from the right is request number n. */
  requests = 0n;
  /** Host CPU; -1 while the vCPU is loaded on none. */
  cpu = -1;
  /** Its thread sleeps in block(). */
  waiting = false;

  make(request: number): void {
    assert(!(request & requestFlag.NO_ACTION), "a request without action is not logged");
    this.requests |= bitOf(request);
  }
  pending(): boolean {
    return this.requests !== 0n;
  }
  /** True, once, for each request made; those made before that are coalesced. */
  check(request: number): boolean {
    const isMade = (this.requests & bitOf(request)) !== 0n;
    this.requests &= ~bitOf(request);
    return isMade;
  }
  /** IN becomes EXITING; the mode that was there before. */
  exiting(): VcpuMode {
    const { mode } = this;
    if (mode === IN_GUEST_MODE) this.mode = EXITING_GUEST_MODE;
    return mode;
  }
  /** Its mode changes even where no IPI follows. */
  needsIpi(request: number): boolean {
    const mode = this.exiting();
    return request & requestFlag.WAIT ? mode !== OUTSIDE_GUEST_MODE : mode === IN_GUEST_MODE;
  }
  /** True if it slept. */
  wakeUp(): boolean {
    const { waiting } = this;
    this.waiting = false;
    return waiting;
  }
}

/** The host as the calling thread sees it. */
export interface RequestHost {
  readonly age: RequestAge;
  readonly currentCpu: number;
  readonly online: readonly number[];
  /** 4.13: no memory for the set of CPUs. */
  readonly outOfMemory?: boolean;
}

/** Host CPUs that get an IPI, ascending, and whether the caller waits until all of them have taken it. */
export interface IpiCall {
  readonly cpus: readonly number[];
  readonly waits: boolean;
}

/** make_all_cpus(), and its variants for some: one call for all vCPUs. */
export function makeRequest(
  vcpus: readonly VcpuRequests[], wanted: number, host: RequestHost,
): IpiCall {
  const cpus = new Set<number>();
  const { age, currentCpu, online } = host;
  // 4.13 knows no request without action: it logs all of them.
  const request = age === "v4.13" ? wanted & ~requestFlag.NO_ACTION : wanted;
  const everyone = age === "v4.13" && host.outOfMemory;
  for (const vcpu of vcpus) {
    if (!(request & requestFlag.NO_ACTION)) vcpu.make(request);
    if (!(request & requestFlag.NO_WAKEUP) && vcpu.wakeUp()) continue;
    if (everyone) continue;
    const isElsewhere = vcpu.cpu !== -1 && vcpu.cpu !== currentCpu;
    // Since then the mode is changed first, so a vCPU of the calling CPU becomes EXITING, too.
    if (age === "v4.13" && !isElsewhere) continue;
    if (vcpu.needsIpi(request) && isElsewhere) cpus.add(vcpu.cpu);
  }
  if (everyone) for (const cpu of online) if (cpu !== currentCpu) cpus.add(cpu);
  return { cpus: [...cpus].sort((a, b) => a - b), waits: (request & requestFlag.WAIT) !== 0 };
}

/** `when-in-guest`: x86 and arm64. `always`: powerpc, which leaves the mode alone. */
export type KickPolicy = "when-in-guest" | "always";

/**
 * Kicks one vCPU and returns the host CPU that gets a reschedule IPI, if one does. `runsHere`: the caller is
 * the thread that runs this vCPU.
 */
export function kick(
  vcpu: VcpuRequests, policy: KickPolicy, host: RequestHost, runsHere = false,
): number | undefined {
  const { age, currentCpu, online } = host;
  if (vcpu.wakeUp()) return undefined;
  if (age !== "v4.13" && runsHere) {
    vcpu.exiting();
    return undefined;
  }
  const isReachable = vcpu.cpu !== currentCpu && online.includes(vcpu.cpu);
  if (age === "v4.13" && !isReachable) return undefined;
  const isWanted = policy === "always" || vcpu.exiting() === IN_GUEST_MODE;
  return isWanted && isReachable ? vcpu.cpu : undefined;
}

/**
 * The vCPUs' threads as KVM has them: whoever wants something of a vCPU makes a request, and the vCPU handles
 * it before it enters the guest (kernel Documentation/virt/kvm/vcpu-requests.rst; what s390 asks for when
 * CPUs start and stop is derived from source).
 *
 * All vCPUs take turns on one host thread. So whoever asks is never beside a guest that runs: kicks become
 * requests and modes as on many host CPUs, but none needs an IPI.
 */
import type { LaneStep } from "../api/lanes.ts";
import type { VcpuThreadState } from "../cpu/state.ts";
import type { Vcpu } from "../cpu/vcpu.ts";
import { vcpuMode } from "../devices/requests/mode.ts";
import { bitOf, commonRequests, s390Requests } from "../devices/requests/request.ts";
import { VcpuRequests, makeRequest, type RequestHost } from "../devices/requests/vcpuRequests.ts";
import { LaneRing } from "./laneRing.ts";

const { UNBLOCK, TLB_FLUSH, OUTSIDE_GUEST_MODE } = commonRequests["v6.1"];
const ENABLE_IBS = s390Requests.ENABLE_IBS!;
const DISABLE_IBS = s390Requests.DISABLE_IBS!;
/** Requests that a thread may have, by name, in the order in which s390 handles them. */
export const requestNames = { TLB_FLUSH, ENABLE_IBS, DISABLE_IBS, UNBLOCK } as const;
export type RequestName = keyof typeof requestNames;

const HOST_CPU = 0;
const host: RequestHost = { age: "v6.1", currentCpu: HOST_CPU, online: [HOST_CPU] };

export class VcpuThread {
  readonly vcpu: Vcpu;
  readonly requests = new VcpuRequests();
  /** In block(): passed over until it is woken. `requests.waiting` says that nobody has woken it. */
  blocked = false;
  /** Blocked, yet not among the controller's idle CPUs: the scheduler looks for interruptions itself. */
  watchful = false;
  /** Interlock-and-broadcast suppression is on. */
  ibs = false;
  readonly counts = { kicks: 0, wakeUps: 0, exits: 0, ipis: 0, ipisSaved: 0, coalesced: 0 };

  constructor(vcpu: Vcpu) {
    this.vcpu = vcpu;
  }
  has(name: RequestName): boolean {
    return (this.requests.requests & bitOf(requestNames[name])) !== 0n;
  }
  /** Outside the guest; counts stay behind. */
  save(): VcpuThreadState {
    const { blocked, watchful, ibs, requests: { requests } } = this;
    return { idle: blocked, watchful, requests, ibs };
  }
  load({ idle, watchful, requests, ibs }: VcpuThreadState): void {
    Object.assign(this, { blocked: idle, watchful, ibs });
    this.requests.requests = requests;
    this.requests.waiting = idle && !this.has("UNBLOCK");
  }
}

export class VcpuThreads {
  readonly all: readonly VcpuThread[];
  readonly events = new LaneRing(Object.keys(requestNames) as RequestName[]);
  private readonly instructions: () => bigint;
  /** Entered last, and has not slept since. */
  private inTurn: Vcpu | undefined;

  constructor(vcpus: readonly Vcpu[], instructions: () => bigint) {
    this.all = vcpus.map((vcpu) => new VcpuThread(vcpu));
    this.instructions = instructions;
  }

  of({ id }: Vcpu): VcpuThread {
    return this.all[id]!;
  }

  // ---- what others ask for
  /** The vCPU should look at its interrupts: a sleeping one wakes. */
  kick(vcpu: Vcpu): void {
    const thread = this.of(vcpu);
    const { counts } = thread;
    counts.kicks++;
    this.note(vcpu, "kick", "UNBLOCK");
    const wasWaiting = thread.requests.waiting;
    const { ipis } = counts;
    this.make([thread], "UNBLOCK");
    if (wasWaiting) counts.wakeUps++;
    else if (counts.ipis === ipis) counts.ipisSaved++;
  }
  /** The CPU that runs has purged the translations of all: each other one acknowledges at its next entry. */
  flushed(by: Vcpu): void {
    // Already asked, and not yet there: what comes now is the same request.
    const others = this.all.filter((thread) => thread.vcpu !== by && !thread.has("TLB_FLUSH"));
    if (others.length > 0) this.make(others, "TLB_FLUSH");
  }
  /** All vCPUs have to be out of the guest, and nothing else. */
  outside(): void {
    for (const { vcpu } of this.all) this.note(vcpu, "outside");
    this.count(this.all, () => makeRequest(this.requestsOf(this.all), OUTSIDE_GUEST_MODE, host));
  }
  /** A stopped vCPU begins to execute; one that was alone loses its IBS. */
  started(vcpu: Vcpu): void {
    this.note(vcpu, "started");
    const others = this.all.filter((thread) => thread.vcpu !== vcpu && thread.vcpu.state === "operating");
    if (others.length === 0) this.synchronous(this.of(vcpu), "ENABLE_IBS", "DISABLE_IBS");
    else if (others.length === 1)
      for (const thread of this.all) this.synchronous(thread, "DISABLE_IBS", "ENABLE_IBS");
    this.unblock(vcpu);
    this.make([this.of(vcpu)], "TLB_FLUSH");
    this.make([this.of(vcpu)], "UNBLOCK");
  }
  /** A vCPU has left the operating state; the last one that is left in it gets IBS. */
  stopped(vcpu: Vcpu): void {
    this.inTurn = undefined;
    this.note(vcpu, "stopped");
    this.synchronous(this.of(vcpu), "DISABLE_IBS", "ENABLE_IBS");
    const left = this.all.filter((thread) => thread.vcpu.state === "operating");
    if (left.length === 1) this.synchronous(left[0]!, "ENABLE_IBS", "DISABLE_IBS");
  }

  // ---- what the vCPU's own thread does
  /** Nothing to execute. Whoever was asked for something meanwhile does not fall asleep. */
  block(vcpu: Vcpu, watchful: boolean): void {
    const thread = this.of(vcpu);
    Object.assign(thread, { watchful, blocked: true });
    thread.requests.waiting = !thread.has("UNBLOCK");
    this.inTurn = undefined;
    this.note(vcpu, "sleep");
  }
  /** Out of block(), for whatever reason; true if it was there. */
  unblock(vcpu: Vcpu): boolean {
    const thread = this.of(vcpu);
    const { blocked } = thread;
    thread.requests.wakeUp();
    thread.blocked = false;
    if (blocked) this.note(vcpu, "wake");
    return blocked;
  }
  /** It looks at its interrupts now. */
  looks(vcpu: Vcpu): void {
    this.of(vcpu).requests.check(UNBLOCK);
  }
  /** The last thing before the guest is entered: everything asked for is done. */
  handleRequests(vcpu: Vcpu): void {
    const thread = this.of(vcpu);
    if (!thread.requests.pending()) return;
    for (const name of Object.keys(requestNames) as RequestName[]) {
      if (name === "UNBLOCK" || !thread.requests.check(requestNames[name])) continue;
      this.note(vcpu, "handled", name);
      // TLB_FLUSH has nothing left to do: CPUs share their buffers, and whoever made it has purged them.
      if (name === "ENABLE_IBS") thread.ibs = true;
      if (name === "DISABLE_IBS") thread.ibs = false;
    }
  }
  enter(vcpu: Vcpu): void {
    const { requests } = this.of(vcpu);
    requests.cpu = HOST_CPU;
    requests.mode = vcpuMode.IN_GUEST_MODE;
    if (this.inTurn !== vcpu) this.note(vcpu, "enter");
    this.inTurn = vcpu;
  }
  exit(vcpu: Vcpu): void {
    const { requests } = this.of(vcpu);
    requests.mode = vcpuMode.OUTSIDE_GUEST_MODE;
    requests.cpu = -1;
  }

  private requestsOf(threads: readonly VcpuThread[]): VcpuRequests[] {
    return threads.map(({ requests }) => requests);
  }
  private make(threads: readonly VcpuThread[], name: RequestName): void {
    for (const thread of threads) {
      if (thread.has(name)) thread.counts.coalesced++;
      if (name !== "UNBLOCK") this.note(thread.vcpu, "request", name);
    }
    this.count(threads, () => makeRequest(this.requestsOf(threads), requestNames[name], host));
  }
  /** kvm_s390_sync_request(): out of the guest without being woken. The opposite one, still pending, goes. */
  private synchronous(thread: VcpuThread, name: RequestName, opposite: RequestName): void {
    thread.requests.check(requestNames[opposite]);
    if (thread.has(name)) thread.counts.coalesced++;
    this.note(thread.vcpu, "request", name);
    thread.requests.make(requestNames[name]);
    this.count([thread], () => void thread.requests.exiting());
  }
  private count(threads: readonly VcpuThread[], work: () => { readonly cpus: readonly number[] } | void) {
    const inGuest = threads.filter(({ requests }) => requests.mode === vcpuMode.IN_GUEST_MODE);
    const called = work()?.cpus.length ?? 0;
    for (const { requests, counts } of inGuest)
      if (requests.mode === vcpuMode.EXITING_GUEST_MODE) counts.exits++;
    if (called > 0) threads[0]!.counts.ipis += called;
  }
  private note({ id }: Vcpu, step: LaneStep, request?: RequestName): void {
    this.events.write(Number(this.instructions()), id, step, request);
  }
}

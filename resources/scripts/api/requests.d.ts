/** `vcpu->mode`: outside guest mode, in it, on the way out, or reading page tables without a lock. */
export type VcpuModeName = "outside" | "in guest" | "exiting" | "reading";
/** Kernels whose word of requests has 32 bits, and later ones. */
export type RequestAge = "v4.13" | "v6.1";

/** Whose requests have names beside those of all; in "v4.13" they are ARCH_0 to ARCH_23. */
export type RequestArchitecture = "s390" | "arm64" | "powerpc";

/** The thread that makes a request or kicks. */
export interface RequestCaller {
  /** Host CPU it runs on; default 0. */
  readonly currentCpu?: number;
  /** Host CPUs that are online; default all. */
  readonly online?: readonly number[];
  /** "v4.13": no memory for the set of CPUs, so everyone gets an IPI. */
  readonly outOfMemory?: boolean;
}

/**
 * vCPUs with their request words, modes and sleeps (Documentation/virt/kvm/vcpu-requests.rst). Every call is
 * one step of one thread; the order of steps is derived from source. An unknown name or vCPU throws.
 */
export interface RequestVcpus {
  /** Requests by name, with number (bit from the right) and flags. */
  names(): Readonly<Record<string, { readonly number: number; readonly wakes: boolean; readonly waits: boolean; readonly hasBit: boolean }>>;
  /** What a vCPU's own thread does: its mode; the host CPU it is loaded on (-1: none); its sleep in block(). */
  set(vcpu: number, to: { readonly mode?: VcpuModeName; readonly cpu?: number; readonly waiting?: boolean }): void;
  state(): readonly { readonly mode: VcpuModeName; readonly cpu: number; readonly waiting: boolean; readonly requests: readonly string[] }[];
  /** kvm_make_all_cpus_request(), or of some: host CPUs that get an IPI, and whether the caller waits for them. */
  make(request: string, caller?: RequestCaller & { readonly vcpus?: readonly number[] }): { readonly cpus: readonly number[]; readonly waits: boolean };
  /** kvm_check_request(): true, once, for a request that was made. One without a bit throws. */
  check(vcpu: number, request: string): boolean;
  /** kvm_vcpu_kick(): the host CPU that gets an IPI, if one does. "always" is powerpc's way. `runsHere`: by the vCPU's own thread. */
  kick(vcpu: number, caller?: RequestCaller & { readonly policy?: "when-in-guest" | "always"; readonly runsHere?: boolean }): number | undefined;
}

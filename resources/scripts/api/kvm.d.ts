import type { ApOptions, ApVm } from "./ap.d.ts";
import type { ArmOptions, ArmVm } from "./arm.d.ts";
import type { PassthroughOptions, PassthroughVm } from "./passthrough.d.ts";
import type { PowerOptions, PowerVm, Pseries, PseriesOptions } from "./power.d.ts";
import type { DirtyRing, S390Options, S390Vm } from "./s390.d.ts";
import type { RequestAge, RequestArchitecture, RequestVcpus } from "./requests.d.ts";
import type { U64 } from "./values.d.ts";

/** Machines of devices alone: KVM's API without a guest. They live as long as the run, at most 64 of them. */
export interface KvmFactory {
  /** KVM on s390: floating interrupt controller (FLIC), suppression, GISA, adapter routes, memory slots. */
  s390(options?: S390Options): S390Vm;
  /** The same with AP passthrough (vfio-ap) and a mock adapter. */
  ap(options?: ApOptions): ApVm;
  /** KVM on POWER9: XIVE native, XICS over XIVE. */
  power(options?: PowerOptions): PowerVm;
  /** A pseries machine's XIVE, as its guest finds it. */
  pseries(options?: PseriesOptions): Pseries;
  /** PCI passthrough on POWER9. */
  passthrough(options?: PassthroughOptions): PassthroughVm;
  /** vCPU attributes of arm64, with timers, PMU and private interrupts in virtual time. */
  arm(options?: ArmOptions): ArmVm;
  /** vCPU requests among so many vCPUs, 1 to 64, of one age of kernels (default "v6.1") and one architecture (default "s390"). */
  requests(vcpus: number, age?: RequestAge, architecture?: RequestArchitecture): RequestVcpus;
  /** A dirty ring of so many bytes (a power of two, 16 bytes an entry) over slots of so many pages. */
  dirtyRing(bytes: number, slots: readonly U64[]): DirtyRing;
  /** Names of the defects that `power`, `pseries` and `passthrough` know, with what each does. */
  defects(): Readonly<Record<string, string>>;
}

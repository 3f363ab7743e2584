import type { Books, BytesLike, BytesReply, Fields, Reply, S390Irq, U64 } from "./values.d.ts";

export type KernelProfileName = "linux-4.12" | "linux-4.13" | "linux-5.6" | "linux-6.1";
/** Behaviour of KVM's own that is not wanted everywhere, and defects of the past. Derived from source. */
export type QuirkName =
  | "getAllDrainsGisa" | "indicatorDirtyByUserAddress" | "indicatorByteUnlogged" | "pinnedIndicatorUnmarked"
  | "kickMarkOutlivesWakeUp" | "kickMaskShrinks" | "forwardingHasOwnModes" | "stopAndStoreForgets";

export interface S390Options {
  /** Default "linux-6.1". */
  readonly profile?: KernelProfileName;
  /** vCPUs with addresses from 0, 0 to 8. Default 1. */
  readonly cpus?: number;
  /** Adapter-interruption suppression (facility 72) is enabled before the vCPUs are created. Default true. */
  readonly suppression?: boolean;
  /**
   * Format of the guest interruption state area (GISA), or "none" on a host without adapter-interruption
   * virtualization. Default 1, where the profile's kernel has one.
   */
  readonly gisa?: 0 | 1 | "none";
  /** External calls wait in the machine's SIGP area (SCA), not with the vCPU. Default false. */
  readonly sigpInterpretation?: boolean;
  /** Without a channel subsystem TPI answers condition code 3. Default true. */
  readonly channelSubsystem?: boolean;
  /** Switched on or off, over what the profile has. */
  readonly quirks?: Partial<Record<QuirkName, boolean>>;
}

/** An adapter route: guest addresses of indicator and summary indicator, and bits there (from the left where the adapter was registered with `swap`). */
export interface AdapterRoute {
  readonly gsi: number;
  /** Default 3, KVM_IRQ_ROUTING_S390_ADAPTER. */
  readonly type?: number;
  readonly flags?: number;
  readonly indicator: U64;
  readonly summary: U64;
  readonly indicatorBit: U64;
  readonly summaryBit: number;
  readonly adapter: number;
}

/** The guest interruption state area. In masks ISC 0 is 0x80. */
export interface Gisa {
  readonly format: 0 | 1;
  /** Pending; those whose coming puts the area on the host's alert list; those that somebody registered. */
  readonly ipm: number;
  readonly iam: number;
  readonly alertMask: number;
  /** How often each ISC is registered. */
  readonly references: readonly number[];
  /** Format 1's own masks for forwarded PCI events; not the modes of AISM. */
  readonly simm: number;
  readonly nimm: number;
  readonly inAlertList: boolean;
}

/** An entry of any kind (1 irqchip, 2 MSI, 3 adapter, 4 Hyper-V, 5 Xen): up to 32 bytes of its union. */
export interface RawRoute {
  readonly gsi: number;
  readonly type: number;
  readonly flags?: number;
  readonly union: BytesLike;
}

/** A VM of KVM's on s390 with 2 MiB of memory, and nothing that executes. */
export interface S390Vm extends Books {
  readonly fd: number;
  readonly profile: KernelProfileName;
  /** KVM_CHECK_EXTENSION, by name ("KVM_CAP_S390_AIS") or number; 0 for what this kernel does not have. */
  checkExtension(capability: string | number): number;
  /** What KVM_CHECK_EXTENSION answers for every capability that has a name here. */
  capabilities(): Readonly<Record<string, number>>;
  /** KVM_ENABLE_CAP. */
  enableCap(capability: string | number, flags?: number): Reply;
  /** KVM_CREATE_DEVICE: "FLIC" or a number. `flags` 1 only asks whether the type exists. */
  createDevice(type: "FLIC" | number, flags?: number): Reply & { readonly device?: KvmDevice };
  /** KVM_CREATE_VCPU with the next address. */
  createVcpu(): S390Vcpu;
  /** A vCPU that exists, by its address. */
  vcpu(address: number): S390Vcpu;
  /** KVM_HAS_DEVICE_ATTR, KVM_GET_DEVICE_ATTR and KVM_SET_DEVICE_ATTR of the VM itself. */
  hasAttr(group: number, attr: U64): Reply;
  getAttr(group: number, attr: U64, length: number): BytesReply;
  setAttr(group: number, attr: U64, bytes?: BytesLike): Reply;
  /** KVM_CREATE_IRQCHIP; needs KVM_CAP_S390_IRQCHIP enabled. */
  createIrqchip(): Reply;
  /** KVM_SET_GSI_ROUTING: all routes, in place of those before. A kind that s390 does not have is -EINVAL. */
  setGsiRouting(routes: readonly (AdapterRoute | RawRoute)[]): Reply;
  /** eventfd(2): its descriptor. */
  openEventfd(): number;
  /** KVM_IRQFD. What the eventfd counts already is raised at once. */
  irqfd(request: { readonly fd: number; readonly gsi: number; readonly flags?: number; readonly resamplefd?: number }): Reply;
  /** Adds 1 to an eventfd's counter, then lets KVM's worker run: what each raised GSI answered. */
  signalEventfd(fd: number): number[];
  /** KVM_S390_INTERRUPT on the VM: `type` by name or number. */
  interrupt(type: string | number, parm?: number, parm64?: U64): Reply;
  /** KVM_SET_USER_MEMORY_REGION; addresses and size in bytes, multiples of 1 MiB. Flag 1 logs dirty pages. */
  setMemoryRegion(region: { readonly slot: number; readonly flags?: number; readonly guestAddress: U64; readonly size: U64; readonly userAddress: U64 }): Reply;
  memoryRegions(): { readonly slot: number; readonly flags: number; readonly guestAddress: bigint; readonly size: bigint; readonly userAddress: bigint }[];
  /**
   * What the VMM's process has mapped of guest memory, all of it anew: user addresses and the absolute address behind
   * them. Slots do not change by it. At the start all is mapped where slot 0 has it; what is not faults for KVM.
   */
  mapMemory(mappings: readonly { readonly userAddress: U64; readonly size: U64; readonly address: number; readonly writable?: boolean }[]): void;
  /** KVM_GET_DIRTY_LOG of a slot: the bitmap, and the guest frames (address / 4096) it names. Reading clears it. */
  getDirtyLog(slot: number): BytesReply & { readonly frames: readonly bigint[] };
  /** The guest's ESSA: the usage value (0 to 255) of a frame (address / 4096). */
  setUsage(frame: U64, value: number): void;
  /**
   * KVM_S390_GET_CMMA_BITS: usage values of a run of frames, one byte each; with `peek` from `startFrame`,
   * else from the next one that changed since migration mode began (attribute group 4 of the VM, attribute 1).
   * At most 32768 values; `remaining` frames are still to be collected.
   */
  getCmmaBits(request: { readonly startFrame: U64; readonly count: number; readonly peek?: boolean }): Reply & { readonly startFrame: bigint; readonly values: Uint8Array; readonly remaining: bigint };
  /** Guest memory by absolute address; throws beyond its end. Writing this way marks no page dirty. */
  readMemory(address: number, length: number): Uint8Array;
  writeMemory(address: number, bytes: BytesLike): void;
  /** Makes `bytes` the VMM's memory from `address` on; every other user address faults (-EFAULT). */
  placeUser(address: U64, bytes: BytesLike): void;
  /** The VMM's memory; undefined where it faults. */
  readUser(address: U64, length: number): Uint8Array | undefined;
  /** Any ioctl of a descriptor, by name ("KVM_IRQFD") or number. `argument`: usually an address given to `placeUser`. */
  ioctl(fd: number, request: string | number, argument?: U64): Reply;
  /** close(2). */
  close(fd: number): Reply;
  /** undefined where there is none. */
  gisa(): Gisa | undefined;
  /** One more, and one less, who wants alerts of a guest ISC: the host's ISC (-ENODEV without a GISA, -ERANGE), and 0 (-EINVAL where nobody does). */
  registerGisc(isc: number): Reply;
  unregisterGisc(isc: number): Reply;
  /** The hardware makes a guest ISC pending for a passed-through device, and alerts where that is asked for. */
  deviceInterrupt(isc: number): Reply;
  /** CPU addresses that were kicked so far, in order. */
  kicks(): number[];
}

/** A vCPU that is only its registers: whoever drives the VM sets them. */
export interface S390Vcpu {
  readonly fd: number;
  readonly address: number;
  registers(): { readonly pswMask: bigint; readonly pswAddress: bigint; readonly controls: readonly bigint[]; readonly prefix: number; readonly stopped: boolean };
  /** `controls`: by number, such as { 6: 0xff000000n }. The last two: the condition of the clock comparator, and of the CPU timer, is there. */
  setRegisters(values: { readonly pswMask?: U64; readonly pswAddress?: U64; readonly controls?: Readonly<Record<number, U64>>; readonly prefix?: number; readonly stopped?: boolean; readonly clockComparatorDue?: boolean; readonly cpuTimerDue?: boolean }): void;
  /**
   * Opens PSW and control registers 0, 6 and 14 to every interruption, and writes the new PSWs in the prefix
   * area: closed to all (default), so that one interruption of a class comes through, or open to all.
   */
  open(newPsws?: "closed" | "open"): void;
  /** Loads a waiting PSW: "idle", "runnable" or "disabled-wait". */
  enterIdle(): string;
  leaveIdle(): void;
  /** Presents everything the vCPU is open to: type and parameter (decimal digits) of each interruption, in order. */
  deliver(): { readonly type: number; readonly parm: string }[];
  /** KVM_S390_INTERRUPT and KVM_S390_IRQ on the vCPU. */
  interrupt(type: string | number, parm?: number, parm64?: U64): Reply;
  irq(interrupt: S390Irq | BytesLike): Reply;
  /** The guest's TEST PENDING INTERRUPTION: stores at address 0 in the prefix area, else at that address. */
  tpi(address?: U64): { readonly conditionCode: 0 | 1 | 3 } | { readonly exception: "specification" | "access" };
  /** What TEST SUBCHANNEL dequeues for this general register 1; undefined for nothing. */
  tsch(gr1: U64): IoInterruption | undefined;
  /** KVM_S390_GET_IRQ_STATE into a buffer of `length` bytes: the result is the number of bytes, `bytes` has that many; the whole buffer where the call failed. */
  getIrqState(length: number): BytesReply;
  /** KVM_S390_SET_IRQ_STATE. */
  setIrqState(irqs: BytesLike | readonly S390Irq[]): Reply;
}

/** struct kvm_s390_io_info. */
export interface IoInterruption {
  readonly subchannel_id: number;
  readonly subchannel_nr: number;
  readonly io_int_parm: number;
  readonly io_int_word: number;
}

/** What a group of attributes is about: number, or name of the controller's (FLIC "AISM", XIVE "SOURCE", XICS "SOURCES"). */
export type AttrGroup = number | string;
/** What `addr` points to: bytes, the fields of the group's structure, or interrupts for ENQUEUE. */
export type AttrValue = BytesLike | Fields | readonly S390Irq[];

/** A device of KVM_CREATE_DEVICE. */
export interface KvmDevice {
  readonly fd: number;
  /** "FLIC", "XIVE" or "XICS". */
  readonly type: string;
  /** KVM_HAS_DEVICE_ATTR. */
  hasAttr(group: AttrGroup, attr?: U64): Reply;
  /** KVM_GET_DEVICE_ATTR into a buffer of `length` bytes (default: the size of the group's structure), or with `faults` to an address that does. `attr` defaults to the buffer's length where the group wants that, else 0. */
  getAttr(group: AttrGroup, options?: { readonly attr?: U64; readonly length?: number; readonly faults?: boolean }): BytesReply;
  /** KVM_SET_DEVICE_ATTR. Without a value `addr` faults where it is read. */
  setAttr(group: AttrGroup, value?: AttrValue, attr?: U64): Reply;
}

/** A dirty ring (KVM_CAP_DIRTY_LOG_RING) over slots of so many pages. Kernels of these profiles do not offer it on s390. */
export interface DirtyRing {
  /** KVM logs one page; false when the ring is full. */
  push(slot: number, page: U64): boolean;
  /** The VCPU must leave the guest (KVM_EXIT_DIRTY_RING_FULL). */
  isSoftFull(): boolean;
  /** The shared memory: entries of struct kvm_dirty_gfn, 16 bytes each. */
  read(entry: number): { readonly flags: number; readonly slot: number; readonly offset: bigint };
  /** The VMM writes an entry; it may write anything. */
  write(entry: number, fields: Fields): void;
  /** KVM_RESET_DIRTY_RINGS: entries taken back. */
  reset(): number;
  /** Pages that were protected again by `reset`, as [slot, page]. */
  protectedPages(): [slot: number, page: bigint][];
}

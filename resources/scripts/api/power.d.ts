import type { KvmDevice } from "./s390.d.ts";
import type { Books, BytesLike, BytesReply, Reply, U64 } from "./values.d.ts";

export interface PowerOptions {
  /** The host has a XIVE. Default true. */
  readonly hasXive?: boolean;
  /** One escalation interrupt per vCPU. Default false. */
  readonly singleEscalation?: boolean;
  /** Defects by name, such as "xive.vpState.skipBacklog"; see `kvm.defects()`. */
  readonly defects?: readonly string[];
}

/** The page of a source: the even one triggers, the odd one manages (P and Q). */
export type EsbPage = "trigger" | "management";
/** What a hypervisor call answered: a status (0 is H_SUCCESS), and R4 and on. */
export interface HcallReply {
  readonly status: number;
  readonly outputs: readonly bigint[];
}

/** KVM on POWER9 with 4 MiB of memory: the XIVE native device, or XICS over XIVE. The orders of checks are derived from source. */
export interface PowerVm extends Books {
  readonly fd: number;
  /** KVM_CHECK_EXTENSION, by number or as "KVM_CAP_PPC_IRQ_XIVE", "KVM_CAP_IRQ_XICS". */
  checkExtension(capability: string | number): number;
  /** KVM_CREATE_DEVICE. Attribute values: bytes; { value } for the numbers of SOURCE, SOURCE_CONFIG, SOURCES and CTRL; fields of kvm_ppc_xive_eq for EQ_CONFIG. */
  createDevice(type: "XIVE" | "XICS" | number, flags?: number): Reply & { readonly device?: KvmDevice };
  /** KVM_CREATE_VCPU. */
  createVcpu(id: number): PowerVcpu;
  /** KVM_IRQ_LINE: the result of raising. 1 raises, 0 lowers; for lines that stay, -3 and -2. */
  irqLine(irq: number, level: number): Reply;
  /** eventfd(2): its descriptor. At most 1000. */
  openEventfd(): number;
  /** KVM_IRQFD; `gsi` is the interrupt number. Flag 1 takes the binding away; what the eventfd counts already is raised at once. The kernel's way of raising is derived from source. */
  irqfd(request: { readonly fd: number; readonly gsi: number; readonly flags?: number; readonly resamplefd?: number }): Reply;
  /** Adds 1 to an eventfd's counter, then lets KVM's worker run: what each raised number answered (-EINVAL for a passed-through one). */
  signalEventfd(fd: number): number[];
  /** KVM_SET_USER_MEMORY_REGION; addresses and size in bytes, multiples of 64 KiB; size 0 deletes. Flag 1 logs dirty pages. At the start slot 0 is all of memory, logged. */
  setMemoryRegion(region: { readonly slot: number; readonly flags?: number; readonly guestAddress: U64; readonly size: U64; readonly userAddress: U64 }): Reply;
  memoryRegions(): { readonly slot: number; readonly flags: number; readonly guestAddress: bigint; readonly size: bigint; readonly userAddress: bigint }[];
  /** KVM_GET_DIRTY_LOG of a slot: the bitmap, and the guest frames (address / 64 KiB) it names; queues are marked by EQ_SYNC. Reading clears it. */
  getDirtyLog(slot: number): BytesReply & { readonly frames: readonly bigint[] };
  /** mmap(2) of a descriptor, offset and length in pages of 64 KiB: which area it is. */
  mmap(fd: number, pageOffset: number, pages: number): Reply & { readonly area?: "tima" | "esb" };
  /** 8-byte load of a source's page through the device's mapping, such as management 0x800 (get PQ as P * 2 + Q) or 0xc00 (set PQ to 00); undefined where the access fails. */
  loadEsb(irq: number, page: EsbPage, offset: number): number | undefined;
  /** 8-byte store, such as trigger 0 (one event); false where it is ignored. */
  storeEsb(irq: number, page: EsbPage, offset: number): boolean;
  /** RTAS of XICS guests: "ibm,set-xive", "ibm,get-xive", "ibm,int-off", "ibm,int-on". The status, then results. */
  rtas(name: string, args: readonly number[], results: number): number[];
  readMemory(address: number, length: number): Uint8Array;
  writeMemory(address: number, bytes: BytesLike): void;
  /** Frames (address / 64 KiB) of event queues that were marked dirty since the last call. */
  takeDirtyFrames(): bigint[];
  close(fd: number): Reply;
}

export interface PowerVcpu {
  readonly fd: number;
  readonly id: number;
  /** KVM_ENABLE_CAP: connects the vCPU to a controller as `server`; -EPERM for one of another VM. */
  connect(device: KvmDevice, server: number): Reply;
  /**
   * KVM_GET_ONE_REG: "KVM_REG_PPC_VP_STATE" (16 bytes: the ring's bytes 0 to 7 in order of memory, then 8 that
   * say nothing), "KVM_REG_PPC_ICP_STATE" (8 bytes, little-endian), or a number. `value`: a register of 8 bytes
   * as a bigint; of ICP_STATE bits 63:56 are CPPR, 55:32 XISR, 31:24 MFRR and 23:16 PPRI.
   */
  getOneReg(register: string | U64): BytesReply;
  /** KVM_SET_ONE_REG: bytes, or a number for a register of 8 bytes. */
  setOneReg(register: string | U64, value: BytesLike | U64): Reply;
  /** Puts its context on a hardware thread, 0 to 63: where it was last, and at first the VM's first vCPU on 0, the second on 1 and so on. */
  push(thread?: number): void;
  /** Takes it off its thread. */
  pull(): void;
  /** H_CEDE: false where an escalation has come and it must not sleep. */
  cede(): boolean;
  /** A load of 1, 2, 4 or 8 bytes of the guest's page (64 KiB) of the thread's TIMA, such as 0x810 (acknowledge), 2 bytes; undefined where it fails, which a CPU sees as all ones. Default: its own thread. */
  loadTima(offset: number, size: number, thread?: number): bigint | undefined;
  /** A store there, such as 0x11 (CPPR), 1 byte. */
  storeTima(offset: number, size: number, value: U64, thread?: number): boolean;
  /** Hypervisor calls of XICS guests: "H_XIRR", "H_XIRR_X" (R5: timebase), "H_CPPR", "H_EOI", "H_IPI", "H_IPOLL". H_TOO_HARD (9999) for others and without a XICS: they are the VMM's. */
  hcall(call: string | number, ...args: U64[]): HcallReply;
}

export interface PseriesOptions {
  /** The sources are KVM's. Default true. */
  readonly kernel?: boolean;
  readonly storeEoi?: boolean;
  readonly defects?: readonly string[];
}

/**
 * The interrupt controller of a pseries machine in XIVE mode, with vCPUs 0 and 1, 0x2000 interrupts and 4 MiB of
 * memory. No interrupt is claimed at the start; a whole machine claims its CPUs' own, 0 and 1, too.
 */
export interface Pseries extends Books {
  /** Takes an interrupt number into use; false if it cannot be. */
  claim(lisn: number, isLsi?: boolean): boolean;
  release(lisn: number): boolean;
  /** "H_INT_SET_SOURCE_CONFIG" and the others, with R4 and on. */
  hcall(call: string | number, ...args: U64[]): HcallReply;
  /** A device's line or message. */
  setIrq(lisn: number, isRaised: boolean): void;
  /** 8 bytes of a source's page, by byte offset in its 64 KiB; undefined where the load fails, which a CPU sees as all ones. */
  loadEsb(lisn: number, page: EsbPage, offset: number): number | undefined;
  /** False where the store is ignored. */
  storeEsb(lisn: number, page: EsbPage, offset: number): boolean;
  /** 1, 2, 4 or 8 bytes of the OS page of a vCPU's TIMA, by byte offset in its 64 KiB; undefined and false likewise. */
  loadTima(vcpu: number, offset: number, size: number): bigint | undefined;
  storeTima(vcpu: number, offset: number, size: number, value: U64): boolean;
  readMemory(address: number, length: number): Uint8Array;
  writeMemory(address: number, bytes: BytesLike): void;
  /** Machine reset: 0 or the kernel's errno. */
  reset(): Reply;
}

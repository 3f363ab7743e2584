import type { EsbPage } from "./power.d.ts";
import type { Books, Reply, U64 } from "./values.d.ts";

export interface PassthroughOptions {
  /** "native": the guest drives its sources by their pages. "xics": KVM does. Default "native". */
  readonly mode?: "native" | "xics";
  /** Who makes a guest's pages follow a switch; default "S2-address-space", which is what Linux has. */
  readonly strategy?:
    | "S1-vma-pointer" | "S2-address-space" | "S3-overlay" | "S3a-overlay-at-change-msi" | "S3b-overlay-at-irqfd"
    | "S4-never-reuse" | "S5-memory-region" | "S6-mirror" | "S7-hcall-only";
  /** Defects by name; see `kvm.defects()`. "linux-6.1" stands for all that it has (derived from source). */
  readonly defects?: readonly string[];
  /** The bridge's sources have Store-EOI. Default false. */
  readonly storeEoi?: boolean;
  /** The host connects eventfds with interrupts directly (irqbypass). Default true. */
  readonly directPath?: boolean;
  /** Servers 0 to this number - 1 are there, with every queue. Default: every server is. */
  readonly servers?: number;
}
export interface PciShape {
  readonly vendor?: number;
  readonly device?: number;
  /** Vectors: MSI 0, 1, 2, 4 or 8, MSI-X 0 to 8. */
  readonly msi?: number;
  readonly msix?: number;
  readonly hasLine?: boolean;
}
/** What an access of the guest did: a value, a store that was taken or ignored, or why it did not happen. */
export type EsbAccess =
  | { readonly kind: "value"; readonly value: bigint }
  | { readonly kind: "stored"; readonly stored: boolean }
  | { readonly kind: "refused"; readonly why: "unbacked" | "segv" | "sigbus" | "locked" };

/** Where the events of a source go; priority 0xff for nowhere. */
export type EventRoute = { readonly space: "guest" | "host"; readonly target: number; readonly priority: number; readonly data: number };

/** A POWER9 host that passes PCI functions behind a PHB4 through to a guest. */
export interface PassthroughVm extends Books {
  /** Plugs a function into the bridge. Vendor and device default to 0x1014 and 1, 8 MSIs and a line. */
  plug(shape?: PciShape): PciFunction;
  /** RTAS ibm,change-msi: status 0 with count and sequence, or an error below 0. `type`: as a number, the call's function (3 MSI, 4 MSI-X). */
  changeMsi(address: number, count: number, type?: "msi" | "msix" | number, sequence?: number): { readonly status: number; readonly count?: number; readonly sequence?: number };
  /** KVM_IRQFD of a vector: the descriptor's number, and what the direct path returned (0, an errno, "blocked", "null dereference"). */
  connect(lisn: number, hostIrq: number): { readonly irqfd: number; readonly returned: number | string };
  disconnect(irqfd: number): number | string;
  /** The same calls up to before their first step. */
  beginConnect(lisn: number, hostIrq: number): PassthroughCall;
  beginDisconnect(irqfd: number): PassthroughCall;
  /** A fault of user space or the guest on a page; one step, but several with the defect `passthrough.fault.insertUnlocked`. */
  beginFault(userPage: number): PassthroughCall;
  /** H_EOI of a XICS guest's source: choosing the interrupt, and ending it. */
  beginEoi(lisn: number): PassthroughCall;
  /** Attribute SOURCE (bit 0 of the value LSI, 1 asserted), SOURCE_SYNC, EQ_SYNC (the sources that it was about), RESET, and close(2) of the controller: "blocked", with nothing done, while a call is under way. */
  createSource(lisn: number, value?: U64): Reply;
  syncSource(lisn: number): Reply;
  syncQueues(): number[];
  resetController(): void;
  closeController(): "done" | "blocked";
  /** RTAS of a XICS guest: "ibm,int-off" and "ibm,int-on" [lisn], "ibm,set-xive" [lisn, server, priority]. Status 0 or -3, or "blocked" where it would wait. */
  rtas(name: string, args: readonly number[]): number | "blocked";
  /** The VMM's memory areas of the controller's file. */
  userSpace(): UserSpace;
  /** The host kernel's side of a host interrupt. */
  host(irq: number): HostInterrupt;
  /** Attribute SOURCE_CONFIG. */
  configureSource(lisn: number, route: { readonly server?: number; readonly priority: number; readonly isMasked?: boolean; readonly eisn?: number }): Reply;
  /** The guest's own accesses at a source's pages. */
  load(lisn: number, page: EsbPage, offset: number): EsbAccess;
  store(lisn: number, page: EsbPage, offset: number): EsbAccess;
  /** The guest's EOI as Linux does it: PQ to 00, and a trigger where Q was set. */
  eoi(lisn: number): EsbAccess;
  /** H_INT_ESB, at a byte offset of the management page. */
  hcallEsb(lisn: number, isStore: boolean, offset: number): EsbAccess;
  /** Injection by software: KVM_IRQ_LINE and emulated devices. */
  setIrq(lisn: number, level: number): Reply;
  /** A CPU of the host handles its oldest interrupt; the host interrupt's number, or undefined without one. */
  handleHost(): number | undefined;
  /** The guest takes the oldest entry of its queue; undefined without one. */
  takeEntry(): { readonly server: number; readonly priority: number; readonly data: number } | undefined;
  /** The guest has ended the entry with this data. */
  finishEntry(data: number): void;
  /** Entries nobody has taken. */
  queued(): number;
  /**
   * Each valid source: its IPI and PHB source (-1: not mapped), P * 2 + Q of both, where the guest wants it and
   * where the two are routed, priorities as the guest and KVM know them (0xff: masked), P and Q at masking.
   */
  sources(): {
    readonly lisn: number; readonly ipi: number; readonly phb: number; readonly ipiPq: number; readonly phbPq: number;
    readonly server: number; readonly priority: number; readonly eisn: number;
    readonly ipiRoute: EventRoute; readonly phbRoute?: EventRoute;
    readonly guestPriority: number; readonly savedPriority: number; readonly oldP: boolean; readonly oldQ: boolean;
    readonly isLsi: boolean; readonly isAsserted: boolean;
  }[];
  /** Page table entries of the guest's mapping: user page, and the source and page it leads to. */
  pages(): { readonly userPage: number; readonly source: number; readonly page: string }[];
  /** What an invariant says is wrong; empty at rest with no defect on. */
  violations(): string[];
  /** Steps of the calls so far, oldest first: call, step, LISN, the bit that decided, and its value. */
  steps(): { readonly call: string; readonly step: string; readonly lisn: number; readonly source: number; readonly bit: string; readonly value: number }[];
}

/** A call between two of its steps; anything else may happen there. */
export interface PassthroughCall {
  /** Of the irqfd that it is about; -1 for none. */
  readonly irqfd: number;
  /** Name of the step that comes next; undefined when it has ended. */
  next(): string | undefined;
  /** One step. "blocked": a lock is held or an EOI is under way, nothing has changed, try again. */
  step(): "next" | "blocked" | "done";
  /** All that is left: what the call returned (0 for a fault or an EOI), or "blocked". */
  finish(): number | string;
}

/**
 * Mappings of the controller's file, by pages of 64 KiB: file pages 0 to 3 are the TIMA, from 4 on two for each
 * source, the trigger page first. Every source is mapped at user page 0x100000 at the start.
 */
export interface UserSpace {
  /** mmap(2) at a fixed place, over what was there: -EINVAL for a file page or length that cannot be mapped. */
  mmap(userPage: number, pages: number, filePage: number): Reply;
  munmap(userPage: number, pages: number): Reply;
  /** Splits the mappings at both ends. */
  mprotect(userPage: number, pages: number): Reply;
  mappings(): { readonly userPage: number; readonly pages: number; readonly filePage: number; readonly maps: "tima" | "esb" }[];
  /** Touches a page: where its entry leads to, with a fault where it has none, or why it cannot. */
  touch(userPage: number): { readonly source: number; readonly page: string } | "tima" | "segv" | "sigbus" | "locked";
}

/** `savedP`: an entry is in a queue of the host although P may be 0. `staleP`: there is none although P is 1. */
export interface HostInterrupt {
  readonly irq: number;
  /** `cpu`: of the host that takes it, -1 where it was not started. */
  state(): { readonly cpu: number; readonly savedP: boolean; readonly staleP: boolean; readonly isForwarded: boolean };
  setCpu(cpu: number): void;
  /** What the chip answers from now on to being forwarded to a vCPU, and firmware to delivery at the host again: an errno, 0 for success. */
  failForwarding(errno: number): void;
  failTakingBack(errno: number): void;
}

export interface PciFunction {
  /** As RTAS names it. */
  readonly address: number;
  /** Host interrupt of vector n is `hostIrq + n`. */
  readonly hostIrq: number;
  readonly lineIrq: number;
  /** The function wants to interrupt by a vector: "sent", "pending" or "lost". */
  interrupt(vector: number): "sent" | "pending" | "lost";
  setLine(isRaised: boolean): void;
  /** Configuration space, 256 bytes, little-endian; `size` 1, 2 or 4. */
  readConfig(offset: number, size: number): number;
  /** What user space does then: as MSI or MSI-X is turned on it connects each vector that has a LISN, and takes those away as it is turned off. */
  writeConfig(offset: number, size: number, value: number): boolean;
  /** Masks or unmasks one MSI-X vector. */
  maskVector(vector: number, isMasked: boolean): boolean;
  /** LISN of each vector, as the guest programmed it; empty before. */
  lisns(): number[];
}

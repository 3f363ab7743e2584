import type { EsbPage } from "./power.d.ts";
import type { Books, Reply } from "./values.d.ts";

export interface PassthroughOptions {
  /** "native": the guest drives its sources by their pages. "xics": KVM does. Default "native". */
  readonly mode?: "native" | "xics";
  /** Who makes a guest's pages follow a switch; default "S2-address-space", which is what Linux has. */
  readonly strategy?:
    | "S1-vma-pointer" | "S2-address-space" | "S3-overlay" | "S3a-overlay-at-change-msi" | "S3b-overlay-at-irqfd"
    | "S4-never-reuse" | "S5-memory-region" | "S6-mirror" | "S7-hcall-only";
  /** Defects by name; see `kvm.defects()`. "linux-6.1" stands for all that it has (derived from source). */
  readonly defects?: readonly string[];
}
export interface PciShape {
  readonly vendor?: number;
  readonly device?: number;
  /** Vectors: MSI a power of two up to 32, MSI-X up to 2048; 0 for none. */
  readonly msi?: number;
  readonly msix?: number;
  readonly hasLine?: boolean;
}
/** What an access of the guest did: a value, a store that was taken or ignored, or why it did not happen. */
export type EsbAccess =
  | { readonly kind: "value"; readonly value: bigint }
  | { readonly kind: "stored"; readonly stored: boolean }
  | { readonly kind: "refused"; readonly why: "unbacked" | "segv" | "sigbus" | "locked" };

/** A POWER9 host that passes PCI functions behind a PHB4 through to a guest. */
export interface PassthroughVm extends Books {
  /** Plugs a function into the bridge. Vendor and device default to 0x1014 and 1, 8 MSIs and a line. */
  plug(shape?: PciShape): PciFunction;
  /** RTAS ibm,change-msi: status 0 with count and sequence, or an error below 0. */
  changeMsi(address: number, count: number, type?: "msi" | "msix", sequence?: number): { readonly status: number; readonly count?: number; readonly sequence?: number };
  /** KVM_IRQFD of a vector: the descriptor's number, and what the direct path returned (0, an errno, "blocked", "null dereference"). */
  connect(lisn: number, hostIrq: number): { readonly irqfd: number; readonly returned: number | string };
  disconnect(irqfd: number): number | string;
  /** Attribute SOURCE_CONFIG. */
  configureSource(lisn: number, route: { readonly server?: number; readonly priority: number; readonly isMasked?: boolean; readonly eisn?: number }): Reply;
  /** The guest's own accesses at a source's pages. */
  load(lisn: number, page: EsbPage, offset: number): EsbAccess;
  store(lisn: number, page: EsbPage, offset: number): EsbAccess;
  /** The guest's EOI as Linux does it: PQ to 00, and a trigger where Q was set. */
  eoi(lisn: number): EsbAccess;
  /** H_INT_ESB. */
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
  /** Each valid source: its IPI and PHB source (-1: not mapped), P * 2 + Q of both, routing. */
  sources(): { readonly lisn: number; readonly ipi: number; readonly phb: number; readonly ipiPq: number; readonly phbPq: number; readonly server: number; readonly priority: number; readonly eisn: number }[];
  /** Page table entries of the guest's mapping: user page, and the source and page it leads to. */
  pages(): { readonly userPage: number; readonly source: number; readonly page: string }[];
  /** What an invariant says is wrong; empty at rest with no defect on. */
  violations(): string[];
  /** Steps of the calls so far, oldest first: call, step, LISN, the bit that decided, and its value. */
  steps(): { readonly call: string; readonly step: string; readonly lisn: number; readonly source: number; readonly bit: string; readonly value: number }[];
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
  writeConfig(offset: number, size: number, value: number): boolean;
  /** Masks or unmasks one MSI-X vector. */
  maskVector(vector: number, isMasked: boolean): boolean;
  /** LISN of each vector, as the guest programmed it; empty before. */
  lisns(): number[];
}

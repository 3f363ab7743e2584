/** Bytes for a call: an array of them, or hexadecimal digits ("00 01 ff"; spaces are skipped). At most 1 MiB. */
export type BytesLike = Uint8Array | string;
/** An unsigned 64-bit number; a plain number counts up to 2^53. */
export type U64 = bigint | number;

/** What a call of KVM's answered. */
export interface Reply {
  /** 0, a count or a descriptor; or a negative errno such as -22. */
  readonly result: number;
  /** The errno by name ("-EINVAL"); the number as text where it is none ("0"). */
  readonly errno: string;
}
export interface BytesReply extends Reply {
  /** The caller's buffer after the call. */
  readonly bytes: Uint8Array;
  /** The buffer read as the call's structure where it has one, or as its number, if the call succeeded. */
  readonly value?: unknown;
}

/** Fields of a structure by their names in the kernel's header; those not given are 0. */
export type Fields = Readonly<Record<string, number | bigint | BytesLike>>;

/** One line of the interrupt ledger. */
export interface LedgerLine {
  /** Instructions of a running machine, decisions of a device-only one. */
  readonly at: bigint;
  /** Identity of the interrupt, from 1; 0 for a step that belongs to none. */
  readonly id: number;
  /** "raised", "queued", "kicked", … or an end: "accepted", "coalesced", "suppressed", "masked", "refused", "cleared", "drained", "lost". */
  readonly step: string;
  /** The bit or state that decided. */
  readonly bit: string;
  /** Interrupt type of KVM's, or source number. */
  readonly kind: number;
  /** CPU address, or -1. */
  readonly cpu: number;
  /** For "coalesced": the identity merged into. */
  readonly into: number;
}
/** Why an interrupt was not delivered, or what became of it. */
export interface Why {
  readonly id: number;
  readonly step: string;
  readonly bit: string;
  readonly sentence: string;
  /** What stands between a pending interrupt and each CPU; bits numbered from the left. */
  readonly obstacles: readonly { readonly cpu: number; readonly bit: string }[];
  readonly trail: readonly LedgerLine[];
}

/** The ledger of a machine without a guest. Its time counts its own lines (arm64: virtual nanoseconds). */
export interface Books {
  /** What became of one interrupt, and what keeps it from a CPU; undefined for an identity that is not known. */
  why(id: number): Why | undefined;
  /** The newest lines, oldest first, at most `count` (default 100, up to 65536). */
  ledger(count?: number): LedgerLine[];
  /** Interrupts raised, pending, and by their ends: raised = pending + all ends. */
  counts(): Readonly<Record<string, number>>;
  /** Compares the books with the controller's own bits: undefined where they agree, else what is wrong. */
  checkLedger(): string | undefined;
}

/** The structures of KVM's user-space API, byte for byte. s390 and arm64-independent ones are big-endian; those named "ppc64le/…" and "arm64/…" little-endian. */
export interface Codecs {
  /** Names of all structures, such as "kvm_s390_ais_req". */
  names(): string[];
  /** Size in bytes, and offset and size of every field. */
  layout(name: string): { readonly size: number; readonly fields: Readonly<Record<string, readonly [offset: number, size: number]>> };
  encode(name: string, fields: Fields): Uint8Array;
  /** Sizes 1, 2 and 4 become numbers, 8 a bigint, any other bytes. `at`: byte offset, default 0. */
  decode(name: string, bytes: BytesLike, at?: number): Record<string, number | bigint | Uint8Array>;
  /** struct kvm_s390_irq, 72 bytes: `type` by name ("INT_SERVICE", "MCHK") or number (of I/O: up to 0xfffdffff), then the fields of that type's member of the union. */
  irq(interrupt: S390Irq): Uint8Array;
  /** The interrupts of a buffer of such structures. */
  irqs(bytes: BytesLike): S390Irq[];
  /** The value of XIVE's SOURCE_CONFIG: priority, server, mask and EISN in their bits. */
  xiveRoute(route: { readonly server: number; readonly priority: number; readonly isMasked?: boolean; readonly eisn: number }): bigint;
  /** The attribute of XIVE's EQ_CONFIG. */
  xiveQueue(server: number, priority: number): bigint;
}
/** One interrupt. "INT_SERVICE" {ext_params}, "INT_VIRTIO" {ext_params, ext_params2}, "MCHK" {cr14, mcic}, a number up to 0xfffdffff for I/O {subchannel_id, subchannel_nr, io_int_parm, io_int_word}, "INT_EMERGENCY" {code}, … */
export type S390Irq = { readonly type: string | number } & Fields;

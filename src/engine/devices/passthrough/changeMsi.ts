/**
 * RTAS call ibm,change-msi: the guest's driver asks for, changes or gives up the interrupts of a PCI
 * function. Before it is called a function has no LISN at all. Freeing makes a number available to the next
 * asker and leaves KVM's source as it is.
 */
import type { Passthrough } from "./passthrough.ts";
import { MsiAllocator } from "./msiAllocator.ts";
import { createSource } from "./sourceCalls.ts";

export type MessageType = "msi" | "msix";

/** RTAS status: hardware error, and parameter error. */
export const RTAS_HARDWARE_ERROR = -1;
export const RTAS_PARAMETER_ERROR = -3;
/** Function numbers of the call. */
export const CHANGE_MSI = 3;
export const CHANGE_MSIX = 4;
const typeOf = new Map<number, MessageType>([[CHANGE_MSI, "msi"], [CHANGE_MSIX, "msix"]]);

/** A PCI function as the call sees it. */
export interface MessageFunction {
  readonly isPassedThrough: boolean;
  /** Vectors that it has of each type; 0 without the capability. */
  readonly vectors: Readonly<Record<MessageType, number>>;
  /** The data of each vector's message is a LISN from now on; an empty list takes them all back. */
  program(type: MessageType, lisns: readonly number[]): void;
}

/** `status` below 0 is an error, without the rest. `sequence` is to be given with the next call. */
export type ChangeMsiResult =
  | { readonly status: 0; readonly count: number; readonly sequence: number }
  | { readonly status: typeof RTAS_HARDWARE_ERROR | typeof RTAS_PARAMETER_ERROR };

interface Block {
  readonly type: MessageType;
  readonly first: number;
  readonly count: number;
}

export class ChangeMsi {
  readonly allocator = new MsiAllocator();
  /** LISNs with a valid EAS. */
  readonly claimed = new Set<number>();
  /** Functions by bus, device and function number as RTAS gives it. */
  readonly functions = new Map<number, MessageFunction>();
  readonly blocks = new Map<number, Block>();
  /** LISNs that an emulated function has ever had. */
  private readonly emulated = new Set<number>();
  private readonly p: Passthrough;

  constructor(p: Passthrough) {
    this.p = p;
  }

  /**
   * Asks for `count` interrupts, or gives all up with 0. More than there are vectors is answered with how
   * many there are, and nothing else happens. A block that was there is freed after the new one is claimed.
   */
  call(address: number, functionNumber: number, count: number, sequence: number): ChangeMsiResult {
    const one = this.functions.get(address);
    const type = typeOf.get(functionNumber);
    if (!one || !type) return { status: RTAS_PARAMETER_ERROR };
    const previous = this.blocks.get(address);
    if (count === 0) {
      if (!previous) return { status: RTAS_HARDWARE_ERROR };
      this.free(previous);
      this.blocks.delete(address);
      one.program(previous.type, []);
      return { status: 0, count: 0, sequence: sequence + 1 };
    }
    const vectors = one.vectors[type];
    if (vectors === 0) return { status: RTAS_HARDWARE_ERROR };
    if (count > vectors) return { status: 0, count: vectors, sequence: sequence + 1 };
    const freesFirst = this.p.has("passthrough.changeMsi.freeBeforeClaim");
    if (previous && freesFirst) this.free(previous);
    const block = this.claimBlock(one, type, count);
    if (!block) return { status: RTAS_HARDWARE_ERROR };
    if (previous && !freesFirst) this.free(previous);
    this.blocks.set(address, block);
    one.program(type, lisnsOf(block));
    return { status: 0, count, sequence: sequence + 1 };
  }

  /** A number outside the messages' range for a function's line (LSI). False if it is taken. */
  claimLine(lisn: number): boolean {
    return this.claim(lisn, 1n);
  }

  private claimBlock(one: MessageFunction, type: MessageType, count: number): Block | undefined {
    const isKept = one.isPassedThrough && !this.p.strategy.reusesNumbers;
    const suits = (lisn: number): boolean => !(isKept && this.emulated.has(lisn));
    const first = this.allocator.allocate(count, type === "msix", suits);
    if (first === undefined) return undefined;
    const block = { type, first, count };
    const lisns = lisnsOf(block);
    const taken = lisns.findIndex((lisn) => !this.claim(lisn, 0n));
    if (taken >= 0) {
      for (const earlier of lisns.slice(0, taken)) this.claimed.delete(earlier);
      this.allocator.free(first, count);
      return undefined;
    }
    for (const lisn of lisns) {
      this.p.source(lisn)!.hcallOnly = one.isPassedThrough && this.p.strategy.hcallOnly;
      if (!one.isPassedThrough) this.emulated.add(lisn);
    }
    return block;
  }

  /** A valid EAS, and a source of KVM with an IPI, off. */
  private claim(lisn: number, value: bigint): boolean {
    if (this.claimed.has(lisn) || createSource(this.p, lisn, value) !== 0) return false;
    this.claimed.add(lisn);
    return true;
  }

  private free(block: Block): void {
    for (const lisn of lisnsOf(block)) this.claimed.delete(lisn);
    this.allocator.free(block.first, block.count);
  }
}

const lisnsOf = ({ first, count }: Block): number[] =>
  Array.from({ length: count }, (_, index) => first + index);

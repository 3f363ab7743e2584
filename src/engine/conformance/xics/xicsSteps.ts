/** What the vectors of KVM's XICS device are made of, and words that they are written in. */

export type XicsStep =
  | { readonly op: "set"; readonly irq: bigint; readonly value: bigint; readonly result: number }
  /** `isBad`: to an address nothing is at. */
  | { readonly op: "get"; readonly irq: bigint; readonly result: number; readonly value?: bigint }
  | { readonly op: "has"; readonly irq: bigint; readonly result: number }
  | {
    readonly op: "hcall"; readonly vcpu: number; readonly number: number; readonly args: readonly bigint[];
    readonly status: number; readonly r4?: bigint;
  }
  | {
    readonly op: "rtas"; readonly name: string; readonly args: readonly number[];
    readonly reply: readonly number[];
  }
  /** Taken out of the guest for it. */
  | { readonly op: "setIcp"; readonly vcpu: number; readonly value: bigint; readonly result: number }
  | { readonly op: "getIcp"; readonly vcpu: number; readonly value: bigint }
  | { readonly op: "irqLine"; readonly irq: number; readonly level: number; readonly status: number }
  | { readonly op: "guestPq"; readonly irq: number; readonly pq: number }
  | {
    readonly op: "check"; readonly irq?: number; readonly pq?: number; readonly asserted?: boolean;
    readonly priority?: number; readonly server?: number; readonly isMasked?: boolean;
    readonly vcpu?: number; readonly cppr?: number; readonly mfrr?: number; readonly pending?: number;
    readonly hwCppr?: number; readonly ipiPq?: number;
    readonly queue?: readonly [server: number, priority: number]; readonly entries?: readonly number[];
  };

export interface XicsVector {
  readonly id: string;
  readonly title: string;
  /** "xive": the vCPUs are connected to the native device. */
  readonly device?: "xive" | "xics";
  readonly steps: readonly XicsStep[];
}

export const H_EOI = 0x64;
export const H_CPPR = 0x68;
export const H_IPI = 0x6c;
export const H_IPOLL = 0x70;
export const H_XIRR = 0x74;
/** The two vCPUs. */
export const A = 0;
export const B = 1;
/** CPPR and MFRR 0xff: nothing is masked, no IPI is pending. */
const OPEN = 0xff000000ff000000n;

export const open = (vcpu: number): XicsStep => ({ op: "setIcp", vcpu, value: OPEN, result: 0 });
export const rtas = (name: string, args: number[], ...reply: number[]): XicsStep =>
  ({ op: "rtas", name, args, reply });

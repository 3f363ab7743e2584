/**
 * Instruction addresses at which the engine stops. An entry with a breakpoint is never decoded and never
 * compiled, so the interpreter leaves there by the way that undecoded text takes: code without a breakpoint
 * is executed as if there were none anywhere.
 *
 * Addresses are virtual, in whatever space they are fetched from. The target of an EXECUTE is not met.
 */
import type { Core } from "./core.ts";
import { addressIn, type CodePage } from "./codePage.ts";

const pageOf = (address: bigint): bigint => address & ~0xfffn;

export class Breakpoints {
  private readonly core: Core;
  private readonly onMet: (address: bigint) => void;
  private addresses = new Set<bigint>();
  /** One that is taken out for as long as an instruction there is executed. */
  private passing: bigint | undefined;

  /** `onMet` is told the address of an instruction that the running CPU is about to execute. */
  constructor(core: Core, onMet: (address: bigint) => void) {
    this.core = core;
    this.onMet = onMet;
  }

  /** All of them, in place of those before. */
  set(addresses: Iterable<bigint>): void {
    const next = new Set(addresses);
    const changed = [...new Set([...next, ...this.addresses])].filter(
      (address) => next.has(address) !== this.addresses.has(address),
    );
    this.addresses = next;
    for (const address of changed) this.forget(address);
    const isOn = next.size > 0;
    this.core.code.breakpoints = isOn ? this : undefined;
  }

  /** The instruction there stays undecoded. */
  has(address: bigint): boolean {
    return address !== this.passing && this.addresses.has(address);
  }

  /** The running CPU is at an address whose text is not decoded: does it stop? */
  meets(address: bigint): boolean {
    if (!this.has(address)) return false;
    this.onMet(address);
    return true;
  }

  /** Does `work`, in which the breakpoint at an address does not count. */
  passingAt<T>(address: bigint, work: () => T): T {
    if (!this.addresses.has(address)) return work();
    this.passing = address;
    try {
      return work();
    } finally {
      this.passing = undefined;
      this.forget(address);
    }
  }

  /** A page came to another address. */
  moved(page: CodePage): void {
    for (const address of this.addresses)
      if (addressIn(page, 0) === pageOf(address)) this.drop(page, address);
  }

  /** What was decoded or compiled of the address is so no longer. */
  private forget(address: bigint): void {
    for (const page of this.core.code.pages())
      if (addressIn(page, 0) === pageOf(address)) this.drop(page, address);
  }
  private drop(page: CodePage, address: bigint): void {
    this.core.code.overwritten(page.frame + Number(address & 0xfffn), 2);
  }
}

/**
 * DIAGNOSE: the hypervisor calls of this machine. The set is KVM's (0x10, 0x44, 0x9c, 0x258, 0x288, 0x308,
 * 0x500) plus storage extents (0x260); every other function, LPAR information (0x204, 0x224) among them, ends
 * in a specification exception, which Linux takes for "not provided".
 *
 * The caller has checked for problem state. Invariant: an outcome of kind `program` has changed nothing.
 */
import type { GuestMemory } from "../../memory/guestMemory.ts";
import type { CpuPort, DiagnoseOutcome } from "./cpuPort.ts";
import { IPL_BLOCK_BYTES_MAX, isIplBlockValid } from "./iplBlock.ts";
import type { DiagnoseState } from "./state.ts";

const PAGE = 4096n;
/** The prefix area is two pages. */
const PREFIX_BYTES = 8192;
const DONE: DiagnoseOutcome = { kind: "done" };
const SPECIFICATION: DiagnoseOutcome = { kind: "program", code: 0x06 };
const ADDRESSING: DiagnoseOutcome = { kind: "program", code: 0x05 };

const diagnoseFunction = {
  releasePages: 0x010, yield: 0x044, yieldTo: 0x09c, pageFault: 0x258, storage: 0x260, watchdog: 0x288,
  ipl: 0x308, kvm: 0x500,
} as const;
/** Of function 0x500. */
const kvmSubfunction = { earlyConsole: 0n, notifyQueue: 3n, storageLimit: 4n } as const;

const iplReturn = { ok: 0x0001n, noBlock: 0x0102n, invalid: 0x0402n } as const;
const watchdogFunction = { start: 0n, change: 1n, cancel: 2n } as const;
const WATCHDOG_SECONDS_MIN = 15n;
const WATCHDOG_SECONDS_MAX = 0xffff_ffffn;
/** -EINVAL as a hypercall returns it. */
const HYPERCALL_INVALID = 0xffff_ffff_ffff_ffean;

export interface DiagnosePorts {
  readonly memory: GuestMemory;
  /** DIAGNOSE 0x288; absent: no watchdog in this machine. */
  readonly watchdog?: {
    readonly isRunning: boolean;
    start(seconds: bigint): void;
    cancel(): void;
  };
  /** A virtio-ccw queue notification; false: no such subchannel or queue. */
  notifyQueue(subsystemId: bigint, queue: bigint): boolean;
}

export class Diagnose {
  private readonly ports: DiagnosePorts;
  private readonly handshakes = new Set<number>();
  private iplBlock: Uint8Array | null = null;

  constructor(ports: DiagnosePorts) {
    this.ports = ports;
  }

  /** Runs function `code` (the 16 low bits of the second-operand address) with register fields r1 and r3. */
  diagnose(code: number, r1: number, r3: number, cpu: CpuPort): DiagnoseOutcome {
    switch (code & 0xffff) {
      case diagnoseFunction.releasePages: return this.releasePages(cpu.gr(r1), cpu.gr(r3), cpu.prefix);
      case diagnoseFunction.yield: return { kind: "yield" };
      case diagnoseFunction.yieldTo: return { kind: "yield", to: Number(cpu.gr(r1) & 0xffffn) };
      case diagnoseFunction.pageFault: return this.pageFaultHandshake(cpu, r1, r3);
      case diagnoseFunction.storage: return this.storage(cpu, r1, r3);
      case diagnoseFunction.watchdog: return this.watchdog(cpu, r1, r3);
      case diagnoseFunction.ipl: return this.ipl(cpu, r1, r3);
      case diagnoseFunction.kvm: return this.kvmFunction(cpu);
      default: return SPECIFICATION;
    }
  }

  /** The block that a re-IPL must use, if the guest or the board set one. */
  currentIplBlock(): Uint8Array | null {
    return this.iplBlock?.slice() ?? null;
  }

  setIplBlock(block: Uint8Array | null): void {
    this.iplBlock = block?.slice() ?? null;
  }

  /** A reset ends every handshake; the IPL parameter block outlives it. */
  reset(): void {
    this.handshakes.clear();
  }

  save(): DiagnoseState {
    return {
      handshakes: [...this.handshakes].sort((a, b) => a - b), iplBlock: this.iplBlock?.slice() ?? null,
    };
  }

  load(state: DiagnoseState): void {
    this.handshakes.clear();
    for (const cpu of state.handshakes) this.handshakes.add(cpu);
    this.iplBlock = state.iplBlock?.slice() ?? null;
  }

  /** Pages from `first` to `last` inclusive lose their contents; a released page reads as zeros. */
  private releasePages(first: bigint, last: bigint, prefix: number): DiagnoseOutcome {
    const end = last + PAGE;
    if (first % PAGE !== 0n || last % PAGE !== 0n || first >= end || first < 2n * PAGE) return SPECIFICATION;
    const size = BigInt(this.ports.memory.size);
    const from = Number(first);
    const to = Number(end < size ? end : size);
    this.clear(from, Math.min(to, prefix));
    this.clear(Math.max(from, prefix + PREFIX_BYTES), to);
    return DONE;
  }

  private clear(from: number, to: number): void {
    if (from < to) this.ports.memory.fill(from, to - from, 0, "diagnose");
  }

  /**
   * Page-reference services: the handshake is accepted as KVM does, and no page fault is ever reported, for
   * there is no host paging. Parameter block: code, subfunction, length in doublewords, version (halfwords),
   * token address, select mask, compare mask, reserved.
   */
  private pageFaultHandshake(cpu: CpuPort, r1: number, r3: number): DiagnoseOutcome {
    const { memory } = this.ports;
    if (cpu.gr(r1) % 8n !== 0n) return SPECIFICATION;
    const address = this.absolute(cpu.gr(r1), 40, cpu.prefix);
    if (address === undefined) return ADDRESSING;
    if (memory.u16(address) !== diagnoseFunction.pageFault) return SPECIFICATION;
    if (memory.u16(address + 4) < 5 || memory.u16(address + 6) !== 2) return SPECIFICATION;
    const [token, select, compare, reserved] = [8, 16, 24, 32].map((offset) => memory.u64(address + offset));
    switch (memory.u16(address + 2)) {
      case 0: {
        const isEstablished = this.handshakes.has(cpu.address);
        if (!isEstablished) {
          if (token! % 8n !== 0n || (select! & compare!) !== compare || reserved !== 1n << 63n)
            return SPECIFICATION;
          if (this.absolute(token!, 8, cpu.prefix) === undefined) return ADDRESSING;
        }
        cpu.setGr(r3, isEstablished ? 8n : 0n);
        this.handshakes.add(cpu.address);
        return DONE;
      }
      case 1:
        if (token !== 0n || select !== 0n || compare !== 0n || reserved !== 0n) return SPECIFICATION;
        cpu.setGr(r3, this.handshakes.delete(cpu.address) ? 0n : 4n);
        return DONE;
      default:
        return SPECIFICATION;
    }
  }

  /** Absolute address of `length` bytes at a real address, if they exist and prefixing does not tear them. */
  private absolute(real: bigint, length: number, prefix: number): number | undefined {
    const at = Number(real);
    const areaOf = (address: number): number => Math.floor(address / PREFIX_BYTES);
    if (areaOf(at) !== areaOf(at + length - 1)) return undefined;
    const swapped = areaOf(at) === 0 ? at + prefix : areaOf(at) === areaOf(prefix) ? at - prefix : at;
    return this.ports.memory.contains(swapped, length) ? swapped : undefined;
  }

  /**
   * Subcode 0xc: highest byte address in both registers. Subcode 0x10: extents as pairs of first and last
   * byte.
   */
  private storage(cpu: CpuPort, r1: number, r3: number): DiagnoseOutcome {
    const { memory } = this.ports;
    const highest = BigInt(memory.size - 1);
    switch (cpu.gr(r3)) {
      case 0xcn:
        cpu.setGr(r1, highest);
        cpu.setGr(r3, highest);
        return DONE;
      case 0x10n: {
        if (r1 % 2 !== 0) return SPECIFICATION;
        const [list, length] = [cpu.gr(r1), cpu.gr(r1 + 1)];
        if (list % 16n !== 0n || length % 16n !== 0n || length === 0n) return SPECIFICATION;
        const at = this.absolute(list, 16, cpu.prefix);
        if (at === undefined) return ADDRESSING;
        memory.setU64(at, 0n, "diagnose");
        memory.setU64(at + 8, highest, "diagnose");
        // The number of extents that exist.
        cpu.setGr(r3, 1n);
        return { kind: "done", cc: 0 };
      }
      default:
        return SPECIFICATION;
    }
  }

  /** r1: function, r1+1: seconds, r3: action, of which only restart (0) exists. */
  private watchdog(cpu: CpuPort, r1: number, r3: number): DiagnoseOutcome {
    const { watchdog } = this.ports;
    if (r1 % 2 !== 0 || !watchdog || cpu.gr(r3) !== 0n) return SPECIFICATION;
    const [wanted, seconds] = [cpu.gr(r1), cpu.gr(r1 + 1)];
    const hasTime = seconds >= WATCHDOG_SECONDS_MIN && seconds <= WATCHDOG_SECONDS_MAX;
    if (wanted !== watchdogFunction.cancel && !hasTime) return SPECIFICATION;
    if (wanted !== watchdogFunction.start && !watchdog.isRunning) return SPECIFICATION;
    switch (wanted) {
      case watchdogFunction.start:
      case watchdogFunction.change:
        watchdog.start(seconds);
        return DONE;
      case watchdogFunction.cancel:
        watchdog.cancel();
        return DONE;
      default:
        return SPECIFICATION;
    }
  }

  private ipl(cpu: CpuPort, r1: number, r3: number): DiagnoseOutcome {
    switch (cpu.gr(r3)) {
      case 0n: return { kind: "reset", reset: "modified-clear" };
      case 1n: return { kind: "reset", reset: "load-normal" };
      case 3n: return { kind: "reset", reset: "re-ipl-clear" };
      case 4n: return { kind: "reset", reset: "re-ipl-dump" };
      case 5n: return this.setBlock(cpu, r1);
      case 6n: return this.storeBlock(cpu, r1);
      default: return SPECIFICATION;
    }
  }

  /** Where the parameter block of subcodes 5 and 6 lies: a page of which all must exist. */
  private blockAddress(cpu: CpuPort, r1: number): number | DiagnoseOutcome {
    const address = cpu.gr(r1);
    if (r1 % 2 !== 0 || address % PAGE !== 0n) return SPECIFICATION;
    const exists = this.ports.memory.contains(Number(address), IPL_BLOCK_BYTES_MAX);
    return exists ? Number(address) : ADDRESSING;
  }

  private setBlock(cpu: CpuPort, r1: number): DiagnoseOutcome {
    const address = this.blockAddress(cpu, r1);
    if (typeof address !== "number") return address;
    const length = this.ports.memory.u32(address);
    const block = length <= IPL_BLOCK_BYTES_MAX ? this.ports.memory.read(address, length) : undefined;
    const isValid = block !== undefined && isIplBlockValid(block);
    if (isValid) this.iplBlock = block;
    cpu.setGr(r1 + 1, isValid ? iplReturn.ok : iplReturn.invalid);
    return DONE;
  }

  private storeBlock(cpu: CpuPort, r1: number): DiagnoseOutcome {
    const address = this.blockAddress(cpu, r1);
    if (typeof address !== "number") return address;
    if (this.iplBlock) this.ports.memory.write(address, this.iplBlock, "diagnose");
    cpu.setGr(r1 + 1, this.iplBlock ? iplReturn.ok : iplReturn.noBlock);
    return DONE;
  }

  /**
   * KVM's functions: subfunction in register 1, arguments from register 2 on, result in register 2. A
   * subfunction that is not there ends in a specification exception, which Linux probes for (kernel
   * documentation, "The s390 DIAGNOSE call on KVM").
   */
  private kvmFunction(cpu: CpuPort): DiagnoseOutcome {
    const highest = BigInt(this.ports.memory.size - 1);
    switch (cpu.gr(1)) {
      case kvmSubfunction.earlyConsole:
        // Old guests give an address in RAM, which means "nothing to notify".
        cpu.setGr(2, cpu.gr(2) <= highest ? 0n : HYPERCALL_INVALID);
        return DONE;
      case kvmSubfunction.notifyQueue:
        // The result is also the cookie of the next call; 0 says "none".
        cpu.setGr(2, this.ports.notifyQueue(cpu.gr(2), cpu.gr(3)) ? 0n : HYPERCALL_INVALID);
        return DONE;
      case kvmSubfunction.storageLimit:
        cpu.setGr(2, highest);
        return DONE;
      default:
        return SPECIFICATION;
    }
  }
}

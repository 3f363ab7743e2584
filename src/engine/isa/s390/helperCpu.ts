/**
 * The CPU as helper instructions see it. Registers are read and written at once; storage goes through
 * translation, protection and keys exactly as for compiled instructions. `program` ends the instruction: it
 * throws a private signal that only the engine catches, so a helper must write results only after its last
 * possible exception (or mean the partial state).
 *
 * Numbers: 64-bit quantities are unsigned bigint, 32-bit ones unsigned number.
 */
export interface HelperCpu {
  // ---- registers
  gr(n: number): bigint;
  setGr(n: number, value: bigint): void;
  grLow(n: number): number;
  /** Sets bits 32-63; bits 0-31 stay. */
  setGrLow(n: number, value: number): void;
  ar(n: number): number;
  setAr(n: number, value: number): void;
  cr(n: number): bigint;
  /** Also recomputes what depends on it (translation mode, interruption masks). */
  setCr(n: number, value: bigint): void;
  fpr(n: number): bigint;
  setFpr(n: number, value: bigint): void;
  /** Extended (128-bit) value in the pair n, n+2. */
  fprPair(n: number): bigint;
  setFprPair(n: number, value: bigint): void;
  /** Vector register as 128 unsigned bits; byte element 0 is the most significant byte. */
  vr(n: number): bigint;
  setVr(n: number, value: bigint): void;
  fpc: number;
  cc: number;
  /** Program mask, 4 bits: fixed overflow 8, decimal overflow 4, HFP underflow 2, HFP significance 1. */
  readonly programMask: number;

  // ---- addresses: wrapped to 24, 31 or 64 bits
  /** b + d [+ x]; register 0 counts as zero. */
  address(b: number, d: number, x?: number): bigint;
  wrap(address: bigint): bigint;
  /**
   * Sets an address result: 64-bit mode all of the register, else bits 32-63 (bit 32 zero in 31-bit, 32-39 in
   * 24-bit mode).
   */
  setAddress(n: number, address: bigint): void;
  /** Number of address bits: 24, 31 or 64. */
  readonly addressBits: 24 | 31 | 64;

  // ---- storage: `b` is the base register number that names the space in access-register mode (0: none)
  load(address: bigint, size: 1 | 2 | 4 | 8, b: number): bigint;
  store(address: bigint, size: 1 | 2 | 4 | 8, value: bigint, b: number): void;
  /** Bytes in guest order. All of them are checked before the first is returned or stored. Addresses wrap. */
  loadBytes(address: bigint, length: number, b: number): Uint8Array;
  storeBytes(address: bigint, data: Uint8Array, b: number): void;
  /** Raises the access exception that a read or write of these bytes would, and nothing else. */
  probe(address: bigint, length: number, b: number, write: boolean): void;
  /** Number of bytes from `address` to the end of its 4 KiB page. */
  toPageEnd(address: bigint): number;

  // ---- ends of the instruction
  /**
   * Program interruption; never returns. `detail` is what it tells beside the code: of data exceptions the
   * DXC, which also goes into the FPC when AFP is on; of those of a translation by number (0x20-0x25) and
   * space-switch events bits 32-63 of the translation-exception identification; of those of an ALET
   * (0x28-0x2d) the number of the access register.
   */
  program(code: number, detail?: number): never;
  /** After results are written, and after a branch: interruption that completes the instruction. */
  complete(code: number, detail?: number): never;
  /**
   * Condition code 3 of interruptible instructions that did a CPU-determined amount: the amount, in bytes or
   * units.
   */
  readonly unitsPerExecution: number;
  /**
   * Makes the instruction be executed again (interruptible instructions that end with partial progress and no
   * code).
   */
  redo(): void;
  /** Branch to a virtual address. */
  branch(target: bigint): void;

  // ---- the control part, used by the control instruction tables
  readonly control: ControlPort;
}

/** PROCESS ADJUNCT PROCESSOR QUEUE, ENQUEUE and DEQUEUE. */
export type ApInstruction = "pqap" | "nqap" | "dqap";

export type AccessKind = "read" | "write" | "fetch";

/**
 * Outcome of a translation that must not interrupt (LRA, TPROT): an absolute address or an exception code.
 */
export type Translation =
  | { readonly absolute: number; readonly real: bigint }
  /**
   * `entry`: real address of the invalid region-, segment- or page-table entry (codes 0x10, 0x11, 0x39-0x3b),
   * for LRA.
   */
  | { readonly exception: number; readonly entry?: number };

/** The entry of translation tables at which the translation of an address ends. */
export interface TableEntry {
  readonly address: bigint;
  /** -1 page table, 0 segment table, 1 to 3 region third to first table; 4: no entry was looked at. */
  readonly level: number;
  /** Program interruption code of the translation; 0 if it can be made. */
  readonly exception: number;
  /** DAT protection by the tables above the page table. */
  readonly isProtected: boolean;
}

/** Machine state beyond the registers. Addresses "real" are before prefixing, "absolute" after. */
export interface ControlPort {
  /** PSW bits 0-63 with the current condition code in place. */
  pswMask(): bigint;
  /** Address of the next instruction. */
  pswAddress(): bigint;
  /** Length in bytes of the EXECUTE that the instruction is the target of, 0 if it is not one. */
  underExecute?(): number;
  /** Loads a PSW; an invalid one raises the early specification exception as LPSWE does. */
  loadPsw(mask: bigint, address: bigint): void;
  /**
   * Replaces the system mask (bits 0-7), key (8-11), problem state (15), address space control (16-17),
   * program mask (20-23) or addressing mode (31-32).
   */
  setSystemMask(mask: number): void;
  setKey(key: number): void;
  setAddressSpace(asc: number): void;
  setProgramMask(mask: number): void;
  setProblemState(isProblem: boolean): void;
  setAddressingMode(bits: 24 | 31 | 64): void;
  readonly problemState: boolean;
  readonly datOn: boolean;
  readonly key: number;
  readonly addressSpace: number;

  prefix(): number;
  setPrefix(value: number): void;
  readonly cpuAddress: number;
  /**
   * TOD clock (64 bits, epoch 1900, bit 51 is one microsecond), clock comparator, CPU timer, TOD programmable
   * register.
   */
  tod(): bigint;
  clockComparator: bigint;
  cpuTimer: bigint;
  todProgrammable: number;
  setTod(value: bigint): boolean;

  /** Bytes of installed storage. */
  readonly storageSize: number;
  /** Storage keys: 7 bits, ACC 0xf0, F 0x08, R 0x04, C 0x02, by absolute address. */
  storageKey(absolute: number): number;
  setStorageKey(absolute: number, key: number): void;
  /**
   * Real storage access (prefixing applies, no DAT); addressing exception outside storage; `write` obeys
   * low-address protection.
   */
  realToAbsolute(real: bigint, length: number, write: boolean): number;
  readReal(real: bigint, size: 1 | 2 | 4 | 8): bigint;
  writeReal(real: bigint, size: 1 | 2 | 4 | 8, value: bigint): void;
  readAbsolute(absolute: number, size: 1 | 2 | 4 | 8): bigint;
  writeAbsolute(absolute: number, size: 1 | 2 | 4 | 8, value: bigint): void;
  fillAbsolute(absolute: number, length: number, value: number): void;
  /**
   * DAT through the space chosen by the current PSW and, in AR mode, register b; with DAT off the address is
   * real. No key check. Kind "write" answers exception 4 for DAT protection and low-address protection.
   */
  translate(virtual: bigint, b: number, kind: AccessKind): Translation;
  /** DAT through an explicit address-space-control element. */
  translateThrough(asce: bigint, virtual: bigint): Translation;
  /** The last entry of that translation (LPTEA); absent in CPUs without tables. */
  lastTableEntry?(asce: bigint, virtual: bigint): TableEntry;
  /**
   * Access through a given space and key (MVCOS, MVCP, MVCS, MVCK, MVCSK, MVCDK, MVPG): asc 0 primary, 1 AR,
   * 2 secondary, 3 home; key 0-15. With DAT off the address is real, whatever `asc`. All bytes are checked
   * before any is given or stored.
   */
  loadBytesIn(asc: number, key: number, address: bigint, length: number, b: number): Uint8Array;
  storeBytesIn(asc: number, key: number, address: bigint, data: Uint8Array, b: number): void;
  /**
   * Forgets translations: all, or only those of one virtual page (IPTE) in whatever space. On all CPUs when
   * asked.
   */
  purgeTlb(allCpus: boolean, page?: bigint): void;

  /** Facility bits for STFLE, bit 0 first; system information for STSI. */
  facilities(): Uint8Array;
  systemInformation(functionCode: number, selector1: number, selector2: number): Uint8Array | undefined;
  cpuId(): bigint;
  /** Bytes from the machine's seeded generator (PRNO-TRNG). */
  random(length: number): Uint8Array;

  /** SIGP: returns the condition code; status is written through setStatus when the code is 1. */
  signalProcessor(cpuAddress: number, order: number, parameter: bigint): { cc: number; status?: number };
  /** Supervisor call. */
  supervisorCall(number: number): void;
  monitorCall(monitorClass: number, code: bigint): void;
  serviceCall(command: number, sccb: bigint): number;
  diagnose(r1: number, r3: number, code: number): void;
  /**
   * Channel-subsystem instruction by its lower-case mnemonic; returns the condition code. General register 1
   * holds what the instruction defines (subsystem id, chpid, address limit …); `address` is the second
   * operand, 0 for those without one, and its alignment has been checked; CHSC gets the register number of
   * its block in `b`.
   */
  channel(name: string, address: bigint, b: number): number;
  /**
   * SET INTERRUPTION CONTROLS of one interruption subclass; an operation exception without
   * adapter-interruption suppression. Absent in CPUs that have no machine around them.
   */
  setInterruptionControls?(mode: number, isc: number): void;
  /** An AP instruction with its register fields; an operation exception without AP. Absent likewise. */
  adapterQueue?(name: ApInstruction, r1: number, r2: number): void;
  /**
   * MOVE PAGE: the register fields that a page-translation exception tells as operand-access identification;
   * 0 and 0 once no such exception can come. Absent in CPUs that do not interrupt.
   */
  nameOperands?(r1: number, r2: number): void;
  /**
   * The instruction leaves the primary space, or enters or leaves the home space; `identification` is what a
   * space-switch event would tell of the space that is left. Absent in CPUs that record no program events.
   */
  leaveSpace?(identification: number): void;
  /** Something that may make an interruption possible changed: look before the next instruction. */
  recheckInterruptions(): void;
}

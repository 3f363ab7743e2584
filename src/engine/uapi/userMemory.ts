/** A process's memory as the kernel's copy routines see it. Addresses are unsigned 64-bit user addresses. */
export interface UserMemory {
  /**
   * `length` bytes at `address`, or undefined if any of them is not readable (the caller answers -EFAULT).
   */
  read(address: bigint, length: number): Uint8Array | undefined;
  /** Stores all of `bytes`; false if any byte is not writable (nothing is then promised about the others). */
  write(address: bigint, bytes: Uint8Array): boolean;
}

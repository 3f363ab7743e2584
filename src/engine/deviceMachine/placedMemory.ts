/**
 * A process's memory of which only what was placed exists: every other address answers -EFAULT, as a device's
 * caller must expect.
 */
import type { UserMemory } from "../uapi/userMemory.ts";

export class PlacedMemory implements UserMemory {
  private regions: { readonly start: bigint; readonly bytes: Uint8Array }[] = [];
  /** Attempts to read, and successful writes, since the start. */
  reads = 0;
  writes = 0;

  /** Makes `bytes` the memory from `start` on, in place of what was placed at the same start. */
  place(start: bigint, bytes: Uint8Array): bigint {
    this.regions = this.regions.filter((region) => region.start !== start);
    this.regions.push({ start, bytes });
    return start;
  }

  /** The bytes placed at `start`, live. */
  at(start: bigint): Uint8Array {
    return this.regions.find((region) => region.start === start)!.bytes;
  }

  read(address: bigint, length: number): Uint8Array | undefined {
    this.reads++;
    return this.slice(address, length)?.slice();
  }

  write(address: bigint, bytes: Uint8Array): boolean {
    const target = this.slice(address, bytes.length);
    if (!target) return false;
    this.writes++;
    target.set(bytes);
    return true;
  }

  private slice(address: bigint, length: number): Uint8Array | undefined {
    const end = address + BigInt(length);
    const region = this.regions.find(
      ({ start, bytes }) => address >= start && end <= start + BigInt(bytes.length),
    );
    return region?.bytes.subarray(Number(address - region.start), Number(end - region.start));
  }
}

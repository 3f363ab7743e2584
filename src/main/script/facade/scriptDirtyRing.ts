/** A dirty ring that a script drives from both sides, KVM's and the VMM's. */
import type { DirtyRing as DirtyRingApi } from "../../../../resources/scripts/api/s390.d.ts";
import type { Fields } from "../../../../resources/scripts/api/values.d.ts";
import { DirtyRing, dirtyGfn } from "../../../engine/devices/kvm/dirtyRing.ts";
import { ScriptRefusal } from "../hostObjects.ts";
import { encodeFields } from "./codecs.ts";

export class ScriptDirtyRing implements DirtyRingApi {
  private readonly ring: DirtyRing;
  private readonly again: [number, bigint][] = [];

  /** `slots`: pages of each slot. The bytes are refused with the errno's sentence as KVM refuses them. */
  constructor(bytes: number, slots: readonly bigint[]) {
    const ring = DirtyRing.ofBytes(bytes, {
      pagesOf: (slot) => slots[slot],
      protect: (slot, page) => this.again.push([slot, page]),
    });
    if (!ring.ok)
      throw new ScriptRefusal(
        `A ring of ${bytes} bytes is refused (${ring.error}): a power of two, above 1024 and up to 1048576.`);
    this.ring = ring.value;
  }

  push(slot: number, page: bigint): boolean {
    return this.ring.push(slot, page);
  }
  isSoftFull(): boolean {
    return this.ring.isSoftFull;
  }
  read(entry: number): { flags: number; slot: number; offset: bigint } {
    return dirtyGfn.decode(this.ring.shared, this.placeOf(entry));
  }
  write(entry: number, fields: Fields): void {
    this.ring.shared.set(encodeFields(dirtyGfn, fields), this.placeOf(entry));
  }
  reset(): number {
    return this.ring.reset();
  }
  protectedPages(): [number, bigint][] {
    return [...this.again];
  }

  private placeOf(entry: number): number {
    const entries = this.ring.shared.length / dirtyGfn.size;
    if (entry >= entries) throw new ScriptRefusal(`There is no entry ${entry}; the ring has ${entries}.`);
    return entry * dirtyGfn.size;
  }
}

/**
 * What a machine may reorder. All of them have a FIFO store buffer for each thread, forward a thread's own
 * buffered stores to its loads, and let a full barrier wait for an empty buffer.
 */
export interface MemoryModel {
  readonly id: "T" | "R" | "R-stores" | "R-loads";
  readonly title: string;
  /** Atomic updates wait for an empty buffer and act on memory; else OR and AND-NOT are buffered. */
  readonly atomicsDrain: boolean;
  /** Stores to different words may leave the buffer in any order. */
  readonly storesOvertake: boolean;
  /**
   * An access may be done before an older load: a load even past a branch, a store only on a straight way.
   */
  readonly accessesOvertakeLoads: boolean;
}

/** As x86 and s390 order: nothing but a store followed by a load. */
export const total: MemoryModel = {
  id: "T", title: "atomics order (x86, s390)", atomicsDrain: true,
  storesOvertake: false, accessesOvertakeLoads: false,
};

/** Atomics without a result order nothing, as on arm64 and POWER; stores and loads stay in order. */
export const relaxed: MemoryModel = {
  id: "R", title: "atomics do not order", atomicsDrain: false,
  storesOvertake: false, accessesOvertakeLoads: false,
};

export const relaxedStores: MemoryModel = {
  ...relaxed, id: "R-stores", title: "stores overtake stores", storesOvertake: true,
};

export const relaxedLoads: MemoryModel = {
  ...relaxed, id: "R-loads", title: "accesses overtake older loads", accessesOvertakeLoads: true,
};

export const memoryModels = [total, relaxed, relaxedStores, relaxedLoads] as const;

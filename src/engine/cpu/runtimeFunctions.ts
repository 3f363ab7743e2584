/** Functions of the runtime module that code may call, by index in the module being built. */
export interface Runtime {
  readonly ccCalc: number;
  readonly slowLoad: number;
  readonly slowStore: number;
  readonly slowLoad128: number;
  readonly slowStore128: number;
  /** probe(address, length, base, write): sets `fault`. */
  readonly probe: number;
  /**
   * host(address, length, base, write) → host offset of the first byte's value position, for aligned data;
   * sets `fault`.
   */
  readonly hostFor: number;
  /** Only in the runtime module itself: (entry) → exit, by the instruction's slow implementation. */
  readonly exact?: number;
  readonly routines: { get(name: string): { readonly index: number; readonly result: boolean } | undefined };
}

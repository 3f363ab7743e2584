/**
 * The interpreter loop is one large function that V8 would start in its baseline tier, where a `br_table` is
 * a binary search. A host that can switch tiers (`v8.setFlagsFromString`) has it compiled by the optimizing
 * compiler at once (about 50 ms).
 */
export const tiering: {
  /** Runs `body`, in which functions are first called, with the baseline compiler switched off. */
  optimized(body: () => void): void;
} = {
  optimized: (body) => {
    body();
  },
};

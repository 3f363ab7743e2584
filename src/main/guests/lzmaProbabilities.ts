/**
 * Where each group of LZMA's adaptive probabilities begins in one flat table. Source: the LZMA specification
 * (7-Zip); the numbers of probabilities are as it names them.
 */
export const probabilityAt = (() => {
  let next = 0;
  const reserve = (count: number): number => {
    next += count;
    return next - count;
  };
  const lengthCoder = 2 + 16 * 8 + 16 * 8 + 256;
  return {
    isMatch: reserve(12 * 16),
    isRep: reserve(12),
    isRepG0: reserve(12),
    isRepG1: reserve(12),
    isRepG2: reserve(12),
    isRep0Long: reserve(12 * 16),
    distanceSlot: reserve(4 * 64),
    distanceSpecial: reserve(128),
    distanceAlign: reserve(16),
    matchLength: reserve(lengthCoder),
    repLength: reserve(lengthCoder),
    literal: reserve(0x300 << 4),
    count: next,
  };
})();

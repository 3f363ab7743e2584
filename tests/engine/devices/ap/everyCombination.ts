/** All 2^n tuples of n truth values. */
export function* everyCombination(n: number): Generator<readonly boolean[]> {
  for (let bits = 0; bits < 2 ** n; bits++)
    yield Array.from({ length: n }, (_, at) => (bits & (1 << at)) !== 0);
}

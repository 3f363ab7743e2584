/** Every sequence of so many letters of an alphabet: small histories, all of them. */
export function* everySequence<T>(alphabet: readonly T[], length: number): Generator<T[]> {
  if (length === 0) return yield [];
  for (const first of alphabet)
    for (const rest of everySequence(alphabet, length - 1)) yield [first, ...rest];
}

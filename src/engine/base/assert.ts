/** Our own mistakes throw, always: asserts are never compiled out. */
export function assert(condition: unknown, mistake: string): asserts condition {
  if (!condition) throw new Error(`internal mistake: ${mistake}`);
}

export function unreachable(value: never): never {
  throw new Error(`internal mistake: unexpected ${String(value)}`);
}

/**
 * Waits for a condition, not for a time: looks again until it holds, and says what did not where it never
 * does.
 */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | false,
  limitMs = 240_000,
): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const seen = look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > end) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

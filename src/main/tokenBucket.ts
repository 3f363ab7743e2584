/** A rate limit that forgives bursts: `perSecond` tokens flow in, at most `burst` wait. */
export class TokenBucket {
  private readonly perSecond: number;
  private readonly burst: number;
  private tokens: number;
  private lastMs: number | undefined;

  constructor(perSecond: number, burst: number) {
    this.perSecond = perSecond;
    this.burst = burst;
    this.tokens = burst;
  }

  /** False, and nothing taken, where fewer than `amount` tokens are there at `nowMs`. */
  take(amount: number, nowMs: number): boolean {
    const elapsedMs = nowMs - (this.lastMs ?? nowMs);
    this.lastMs = nowMs;
    this.tokens = Math.min(this.burst, this.tokens + (elapsedMs * this.perSecond) / 1000);
    if (amount > this.tokens) return false;
    this.tokens -= amount;
    return true;
  }
}

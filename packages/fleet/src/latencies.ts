const BUCKETS_PER_DOUBLING = 32;
const DOUBLINGS = 40;

/** What a set of latencies comes to, in milliseconds; all 0 where nothing was recorded. */
export type LatencySummary = {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
};

/** Latencies in a histogram of constant size: percentiles are true to 2.2 %, the maximum is exact. */
export class Latencies {
  readonly #buckets = new Uint32Array(BUCKETS_PER_DOUBLING * DOUBLINGS);
  #count = 0;
  #maxMs = 0;

  record(ms: number): void {
    const bucket = Math.floor(Math.log2(ms * 1000 + 1) * BUCKETS_PER_DOUBLING);
    const place = Math.min(bucket, this.#buckets.length - 1);
    this.#buckets[place] = (this.#buckets[place] ?? 0) + 1;
    this.#count++;
    this.#maxMs = Math.max(this.#maxMs, ms);
  }

  summary(): LatencySummary {
    return { count: this.#count, p50Ms: this.#percentile(0.5), p99Ms: this.#percentile(0.99), maxMs: this.#maxMs };
  }

  #percentile(fraction: number): number {
    const wanted = Math.ceil(this.#count * fraction);
    let seen = 0;
    for (const [bucket, count] of this.#buckets.entries()) {
      seen += count;
      if (count > 0 && seen >= wanted)
        return Math.min(this.#maxMs, (2 ** ((bucket + 1) / BUCKETS_PER_DOUBLING) - 1) / 1000);
    }
    return 0;
  }
}

import { Latencies, type LatencySummary } from './latencies.ts';

/** The requests that a simulated device makes. */
export type RequestKind = 'poll' | 'deployment' | 'attributes' | 'report' | 'cancel-report' | 'head' | 'artifact';

/** How a device's update ended, in its own eyes. */
export type UpdateEnding = 'booted-new' | 'booted-old' | 'install-failed' | 'boot-failed' | 'went-silent' | 'canceled';

export type FleetSummary = {
  readonly latencies: Readonly<Partial<Record<RequestKind, LatencySummary>>>;
  /** Answers by HTTP status; `unanswered` counts requests whose connection failed. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly endings: Readonly<Partial<Record<UpdateEnding, number>>>;
  readonly artifactBytes: number;
};

/** What a fleet has done so far. */
export class Statistics {
  readonly #latencies = new Map<RequestKind, Latencies>();
  readonly #statuses = new Map<string, number>();
  readonly #endings = new Map<UpdateEnding, number>();
  #artifactBytes = 0;

  answered(kind: RequestKind, status: number | 'unanswered', ms: number): void {
    this.#statuses.set(`${status}`, (this.#statuses.get(`${status}`) ?? 0) + 1);
    const latencies = this.#latencies.get(kind) ?? new Latencies();
    this.#latencies.set(kind, latencies);
    latencies.record(ms);
  }

  received(bytes: number): void {
    this.#artifactBytes += bytes;
  }

  ended(ending: UpdateEnding): void {
    this.#endings.set(ending, (this.#endings.get(ending) ?? 0) + 1);
  }

  summary(): FleetSummary {
    return {
      latencies: Object.fromEntries([...this.#latencies].map(([kind, latencies]) => [kind, latencies.summary()])),
      statuses: Object.fromEntries(this.#statuses),
      endings: Object.fromEntries(this.#endings),
      artifactBytes: this.#artifactBytes,
    };
  }
}

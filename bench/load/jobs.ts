import type { LatencySummary } from '@updraft/fleet';

/** What the generator is asked to do. `requests` are whole HTTP requests as bytes. */
export type Job =
  /** Each request once, as fast as `connections` get their answers. */
  | {
      readonly kind: 'once-each';
      readonly port: number;
      readonly connections: number;
      readonly requests: readonly Buffer[];
    }
  /** Round and round through the requests for `seconds`. */
  | {
      readonly kind: 'for-seconds';
      readonly port: number;
      readonly connections: number;
      readonly requests: readonly Buffer[];
      readonly seconds: number;
    }
  /** A request each 1/rate seconds whether or not those before were answered; latency counts from when it was due. */
  | {
      readonly kind: 'open-loop';
      readonly port: number;
      readonly connections: number;
      readonly requests: readonly Buffer[];
      readonly seconds: number;
      readonly perSecond: number;
    };

export type JobResult = {
  readonly answers: number;
  readonly seconds: number;
  /** Answers by status, `failed` for broken connections. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly latency: LatencySummary;
  /** How late requests of an open loop were sent: the generator's own fault. */
  readonly lateness: LatencySummary;
  /** CPU time of the generator in these seconds. */
  readonly cpuSeconds: number;
};

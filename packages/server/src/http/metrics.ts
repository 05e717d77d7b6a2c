import type { GateName } from '@updraft/core';
import type { CommandInput, CommandMap, CommandOutput, CommandRunner, RemovedRows } from '@updraft/store';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { rolloutMetrics, type RolloutMetricsSource } from './rollout-metrics.ts';
import { Tally } from './tally.ts';
import type { Transfers } from './transfers.ts';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts an answer by the pattern of its route. */
export type CountRequest = (answer: {
  readonly route: string;
  readonly method: string;
  readonly status: number;
}) => void;

/**
 * What `/metrics` shows (Prometheus text). Nothing in it is secret and nothing names a tenant or a device, so it asks
 * no credential, as scrapers expect.
 */
export interface Metrics {
  /** Doors count the polls that they answer. */
  countPoll(door: string): void;
  /** Doors count which gate holds back a device that they read; null: none does. */
  countGates(shut: GateName | null): void;
  /** Counts what retention removed for good. */
  countRemoved(removed: RemovedRows): void;
  /** Counts and times commands on their way through. */
  watchCommands<M extends CommandMap>(runner: CommandRunner<M>): CommandRunner<M>;
  /** Shows what is under way in rollouts. */
  watchRollouts(source: RolloutMetricsSource): void;
  readonly countRequest: CountRequest;
  /** Counts what the instance answers, by the route's pattern. */
  watchRequests(app: FastifyInstance): void;
  text(): Promise<string>;
  readonly contentType: string;
  close(): void;
}

export function createMetrics(transfers: Transfers): Metrics {
  const registers = [new Registry()] as const;
  const [registry] = registers;
  collectDefaultMetrics({ register: registry });
  const requests = new Tally({
    name: 'updraft_http_requests_total',
    help: 'Answers by the pattern of their route, method and status',
    labelNames: ['route', 'method', 'status'],
    register: registry,
  });
  const polls = new Tally({
    name: 'updraft_polls_total',
    help: 'Polls of devices answered',
    labelNames: ['door'],
    register: registry,
  });
  const contacts = new Tally({
    name: 'updraft_gates_total',
    help: 'Contacts of devices with an assignment, by the gate that holds them back first; answers from memory are not counted',
    labelNames: ['shut'],
    register: registry,
  });
  const commandSeconds = new Histogram({
    name: 'updraft_command_seconds',
    help: 'From the request of a command to its durable commit',
    labelNames: ['command'],
    buckets: SECONDS,
    registers: [...registers],
  });
  const removedRows = new Counter({
    name: 'updraft_retention_removed_total',
    help: 'Rows that went for good because their tenant keeps them no longer',
    labelNames: ['what'],
    registers: [...registers],
  });
  const waiting = new Gauge({
    name: 'updraft_commands_waiting',
    help: 'Commands that are queued or running',
    registers: [...registers],
  });
  new Gauge({
    name: 'updraft_transfers_in_flight',
    help: 'Artifacts that are being sent or received',
    registers: [...registers],
    collect() {
      this.set(transfers.underWay);
    },
  });
  return {
    countPoll: (door) => polls.count(door),
    countGates: (shut) => contacts.count(shut ?? 'none'),
    countRemoved: (removed) => {
      for (const [what, rows] of Object.entries(removed)) removedRows.inc({ what }, rows);
    },
    watchCommands: <M extends CommandMap>(runner: CommandRunner<M>) => ({
      run: async <N extends keyof M & string>(name: N, input: CommandInput<M, N>): Promise<CommandOutput<M, N>> => {
        const end = commandSeconds.startTimer({ command: name });
        waiting.inc();
        try {
          return await runner.run(name, input);
        } finally {
          waiting.dec();
          end();
        }
      },
    }),
    countRequest: ({ route, method, status }) => requests.count(route, method, String(status)),
    watchRollouts: (source) => rolloutMetrics(registry, source),
    watchRequests: (app) =>
      void app.addHook('onResponse', async (request, reply) => {
        const route = request.routeOptions.url ?? 'unknown';
        requests.count(route, request.method, String(reply.statusCode));
      }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
    close: () => registry.clear(),
  };
}

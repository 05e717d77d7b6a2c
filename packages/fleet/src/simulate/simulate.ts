import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '@updraft/protocols';
import { realClock } from '../clock.ts';
import { startFleet, type Fleet } from '../fleet.ts';
import { compareBeliefs, type BelievingDevice, type Disagreement } from './compare-beliefs.ts';
import { joinFleet } from './join-fleet.ts';
import { ProgressLines } from './progress-lines.ts';
import type { Scenario } from './scenario.ts';
import { devicesOf } from './scenario-devices.ts';

export type SimulationOptions = {
  readonly scenario: Scenario;
  readonly api: ApiClient;
  readonly tenant: string | undefined;
  /** Certificate authority of an `https:` server, PEM. */
  readonly ca: string | undefined;
  /** When it ends: after so long, or when nothing is assigned to a device any more; null: when `signal` says so. */
  readonly until: { readonly seconds: number } | 'ended' | null;
  /** The fleet stops, and is compared. */
  readonly signal: AbortSignal;
  /** A line for people. */
  readonly say: (line: string) => void;
};

export type SimulationResult = {
  readonly beliefs: ReadonlyMap<string, BelievingDevice & { readonly activity: string }>;
  readonly disagreements: readonly Disagreement[];
};

const PROGRESS_EVERY_MS = 2000;

/** Lets the devices of a scenario loose on a server, tells how they get on, and compares in the end what both sides believe. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const { scenario, api, signal, say } = options;
  const planned = devicesOf(scenario);
  const progress = new ProgressLines(say);
  const devices = await joinFleet(scenario, planned, {
    api,
    signal,
    onJoined: (n) => progress.joined(n, planned.length),
  });
  const fleet = startFleet({
    serverUrl: api.baseUrl,
    devices,
    seed: scenario.seed,
    clock: realClock(scenario.speed),
    ...(options.tenant === undefined ? {} : { tenant: options.tenant }),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  });
  try {
    await untilOver(fleet, options, progress);
  } finally {
    await fleet[Symbol.asyncDispose]();
  }
  const activities = fleet.activities();
  const versionAttributes = new Map(devices.map(({ name, versionAttribute }) => [name, versionAttribute]));
  const beliefs = new Map(
    [...fleet.beliefs()].map(([name, belief]) => [
      name,
      { belief, versionAttribute: versionAttributes.get(name), activity: activities.get(name) ?? 'starting' },
    ]),
  );
  return { beliefs, disagreements: await compareBeliefs(beliefs, api) };
}

async function untilOver(
  fleet: Fleet,
  { until, signal, api, scenario }: SimulationOptions,
  progress: ProgressLines,
): Promise<void> {
  const endsAt = until !== null && until !== 'ended' ? performance.now() + until.seconds * 1000 : Infinity;
  while (!signal.aborted && performance.now() < endsAt) {
    const left = Math.min(PROGRESS_EVERY_MS, endsAt - performance.now());
    await sleep(left, undefined, { signal }).catch(() => undefined);
    progress.fleet(fleet.summary(), fleet.activities());
    if (until === 'ended' && (await nothingIsOpen(api, scenario.prefix))) return;
  }
}

/** Whether devices of this prefix were assigned something, and nothing of it is open. */
async function nothingIsOpen(api: ApiClient, prefix: string): Promise<boolean> {
  const total = async (filter: string): Promise<number> =>
    (await api.call('assignments.list', { query: { limit: 1, filter } })).total;
  const ours = `device==${prefix}-*`;
  return (await total(`${ours};open==true`)) === 0 && (await total(ours)) > 0;
}

import { DEVICE_LIST, endsOfRelease, findRelease, findRollout, forecastOf, type Store } from '@updraft/store';
import { checkWindowPlan, parseFilter, type EndCount } from '@updraft/core';
import type { NewRollout, RehearsalDraft } from '@updraft/protocols';
import type { z } from 'zod';
import type { Scope } from '../access/scope.ts';
import { draftFacts, rolloutFacts } from '../forecast/forecast-facts.ts';
import { ForecastUnavailable, type Forecaster } from '../forecast/forecaster.ts';
import { forecastView, type ForecastShown } from '../forecast/forecast-view.ts';
import type { Handlers } from '../http/mount.ts';
import { type Refusal, refusalOf } from '../http/problems.ts';
import type { Commands } from '../use-cases/commands.ts';
import type { OutcomeShown } from '../use-cases/forecast-commands.ts';
import { phasesFrom, policyFrom } from '../use-cases/policy-view.ts';
import { timestamp } from '../use-cases/timestamp.ts';

export type ForecastParts = {
  readonly store: Store<Commands>;
  readonly forecaster: Forecaster;
};

type Draft = Omit<z.output<typeof NewRollout>, 'name'>;
type Rehearsal = Omit<z.output<typeof RehearsalDraft>, 'name'>;

/** What is to be expected of rollouts. Facts are read on the reading thread, and played on a thread of their own. */
export function forecastHandlers({
  store,
  forecaster,
}: ForecastParts): Handlers<'rollouts.forecast-draft' | 'rollouts.forecast' | 'rollouts.rehearse'> {
  const reader = store.longReader;
  const play = async (scope: Scope, draft: Draft, ends: readonly EndCount[] | null) => {
    const release = await findRelease(reader, scope.tenant, draft.release);
    if (release === undefined) return refusalOf('not-found', { 'not-found': 'There is no such release.' });
    const now = await store.now();
    const refusal = unplayable(draft, now);
    if (refusal !== null) return refusal;
    const policy = policyFrom(draft.policy);
    const phases = phasesFrom(draft.phases);
    const facts = { tenant: scope.tenant, release: release.id, filter: draft.filter, policy, phases, ends };
    return answered(async () => forecastView(await forecaster.play(await draftFacts(reader, facts, now))));
  };
  return {
    'rollouts.forecast-draft': async ({ scope, body }) => play(scope, body, null),
    'rollouts.rehearse': async ({ scope, body }) => {
      const ends = await endsToPlay(store, scope, body);
      if (ends === undefined) return refusalOf('not-found', { 'not-found': 'There is no release to play again.' });
      return play(scope, body, ends);
    },
    'rollouts.forecast': async ({ scope, params }) => {
      const row = await findRollout(reader, scope.tenant, params.id);
      if (row === undefined) return refusalOf('not-found', {});
      const kept = await forecastOf(reader, row.id);
      const atStart =
        kept?.forecast === null || kept?.made_at === null || kept === undefined
          ? null
          : {
              madeAt: timestamp(kept.made_at),
              forecast: JSON.parse(kept.forecast) as ForecastShown,
              outcome: kept.outcome === null ? null : (JSON.parse(kept.outcome) as OutcomeShown),
            };
      if (row.ended_at !== null) return { ok: { now: null, atStart } };
      const now = await store.now();
      return answered(async () => {
        const facts = await rolloutFacts(reader, row, now);
        return { now: forecastView(await forecaster.play(facts)), atStart };
      });
    },
  };
}

/** What nothing can be foretold of: a filter that cannot be read, windows that cannot be. */
function unplayable({ filter, policy, phases }: Draft, now: number): Refusal | null {
  const named = (phases ?? []).flatMap(({ size }) => (size.by === 'filter' ? [size.filter] : []));
  for (const each of [filter, ...named]) {
    const parsed = parseFilter(each, DEVICE_LIST.fields);
    if (parsed.outcome === 'refused') return refusalOf('filter-invalid', { 'filter-invalid': parsed.problem.message });
  }
  const { windows } = policyFrom(policy);
  const check = { zone: windows.zone, shortestInstallSeconds: null, now };
  const problem = checkWindowPlan(windows, check).find(({ severity }) => severity === 'error');
  if (problem === undefined) return null;
  return {
    problem: 'rollout-impossible',
    detail: `${problem.where}: ${problem.found}; expected ${problem.expected}`,
    reason: problem.code,
  };
}

/** How attempts end in a rehearsal: as those of a release did, or in assumed shares; else as in the past. undefined: no such release. */
async function endsToPlay(
  { longReader }: Store<Commands>,
  scope: Scope,
  { like, failingPercent }: Rehearsal,
): Promise<readonly EndCount[] | null | undefined> {
  if (failingPercent !== undefined) return assumedEnds(failingPercent);
  if (like === undefined) return null;
  const release = await findRelease(longReader, scope.tenant, like);
  return release === undefined ? undefined : endsOfRelease(longReader, scope.tenant, release.id);
}

const ASSUMED_ATTEMPTS = 10_000;

/** A share of all attempts, first or not, of any type, fails while it installs. */
function assumedEnds(percent: number): readonly EndCount[] {
  const failed = (ASSUMED_ATTEMPTS * percent) / 100;
  return [1, 2, 3].flatMap((ordinal) => [
    { deviceType: 0, ordinal, state: 'failed', reason: 'failed', stage: 'prepare', n: failed } as const,
    { deviceType: 0, ordinal, state: 'succeeded', reason: '', stage: 'prepare', n: ASSUMED_ATTEMPTS - failed } as const,
  ]);
}

async function answered<T>(make: () => Promise<T>): Promise<{ readonly ok: T } | Refusal> {
  try {
    return { ok: await make() };
  } catch (error) {
    if (!(error instanceof ForecastUnavailable) || error.why !== 'busy') throw error;
    return refusalOf('not-ready', { 'not-ready': 'Other forecasts are being made; ask again in some seconds.' });
  }
}

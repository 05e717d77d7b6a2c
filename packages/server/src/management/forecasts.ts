import {
  endsOfRelease,
  findRelease,
  findRollout,
  forecastOf,
  servedBytesOf,
  type ForecastRow,
  type Schema,
  type Store,
} from '@updraft/store';
import type { EndCount } from '@updraft/core';
import type { CallAnswer, NewRollout, Rehearsal } from '@updraft/protocols';
import type { Kysely } from 'kysely';
import type { z } from 'zod';
import type { Scope } from '../access/scope.ts';
import { assumedEnds } from '../forecast/assumed-ends.ts';
import { draftFacts, rolloutFacts } from '../forecast/forecast-facts.ts';
import { servedView, spanMsOf, type OutcomeShown } from '../forecast/forecast-outcome.ts';
import { ForecastUnavailable, type Forecaster } from '../forecast/forecaster.ts';
import { forecastView, type ForecastShown } from '../forecast/forecast-view.ts';
import type { Handlers } from '../http/mount.ts';
import { type Refusal, refusalOf } from '../http/problems.ts';
import type { Commands } from '../use-cases/commands.ts';
import { draftPolicy, readDraft } from '../use-cases/rollout-draft.ts';
import { timestamp } from '../use-cases/timestamp.ts';
import { impossibleRefusal } from './impossible-rollout.ts';

export type ForecastParts = {
  readonly store: Store<Commands>;
  readonly forecaster: Forecaster;
};

type Draft = Omit<z.output<typeof NewRollout>, 'name'>;
type ForecastRoute = 'rollouts.forecast-draft' | 'rollouts.forecast' | 'rollouts.rehearse-draft' | 'rollouts.rehearse';
type Foretold = CallAnswer<'rollouts.forecast'>;

/** What is to be expected of rollouts. Facts are read on the reading thread, and played on a thread of their own. */
export function forecastHandlers({ store, forecaster }: ForecastParts): Handlers<ForecastRoute> {
  const reader = store.longReader;
  const play = async (scope: Scope, draft: Draft, ends: readonly EndCount[] | null) => {
    const now = await store.now();
    const read = await readDraft(reader, scope, { draft, now });
    if (read.outcome === 'refused')
      return refusalOf(read.code, {
        'not-found': 'There is no such release.',
        'filter-invalid': 'detail' in read ? read.detail : '',
      });
    if (read.problems.some(({ severity }) => severity === 'refused')) return impossibleRefusal(read.problems);
    const rollout = { choice: read.choice, policy: draftPolicy(draft), sizes: read.sizes, ends };
    return answered(async () => forecastView(await forecaster.play(await draftFacts(reader, rollout, now))));
  };
  return {
    'rollouts.forecast-draft': async ({ scope, body }) => play(scope, body, null),
    'rollouts.rehearse-draft': async ({ scope, body }) => {
      const ends = await endsToPlay(store, scope, body);
      return ends === undefined ? noSuchEnds() : play(scope, body, ends);
    },
    'rollouts.rehearse': async ({ scope, params, body }) => {
      const row = await findRollout(reader, scope.tenant, params.id);
      if (row === undefined) return refusalOf('not-found', {});
      if (row.state === 'creating') return notMadeYet();
      if (premiseOf(row.state) === null)
        return refusalOf('rollout-state', { 'rollout-state': 'Nothing more is to come of it: rehearse a draft.' });
      const ends = await endsToPlay(store, scope, body);
      if (ends === undefined) return noSuchEnds();
      const now = await store.now();
      return answered(async () => forecastView(await forecaster.play(await rolloutFacts(reader, row, { now, ends }))));
    },
    'rollouts.forecast': async ({ scope, params }) => {
      const row = await findRollout(reader, scope.tenant, params.id);
      if (row === undefined) return refusalOf('not-found', {});
      if (row.state === 'creating') return notMadeYet();
      const premise = premiseOf(row.state);
      const atStart = await keptView(reader, await forecastOf(reader, row.id));
      if (premise === null) return { ok: { premise, now: null, atStart } };
      const now = await store.now();
      return answered(async () => {
        const facts = await rolloutFacts(reader, row, { now });
        return { premise, now: forecastView(await forecaster.play(facts)), atStart };
      });
    },
  };
}

/** What has to be taken for granted; null: nothing more is to come. */
function premiseOf(state: string): Foretold['premise'] {
  switch (state) {
    case 'running':
      return 'it-goes-on';
    case 'paused':
      return 'resumed-now';
    case 'ready':
    case 'awaiting-approval':
      return 'started-now';
    default:
      return null;
  }
}

async function keptView(db: Kysely<Schema>, kept: ForecastRow | undefined): Promise<Foretold['atStart']> {
  if (kept === undefined || kept.forecast === null || kept.made_at === null) return null;
  const forecast = JSON.parse(kept.forecast) as ForecastShown;
  const spanMs = spanMsOf(forecast);
  return {
    madeAt: timestamp(kept.made_at),
    forecast,
    ...(kept.outcome === null
      ? { served: servedView(await servedBytesOf(db, { rollout: kept.rollout, spanMs }), spanMs), outcome: null }
      : { served: null, outcome: JSON.parse(kept.outcome) as OutcomeShown }),
  };
}

/** How attempts end in a rehearsal: as those of a release did, or in assumed shares; null: as in the past. undefined: no such release. */
async function endsToPlay(
  { longReader }: Store<Commands>,
  scope: Scope,
  { like, failingPercent }: z.output<typeof Rehearsal>,
): Promise<readonly EndCount[] | null | undefined> {
  if (failingPercent !== undefined) return assumedEnds(failingPercent);
  if (like === undefined) return null;
  const release = await findRelease(longReader, scope.tenant, like);
  return release === undefined ? undefined : endsOfRelease(longReader, scope.tenant, release.id);
}

function noSuchEnds(): Refusal {
  return refusalOf('not-found', { 'not-found': 'There is no release to play again.' });
}

function notMadeYet(): Refusal {
  return refusalOf('not-ready', { 'not-ready': 'The rollout is still being made; ask again in some seconds.' });
}

async function answered<T>(make: () => Promise<T>): Promise<{ readonly ok: T } | Refusal> {
  try {
    return { ok: await make() };
  } catch (error) {
    if (!(error instanceof ForecastUnavailable) || error.why === 'failed') throw error;
    return refusalOf('not-ready', {
      'not-ready': 'Other forecasts are being made, or the server stops; ask again in some seconds.',
    });
  }
}

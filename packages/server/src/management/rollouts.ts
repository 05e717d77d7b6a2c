import type { ApiRoutes } from '@updraft/protocols';
import {
  filterMoments,
  findReleaseById,
  findRollout,
  phaseSpecOf,
  phasesOf,
  policyOf,
  readPage,
  REVISION_LIST,
  ROLLOUT_LIST,
  selectRevisions,
  selectRollouts,
  zonesOfMembers,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import type { HandlerRequest, Handlers } from '../http/mount.ts';
import { type Refusal, refusalOf } from '../http/problems.ts';
import type { RolloutVerb } from '../use-cases/rollout-acts.ts';
import { foreseenReturn } from '../use-cases/return-plan.ts';
import { readDraft } from '../use-cases/rollout-draft.ts';
import { previewRollout } from '../use-cases/rollout-preview.ts';
import { explainRollout } from '../use-cases/rollout-why.ts';
import { revisionView, rolloutViews, type RolloutView } from '../use-cases/rollout-view.ts';
import { NO_EMERGENCY, type HandlerParts } from './handler-parts.ts';
import { impossibleRefusal } from './impossible-rollout.ts';
import { listAnswer } from './list-answer.ts';

type ActRequest = Pick<HandlerRequest<ApiRoutes['rollouts.start']>, 'scope' | 'ifMatch'> & {
  readonly params: { readonly id: string; readonly number?: number };
};

export function rolloutHandlers({
  store,
}: HandlerParts): Handlers<
  | 'rollouts.list'
  | 'rollouts.create'
  | 'rollouts.show'
  | 'rollouts.preview'
  | 'rollouts.why'
  | 'rollouts.change'
  | 'rollouts.revisions'
  | 'rollouts.approve'
  | 'rollouts.deny'
  | 'rollouts.start'
  | 'rollouts.pause'
  | 'rollouts.resume'
  | 'rollouts.stop'
  | 'rollouts.start-phase'
  | 'rollouts.skip-phase'
> {
  const acting =
    (act: RolloutVerb) =>
    async ({ scope, params, ifMatch }: ActRequest): Promise<{ readonly ok: RolloutView } | Refusal> => {
      const { id, number } = params;
      const phase = number === undefined ? {} : { phase: number };
      const result = await store.commands.run('rollout.act', { scope, id, expectedRevision: ifMatch, act, ...phase });
      if (result.outcome === 'changed') return { ok: result.rollout };
      return refusalOf(result.code, {
        ...stateWords(result, act),
        'not-permitted': 'To approve it asks for the right `approve`.',
        'self-approval': 'Who made or changed a rollout does not approve it; ask somebody else.',
        'approval-needs-person': 'A rollout is approved by a person, not with the token of a machine.',
        'phase-state': `Phase ${number ?? ''} does not wait any more.`,
      });
    };
  return {
    'rollouts.list': async ({ scope, query }) => {
      const reader = store.longReader;
      return listAnswer(
        await readPage({ reader, query: selectRollouts(reader, scope.tenant) }, ROLLOUT_LIST, query),
        (rows) => rolloutViews(reader, rows),
      );
    },
    'rollouts.create': async ({ scope, body, once }) => {
      const draft = await readDraft(store.longReader, scope, { draft: body, now: await store.now() });
      const problems = draft.outcome === 'read' ? draft.problems : [];
      const result = await store.commands.run('rollout.create', { ...body, scope, once, problems });
      if (result.outcome === 'created') {
        const { rollout, replayed } = result;
        return { ok: rollout, location: `/rollouts/${rollout.id}`, replayed };
      }
      if ('problems' in result) return impossibleRefusal(result.problems);
      return refusalOf(result.code, {
        ...NO_EMERGENCY,
        ...draftWords(result),
        'release-not-published': 'The release is not published; publish it first.',
        'name-taken': `A rollout named "${body.name}" stands already.`,
      });
    },
    'rollouts.preview': async ({ scope, body }) => {
      const result = await previewRollout(store.longReader, scope, { draft: body, now: await store.now() });
      if (result.outcome === 'previewed') return { ok: result.view };
      return refusalOf(result.code, draftWords(result));
    },
    'rollouts.why': async ({ scope, params }) => {
      const why = await explainRollout(store.longReader, scope, { id: params.id, now: await store.now() });
      return why === undefined ? refusalOf('not-found', {}) : { ok: why };
    },
    'rollouts.show': async ({ scope, params }) => {
      const row = await findRollout(store.reader, scope.tenant, params.id);
      const [view] = row === undefined ? [] : await rolloutViews(store.reader, [row]);
      return view === undefined ? refusalOf('not-found', {}) : { ok: view };
    },
    'rollouts.change': async ({ scope, params, body, ifMatch }) => {
      const obstacles = body.policy?.onFailure === 'return' ? await obstaclesOf(store, scope, params.id) : [];
      const zones = body.policy?.start?.by === 'first-window' ? await zonesOf(store, scope, params.id) : null;
      const found = { returnObstacles: obstacles, zones };
      const input = { scope, id: params.id, expectedRevision: ifMatch, change: body, ...found };
      const result = await store.commands.run('rollout.change', input);
      if (result.outcome === 'changed') return { ok: result.rollout };
      if ('problems' in result) return impossibleRefusal(result.problems);
      const detail = 'detail' in result ? result.detail : '';
      return refusalOf(result.code, {
        ...stateWords(result, 'be changed'),
        ...NO_EMERGENCY,
        'phase-state': detail,
        'phases-invalid': detail,
        'change-not-possible': detail,
        'name-taken': `A rollout named "${body.name ?? ''}" stands already.`,
      });
    },
    'rollouts.revisions': async ({ scope, params, query }) => {
      const row = await findRollout(store.reader, scope.tenant, params.id);
      if (row === undefined) return refusalOf('not-found', {});
      const source = { reader: store.reader, query: selectRevisions(store.reader, row.id) };
      return listAnswer(await readPage(source, REVISION_LIST, query), (rows) => rows.map(revisionView));
    },
    'rollouts.approve': acting('approve'),
    'rollouts.deny': acting('deny'),
    'rollouts.start': acting('start'),
    'rollouts.pause': acting('pause'),
    'rollouts.resume': acting('resume'),
    'rollouts.stop': acting('stop'),
    'rollouts.start-phase': acting('start-phase'),
    'rollouts.skip-phase': acting('skip-phase'),
  };
}

/** Why its devices could not go back to what they run. Reads every one of them, on the thread for long reads. */
async function obstaclesOf({ longReader }: HandlerParts['store'], scope: Scope, id: string) {
  const rollout = await findRollout(longReader, scope.tenant, id);
  if (rollout === undefined || policyOf(rollout.policy).onFailure === 'return') return [];
  const release = await findReleaseById(longReader, scope.tenant, rollout.release);
  const moments = await filterMoments(longReader, scope.tenant, rollout.created_at);
  const phases = (await phasesOf(longReader, [rollout.id])).map(({ spec }) => phaseSpecOf(spec));
  const left = { tenant: scope.tenant, counter: release?.counter ?? null };
  return (await foreseenReturn(longReader, { ...rollout, phases, moments }, left)).obstacles;
}

/** The zones of its devices, on the thread for long reads. */
async function zonesOf({ longReader }: HandlerParts['store'], scope: Scope, id: string) {
  const rollout = await findRollout(longReader, scope.tenant, id);
  return rollout === undefined ? null : zonesOfMembers(longReader, rollout.id);
}

function stateWords(result: object, act: string) {
  const state = 'state' in result ? String(result.state) : '';
  return { 'rollout-state': `A rollout that is ${state} cannot ${act}.` };
}

function draftWords(result: object) {
  return {
    'not-found': 'There is no such release.',
    'filter-invalid': 'detail' in result ? String(result.detail) : '',
  };
}

import type { ApiRoutes } from '@updraft/protocols';
import { findRollout, readPage, ROLLOUT_LIST, selectRollouts } from '@updraft/store';
import type { HandlerRequest, Handlers } from '../http/mount.ts';
import { type Refusal, refusalOf } from '../http/problems.ts';
import type { RolloutAct } from '../use-cases/rollout-commands.ts';
import { rolloutViews, type RolloutView } from '../use-cases/rollout-view.ts';
import type { HandlerParts } from './handler-parts.ts';
import { listAnswer } from './list-answer.ts';

type ActRequest = Pick<HandlerRequest<ApiRoutes['rollouts.start']>, 'scope' | 'params' | 'ifMatch'>;

export function rolloutHandlers({
  store,
}: HandlerParts): Handlers<
  | 'rollouts.list'
  | 'rollouts.create'
  | 'rollouts.show'
  | 'rollouts.start'
  | 'rollouts.pause'
  | 'rollouts.resume'
  | 'rollouts.stop'
> {
  const acting =
    (act: RolloutAct['act']) =>
    async ({ scope, params, ifMatch }: ActRequest): Promise<{ readonly ok: RolloutView } | Refusal> => {
      const input = { scope, id: params.id, expectedRevision: ifMatch, act };
      const result = await store.commands.run('rollout.act', input);
      if (result.outcome === 'changed') return { ok: result.rollout };
      const state = 'state' in result ? result.state : '';
      return refusalOf(result.code, { 'rollout-state': `A rollout that is ${state} cannot ${act}.` });
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
      const result = await store.commands.run('rollout.create', { ...body, scope, once });
      if (result.outcome === 'created') {
        const { rollout, replayed } = result;
        return { ok: rollout, location: `/rollouts/${rollout.id}`, replayed };
      }
      return refusalOf(result.code, {
        'not-found': 'There is no such release.',
        'release-not-published': 'The release is not published; publish it first.',
        'filter-invalid': 'detail' in result ? result.detail : '',
        'name-taken': `A rollout named "${body.name}" stands already.`,
      });
    },
    'rollouts.show': async ({ scope, params }) => {
      const row = await findRollout(store.reader, scope.tenant, params.id);
      const [view] = row === undefined ? [] : await rolloutViews(store.reader, [row]);
      return view === undefined ? refusalOf('not-found', {}) : { ok: view };
    },
    'rollouts.start': acting('start'),
    'rollouts.pause': acting('pause'),
    'rollouts.resume': acting('resume'),
    'rollouts.stop': acting('stop'),
  };
}

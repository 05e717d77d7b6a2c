import type { ApiRoutes } from '@updraft/protocols';
import { findSavedFilter, readPage, SAVED_FILTER_LIST, selectSavedFilters } from '@updraft/store';
import type { HandlerRequest, Handlers } from '../http/mount.ts';
import { refusalOf } from '../http/problems.ts';
import { policyFrom } from '../use-cases/policy-view.ts';
import { savedFilterViews } from '../use-cases/saved-filter-view.ts';
import { NO_EMERGENCY, type HandlerParts } from './handler-parts.ts';
import { impossibleRefusal } from './impossible-rollout.ts';
import { listAnswer } from './list-answer.ts';

type ActRequest = Pick<HandlerRequest<ApiRoutes['filters.delete']>, 'scope' | 'params' | 'ifMatch'>;

export function filterHandlers({
  store,
}: HandlerParts): Handlers<
  | 'filters.list'
  | 'filters.create'
  | 'filters.show'
  | 'filters.change'
  | 'filters.delete'
  | 'filters.assign'
  | 'filters.stop-assigning'
> {
  const act = ({ scope, params, ifMatch }: ActRequest) => ({ scope, id: params.id, expectedRevision: ifMatch });
  return {
    'filters.list': async ({ scope, query }) => {
      const reader = store.longReader;
      const rows = selectSavedFilters(reader, scope.tenant);
      return listAnswer(await readPage({ reader, query: rows }, SAVED_FILTER_LIST, query), (found) =>
        savedFilterViews(reader, found),
      );
    },
    'filters.create': async ({ scope, body, once }) => {
      const result = await store.commands.run('filter.create', { ...body, scope, once });
      if (result.outcome === 'created')
        return { ok: result.filter, location: `/filters/${result.filter.id}`, replayed: result.replayed };
      return refusalOf(result.code, {
        'filter-invalid': 'detail' in result ? result.detail : '',
        'name-taken': `A filter named "${body.name}" stands already.`,
      });
    },
    'filters.show': async ({ scope, params }) => {
      const row = await findSavedFilter(store.reader, scope.tenant, params.id);
      const [view] = row === undefined ? [] : await savedFilterViews(store.reader, [row]);
      return view === undefined ? refusalOf('not-found', {}) : { ok: view };
    },
    'filters.change': async (request) => {
      const result = await store.commands.run('filter.change', { ...act(request), change: request.body });
      if (result.outcome === 'changed') return { ok: result.filter };
      return refusalOf(result.code, {
        'filter-invalid': 'detail' in result ? result.detail : '',
        'name-taken': 'Another filter of that name stands already.',
      });
    },
    'filters.delete': async (request) => {
      const result = await store.commands.run('filter.delete', act(request));
      return result.outcome === 'deleted' ? { ok: undefined } : refusalOf(result.code, {});
    },
    'filters.assign': async (request) => {
      const { release, weight, policy } = request.body;
      const input = { ...act(request), release, weight, policy: policyFrom(policy) };
      const result = await store.commands.run('filter.assign', input);
      if (result.outcome === 'changed') return { ok: { ...result.filter, warnings: result.warnings } };
      if ('problems' in result) return impossibleRefusal(result.problems);
      return refusalOf(result.code, {
        ...('missing' in result ? { 'not-found': 'There is no such release.' } : {}),
        ...NO_EMERGENCY,
        'release-not-published': 'The release is not published; publish it first.',
      });
    },
    'filters.stop-assigning': async (request) => {
      const result = await store.commands.run('filter.stop-assigning', act(request));
      return result.outcome === 'changed' ? { ok: result.filter } : refusalOf(result.code, {});
    },
  };
}

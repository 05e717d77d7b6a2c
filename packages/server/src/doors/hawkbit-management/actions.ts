import { settleFilter } from '@updraft/core';
import {
  ASSIGNMENT_LIST,
  assignmentDetails,
  findAssignmentDetail,
  filterMoments,
  numbersOfAssignments,
  selectAssignmentIds,
} from '@updraft/store';
import type { Scope } from '../../access/scope.ts';
import { actionView } from './action-view.ts';
import { doorSettings } from './door-settings.ts';
import { DONE, type ManagementHandlers, type ManagementParts, type ManagementRefusal, notFound } from './handler.ts';
import { answerList, readSearch } from './read-list.ts';
import { ACTIONS, forgotten } from './target-actions.ts';

/** Actions that a query may name to be deleted at once: more are deleted by asking again. */
const MAX_DELETED = 5000;

export function actionHandlers(
  parts: ManagementParts,
): ManagementHandlers<'actions.list' | 'actions.show' | 'actions.delete-one' | 'actions.delete'> {
  const { store } = parts;
  return {
    'actions.list': async ({ scope, query, links }) => {
      const reader = store.longReader;
      const now = await store.now();
      const isFull = query.representation === 'full';
      const source = { reader, query: selectAssignmentIds(reader, scope.tenant) };
      return answerList(source, { list: ACTIONS, query }, async (found) => {
        const ids = found.map(({ id }) => id);
        return (await assignmentDetails(reader, ids)).map((row) => actionView(row, { links, now, isFull }));
      });
    },
    'actions.show': async ({ scope, params, links }) => {
      const row = await findAssignmentDetail(store.reader, scope.tenant, params.id);
      if (row === undefined) return notFound('Action', params.id);
      return { ok: actionView(row, { links, now: await store.now(), isFull: true }) };
    },
    'actions.delete-one': ({ scope, params }) => forget(parts, scope, [params.id]),
    'actions.delete': async ({ scope, query, body }) => {
      if ((query.q === undefined) === (body === undefined))
        return { error: 'repo.constraintViolation', message: 'Say either q or the ids of actions.' };
      if (body !== undefined) return forget(parts, scope, body);
      const numbers = await numbersFor(parts, scope, query.q ?? '');
      return 'error' in numbers ? numbers : forget(parts, scope, numbers);
    },
  };
}

async function forget({ store }: ManagementParts, scope: Scope, numbers: readonly number[]) {
  if (numbers.length === 0) return DONE;
  const { deletable: states } = await doorSettings(store.reader, scope.tenant);
  return forgotten(await store.commands.run('assignment.forget', { scope, numbers, device: null, states }));
}

async function numbersFor(
  { store }: ManagementParts,
  scope: Scope,
  q: string,
): Promise<readonly number[] | ManagementRefusal> {
  const filter = readSearch(ACTIONS.search, q);
  if ('error' in filter) return filter;
  const reader = store.longReader;
  const moments = await filterMoments(reader, scope.tenant, await store.now());
  const settled = settleFilter(filter, ASSIGNMENT_LIST.fields, moments);
  return numbersOfAssignments(reader, scope.tenant, { filter: settled, limit: MAX_DELETED });
}

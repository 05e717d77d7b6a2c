import {
  policyOfWire,
  type TargetFilter,
  TARGET_FILTER_SEARCH,
  urgencyOnWire,
} from '@updraft/protocols/hawkbit-management';
import {
  findReleaseById,
  findSavedFilter,
  findSavedFilterById,
  policyOf,
  SAVED_FILTER_LIST,
  type SavedFilterWithJoins,
  selectSavedFilters,
} from '@updraft/store';
import type { Scope } from '../../access/scope.ts';
import { policyFrom } from '../../use-cases/policy-view.ts';
import { publishedRelease } from './publish-for-door.ts';
import { auditOf } from './audit.ts';
import { distributionSetView } from './distribution-set-view.ts';
import { assignmentQuota } from './action-quota.ts';
import { doorSettings } from './door-settings.ts';
import { DONE, type ManagementHandlers, type ManagementParts, type ManagementRefusal, notFound } from './handler.ts';
import type { LinkMaker } from './links.ts';
import { answerList, searchable } from './read-list.ts';
import { ownFilter } from './rollout-plan.ts';
import { DEFAULT_WEIGHT } from './rollout-weight.ts';
import { tooManyMatching } from './target-quota.ts';

export const FILTERS = searchable(SAVED_FILTER_LIST, TARGET_FILTER_SEARCH, {
  defaultOrder: { field: 'number', descending: false },
});

type Saving =
  | 'target-filters.list'
  | 'target-filters.create'
  | 'target-filters.show'
  | 'target-filters.change'
  | 'target-filters.delete';
type Assigning = 'target-filters.auto-assigned' | 'target-filters.auto-assign' | 'target-filters.stop-auto-assign';

export function targetFilterHandlers(parts: ManagementParts): ManagementHandlers<Saving | Assigning> {
  return { ...saving(parts), ...assigning(parts) };
}

function saving(parts: ManagementParts): ManagementHandlers<Saving> {
  const { store } = parts;
  return {
    'target-filters.list': async ({ scope, query, links }) => {
      const reader = store.longReader;
      const source = { reader, query: selectSavedFilters(reader, scope.tenant) };
      const isFull = query.representation === 'full';
      const answer = await answerList(source, { list: FILTERS, query }, (rows) =>
        rows.map((row) => targetFilterView(row, links, isFull)),
      );
      if ('error' in answer || query.q === undefined) return answer;
      const everything = { offset: 0, limit: 1, sort: undefined };
      const all = await answerList(source, { list: FILTERS, query: everything }, (rows) => [...rows]);
      return 'error' in all ? all : { ok: { ...answer.ok, total: all.ok.total } };
    },
    'target-filters.create': async ({ scope, body, links }) => {
      const query = ownFilter(body.query);
      if (typeof query !== 'string') return query;
      const input = { scope, name: body.name, description: '', query, given: body.query };
      const result = await store.commands.run('filter.create', { ...input, once: null });
      if (result.outcome === 'created') return showByUid(parts, scope, { uid: result.filter.id, links });
      return result.code === 'name-taken' ? nameTaken(body.name) : unreadable();
    },
    'target-filters.show': async ({ scope, params, links }) => show(parts, scope, { id: params.id, links }),
    'target-filters.change': async ({ scope, params, body, links }) => {
      const row = await findSavedFilterById(store.reader, scope.tenant, params.id);
      if (row === undefined) return notFound('TargetFilterQuery', params.id);
      const query = body.query === undefined ? undefined : ownFilter(body.query);
      if (query !== undefined && typeof query !== 'string') return query;
      const change = { name: body.name, query, given: body.query };
      const result = await store.commands.run('filter.change', { ...actOn(scope, row), change });
      if (result.outcome === 'changed') return show(parts, scope, { id: row.id, links });
      if (result.code === 'name-taken') return nameTaken(body.name ?? '');
      return result.code === 'filter-invalid' ? unreadable() : notFound('TargetFilterQuery', params.id);
    },
    'target-filters.delete': async ({ scope, params }) => {
      const row = await findSavedFilterById(store.reader, scope.tenant, params.id);
      if (row === undefined) return notFound('TargetFilterQuery', params.id);
      const result = await store.commands.run('filter.delete', actOn(scope, row));
      return result.outcome === 'deleted' ? DONE : notFound('TargetFilterQuery', params.id);
    },
  };
}

function assigning(parts: ManagementParts): ManagementHandlers<Assigning> {
  const { store } = parts;
  return {
    'target-filters.auto-assigned': async ({ scope, params, links }) => {
      const row = await findSavedFilterById(store.reader, scope.tenant, params.id);
      if (row === undefined) return notFound('TargetFilterQuery', params.id);
      if (row.auto_release === null) return { ok: undefined };
      const release = await findReleaseById(store.reader, scope.tenant, row.auto_release);
      if (release === undefined) throw new Error(`the saved filter ${row.id} has lost its release`);
      return { ok: await distributionSetView(parts, release, { links, isSingle: true }) };
    },
    'target-filters.auto-assign': async ({ scope, params, body, links }) => {
      const row = await findSavedFilterById(store.reader, scope.tenant, params.id);
      if (row === undefined) return notFound('TargetFilterQuery', params.id);
      if (body.type === 'timeforced') return WRONG_TYPE;
      const release = await publishedRelease(parts, scope, body.id);
      if ('error' in release) return release;
      const many = await tooManyMatching(parts, scope, { release: release.id, filter: row.query });
      if (many !== null) return many;
      const settings = await doorSettings(store.reader, scope.tenant);
      const { asksConsent } = settings;
      const { confirmationRequired = true, weight = DEFAULT_WEIGHT, type } = body;
      const policy = policyFrom(policyOfWire({ type, needsConsent: asksConsent && confirmationRequired }));
      const quota = assignmentQuota(parts, settings);
      const input = { ...actOn(scope, row), release: release.uid, weight, policy, quota };
      const result = await store.commands.run('filter.assign', input);
      if (result.outcome === 'changed') return show(parts, scope, { id: row.id, links });
      if (result.code === 'release-not-published') return notFound('DistributionSet', body.id);
      return notFound('TargetFilterQuery', params.id);
    },
    'target-filters.stop-auto-assign': async ({ scope, params }) => {
      const row = await findSavedFilterById(store.reader, scope.tenant, params.id);
      if (row === undefined) return notFound('TargetFilterQuery', params.id);
      const result = await store.commands.run('filter.stop-assigning', actOn(scope, row));
      return result.outcome === 'changed' ? DONE : notFound('TargetFilterQuery', params.id);
    },
  };
}

/** A rule has no moment of its own from which on it could be forced. */
export const WRONG_TYPE: ManagementRefusal = {
  error: 'repo.invalidAutoAssignActionType',
  message: 'Invalid action type for auto assignment: timeforced',
};

function actOn(scope: Scope, { uid }: SavedFilterWithJoins) {
  return { scope, id: uid, expectedRevision: null };
}

function nameTaken(name: string): ManagementRefusal {
  return { error: 'repo.entityAlreadyExists', message: `TargetFilterQuery with name {${name}} exists already.` };
}

/** What this door has read and written itself, the command reads again. */
function unreadable(): ManagementRefusal {
  return { error: 'rest.param.rsqlParamSyntax', message: 'The filter cannot be read' };
}

async function show(
  { store }: ManagementParts,
  scope: Scope,
  { id, links }: { readonly id: number; readonly links: LinkMaker },
) {
  const row = await findSavedFilterById(store.reader, scope.tenant, id);
  return row === undefined ? notFound('TargetFilterQuery', id) : { ok: targetFilterView(row, links, true) };
}

async function showByUid(
  { store }: ManagementParts,
  scope: Scope,
  { uid, links }: { readonly uid: string; readonly links: LinkMaker },
) {
  const row = await findSavedFilter(store.reader, scope.tenant, uid);
  if (row === undefined) throw new Error(`the saved filter ${uid} is gone as soon as it was made`);
  return { ok: targetFilterView(row, links, true) };
}

/** Nulls are shown here. */
export function targetFilterView(row: SavedFilterWithJoins, links: LinkMaker, isFull: boolean): TargetFilter {
  const policy = row.auto_policy === null ? null : policyOf(row.auto_policy);
  const type = policy === null ? null : urgencyOnWire(policy).forceType;
  const self = links`/targetfilters/${row.id}`;
  const autoAssignDS = links`/targetfilters/${row.id}/autoAssignDS`;
  const set: TargetFilter['_links'] =
    row.auto_release === null ? {} : { DS: links`/distributionsets/${row.auto_release}` };
  return {
    ...auditOf(row),
    id: row.id,
    name: row.name,
    query: row.query_given === '' ? row.query : row.query_given,
    autoAssignDistributionSet: row.auto_release,
    // One that our own API made may be forced at a time: to this wire it is forced.
    autoAssignActionType: type === 'timeforced' ? 'forced' : type,
    autoAssignWeight: row.auto_weight,
    confirmationRequired: policy?.consent.required ?? null,
    _links: isFull ? { self, autoAssignDS, ...set } : { self },
  };
}

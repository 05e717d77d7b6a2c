import { SET_TAG_SEARCH } from '@updraft/protocols/hawkbit-management';
import { findReleaseTagById, RELEASE_TAG_LIST, selectReleaseTags, selectTaggedReleases } from '@updraft/store';
import type { Scope } from '../../access/scope.ts';
import { SETS } from './distribution-sets.ts';
import { given } from './given.ts';
import { DONE, type ManagementHandlers, type ManagementParts, type ManagementRefusal, notFound } from './handler.ts';
import type { LinkMaker } from './links.ts';
import { answerList, searchable } from './read-list.ts';
import { setViews } from './software-view.ts';
import { setTagView } from './tag-view.ts';

const TAGS = searchable(RELEASE_TAG_LIST, SET_TAG_SEARCH, { defaultOrder: { field: 'number', descending: false } });

type Editing = 'set-tags.list' | 'set-tags.create' | 'set-tags.show' | 'set-tags.change' | 'set-tags.delete';
type Bearing =
  | 'set-tags.assigned'
  | 'set-tags.assign-one'
  | 'set-tags.unassign-one'
  | 'set-tags.assign'
  | 'set-tags.unassign';

export function setTagHandlers(parts: ManagementParts): ManagementHandlers<Editing | Bearing> {
  return { ...editing(parts), ...bearing(parts) };
}

function editing({ store }: ManagementParts): ManagementHandlers<Editing> {
  const show = async (scope: Scope, id: number, links: LinkMaker) => {
    const row = await findReleaseTagById(store.reader, scope.tenant, id);
    return row === undefined ? notFound('DistributionSetTag', id) : { ok: setTagView(row, links, true) };
  };
  return {
    'set-tags.list': ({ scope, query, links }) => {
      const reader = store.longReader;
      const rows = selectReleaseTags(reader, scope.tenant);
      return answerList({ reader, query: rows }, { list: TAGS, query }, (found) =>
        found.map((row) => setTagView(row, links, false)),
      );
    },
    'set-tags.create': async ({ scope, body, links }) => {
      const tags = body.map(({ name, description = '', colour = '' }) => ({ name, description, colour }));
      const result = await store.commands.run('release-tag.create', { scope, tags });
      if (result.outcome === 'refused') return exists(result.name);
      const rows = selectReleaseTags(store.reader, scope.tenant).where('release_tag.id', 'in', result.tags);
      return { ok: (await rows.orderBy('release_tag.id').execute()).map((row) => setTagView(row, links, true)) };
    },
    'set-tags.show': ({ scope, params, links }) => show(scope, params.id, links),
    'set-tags.change': async ({ scope, params, body, links }) => {
      const result = await store.commands.run('release-tag.change', { scope, id: params.id, change: given(body) });
      if (result.outcome === 'changed') return show(scope, params.id, links);
      return result.code === 'name-taken' ? exists(body.name ?? '') : notFound('DistributionSetTag', params.id);
    },
    'set-tags.delete': async ({ scope, params }) => {
      const result = await store.commands.run('release-tag.drop', { scope, id: params.id });
      return result.outcome === 'deleted' ? DONE : notFound('DistributionSetTag', params.id);
    },
  };
}

function exists(name: string): ManagementRefusal {
  return { error: 'repo.entityAlreadyExists', message: `DistributionSetTag with name {${name}} exists already.` };
}

function bearing({ store }: ManagementParts): ManagementHandlers<Bearing> {
  const mark = async (scope: Scope, id: number, what: { releases: readonly number[]; tagged: boolean }) => {
    const result = await store.commands.run('release-tag.mark', { scope, id, ...what });
    if (result.outcome === 'changed') return DONE;
    return result.missing === null
      ? notFound('DistributionSetTag', id)
      : notFound('DistributionSet', result.missing.join(', '));
  };
  return {
    'set-tags.assigned': async ({ scope, params, query, links }) => {
      if ((await findReleaseTagById(store.reader, scope.tenant, params.id)) === undefined)
        return notFound('DistributionSetTag', params.id);
      const reader = store.longReader;
      const rows = selectTaggedReleases(reader, scope.tenant, params.id);
      return answerList({ reader, query: rows }, { list: SETS, query }, (found) =>
        setViews(reader, found, { links, isSingle: false }),
      );
    },
    'set-tags.assign-one': ({ scope, params }) => mark(scope, params.id, { releases: [params.setId], tagged: true }),
    'set-tags.unassign-one': ({ scope, params }) => mark(scope, params.id, { releases: [params.setId], tagged: false }),
    'set-tags.assign': ({ scope, params, body }) => mark(scope, params.id, { releases: body, tagged: true }),
    'set-tags.unassign': ({ scope, params, body }) => mark(scope, params.id, { releases: body, tagged: false }),
  };
}

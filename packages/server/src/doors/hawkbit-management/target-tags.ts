import { TAG_SEARCH } from '@updraft/protocols/hawkbit-management';
import { findDevice, findTagById, selectDeviceIdsOfTag, selectTags, TAG_LIST, tagsOfDevice } from '@updraft/store';
import type { Scope } from '../../access/scope.ts';
import { given } from './given.ts';
import { DONE, type ManagementHandlers, type ManagementParts, type ManagementRefusal, notFound } from './handler.ts';
import type { LinkMaker } from './links.ts';
import { answerList, searchable } from './read-list.ts';
import { targetTagView } from './tag-view.ts';
import { answerTargets } from './target-reading.ts';

const TAGS = searchable(TAG_LIST, TAG_SEARCH, { defaultOrder: { field: 'number', descending: false } });

type Editing =
  | 'target-tags.list'
  | 'target-tags.create'
  | 'target-tags.show'
  | 'target-tags.change'
  | 'target-tags.delete';
type Bearing =
  | 'targets.tags'
  | 'target-tags.assigned'
  | 'target-tags.assign-one'
  | 'target-tags.unassign-one'
  | 'target-tags.assign'
  | 'target-tags.unassign';

export function targetTagHandlers(parts: ManagementParts): ManagementHandlers<Editing | Bearing> {
  return { ...editing(parts), ...bearing(parts) };
}

function editing({ store }: ManagementParts): ManagementHandlers<Editing> {
  const show = async (scope: Scope, id: number, links: LinkMaker) => {
    const row = await findTagById(store.reader, scope.tenant, id);
    return row === undefined ? notFound('TargetTag', id) : { ok: targetTagView(row, links, true) };
  };
  return {
    'target-tags.list': ({ scope, query, links }) => {
      const reader = store.longReader;
      return answerList({ reader, query: selectTags(reader, scope.tenant) }, { list: TAGS, query }, (rows) =>
        rows.map((row) => targetTagView(row, links, false)),
      );
    },
    'target-tags.create': async ({ scope, body, links }) => {
      const tags = body.map(({ name, description = '', colour = '' }) => ({ name, description, colour }));
      const result = await store.commands.run('tag.create', { scope, tags });
      if (result.outcome === 'refused') return exists(result.name);
      const rows = await selectTags(store.reader, scope.tenant).where('id', 'in', result.tags).orderBy('id').execute();
      return { ok: rows.map((row) => targetTagView(row, links, true)) };
    },
    'target-tags.show': ({ scope, params, links }) => show(scope, params.id, links),
    'target-tags.change': async ({ scope, params, body, links }) => {
      const result = await store.commands.run('tag.change', { scope, id: params.id, change: given(body) });
      if (result.outcome === 'changed') return show(scope, params.id, links);
      return result.code === 'name-taken' ? exists(body.name ?? '') : notFound('TargetTag', params.id);
    },
    'target-tags.delete': async ({ scope, params }) => {
      const result = await store.commands.run('tag.drop', { scope, id: params.id });
      return result.outcome === 'refused' ? notFound('TargetTag', params.id) : DONE;
    },
  };
}

function exists(name: string): ManagementRefusal {
  return { error: 'repo.entityAlreadyExists', message: `TargetTag with name {${name}} exists already.` };
}

function bearing(parts: ManagementParts): ManagementHandlers<Bearing> {
  const { store } = parts;
  const mark = async (act: 'tag.put-on' | 'tag.take-off', { scope, id, devices, policy }: Mark) => {
    const tag = await findTagById(store.reader, scope.tenant, id);
    if (tag === undefined) return notFound('TargetTag', id);
    const all = policy === 'FAIL' ? { allOrNone: true as const } : {};
    const { missing } = await store.commands.run(act, { scope, tag: tag.name, devices, ...all });
    return missing.length > 0 && policy !== 'ON_WHAT_FOUND_AND_SUCCESS' ? notFound('Target', missing.join(', ')) : DONE;
  };
  return {
    'targets.tags': async ({ scope, params, links }) => {
      const device = await findDevice(store.reader, scope.tenant, params.controllerId);
      if (device === undefined) return notFound('Target', params.controllerId);
      const tags = await tagsOfDevice(store.reader, device.id);
      return { ok: tags.map((row) => targetTagView(row, links, false)) };
    },
    'target-tags.assigned': async ({ scope, params, query, links }) => {
      if ((await findTagById(store.reader, scope.tenant, params.id)) === undefined)
        return notFound('TargetTag', params.id);
      const rows = selectDeviceIdsOfTag(store.longReader, scope.tenant, params.id);
      return answerTargets(parts, { scope, links }, { rows, query });
    },
    'target-tags.assign-one': ({ scope, params }) =>
      mark('tag.put-on', { scope, id: params.id, devices: [params.controllerId], policy: 'FAIL' }),
    'target-tags.unassign-one': ({ scope, params }) =>
      mark('tag.take-off', { scope, id: params.id, devices: [params.controllerId], policy: 'FAIL' }),
    'target-tags.assign': ({ scope, params, query, body }) =>
      mark('tag.put-on', { scope, id: params.id, devices: body, policy: query.onNotFoundPolicy }),
    'target-tags.unassign': ({ scope, params, query, body }) =>
      mark('tag.take-off', { scope, id: params.id, devices: body, policy: query.onNotFoundPolicy }),
  };
}

type Mark = {
  readonly scope: Scope;
  readonly id: number;
  readonly devices: readonly string[];
  readonly policy: 'FAIL' | 'ON_WHAT_FOUND_AND_FAIL' | 'ON_WHAT_FOUND_AND_SUCCESS';
};

import {
  countTagged,
  GROUP_LIST,
  MAX_COUNTED_TOTAL,
  readPage,
  selectGroups,
  selectTags,
  TAG_LIST,
} from '@updraft/store';
import type { Handlers } from '../http/mount.ts';
import { refusalOf } from '../http/problems.ts';
import { groupView } from '../use-cases/group-commands.ts';
import { timestamp } from '../use-cases/timestamp.ts';
import type { HandlerParts } from './handler-parts.ts';
import { listAnswer } from './list-answer.ts';

type TagRoutes = 'tags.list' | 'tags.put-on' | 'tags.take-off' | 'tags.delete' | 'metadata.set';
type GroupRoutes = 'groups.list' | 'groups.create' | 'groups.move' | 'groups.change' | 'groups.delete';

/** What operators say of devices. */
export function organisationHandlers(parts: HandlerParts): Handlers<TagRoutes | GroupRoutes> {
  return { ...tagHandlers(parts), ...groupHandlers(parts) };
}

function tagHandlers({ store }: HandlerParts): Handlers<TagRoutes> {
  return {
    'tags.list': async ({ scope, query }) => {
      const reader = store.longReader;
      const page = await readPage({ reader, query: selectTags(reader, scope.tenant) }, TAG_LIST, query);
      return listAnswer(page, async (rows) => {
        const ids = rows.map(({ id }) => id);
        const counts = await countTagged(reader, ids, MAX_COUNTED_TOTAL);
        return rows.map(({ id, name, created_at }) => ({
          name,
          devices: Math.min(counts.get(id) ?? 0, MAX_COUNTED_TOTAL),
          createdAt: timestamp(created_at),
        }));
      });
    },
    'tags.put-on': async ({ scope, params, body }) => {
      const result = await store.commands.run('tag.put-on', { ...body, scope, tag: params.tag });
      if (result.outcome === 'refused') return refusalOf(result.code, noTag(params.tag));
      return { ok: { changed: result.changed, missing: result.missing } };
    },
    'tags.take-off': async ({ scope, params, body }) => {
      const result = await store.commands.run('tag.take-off', { ...body, scope, tag: params.tag });
      if (result.outcome === 'refused') return refusalOf(result.code, noTag(params.tag));
      return { ok: { changed: result.changed, missing: result.missing } };
    },
    'tags.delete': async ({ scope, params }) => {
      const result = await store.commands.run('tag.delete', { scope, tag: params.tag });
      if (result.outcome === 'deleted') return { ok: undefined };
      const inUse = 'Devices bear this tag; take it off first: `updraft device untag TAG --filter tag==TAG`.';
      return refusalOf(result.code, { ...noTag(params.tag), 'tag-in-use': inUse });
    },
    'metadata.set': async ({ scope, body }) => {
      const result = await store.commands.run('metadata.set', { ...body, scope });
      if (result.outcome === 'changed') return { ok: { changed: result.changed, missing: result.missing } };
      return refusalOf(result.code, { 'limit-reached': `A device has at most ${result.limit} keys of metadata.` });
    },
  };
}

function noTag(tag: string) {
  return { 'not-found': `There is no tag "${tag}".` };
}

function groupHandlers({ store }: HandlerParts): Handlers<GroupRoutes> {
  return {
    'groups.list': async ({ scope, query }) => {
      const reader = store.longReader;
      const page = await readPage({ reader, query: selectGroups(reader, scope.tenant) }, GROUP_LIST, query);
      return listAnswer(page, (rows) => rows.map(groupView));
    },
    'groups.create': async ({ scope, body, once }) => {
      const result = await store.commands.run('group.create', { ...body, scope, once });
      if (result.outcome === 'refused')
        return refusalOf(result.code, { 'name-taken': `There is a group at ${body.path} already.` });
      return { ok: result.group, location: `/groups/${result.group.id}`, replayed: result.replayed };
    },
    'groups.move': async ({ scope, body }) => {
      const result = await store.commands.run('group.move', { ...body, scope });
      if (result.outcome === 'refused') return refusalOf(result.code, {});
      return { ok: { changed: result.changed, missing: result.missing } };
    },
    'groups.change': async ({ scope, params, body, ifMatch }) => {
      const input = { scope, id: params.id, expectedRevision: ifMatch, zone: body.zone };
      const result = await store.commands.run('group.change', input);
      return result.outcome === 'refused' ? refusalOf(result.code, {}) : { ok: result.group };
    },
    'groups.delete': async ({ scope, params, ifMatch }) => {
      const input = { scope, id: params.id, expectedRevision: ifMatch };
      const result = await store.commands.run('group.delete', input);
      if (result.outcome === 'deleted') return { ok: undefined };
      const inUse = 'Devices or groups lie in it or below; move the devices and delete those groups first.';
      return refusalOf(result.code, { 'group-in-use': inUse });
    },
  };
}

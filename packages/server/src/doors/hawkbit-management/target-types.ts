import { TYPE_SEARCH, type NewTargetType, type TargetType } from '@updraft/protocols/hawkbit-management';
import {
  DEVICE_TYPE_LIST,
  type DeviceTypeRow,
  findDeviceTypeById,
  kindsTakenBy,
  type ReleaseKindRow,
  selectDeviceTypes,
} from '@updraft/store';
import type { Scope } from '../../access/scope.ts';
import type { NamedDeviceType } from '../../use-cases/named-device-type-commands.ts';
import { auditOf } from './audit.ts';
import { given } from './given.ts';
import { DONE, type ManagementHandlers, type ManagementParts, type ManagementRefusal, notFound } from './handler.ts';
import type { LinkMaker } from './links.ts';
import { answerList, searchable } from './read-list.ts';

const TYPES = searchable(DEVICE_TYPE_LIST, TYPE_SEARCH, { defaultOrder: { field: 'number', descending: false } });

type Editing =
  | 'target-types.list'
  | 'target-types.create'
  | 'target-types.show'
  | 'target-types.change'
  | 'target-types.delete';
type Taking = 'target-types.compatible' | 'target-types.add-compatible' | 'target-types.remove-compatible';

export function targetTypeHandlers(parts: ManagementParts): ManagementHandlers<Editing | Taking> {
  return { ...editing(parts), ...taking(parts) };
}

function editing({ store }: ManagementParts): ManagementHandlers<Editing> {
  const show = async (scope: Scope, id: number, links: LinkMaker) => {
    const row = await findDeviceTypeById(store.reader, scope.tenant, id);
    return row === undefined ? notFound('TargetType', id) : { ok: targetTypeView(row, links, true) };
  };
  return {
    'target-types.list': ({ scope, query, links }) => {
      const reader = store.longReader;
      return answerList({ reader, query: selectDeviceTypes(reader, scope.tenant) }, { list: TYPES, query }, (rows) =>
        rows.map((row) => targetTypeView(row, links, false)),
      );
    },
    'target-types.create': async ({ scope, body, links }) => {
      const types: NamedDeviceType[] = [];
      for (const written of body) {
        const type = typeOf(written);
        if ('error' in type) return type;
        types.push(type);
      }
      const result = await store.commands.run('device-type.name', { scope, types });
      if (result.outcome === 'created') {
        const made = selectDeviceTypes(store.reader, scope.tenant).where('id', 'in', result.types).orderBy('id');
        return { ok: (await made.execute()).map((row) => targetTypeView(row, links, true)) };
      }
      if (result.code === 'limit-reached') return tooManyKinds(result.limit);
      return result.code === 'name-taken' ? exists(result.name) : notFound('DistributionSetType', result.kind);
    },
    'target-types.show': ({ scope, params, links }) => show(scope, params.id, links),
    'target-types.change': async ({ scope, params, body, links }) => {
      const result = await store.commands.run('device-type.rename', { scope, id: params.id, change: given(body) });
      if (result.outcome === 'changed') return show(scope, params.id, links);
      return result.code === 'name-taken' ? exists(body.name ?? '') : notFound('TargetType', params.id);
    },
    'target-types.delete': async ({ scope, params }) => {
      const result = await store.commands.run('device-type.drop', { scope, id: params.id });
      if (result.outcome === 'deleted') return DONE;
      if (result.code === 'not-found') return notFound('TargetType', params.id);
      return { error: 'target.type.used', message: 'The target type is used by targets' };
    },
  };
}

function taking({ store }: ManagementParts): ManagementHandlers<Taking> {
  return {
    'target-types.compatible': async ({ scope, params, links }) => {
      const type = await findDeviceTypeById(store.reader, scope.tenant, params.id);
      if (type === undefined) return notFound('TargetType', params.id);
      const kinds = await kindsTakenBy(store.reader, type.id);
      return { ok: kinds.map((kind) => distributionSetTypeSummary(kind, links)) };
    },
    'target-types.add-compatible': async ({ scope, params, body }) => {
      const kinds = body.map(({ id }) => id);
      const result = await store.commands.run('device-type.take-kinds', { scope, id: params.id, kinds });
      if (result.outcome === 'changed') return DONE;
      return result.code === 'limit-reached' ? tooManyKinds(result.limit) : missing(result, params.id);
    },
    'target-types.remove-compatible': async ({ scope, params }) => {
      const result = await store.commands.run('device-type.leave-kind', { scope, id: params.id, kind: params.typeId });
      return result.outcome === 'changed' ? DONE : missing(result, params.id);
    },
  };
}

function missing(result: { readonly code: 'not-found'; readonly kind?: number }, id: number): ManagementRefusal {
  return result.kind === undefined ? notFound('TargetType', id) : notFound('DistributionSetType', result.kind);
}

function tooManyKinds(limit: number): ManagementRefusal {
  return { error: 'quota.tooManyEntries', message: `A target type has at most ${limit} types of distribution sets.` };
}

function typeOf(written: NewTargetType): NamedDeviceType | ManagementRefusal {
  const { description = '', colour = '', compatibledistributionsettypes = [] } = written;
  const name = written.name ?? written.key;
  const key = written.key ?? written.name;
  if (name === undefined || key === undefined)
    return { error: 'target.type.keyOrNameRequired', message: 'A target type needs a key or a name' };
  return { name, key, description, colour, takes: compatibledistributionsettypes.map(({ id }) => id) };
}

function exists(name: string): ManagementRefusal {
  return { error: 'repo.entityAlreadyExists', message: `TargetType with name or key {${name}} exists already.` };
}

function targetTypeView(row: DeviceTypeRow, links: LinkMaker, isSingle: boolean): TargetType {
  const self = links`/targettypes/${row.id}`;
  const compatible = { compatibledistributionsettypes: links`/targettypes/${row.id}/compatibledistributionsettypes` };
  return {
    ...auditOf(row),
    id: row.id,
    key: row.key === '' ? row.name : row.key,
    name: row.name,
    description: row.description === '' ? null : row.description,
    colour: row.colour === '' ? null : row.colour,
    deleted: false,
    _links: isSingle ? { self, ...compatible } : { self },
  };
}

function distributionSetTypeSummary(row: ReleaseKindRow, links: LinkMaker): TargetType {
  return {
    ...auditOf(row),
    id: row.id,
    key: row.key,
    name: row.name,
    description: row.description === '' ? null : row.description,
    colour: row.colour === '' ? null : row.colour,
    deleted: row.deleted === 1,
    _links: { self: links`/distributionsettypes/${row.id}` },
  };
}

import { type Filter, pathFold, readGroupPath } from '@updraft/core';
import {
  filterMoments,
  matchingDeviceNames,
  occupiedGroups,
  selectDeviceIdsOfGroup,
  type Slice,
  sliceOfDevices,
} from '@updraft/store';
import type { Scope } from '../../access/scope.ts';
import { DONE, type ManagementHandlers, type ManagementParts, notFound } from './handler.ts';
import type { LinkMaker } from './links.ts';
import { readSearch } from './read-list.ts';
import { answerTargets, TARGETS } from './target-reading.ts';
import { groupOf } from './target-view.ts';
import { wrongGroup } from './targets.ts';

type Reading = 'target-groups.list' | 'target-groups.assigned' | 'target-groups.assigned-below';
type Moving =
  | 'target-groups.assign'
  | 'target-groups.assign-below'
  | 'target-groups.assign-matching'
  | 'target-groups.assign-matching-below'
  | 'target-groups.unassign'
  | 'target-groups.unassign-matching';

export function targetGroupHandlers(parts: ManagementParts): ManagementHandlers<Reading | Moving> {
  return { ...reading(parts), ...moving(parts) };
}

function reading(parts: ManagementParts): ManagementHandlers<Reading> {
  const { store } = parts;
  const targetsOf = async (
    viewer: { readonly scope: Scope; readonly links: LinkMaker },
    group: { readonly written: string; readonly below: boolean },
    query: Parameters<typeof answerTargets>[2]['query'],
  ) => {
    const path = readGroupPath(group.written);
    if (path === null) return wrongGroup(group.written);
    const place = { path: pathFold(path), below: group.below };
    const rows = selectDeviceIdsOfGroup(store.longReader, viewer.scope.tenant, place);
    return answerTargets(parts, viewer, { rows, query });
  };
  return {
    'target-groups.list': async ({ scope }) => {
      const paths = await occupiedGroups(store.longReader, scope.tenant);
      return { ok: paths.flatMap((path) => groupOf(path) ?? []) };
    },
    'target-groups.assigned': ({ scope, params, query, links }) =>
      targetsOf({ scope, links }, { written: params.group, below: false }, query),
    'target-groups.assigned-below': ({ scope, query, links }) =>
      targetsOf({ scope, links }, { written: query.group, below: query.subgroups === 'true' }, query),
  };
}

function moving(parts: ManagementParts): ManagementHandlers<Moving> {
  const { store } = parts;
  const move = async (scope: Scope, written: string | null, { devices, ...all }: Moved) => {
    const group = written === null ? null : readGroupPath(written);
    if (group === null && written !== null) return wrongGroup(written);
    const result = await store.commands.run('group.move', { scope, devices, group, ...all });
    return result.outcome === 'refused' ? notFound('Target', result.missing.join(', ')) : DONE;
  };
  const moveMatching = async (scope: Scope, written: string | null, q: string) => {
    const filter = readSearch(TARGETS.search, q);
    if ('error' in filter) return filter;
    if (written !== null && readGroupPath(written) === null) return wrongGroup(written);
    for await (const devices of slicesOfNames(parts, scope, filter)) await move(scope, written, { devices });
    return DONE;
  };
  return {
    'target-groups.assign': ({ scope, params, body }) => move(scope, params.group, { devices: body, allOrNone: true }),
    'target-groups.assign-below': ({ scope, query, body }) =>
      move(scope, query.group, { devices: body, allOrNone: true }),
    'target-groups.assign-matching': ({ scope, params, query }) => moveMatching(scope, params.group, query.q),
    'target-groups.assign-matching-below': ({ scope, query }) => moveMatching(scope, query.group, query.q),
    'target-groups.unassign': ({ scope, body }) => move(scope, null, { devices: body, allOrNone: true }),
    'target-groups.unassign-matching': ({ scope, query }) => moveMatching(scope, null, query.q),
  };
}

type Moved = { readonly devices: readonly string[]; readonly allOrNone?: true };

/** Devices that one command moves: others run between two of them. */
const DEVICES_PER_MOVE = 500;

/** Names of those that a filter names, slice by slice of all devices: each is looked at once, also where it moves out of the filter. */
async function* slicesOfNames({ store }: ManagementParts, scope: Scope, filter: Filter) {
  const moments = await filterMoments(store.longReader, scope.tenant, await store.now());
  for (let after: number | null = 0; after !== null;) {
    const slice: Slice = await sliceOfDevices(store.longReader, scope.tenant, after, DEVICES_PER_MOVE);
    const names = await matchingDeviceNames(store.longReader, scope.tenant, { filter, moments, slice });
    if (names.length > 0) yield names;
    after = slice.upTo;
  }
}

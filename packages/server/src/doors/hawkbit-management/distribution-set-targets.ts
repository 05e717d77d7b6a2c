import type { TargetAssignment } from '@updraft/protocols/hawkbit-management';
import {
  releasesById,
  selectAutoRollouts,
  selectDeviceIdsRunning,
  selectDeviceIdsWanting,
  selectSavedFilters,
} from '@updraft/store';
import type { z } from 'zod';
import { type Assigned, assignThroughDoor, MAX_ASSIGNMENTS_PER_REQUEST } from './assign.ts';
import { AUTOS, autoView } from './auto-assignments.ts';
import { type ManagementHandlers, type ManagementParts, type ManagementRefusal, notFound } from './handler.ts';
import { answerList } from './read-list.ts';
import { FILTERS, targetFilterView } from './target-filters.ts';
import { answerTargets } from './target-reading.ts';
import { assignmentResult } from './target-sets.ts';

type Wish = z.output<typeof TargetAssignment>;

/** Targets that are to run a distribution set, that run it, and those that it is assigned to, by hand or by a rule. */
export function setTargetHandlers(
  parts: ManagementParts,
): ManagementHandlers<
  'sets.assigned-targets' | 'sets.installed-targets' | 'sets.assign' | 'sets.auto-filters' | 'sets.auto-assignments'
> {
  const { store } = parts;
  const isThere = async (tenant: number, id: number) => (await releasesById(store.reader, tenant, [id])).length > 0;
  return {
    'sets.assigned-targets': async ({ scope, params, query, links }) => {
      if (!(await isThere(scope.tenant, params.id))) return notFound('DistributionSet', params.id);
      const rows = selectDeviceIdsWanting(store.longReader, scope.tenant, params.id);
      return answerTargets(parts, { scope, links }, { rows, query });
    },
    'sets.installed-targets': async ({ scope, params, query, links }) => {
      if (!(await isThere(scope.tenant, params.id))) return notFound('DistributionSet', params.id);
      const rows = selectDeviceIdsRunning(store.longReader, scope.tenant, params.id);
      return answerTargets(parts, { scope, links }, { rows, query });
    },
    'sets.auto-filters': async ({ scope, params, query, links }) => {
      if (!(await isThere(scope.tenant, params.id))) return notFound('DistributionSet', params.id);
      const reader = store.longReader;
      const rows = selectSavedFilters(reader, scope.tenant).where('saved_filter.auto_release', '=', params.id);
      return answerList({ reader, query: rows }, { list: FILTERS, query }, (found) =>
        found.map((row) => targetFilterView(row, links, false)),
      );
    },
    'sets.auto-assignments': async ({ scope, params, query, links }) => {
      if (!(await isThere(scope.tenant, params.id))) return notFound('DistributionSet', params.id);
      const reader = store.longReader;
      const rows = selectAutoRollouts(reader, scope.tenant).where('rollout.release', '=', params.id);
      return answerList({ reader, query: rows }, { list: AUTOS, query }, (found) =>
        found.map((row) => autoView(row, links, false)),
      );
    },
    'sets.assign': async ({ scope, params, query, body, links }) => {
      const refusal = refusalOfAll(body);
      if (refusal !== null) return refusal;
      const all: Assigned = { made: [], already: 0 };
      let made = all;
      for (const { wish, devices } of alike(body)) {
        const wanted = { release: params.id, devices, wish, offline: query.offline, skipsUnknown: true };
        const assigned = await assignThroughDoor(parts, scope, wanted);
        if ('error' in assigned) return assigned;
        made = { made: [...made.made, ...assigned.made], already: made.already + assigned.already };
      }
      return { ok: assignmentResult(made, links) };
    },
  };
}

function refusalOfAll(body: readonly Wish[]): ManagementRefusal | null {
  if (body.length > MAX_ASSIGNMENTS_PER_REQUEST)
    return { error: 'quota.tooManyEntries', message: `At most ${MAX_ASSIGNMENTS_PER_REQUEST} targets a request.` };
  const names = new Set(body.map(({ id }) => id));
  return names.size === body.length
    ? null
    : { error: 'repo.constraintViolation', message: 'A target stands twice in the request.' };
}

/** Those of whom the same is wished, in the order of their first. */
function alike(body: readonly Wish[]): readonly { readonly wish: Omit<Wish, 'id'>; readonly devices: string[] }[] {
  const groups = new Map<string, { readonly wish: Omit<Wish, 'id'>; readonly devices: string[] }>();
  for (const { id, ...wish } of body) {
    const key = JSON.stringify(wish);
    const group = groups.get(key) ?? { wish, devices: [] };
    group.devices.push(id);
    groups.set(key, group);
  }
  return [...groups.values()];
}

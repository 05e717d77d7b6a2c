import type { SetAssignment } from '@updraft/protocols/hawkbit-management';
import { findDeviceDetail, findReleaseById } from '@updraft/store';
import type { Scope } from '../../access/scope.ts';
import { type Assigned, assignThroughDoor } from './assign.ts';
import { distributionSetView } from './distribution-set-view.ts';
import { type ManagementHandlers, type ManagementParts, type ManagementRefusal, notFound } from './handler.ts';
import type { LinkMaker } from './links.ts';

/** What targets are to run, and what they run. */
export function targetSetHandlers(
  parts: ManagementParts,
): ManagementHandlers<'targets.assigned-set' | 'targets.installed-set' | 'targets.assign-set'> {
  const { store } = parts;
  const show = async (
    { scope, links }: { readonly scope: Scope; readonly links: LinkMaker },
    name: string,
    which: 'wanted_release' | 'running_release_id',
  ) => {
    const device = await findDeviceDetail(store.reader, scope.tenant, name);
    if (device === undefined) return notFound('Target', name);
    const id = device[which];
    const release = id === null ? undefined : await findReleaseById(store.reader, scope.tenant, id);
    if (release === undefined) return { ok: undefined };
    return { ok: await distributionSetView(parts, release, { links, isSingle: true }) };
  };
  return {
    'targets.assigned-set': ({ scope, params, links }) => show({ scope, links }, params.controllerId, 'wanted_release'),
    'targets.installed-set': ({ scope, params, links }) =>
      show({ scope, links }, params.controllerId, 'running_release_id'),
    'targets.assign-set': async ({ scope, params, query, body, links }) => {
      const name = params.controllerId;
      const wishes = Array.isArray(body) ? body : [body];
      const wish = oneWish(wishes);
      if ('error' in wish) return wish;
      if ((await findDeviceDetail(store.reader, scope.tenant, name)) === undefined) return notFound('Target', name);
      const wanted = { release: wish.id, devices: [name], wish, offline: query.offline, skipsUnknown: false };
      const assigned = await assignThroughDoor(parts, scope, wanted);
      if ('error' in assigned) return assigned;
      return { ok: assignmentResult(assigned, links) };
    },
  };
}

/** Several at once were never more than one at a time; hawkBit takes no more than one either. */
function oneWish(wishes: readonly SetAssignment[]): SetAssignment | ManagementRefusal {
  const [wish, ...others] = wishes;
  if (wish === undefined) return { error: 'rest.body.notReadable', message: 'A distribution set is needed.' };
  if (others.length > 0) return { error: 'multiAssignmentNotEnabled', message: 'Only one distribution set at a time.' };
  return wish;
}

/** What an assignment answers. */
export function assignmentResult({ made, already }: Assigned, links: LinkMaker) {
  return {
    assigned: made.length,
    alreadyAssigned: already,
    total: made.length + already,
    assignedActions: made.map(({ number, target }) => ({
      id: number,
      _links: { self: links`/targets/${target}/actions/${number}` },
    })),
  };
}

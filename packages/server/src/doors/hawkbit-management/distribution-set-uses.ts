import { isClosed, rolloutLifecycle } from '@updraft/core';
import { actionStatus, type SetStatistics } from '@updraft/protocols/hawkbit-management';
import {
  openAssignmentsOfRelease,
  releasesById,
  type ReleaseRow,
  rolloutsOfRelease,
  standingsOfRelease,
} from '@updraft/store';
import type { Scope } from '../../access/scope.ts';
import { DONE, type ManagementHandlers, type ManagementParts, type ManagementRefusal, notFound } from './handler.ts';
import { publishForDoor } from './publish-for-door.ts';
import { rolloutStatus } from './rollout-view.ts';

type Counting =
  | 'sets.statistics'
  | 'sets.statistics-rollouts'
  | 'sets.statistics-actions'
  | 'sets.statistics-auto-assignments';

/** How often distribution sets are in use, and their end. */
export function setUseHandlers(parts: ManagementParts): ManagementHandlers<Counting | 'sets.invalidate'> {
  return { ...counting(parts), ...ending(parts) };
}

type Part = (reader: ManagementParts['store']['reader'], release: number) => Promise<SetStatistics>;

function counting({ store }: ManagementParts): ManagementHandlers<Counting> {
  const answer = async (scope: Scope, id: number, those: readonly Part[]) => {
    if ((await releasesById(store.reader, scope.tenant, [id])).length === 0) return notFound('DistributionSet', id);
    const counted = await Promise.all(those.map((part) => part(store.longReader, id)));
    return { ok: Object.assign({}, ...counted) as SetStatistics };
  };
  return {
    'sets.statistics': ({ scope, params }) => answer(scope, params.id, [actions, rollouts, autoAssignments]),
    'sets.statistics-rollouts': ({ scope, params }) => answer(scope, params.id, [rollouts]),
    'sets.statistics-actions': ({ scope, params }) => answer(scope, params.id, [actions]),
    'sets.statistics-auto-assignments': ({ scope, params }) => answer(scope, params.id, [autoAssignments]),
  };
}

const actions: Part = async (reader, release) => {
  const standings = await standingsOfRelease(reader, release);
  const counts = summed([...standings].map(([standing, n]) => [actionStatus(standing).status, n]));
  return counts === null ? {} : { actions: counts };
};

const rollouts: Part = async (reader, release) => {
  const rows = (await rolloutsOfRelease(reader, release)).filter(({ kind }) => kind === 'rollout');
  const counts = summed(rows.map((row) => [rolloutStatus({ row, phases: [] }), 1]));
  return counts === null ? {} : { rollouts: counts };
};

const autoAssignments: Part = async (reader, release) => {
  const rows = await rolloutsOfRelease(reader, release);
  const going = rows.filter(({ kind, state }) => kind === 'auto' && !isClosed(rolloutLifecycle, state));
  return going.length === 0 ? {} : { totalAutoAssignments: going.length };
};

/** By hawkBit's words in capitals, and in all; null: there is none. */
function summed(counts: readonly (readonly [string, number])[]): Record<string, number> | null {
  if (counts.length === 0) return null;
  const sums: Record<string, number> = {};
  for (const [word, n] of counts) sums[word.toUpperCase()] = (sums[word.toUpperCase()] ?? 0) + n;
  return { ...sums, total: counts.reduce((sum, [, n]) => sum + n, 0) };
}

/** Assignments that one look finds; the next look goes on. */
const SLICE = 500;

/**
 * Invalidates a distribution set: its release is withdrawn for ever, and no automatic assignment brings it any more.
 * `soft` stops its rollouts and asks its targets to cancel, `force` ends both at once; `none` holds what has not begun.
 */
function ending(parts: ManagementParts): ManagementHandlers<'sets.invalidate'> {
  const { store } = parts;
  return {
    'sets.invalidate': async ({ scope, params, body }) => {
      const [row] = await releasesById(store.reader, scope.tenant, [params.id]);
      if (row === undefined) return notFound('DistributionSet', params.id);
      if (row.state === 'withdrawn') return DONE;
      const refusal = row.state === 'draft' ? await publishDraft(parts, scope, row) : null;
      if (refusal !== null) return refusal;
      await store.commands.run('release.withdraw', { scope, id: row.uid, ifMatch: null });
      await endRollouts(parts, scope, { release: row.id, how: body.actionCancelationType });
      if (body.actionCancelationType === 'force') await forceQuitAll(parts, scope, row.id);
      return DONE;
    },
  };
}

/** What was never assigned is fixed first: only what is published can be withdrawn. */
async function publishDraft(parts: ManagementParts, scope: Scope, row: ReleaseRow): Promise<ManagementRefusal | null> {
  const published = await publishForDoor(parts, scope, row);
  return published !== null && 'error' in published ? published : null;
}

type Ending = { readonly release: number; readonly how: 'soft' | 'force' | 'none' };

async function endRollouts({ store }: ManagementParts, scope: Scope, { release, how }: Ending): Promise<void> {
  const open = (await rolloutsOfRelease(store.reader, release)).filter(
    ({ state }) => !isClosed(rolloutLifecycle, state) && state !== 'stopping',
  );
  for (const { id, uid, kind } of open) {
    if (kind === 'auto' || (kind === 'rollout' && how === 'force'))
      await store.commands.run('rollout.delete', { scope, id });
    else if (how !== 'none')
      await store.commands.run('rollout.act', { scope, id: uid, expectedRevision: null, act: 'stop' });
  }
  if (how === 'soft') await cancelWithoutRollout({ store }, scope, release);
}

/**
 * What an automatic assignment has assigned goes on when that ends, and what was assigned directly would be asked to cancel
 * by a sweep only: hawkBit's scripts look at the action right after this answer.
 */
async function cancelWithoutRollout({ store }: Pick<ManagementParts, 'store'>, scope: Scope, release: number) {
  for (;;) {
    const numbers = await openAssignmentsOfRelease(store.reader, release, { kinds: ['auto', 'direct'], limit: SLICE });
    for (const number of numbers)
      await store.commands.run('assignment.cancel', { scope, number, expectedRevision: null });
    if (numbers.length < SLICE) return;
  }
}

async function forceQuitAll({ store }: ManagementParts, scope: Scope, release: number): Promise<void> {
  for (;;) {
    const numbers = await openAssignmentsOfRelease(store.reader, release, { limit: SLICE });
    for (const number of numbers)
      await store.commands.run('assignment.force-quit', { scope, number, expectedRevision: null });
    if (numbers.length < SLICE) return;
  }
}

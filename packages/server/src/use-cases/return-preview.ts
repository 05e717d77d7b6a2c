import { ONE_PHASE, returnProblems } from '@updraft/core';
import type { ReturnPreview } from '@updraft/protocols';
import {
  draftCounts,
  filterMoments,
  findRollout,
  releasesOf,
  setAside,
  type ReleaseName,
  type Schema,
} from '@updraft/store';
import type { Kysely } from 'kysely';
import type { z } from 'zod';
import type { Scope } from '../access/scope.ts';
import { sampleViews } from './device-samples.ts';
import { mayReturn } from './linked-rollout-commands.ts';
import { refused } from './outcome.ts';
import { planReturn, withdrawnDevices, type ReturnTarget } from './return-plan.ts';
import { problemView } from './rollout-view.ts';

type Preview = z.output<typeof ReturnPreview>;

/** What a return would do before anything is stopped for it. Looks at every device of the tenant: for the long reader. */
export async function previewReturn(
  reader: Kysely<Schema>,
  scope: Scope,
  { id, now }: { readonly id: string; readonly now: number },
) {
  const rollout = await findRollout(reader, scope.tenant, id);
  if (rollout === undefined) return refused('not-found');
  if (!mayReturn(rollout)) return refused('rollout-state');
  const { targets, unknown, obstacles } = await planReturn(reader, rollout);
  const moments = await filterMoments(reader, scope.tenant, now);
  const names = await releasesOf(
    reader,
    targets.flatMap(({ previous, release }) => [previous, release]),
  );
  const rollouts: Preview['rollouts'] = [];
  for (const { previous, release } of targets) {
    const link = { parent: rollout.id, relation: 'return', previous_release: previous } as const;
    const choice = { tenant: scope.tenant, ...link, release, filter: '', phases: [ONE_PHASE], moments };
    const { total } = await draftCounts(reader, choice);
    const { excluded, held } = await setAside(reader, choice, { weight: rollout.weight, now });
    const aside = { excluded: sampleViews(excluded), held: sampleViews(held) };
    rollouts.push({ ...titles(names, { previous, release }), total, ...aside });
  }
  const warnings = returnProblems(obstacles).map(problemView);
  const view: Preview = { rollouts, unknown, withdrawn: withdrawnDevices(obstacles), warnings };
  return { outcome: 'previewed' as const, view };
}

function titles(names: ReadonlyMap<number, ReleaseName>, { previous, release }: ReturnTarget) {
  const [from, to] = [names.get(previous), names.get(release)];
  if (from === undefined || to === undefined) throw new Error(`no release ${previous} or ${release}`);
  return { release: to, previous: from };
}

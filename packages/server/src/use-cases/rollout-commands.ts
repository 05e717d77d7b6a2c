import type { RolloutProblem } from '@updraft/core';
import { findRelease, insertRollout, type CommandContext } from '@updraft/store';
import { authorOf, type Scope } from '../access/scope.ts';
import { mayRelease, recordEmergency } from './emergency-right.ts';
import { once } from './once.ts';
import { refused } from './outcome.ts';
import { phasesFrom } from './policy-view.ts';
import { createNext } from './rollout-creation.ts';
import { draftPolicy, filterProblem, type DraftInput } from './rollout-draft.ts';
import { recordRollout } from './rollout-events.ts';
import { actOnRollout } from './rollout-acts.ts';
import { changeRolloutByHand } from './rollout-changes.ts';
import { judgedView } from './rollout-view.ts';

export type NewRolloutInput = DraftInput & {
  readonly scope: Scope;
  readonly name: string;
  readonly description: string;
  /** What the draft was found to be just before, on every device. */
  readonly problems?: readonly RolloutProblem[];
};

export const rolloutCommands = {
  'rollout.create': once(create),
  'rollout.act': actOnRollout,
  'rollout.change': changeRolloutByHand,
};

/**
 * Makes a rollout. Its first slice of assignments is made in the same command, so that a small one is ready at once;
 * the job makes the others.
 */
async function create(context: CommandContext, input: NewRolloutInput) {
  const { scope } = input;
  const release = await findRelease(context.db, scope.tenant, input.release);
  if (release === undefined) return refused('not-found');
  if (release.state !== 'published') return refused('release-not-published');
  const policy = draftPolicy(input);
  if (!mayRelease(scope, policy)) return refused('not-permitted');
  const phases = phasesFrom(input.phases);
  const unread = filterProblem(input.filter, phases);
  if (unread !== null) return { ...refused('filter-invalid'), detail: unread };
  const { problems = [] } = input;
  if (problems.some(({ severity }) => severity === 'refused')) return { ...refused('rollout-impossible'), problems };
  const row = await insertRollout(context, {
    tenant: scope.tenant,
    kind: 'rollout',
    name: input.name,
    description: input.description,
    release: release.id,
    filter: input.filter,
    filterGiven: input.filterGiven,
    weight: input.weight,
    policy,
    phases,
    quota: input.quota,
    createdBy: authorOf(scope),
  });
  if (row === undefined) return refused('name-taken');
  await recordRollout(context, scope, { rollout: row, happened: 'created' });
  await recordEmergency(context, scope, { rollout: row, policy });
  await createNext(context, scope, row);
  return { outcome: 'created' as const, rollout: await judgedView(context, row.id, problems) };
}

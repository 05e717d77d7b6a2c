import { completePolicy, ONE_PHASE, type RolloutPolicy, type RolloutProblem } from '@updraft/core';
import {
  changeRollout,
  findReleaseById,
  hasFailedMember,
  insertRollout,
  linksOf,
  phaseSpecOf,
  phasesOf,
  policyOf,
  quotaOf,
  releasesOf,
  takeRollout,
  type CommandContext,
  type RolloutRow,
} from '@updraft/store';
import { authorOf, type Scope } from '../access/scope.ts';
import { stepByHand } from './act-revision.ts';
import { mayRelease, recordEmergency } from './emergency-right.ts';
import { fittingName } from './fitting-name.ts';
import { once } from './once.ts';
import { refused } from './outcome.ts';
import { isHeld, withdrawnDevices, type ReturnPlan } from './return-plan.ts';
import { takeForChange } from './rollout-acts.ts';
import { createNext } from './rollout-creation.ts';
import { filterProblem } from './rollout-draft.ts';
import { recordRollout } from './rollout-events.ts';
import { rolloutViewOf } from './rollout-view.ts';

type Linked = { readonly scope: Scope; /** Uid of the rollout that it is made from. */ readonly id: string };

export const linkedRolloutCommands = {
  'rollout.clone': once(clone),
  'rollout.retry': once(retry),
  'rollout.return': returnByHand,
  'rollout.make-returns': makeWantedReturns,
};

export type CloneInput = Linked & {
  readonly name: string;
  /** What its draft was found to be just before, on every device. */
  readonly problems: readonly RolloutProblem[];
};

/** Another rollout of the same release, filter, phases and policy, that waits for its start. */
async function clone(context: CommandContext, { scope, id, name, problems }: CloneInput) {
  const parent = await takeForChange(context, { scope, id, expectedRevision: null });
  if ('code' in parent) return parent;
  if (parent.kind !== 'rollout') return refused('rollout-state');
  if (problems.some(({ severity }) => severity === 'refused')) return { ...refused('rollout-impossible'), problems };
  const phases = (await phasesOf(context.db, [parent.id])).map(({ spec }) => phaseSpecOf(spec));
  // What could be read when the other one was made may not be understood by what runs now.
  const unread = filterProblem(parent.filter, phases);
  if (unread !== null) return { ...refused('filter-invalid'), detail: unread };
  const link = parent.relation === 'retry' && parent.parent !== null ? parent.parent : null;
  return make(context, scope, {
    ...plan(parent, { name, policy: startedByHand(policyOf(parent.policy)) }),
    phases,
    link: link === null ? { parent: parent.id, relation: 'clone' } : { parent: link, relation: 'retry' },
  });
}

/** A new rollout over the devices that failed; what has ended stays ended. */
async function retry(
  context: CommandContext,
  {
    scope,
    id,
    name,
    start,
    asked,
  }: Linked & {
    readonly name?: string | undefined;
    readonly start: boolean;
    /** What is otherwise than in its parent: it asks for no consent, has this weight, and shows this as its filter. */
    readonly asked?: { readonly weight: number; readonly filterGiven: string };
  },
) {
  const parent = await takeForChange(context, { scope, id, expectedRevision: null });
  if ('code' in parent) return parent;
  const phases = await phasesOf(context.db, [parent.id]);
  const hasErred = phases.some(({ erred }) => erred > 0);
  if (!hasErred || !(await hasFailedMember(context.db, parent.id))) return refused('none-failed');
  const last = phases.at(-1);
  const { error } = last === undefined ? ONE_PHASE : phaseSpecOf(last.spec);
  const own = startedByHand({ ...policyOf(parent.policy), dynamic: false });
  const policy = asked === undefined ? own : { ...own, consent: { ...own.consent, required: false } };
  const ordinal = (await linksOf(context.db, [parent.id])).filter(({ relation }) => relation === 'retry').length + 1;
  return make(context, scope, {
    ...plan(parent, {
      name: name ?? fittingName(parent.name, `, retry ${ordinal}`),
      policy: start ? { ...policy, start: { by: 'ready' } } : policy,
    }),
    filter: '',
    ...asked,
    phases: [{ ...ONE_PHASE, error }],
    link: { parent: parent.id, relation: 'retry' },
  });
}

/** A start in the past, or on its own, is not what a copy of it means. */
export function startedByHand(policy: RolloutPolicy): RolloutPolicy {
  return completePolicy({ ...policy, start: { by: 'hand' } });
}

type Plan = Omit<Parameters<typeof insertRollout>[1], 'createdBy' | 'phases' | 'link'>;

function plan(parent: RolloutRow, own: { readonly name: string; readonly policy: RolloutPolicy }): Plan {
  const { tenant, description, release, filter, weight } = parent;
  return { tenant, kind: 'rollout', description, release, filter, weight, quota: quotaOf(parent), ...own };
}

async function make(
  context: CommandContext,
  scope: Scope,
  wanted: Omit<Parameters<typeof insertRollout>[1], 'createdBy'>,
) {
  const release = await findReleaseById(context.db, wanted.tenant, wanted.release);
  if (release?.state !== 'published') return refused('release-not-published');
  if (!mayRelease(scope, wanted.policy)) return refused('not-permitted');
  const row = await insertRollout(context, { ...wanted, createdBy: authorOf(scope) });
  if (row === undefined) return refused('name-taken');
  const data = { relation: row.relation, parent: row.parent };
  await recordRollout(context, scope, { rollout: row, happened: 'created', data });
  await recordEmergency(context, scope, { rollout: row, policy: wanted.policy });
  await createNext(context, scope, row);
  return { outcome: 'created' as const, rollout: await rolloutViewOf(context, row.id) };
}

export type ReturnInput = Linked & { readonly expectedRevision: number | null; readonly plan: ReturnPlan };

/** Stops a rollout and brings those that took its release back. `plan` was made just before, from all of its members. */
async function returnByHand(context: CommandContext, { scope, id, expectedRevision, plan }: ReturnInput) {
  const rollout = await takeForChange(context, { scope, id, expectedRevision });
  if ('code' in rollout) return rollout;
  if (isHeld(plan)) return { ...refused('rollout-impossible'), obstacles: plan.obstacles };
  if (!mayReturn(rollout)) return refused('rollout-state');
  await stepByHand(context, scope, { rollout, input: { type: 'stop' } });
  const made = await makeReturns(context, scope, { rollout, plan });
  return { outcome: 'changed' as const, made };
}

/** What a crossed threshold asked for. Where it cannot be, that is said, and the rollout stays stopped. */
async function makeWantedReturns(
  context: CommandContext,
  { rollout: id, plan }: { readonly rollout: number; readonly plan: ReturnPlan },
): Promise<void> {
  const rollout = await takeRollout(context, id);
  if (rollout === undefined || rollout.returns !== 'wanted') return;
  const scope: Scope = { tenant: rollout.tenant, tenantName: '', actor: 'updraft', kind: 'server' };
  if (!isHeld(plan)) {
    await makeReturns(context, scope, { rollout, plan });
    return;
  }
  await changeRollout(context, rollout, { returns: 'impossible' });
  const data = { obstacles: plan.obstacles };
  await recordRollout(context, scope, { rollout, happened: 'return-impossible', data });
}

/** One rollout for each release that devices ran before. Those that take the new one yet, as they could not be stopped, join. */
async function makeReturns(
  context: CommandContext,
  scope: Scope,
  { rollout, plan }: { readonly rollout: RolloutRow; readonly plan: ReturnPlan },
) {
  const held = await takeRollout(context, rollout.id);
  if (held !== undefined) await changeRollout(context, held, { returns: 'made' });
  const titles = await releasesOf(
    context.db,
    plan.targets.map(({ release }) => release),
  );
  const views = [];
  for (const { previous, release } of plan.targets) {
    const title = titles.get(release);
    const row = await insertRollout(context, {
      ...returnOf(rollout),
      name: fittingName(rollout.name, `: return to ${title?.name} ${title?.version}`),
      release,
      link: { parent: rollout.id, relation: 'return', previous_release: previous },
      createdBy: authorOf(scope),
    });
    if (row === undefined) throw new Error(`rollout ${rollout.id} has been returned from before`);
    const data = {
      relation: 'return',
      parent: rollout.uid,
      unknown: plan.unknown,
      withdrawn: withdrawnDevices(plan.obstacles),
    };
    await recordRollout(context, scope, { rollout: row, happened: 'created', data });
    await createNext(context, scope, row);
    views.push(await rolloutViewOf(context, row.id));
  }
  return views;
}

/** A rollout is returned from once, and a return not at all. */
export function mayReturn({ returns, kind }: RolloutRow): boolean {
  return returns !== 'made' && kind !== 'return';
}

/** It starts by itself and asks nobody: what it undoes was asked for. Windows and pace are those of what it undoes. */
function returnOf(rollout: RolloutRow): Omit<Parameters<typeof insertRollout>[1], 'name' | 'release' | 'createdBy'> {
  const policy = completePolicy({
    ...policyOf(rollout.policy),
    start: { by: 'ready' },
    approval: 'none',
    onFailure: 'pause',
    dynamic: true,
  });
  const { tenant, weight } = rollout;
  return { tenant, kind: 'return', description: '', filter: '', weight, policy, phases: [ONE_PHASE] };
}

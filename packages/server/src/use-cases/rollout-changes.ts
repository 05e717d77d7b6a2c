import {
  fold,
  isClosed,
  isPaced,
  rolloutLifecycle,
  type PhaseSpec,
  type ReturnObstacle,
  type RolloutPolicy,
} from '@updraft/core';
import type { RolloutChangeInput } from '@updraft/protocols';
import {
  bumpRolloutsRevision,
  changePhase,
  changeRollout,
  insertRevision,
  isRolloutNameTaken,
  phaseSpecOf,
  phasesOf,
  policyOf,
  setPhaseDue,
  type CommandContext,
  type PhaseRow,
  type RolloutChange,
  type RolloutRow,
} from '@updraft/store';
import type { z } from 'zod';
import { authorOf, type Scope } from '../access/scope.ts';
import { problemsOfChange } from './change-problems.ts';
import { mayRelease, recordEmergency } from './emergency-right.ts';
import { followDynamic } from './let-join.ts';
import { refused } from './outcome.ts';
import { policyFrom, policyView } from './policy-view.ts';
import { takeForChange } from './rollout-acts.ts';
import { recordRollout } from './rollout-events.ts';
import { stepRollout } from './rollout-moves.ts';
import { judgedView } from './rollout-view.ts';

type Wanted = z.output<typeof RolloutChangeInput>;

export type ChangeRollout = {
  readonly scope: Scope;
  /** Uid. */
  readonly id: string;
  readonly expectedRevision: number | null;
  readonly change: Wanted;
  /** Why its devices could not go back, where the change asks for a return. */
  readonly returnObstacles: readonly ReturnObstacle[];
  /** The zones of its devices, where the change has it start with the first of their windows. */
  readonly zones: readonly string[] | null;
};

/** By field, as the API writes it. */
type Changes = Readonly<Record<string, { readonly before: unknown; readonly after: unknown }>>;

/**
 * Changes a rollout, also while it runs: a revision with its author. What its devices were permitted stays; what they are
 * not yet is judged by the changed policy from now on.
 */
export async function changeRolloutByHand(context: CommandContext, input: ChangeRollout) {
  const { scope, change } = input;
  const rollout = await takeForChange(context, input);
  if ('code' in rollout) return rollout;
  const before = policyOf(rollout.policy);
  const policy = policyFrom(change.policy ?? {}, before);
  const phases = await phasesOf(context.db, [rollout.id]);
  const specs = specsFrom(phases, change);
  const refusal = (await notPossible(context, rollout, input)) ?? phaseRefusal(rollout, phases, change);
  if (refusal !== null) return refusal;
  if (!mayRelease(scope, policy, before)) return refused('not-permitted');
  const { returnObstacles } = input;
  const problems = await problemsOfChange(context, { rollout, phases, policy, specs, returnObstacles });
  if (problems.some(({ severity }) => severity === 'refused')) return { ...refused('rollout-impossible'), problems };
  const changes = {
    ...(await changeRow(context, rollout, change)),
    ...(await changePhases(context, phases, specs)),
  };
  if (Object.keys(changes).length > 0)
    await settle(context, scope, { rollout, after: policy, phases, zones: input.zones, changes });
  await recordEmergency(context, scope, { rollout, policy, before });
  return { outcome: 'changed' as const, rollout: await judgedView(context, rollout.id, problems) };
}

/** Why the rollout, or its row, does not take the change. */
async function notPossible(context: CommandContext, rollout: RolloutRow, { change }: ChangeRollout) {
  if (rollout.state === 'creating' || isClosed(rolloutLifecycle, rollout.state))
    return { ...refused('rollout-state'), state: rollout.state };
  if (rollout.kind === 'auto')
    return {
      ...refused('change-not-possible'),
      detail: 'It carries the rule of a saved filter; change the rule there.',
    };
  const { approval } = policyOf(rollout.policy);
  if (change.policy?.approval !== undefined && change.policy.approval !== approval)
    return { ...refused('change-not-possible'), detail: 'Whether a rollout needs approval is said when it is made.' };
  if (change.policy?.start !== undefined && rollout.started_at !== null)
    return { ...refused('change-not-possible'), detail: 'It has started; when it starts cannot be changed any more.' };
  if (change.name !== undefined && (await isRolloutNameTaken(context.db, rollout, fold(change.name))))
    return refused('name-taken');
  return null;
}

function phaseRefusal(rollout: RolloutRow, phases: readonly PhaseRow[], { phases: wanted = [] }: Wanted) {
  for (const { number } of wanted) {
    const row = phases.find((phase) => phase.number === number);
    if (row === undefined) return { ...refused('phases-invalid'), detail: `There is no phase ${number}.` };
    if (isOver(row, phases))
      return { ...refused('phase-state'), state: rollout.state, detail: `Phase ${number} is over.` };
  }
  return null;
}

/** The phases that are to be changed, as they will be. A phase named twice takes what is said last. */
function specsFrom(phases: readonly PhaseRow[], { phases: wanted = [] }: Wanted): ReadonlyMap<number, PhaseSpec> {
  const specs = new Map(phases.map(({ number, spec }) => [number, phaseSpecOf(spec)]));
  for (const { number, ...given } of wanted) {
    const spec = specs.get(number);
    if (spec !== undefined) specs.set(number, { ...spec, ...given });
  }
  return specs;
}

/** Of one that is done the soak still counts, as long as the next one waits for it. */
function isOver({ number, state }: PhaseRow, phases: readonly PhaseRow[]): boolean {
  const next = phases.find((phase) => phase.number > number && phase.state !== 'skipped');
  return state === 'skipped' || (state === 'done' && next?.state !== 'waiting');
}

async function changeRow(context: CommandContext, rollout: RolloutRow, wanted: Wanted): Promise<Changes> {
  const policy = policyOf(rollout.policy);
  const after = wanted.policy === undefined ? policy : policyFrom(wanted.policy, policy);
  const changes = {
    ...changedFields(rollout, { name: wanted.name, description: wanted.description, weight: wanted.weight }, ''),
    ...changedFields(policyView(policy), policyView(after), 'policy.'),
  };
  if (Object.keys(changes).length === 0) return changes;
  const row: RolloutChange = {
    policy: after,
    ...(wanted.name === undefined ? {} : { name: wanted.name, name_fold: fold(wanted.name) }),
    ...(wanted.description === undefined ? {} : { description: wanted.description }),
    ...(wanted.weight === undefined ? {} : { weight: wanted.weight }),
  };
  await changeRollout(context, rollout, row);
  return changes;
}

async function changePhases(
  context: CommandContext,
  phases: readonly PhaseRow[],
  specs: ReadonlyMap<number, PhaseSpec>,
): Promise<Changes> {
  let changes: Changes = {};
  for (const row of phases) {
    const before = phaseSpecOf(row.spec);
    const after = specs.get(row.number) ?? before;
    const found = changedFields(before, after, `phases.${row.number}.`);
    if (Object.keys(found).length > 0) await changePhase(context, row, { spec: JSON.stringify(after) });
    changes = { ...changes, ...found };
  }
  return changes;
}

/** The fields of `after` that differ from `before`; what is undefined is not asked for. */
function changedFields(before: object, after: object, prefix: string): Changes {
  const was = before as Readonly<Record<string, unknown>>;
  const found = Object.entries(after).filter(
    ([field, value]) => value !== undefined && JSON.stringify(value) !== JSON.stringify(was[field]),
  );
  return Object.fromEntries(
    found.map(([field, value]) => [`${prefix}${field}`, { before: was[field] ?? null, after: value as unknown }]),
  );
}

type Settled = {
  /** As it was before. */
  readonly rollout: RolloutRow;
  readonly after: RolloutPolicy;
  readonly phases: readonly PhaseRow[];
  readonly zones: readonly string[] | null;
  readonly changes: Changes;
};

/** What is due by the clock may be due sooner by the changed policy: it is looked at anew. */
async function settle(
  context: CommandContext,
  scope: Scope,
  { rollout, after, phases, zones, changes }: Settled,
): Promise<void> {
  const known = zones === null ? {} : { zones: JSON.stringify(zones) };
  const counting = countingOf(rollout, after);
  const row = await changeRollout(context, rollout, { ...known, ...counting, next_at: context.now });
  if ('policy.timeLimits' in changes)
    for (const { number } of phases.filter(({ state }) => state === 'started'))
      await setPhaseDue(context, { rollout: row.id, number }, context.now);
  await bumpRolloutsRevision(context, row.tenant);
  await insertRevision(context, { rollout: row.id, revision: row.revision, ...authorOf(scope), change: changes });
  await recordRollout(context, scope, { rollout: row, happened: 'changed', data: { fields: Object.keys(changes) } });
  await followDynamic(context, row);
  await stepRollout(context, scope, { rollout: row, input: { type: 'changed' } });
}

/**
 * Without a pace no places are counted: who is at work when it is given one is counted behind it, in slices. Of a rollout
 * that stops nobody begins any more.
 */
function countingOf(rollout: RolloutRow, after: RolloutPolicy): Pick<RolloutChange, 'pace_cursor'> {
  if (!isPaced(after.pace)) return { pace_cursor: null };
  const wasPaced = isPaced(policyOf(rollout.policy).pace);
  const mayBegin = rollout.state === 'running' || rollout.state === 'paused';
  return wasPaced || !mayBegin ? {} : { pace_cursor: 0 };
}

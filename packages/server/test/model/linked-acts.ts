import type { Act } from './device-acts.ts';
import { stop } from './errors-model.ts';
import { hasFailed } from './members-model.ts';
import { look, type Run } from './model-run.ts';
import { waitingPhase, type ModelRollout } from './model-state.ts';
import { attempt, noteRollout, pick } from './operator-acts.ts';
import { WHOLE, waysBack } from './return-model.ts';
import { isPossible, nextName } from './rollout-acts.ts';

/** Mostly one that `fits`. */
function parentAt({ model }: Run, index: number, fits: (rollout: ModelRollout) => boolean): ModelRollout | null {
  const fitting = model.rollouts.filter(fits);
  return pick(index === 0 || fitting.length === 0 ? model.rollouts : fitting, index);
}

/** Another rollout of the same, that waits for its start. */
export const clone: Act<'clone'> = async (run, { rollout: index }) => {
  const { model, world } = run;
  const parent = parentAt(run, index, ({ kind }) => kind === 'rollout');
  if (parent === null) return false;
  const { reach } = parent;
  const policy = { ...parent.policy, start: { by: 'hand' } as const };
  const mayBe =
    parent.kind === 'rollout' && (reach.of !== 'ring' || isPossible(model, { ...parent, ring: reach.ring, policy }));
  const body = { name: nextName(run) };
  const made = await attempt(mayBe, () => world.api.call('rollouts.clone', { params: { id: parent.uid }, body }));
  const phases = parent.phases.map(({ number, spec }) => waitingPhase(number, spec));
  if (made !== null) await noteLinked(run, { parent, uid: made.id, phases, reach, policy });
  await look(run);
  return true;
};

/** A new one over those that failed. */
export const retry: Act<'retry'> = async (run, { rollout: index, start }) => {
  const mayRetry = ({ members }: ModelRollout) => members.some(hasFailed);
  const parent = parentAt(run, index, mayRetry);
  if (parent === null) return false;
  const body = { name: nextName(run), start };
  const made = await attempt(mayRetry(parent), () =>
    run.world.api.call('rollouts.retry', { params: { id: parent.uid }, body }),
  );
  const error = parent.phases.at(-1)?.spec.error ?? null;
  const phases = [waitingPhase(1, { ...WHOLE, error })];
  const policy = { ...parent.policy, start: { by: start ? 'ready' : 'hand' } as const, dynamic: false };
  if (made !== null) await noteLinked(run, { parent, uid: made.id, phases, reach: { of: 'failed', parent }, policy });
  await look(run);
  return true;
};

type Linked = Pick<ModelRollout, 'uid' | 'phases' | 'reach' | 'policy'> & { readonly parent: ModelRollout };

async function noteLinked(run: Run, { parent: { release, weight }, ...own }: Linked): Promise<void> {
  const state = own.policy.approval ? 'awaiting-approval' : 'ready';
  await noteRollout(run, { ...own, release, weight, kind: 'rollout', state });
}

/** It stops, and those that took its release go back to what they ran. */
export const bringBack: Act<'return'> = async (run, { rollout: index }) => {
  const rollout = parentAt(run, index, (one) => one.kind !== 'return' && (waysBack(one) ?? []).length > 0);
  if (rollout === null) return false;
  const mayBe = rollout.kind !== 'return' && rollout.returns !== 'made' && waysBack(rollout) !== null;
  if (mayBe && !OVER.has(rollout.state)) stop(run.model, rollout, 'operator');
  if (mayBe) rollout.returns = 'wanted';
  await attempt(mayBe, () => run.world.api.call('rollouts.return', { params: { id: rollout.uid } }));
  await look(run);
  return true;
};

const OVER: ReadonlySet<ModelRollout['state']> = new Set(['stopping', 'stopped', 'finished']);

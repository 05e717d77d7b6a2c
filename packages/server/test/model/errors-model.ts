import { type Model, type ModelPhase, type ModelRollout, type ModelWish } from './model-state.ts';

/** A device errs with its first failure, until it succeeds; what crosses the threshold acts at once (6-data 14, 15). */
export function noteErred(model: Model, wish: ModelWish, hasErred: boolean): void {
  if (wish.erred === hasErred) return;
  wish.erred = hasErred;
  judgeErrors(model, wish.rollout, wish.phase);
}

/** Crossed when more than its share of all members have erred, and at least the minimum of them. */
export function judgeErrors(model: Model, rollout: ModelRollout, phase: ModelPhase): void {
  const { members } = phase;
  const { error } = phase.spec;
  const erred = members.filter((member) => member.erred).length;
  const isCrossed = error !== null && erred >= error.minimum && erred / members.length > error.percent / 100;
  if (isCrossed === phase.isCrossed) return;
  phase.isCrossed = isCrossed;
  if (!isCrossed || (rollout.state !== 'running' && rollout.state !== 'paused')) return;
  rollout.reason = 'error-threshold';
  if (rollout.policy.onFailure === 'pause') rollout.state = 'paused';
  else stop(model, rollout, 'error-threshold');
  if (rollout.policy.onFailure === 'return') rollout.returns = 'wanted';
}

export function stop(model: Model, rollout: ModelRollout, reason: string): void {
  rollout.state = 'stopping';
  rollout.reason = reason;
  rollout.stoppedAt = model.now;
}

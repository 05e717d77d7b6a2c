import { windowOf } from './gates-model.ts';
import { isOpen, openTry, type Model, type ModelPhase, type ModelRollout } from './model-state.ts';
import { endUnborn, giveWay } from './try-model.ts';

export function startPhase(model: Model, phase: ModelPhase): void {
  phase.state = 'started';
  phase.startedAt = model.now;
}

export function startRollout(model: Model, rollout: ModelRollout): void {
  run(model, rollout);
  const first = rollout.phases.find(({ state }) => state === 'waiting');
  if (first !== undefined) startPhase(model, first);
}

export function run(model: Model, rollout: ModelRollout): void {
  rollout.state = 'running';
  rollout.reason = null;
  rollout.runningSince = model.now;
}

/** When a rollout that is ready starts by itself; null: a person starts it. */
export function startsAt(model: Model, { state, policy, createdAt, zones }: ModelRollout): number | null {
  const { start, window } = policy;
  if (state !== 'ready' || start.by === 'hand') return null;
  if (start.by === 'ready') return model.now;
  if (start.by === 'time') return createdAt + start.afterSeconds * 1000;
  if (window === null) return null;
  const moments = (zones.length === 0 ? [null] : zones).map((zone) => windowOf(model, window, zone ?? window.zone));
  return Math.min(...moments.map(({ isOpen: isNow, changesAt }) => (isNow ? model.now : changesAt)));
}

/** Members of a phase that never started, and never will. */
export function skipPhase(phase: ModelPhase): void {
  phase.state = 'skipped';
  for (const member of phase.members) if (isOpen(member)) endUnborn(member, 'canceled');
}

/** Those that start by themselves: be it because they have just been approved, or changed. */
export function startDue(model: Model): void {
  for (const rollout of model.rollouts)
    if ((startsAt(model, rollout) ?? Infinity) <= model.now) startRollout(model, rollout);
}

/** What the counts mean, once the tick has folded them (6-data 15): looked at again until nothing moves. */
export function fold(model: Model): void {
  startDue(model);
  for (const rollout of model.rollouts) {
    if (rollout.state === 'stopping') closeLeftovers(model, rollout);
    while (advance(model, rollout));
    rest(model, rollout);
  }
}

/** Begun ones are asked at their next contact and in slices; the others end. */
function closeLeftovers(model: Model, rollout: ModelRollout): void {
  for (const member of rollout.members)
    if (isOpen(member) && openTry(member)?.state !== 'canceling') giveWay(model, member, 'canceled');
}

function advance(model: Model, rollout: ModelRollout): boolean {
  if (rollout.state === 'stopped' || rollout.state === 'finished') return false;
  for (const phase of rollout.phases)
    if (phase.state === 'started' && phase.reachedAt === null && isReached(phase)) phase.reachedAt = model.now;
  if (rollout.state !== 'running') return false;
  const ripe = rollout.phases.find((phase) => nextOf(rollout, phase)?.state === 'waiting' && hasSoaked(model, phase));
  const next = ripe === undefined ? null : nextOf(rollout, ripe);
  if (next === null) return false;
  startPhase(model, next);
  return true;
}

/** At least its share of members less superseded and canceled have succeeded; none to count has reached it. */
function isReached({ members, spec }: ModelPhase): boolean {
  const counting = members.filter(({ state }) => state !== 'superseded' && state !== 'canceled');
  const succeeded = counting.filter(({ state }) => state === 'succeeded').length;
  return counting.length === 0 || succeeded / counting.length >= spec.successPercent / 100;
}

export function hasSoaked(model: Model, { state, reachedAt, spec }: ModelPhase): boolean {
  const isUnderWay = state === 'started' || state === 'done';
  return isUnderWay && reachedAt !== null && !spec.byHand && reachedAt + spec.soakSeconds * 1000 <= model.now;
}

export function nextOf({ phases }: ModelRollout, { number }: ModelPhase): ModelPhase | null {
  return phases.find((one) => one.number > number && one.state !== 'skipped') ?? null;
}

/** Phases that are over, a rollout that waits for a person, a rollout that is over. */
function rest(model: Model, rollout: ModelRollout): void {
  for (const phase of rollout.phases)
    if (phase.state === 'started' && phase.reachedAt !== null && !hasOpen(phase) && nextOf(rollout, phase) !== null)
      phase.state = 'done';
  if (rollout.state === 'running' && hasOpen(rollout)) {
    const isShort = rollout.phases.some(
      (phase) =>
        phase.state === 'started' &&
        phase.reachedAt === null &&
        !hasOpen(phase) &&
        nextOf(rollout, phase)?.state === 'waiting',
    );
    if (isShort) {
      rollout.state = 'paused';
      rollout.reason = 'success-not-reached';
    }
  }
  if (hasOpen(rollout) || !['running', 'paused', 'stopping'].includes(rollout.state)) return;
  // Whom it has is done, and others may still come, as long as a phase is there for them.
  const isOver = rollout.phases.every(({ state }) => state === 'done' || state === 'skipped');
  if (rollout.policy.dynamic && rollout.state !== 'stopping' && !isOver) return;
  rollout.endedAt = model.now;
  rollout.state = rollout.state === 'stopping' ? 'stopped' : 'finished';
  for (const phase of rollout.phases) if (phase.state === 'started') phase.state = 'done';
}

export function hasOpen({ members }: Pick<ModelRollout, 'members'>): boolean {
  return members.some(isOpen);
}

import type { Act } from './device-acts.ts';
import { judgeErrors, stop } from './errors-model.ts';
import { policyInput, type ModelPhaseSpec } from './model-policy.ts';
import { look, type Run } from './model-run.ts';
import { waitingPhase, type Model, type ModelRollout } from './model-state.ts';
import { attempt, noteRollout, pick } from './operator-acts.ts';
import { nextOf, skipPhase, startPhase, startRollout } from './rollout-model.ts';

export const create: Act<'create'> = async (run, { release: which, weight, policy, phases: specs }) => {
  const { model, world } = run;
  const release = world.releases[which];
  if (release === undefined || model.devices.every(({ isGone }) => isGone)) return false;
  run.made += 1;
  const made = await world.api.call('rollouts.create', {
    body: {
      name: `${run.name} ${run.made}`,
      release: release.id,
      filter: `name==${run.name}-*`,
      weight,
      policy: policyInput(policy),
      phases: specs.map(phaseInput),
    },
  });
  const phases = specs.map((spec, at) => waitingPhase(at + 1, spec));
  const state = policy.approval ? 'awaiting-approval' : 'ready';
  await noteRollout(run, { uid: made.id, release, weight, policy, kind: 'rollout', state, phases });
  await look(run);
  return true;
};

function phaseInput({ percent, successPercent, error, soakSeconds, byHand }: ModelPhaseSpec) {
  const size = percent === null ? { by: 'rest' as const } : { by: 'percent' as const, percent };
  return { size, successPercent, error, soakSeconds, next: byHand ? ('hand' as const) : ('automatic' as const) };
}

/** Mostly one in a state from which it can be done. */
function rolloutAt({ model }: Run, index: number, from: readonly ModelRollout['state'][]): ModelRollout | null {
  const planned = model.rollouts.filter(({ kind }) => kind === 'rollout');
  const fitting = planned.filter(({ state }) => from.includes(state));
  return pick(index === 0 || fitting.length === 0 ? planned : fitting, index);
}

type Verb = 'approve' | 'deny' | 'start' | 'pause' | 'resume' | 'stop';

const FROM: Readonly<Record<Verb, readonly ModelRollout['state'][]>> = {
  approve: ['awaiting-approval'],
  deny: ['awaiting-approval'],
  start: ['ready'],
  pause: ['running'],
  resume: ['paused'],
  stop: ['awaiting-approval', 'ready', 'running', 'paused'],
};

export const steer: Act<Verb> = async (run, { act, rollout: index }) => {
  const rollout = rolloutAt(run, index, FROM[act]);
  if (rollout === null) return false;
  const mayBe = FROM[act].includes(rollout.state);
  if (mayBe) STEERED[act](run.model, rollout);
  const who = act === 'approve' || act === 'deny' ? run.world.approver : run.world.api;
  await attempt(mayBe, () => who.call(`rollouts.${act}`, { params: { id: rollout.uid } }));
  await look(run);
  return true;
};

const STEERED: Readonly<Record<Verb, (model: Model, rollout: ModelRollout) => void>> = {
  approve: (_, rollout) => {
    rollout.state = 'ready';
  },
  deny: (model, rollout) => stop(model, rollout, 'denied'),
  start: startRollout,
  pause: (_, rollout) => {
    rollout.state = 'paused';
    rollout.reason = 'operator';
  },
  resume: resumeRollout,
  stop: (model, rollout) => stop(model, rollout, 'operator'),
};

/** Who resumes what held because too few succeeded takes that as enough. */
function resumeRollout(model: Model, rollout: ModelRollout): void {
  const accepts = rollout.reason === 'success-not-reached';
  rollout.state = 'running';
  rollout.reason = null;
  if (!accepts) return;
  for (const phase of rollout.phases)
    if (phase.state === 'started' && nextOf(rollout, phase)?.state === 'waiting') phase.reachedAt ??= model.now;
}

export const steerPhase: Act<'start-phase' | 'skip-phase'> = async (run, { act, rollout: index, phase: number }) => {
  const from: readonly ModelRollout['state'][] = act === 'start-phase' ? ['running'] : ['ready', 'running', 'paused'];
  const rollout = rolloutAt(run, index, from);
  const phase = rollout?.phases.find((one) => one.number === number);
  if (rollout === null || phase === undefined) return false;
  const mayBe = from.includes(rollout.state) && phase.state === 'waiting';
  if (mayBe && act === 'start-phase') startPhase(run.model, phase);
  if (mayBe && act === 'skip-phase') skipPhase(phase);
  await attempt(mayBe, () => run.world.api.call(`rollouts.${act}`, { params: { id: rollout.uid, number } }));
  await look(run);
  return true;
};

const CHANGEABLE: readonly ModelRollout['state'][] = ['ready', 'running', 'paused'];

export const change: Act<'change'> = async (run, { rollout: index, weight, change: given }) => {
  const rollout = rolloutAt(run, index, CHANGEABLE);
  if (rollout === null || !CHANGEABLE.includes(rollout.state)) return false;
  const before = JSON.stringify([rollout.weight, rollout.policy]);
  rollout.weight = weight;
  rollout.policy = { ...rollout.policy, ...given };
  const isChanged = JSON.stringify([rollout.weight, rollout.policy]) !== before;
  if (isChanged && rollout.state === 'ready' && rollout.policy.approval) rollout.state = 'awaiting-approval';
  for (const phase of rollout.phases) if (phase.state === 'started') judgeErrors(run.model, rollout, phase);
  const { windows, ...policy } = policyInput(rollout.policy);
  const body = { weight, policy: { ...policy, windows: rollout.policy.window === null ? { windows: [] } : windows } };
  await run.world.api.call('rollouts.change', { params: { id: rollout.uid }, body });
  await look(run);
  return true;
};

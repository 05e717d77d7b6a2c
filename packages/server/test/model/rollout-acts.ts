import type { Act } from './device-acts.ts';
import { judgeErrors, stop } from './errors-model.ts';
import { isPaced } from './gates-model.ts';
import { changeInput, policyInput, type ModelPhaseSpec, type ModelPolicy } from './model-policy.ts';
import { look, type Run } from './model-run.ts';
import { reached } from './members-model.ts';
import { waitingPhase, type Model, type ModelRelease, type ModelRollout } from './model-state.ts';
import { isNamed } from './members-model.ts';
import { isBarred } from './return-model.ts';
import { attempt, noteRollout, pick } from './operator-acts.ts';
import { placeAtWork } from './try-model.ts';
import { nextOf, run as runAgain, skipPhase, startPhase, startRollout } from './rollout-model.ts';

export const create: Act<'create'> = async (run, { release: which, weight, policy, phases: specs, ring }) => {
  const { model, world } = run;
  const release = world.releases[which];
  if (release === undefined) return false;
  const mayBe = isPossible(model, { ring, policy, release });
  const name = nextName(run);
  const filter = `name==${run.name}-*${ring === null ? '' : ` and attribute.ring==${ring}`}`;
  const phases = specs.map((spec) => phaseInput(run, spec));
  const body = { name, release: release.id, filter, weight, policy: policyInput(policy, model.now), phases };
  const made = await attempt(mayBe, () => world.api.call('rollouts.create', { body }));
  if (made !== null)
    await noteRollout(run, {
      uid: made.id,
      release,
      weight,
      policy,
      kind: 'rollout',
      state: policy.approval ? 'awaiting-approval' : 'ready',
      phases: specs.map((spec, at) => waitingPhase(at + 1, spec)),
      reach: { of: 'ring', ring },
    });
  await look(run);
  return true;
};

export function nextName(run: Run): string {
  run.made += 1;
  return `${run.name} ${run.made}`;
}

type Draft = {
  readonly ring: string | null;
  readonly policy: ModelPolicy;
  readonly release: ModelRelease;
};

/** An impossible rollout is refused: without devices, without a window to start with, without a way back. */
export function isPossible(model: Model, { ring, policy, release }: Draft): boolean {
  const chosen = reached(model, { of: 'ring', ring });
  const named = model.devices.filter((device) => !device.isDeleted && (ring === null || device.ring === ring));
  if (policy.start.by === 'first-window' && policy.window === null) return false;
  if (chosen.length === 0 && (named.length > 0 || !policy.dynamic)) return false;
  if (policy.onFailure !== 'return') return true;
  return !chosen.some((device) => isBarred(device, { from: device.running, to: release }));
}

function phaseInput(run: Run, { percent, named, successPercent, error, soakSeconds, byHand }: ModelPhaseSpec) {
  const next = byHand ? ('hand' as const) : ('automatic' as const);
  return { size: sizeInput(run, { percent, named }), successPercent, error, soakSeconds, next };
}

function sizeInput({ model }: Run, { percent, named }: Pick<ModelPhaseSpec, 'percent' | 'named'>) {
  if (percent === null) return { by: 'rest' as const };
  if (named === null) return { by: 'percent' as const, percent };
  const names = model.devices.filter((_, index) => isNamed(named, index)).map(({ name }) => name);
  return { by: 'filter' as const, filter: `name=in=(${names.join(',')})` };
}

/** Mostly one in a state from which it can be done. */
function rolloutAt({ model }: Run, index: number, from: readonly ModelRollout['state'][]): ModelRollout | null {
  const planned = model.rollouts.filter(({ kind }) => kind !== 'direct');
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
  runAgain(model, rollout);
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
  const policy = { ...rollout.policy, ...given };
  const mayBe = policy.start.by !== 'first-window' || policy.window !== null || rollout.state !== 'ready';
  if (mayBe) changed(run.model, rollout, { weight, policy });
  const body = { weight, policy: changeInput(policy) };
  await attempt(mayBe, () => run.world.api.call('rollouts.change', { params: { id: rollout.uid }, body }));
  await look(run);
  return true;
};

type Changed = Pick<ModelRollout, 'weight' | 'policy'>;

/** What the server is told of it: without a window, say, not when downloads go. */
function saidOf({ weight, policy }: Changed): string {
  return JSON.stringify([weight, changeInput(policy)]);
}

function changed(model: Model, rollout: ModelRollout, to: Changed): void {
  const before = saidOf(rollout);
  const wasPaced = isPaced(rollout);
  rollout.weight = to.weight;
  rollout.policy = to.policy;
  if (saidOf(rollout) !== before && rollout.state === 'ready' && rollout.policy.approval)
    rollout.state = 'awaiting-approval';
  if (!wasPaced && isPaced(rollout)) placeAtWork(rollout);
  for (const phase of rollout.phases) if (phase.state === 'started') judgeErrors(model, rollout, phase);
}

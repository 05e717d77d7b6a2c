import assert from 'node:assert/strict';
import { ApiProblem } from '@updraft/protocols';
import { deviceAt, type Act } from './device-acts.ts';
import { bear } from './contact-model.ts';
import { changeInput, type ModelPolicy } from './model-policy.ts';
import { joined, look, type Run } from './model-run.ts';
import {
  hasBegun,
  isOpen,
  openTry,
  openWishesOf,
  waitingPhase,
  type Model,
  type ModelDevice,
  type ModelRelease,
  type ModelRollout,
  type ModelTry,
  type ModelWish,
} from './model-state.ts';
import { addMember, holdToPhases, newRollout, reached } from './members-model.ts';
import { storedFacts } from './stored-facts.ts';
import { askCancel, endTry, endUnborn, enter } from './try-model.ts';

/** Does what the server is to refuse with one of these codes, or to do. */
export async function attempt<T>(mayBe: boolean, act: () => Promise<T>): Promise<T | null> {
  const told = await act().catch((error: unknown) => {
    if (error instanceof ApiProblem) return error;
    throw error;
  });
  const problem = told instanceof ApiProblem ? told : null;
  assert.equal(problem === null ? 'done' : 'refused', mayBe ? 'done' : 'refused', problem?.message ?? 'it was done');
  return told instanceof ApiProblem ? null : told;
}

/** Mostly one of those that `fits`. */
function wishAt({ model }: Run, index: number, fits: (wish: ModelWish) => boolean): ModelWish | null {
  const fitting = model.wishes.filter(fits);
  return pick(index % ANY_OF === 0 || fitting.length === 0 ? model.wishes : fitting, index);
}

/** Of so many commands one means anything, sensible or not. */
const ANY_OF = 5;

export function pick<T>(from: readonly T[], index: number): T | null {
  return from[index % Math.max(from.length, 1)] ?? null;
}

/** A direct assignment: it supersedes, in its own command, what has at most its weight (6-data 10). */
export const assign: Act<'assign'> = async (run, { devices: mask, release: which, weight, policy: given }) => {
  const { model, world } = run;
  const chosen = model.devices.filter((device, index) => !device.isGone && (mask & (1 << index)) !== 0);
  const release = world.releases[which];
  if (release === undefined || chosen.length === 0) return false;
  const policy: ModelPolicy = { ...given, start: { by: 'hand' }, approval: false, onFailure: 'pause', dynamic: false };
  const fresh = chosen.filter(
    (device) => device.running !== release && !isAssigned(model, device, { release, policy }),
  );
  for (const device of fresh) for (const wish of openWishesOf(model, device)) supersedeAtOnce(model, wish, weight);
  const body = { release: release.id, devices: chosen.map(({ name }) => name), weight, policy: changeInput(policy) };
  const made = await world.api.call('assignments.create', { body });
  assert.deepEqual(made.assigned.map(({ device }) => device).toSorted(), fresh.map(({ name }) => name).toSorted());
  if (made.rollout !== null) await noteDirect(run, { uid: made.rollout, release, weight, policy });
  await look(run);
  return true;
};

/**
 * The same release assigned again while it is open is the same assignment; what is being cancelled is none any more, and
 * an emergency is not that of one which waits and is none.
 */
function isAssigned(model: Model, device: ModelDevice, { release, policy }: Pick<Made, 'release' | 'policy'>): boolean {
  const serves = (wish: ModelWish) => !policy.emergency || wish.rollout.policy.emergency || hasBegun(wish);
  return openWishesOf(model, device).some(
    (wish) => wish.rollout.release === release && openTry(wish)?.state !== 'canceling' && serves(wish),
  );
}

/** What stands in a started phase is asked, begun or not; the rest ends at once. Emergencies stay. */
function supersedeAtOnce(model: Model, wish: ModelWish, weight: number): void {
  if (wish.rollout.weight > weight || wish.rollout.policy.emergency) return;
  cancelBy(model, wish, { intent: 'superseded', byOperator: false });
}

type Cancel = { readonly intent: 'canceled' | 'superseded'; readonly byOperator: boolean };

function cancelBy(model: Model, wish: ModelWish, { intent, byOperator }: Cancel): void {
  const open = openTry(wish);
  if (open?.state === 'awaiting-evidence') {
    wish.intent ??= intent;
    return endTry(model, wish, 'canceled');
  }
  if (wish.phase.state !== 'started' && !hasBegun(wish)) {
    wish.intent ??= intent;
    return open === null ? endUnborn(wish, intent) : endTry(model, wish, 'canceled');
  }
  if (open === null && wish.state === 'backing-off') return endUnborn(wish, intent);
  if (open === null) bear(model, wish);
  if (!byOperator && open?.wasRefused === true) return;
  askCancel(model, wish, intent);
}

type Made = {
  readonly uid: string;
  readonly release: ModelRelease;
  readonly weight: number;
  readonly policy: ModelPolicy;
};

async function noteDirect(run: Run, made: Made): Promise<void> {
  const spec = { percent: null, named: null, successPercent: 100, error: null, soakSeconds: 0, byHand: false };
  const phase = { ...waitingPhase(1, spec), state: 'started' as const, startedAt: run.model.now };
  await noteRollout(run, { ...made, kind: 'direct', state: 'running', phases: [phase], reach: { of: 'chosen' } });
}

/** Learns whom it has: the server spreads them over the phases. */
export async function noteRollout(
  run: Run,
  made: Made & Pick<ModelRollout, 'kind' | 'state' | 'phases' | 'reach'>,
): Promise<ModelRollout> {
  const { model, world } = run;
  const db = world.server.server.store.reader;
  const { id } = await db.selectFrom('rollout').select('id').where('uid', '=', made.uid).executeTakeFirstOrThrow();
  const rollout = newRollout(model, { ...made, id });
  const { wishes } = await storedFacts(db, { ...run.own, rollout: id });
  const members = wishes.filter((one) => one.rollout === id).toSorted((a, b) => a.id - b.id);
  for (const one of members) addMember(model, rollout, one);
  const chosen = reached(model, made.reach).map((device) => device.id);
  if (made.reach.of !== 'chosen') assert.deepEqual(new Set(members.map(({ device }) => device)), new Set(chosen));
  holdToPhases(model, rollout);
  return rollout;
}

export const cancel: Act<'cancel' | 'force-quit'> = async (run, { act, wish: index }) => {
  const wish = wishAt(run, index, isOpen);
  if (wish === null) return false;
  const mayBe = isOpen(wish);
  if (mayBe && act === 'cancel') cancelBy(run.model, wish, { intent: 'canceled', byOperator: true });
  if (mayBe && act === 'force-quit') forceQuit(run.model, wish);
  await attempt(mayBe, () => run.world.api.call(`assignments.${act}`, { params: { number: wish.number } }));
  await look(run);
  return true;
};

export function forceQuit(model: Model, wish: ModelWish): void {
  if (openTry(wish) === null) endUnborn(wish, 'canceled');
  else endTry(model, wish, 'canceled');
}

/** The user of a device answers through a person. */
export const consent: Act<'consent'> = async (run, { wish: index, answer }) => {
  const wish = wishAt(run, index, (one) => isOpen(one) && one.rollout.policy.consent && one.phase.state === 'started');
  if (wish === null) return false;
  const { model, world } = run;
  const mayBe = isOpen(wish) && wish.phase.state !== 'waiting' && wish.rollout.policy.consent && isAsked(openTry(wish));
  if (mayBe) answerConsent(model, wish, answer);
  await attempt(mayBe, () =>
    world.api.call('assignments.consent', { params: { number: wish.number }, body: { consent: answer } }),
  );
  await look(run);
  return true;
};

const BEFORE_INSTALL: ReadonlySet<string> = new Set([
  'awaiting-consent',
  'ready',
  'offered',
  'downloading',
  'downloaded',
]);

/** What is granted is not asked about any more; an offer that nobody has taken can still be taken back. */
function isAsked(open: ModelTry | null): boolean {
  return open === null || (BEFORE_INSTALL.has(open.state) && (open.begunAt === null || open.installAt === null));
}

/** A yes needs no asking again; a no is asked again later. */
function answerConsent(model: Model, wish: ModelWish, answer: 'given' | 'declined'): void {
  const open = openTry(wish) ?? bear(model, wish);
  if (answer === 'declined') open.asksAgainAt = model.now + wish.rollout.policy.askAgainSeconds * 1000;
  const waits = open.state === 'awaiting-consent' || open.state === 'ready';
  if (waits && open.begunAt === null) enter(model, open, answer === 'given' ? 'ready' : 'awaiting-consent');
  open.consent = answer;
}

const MAX_DEVICES = 6;

/** A device that comes to the fleet. */
export const join: Act<'join'> = async (run, { kind }) => {
  const { devices, now } = run.model;
  if (devices.length >= MAX_DEVICES) return false;
  devices.push({ ...(await joined(run.world, `${run.name}-${devices.length}`, kind)), changedAt: now });
  await look(run);
  return true;
};

export const retire: Act<'decommission' | 'delete' | 'replace'> = async (run, { act, device: index }) => {
  const device = deviceAt(run, index);
  if (device.isDeleted) return false;
  const mayBe = act === 'delete' || !device.isGone;
  const params = { device: device.name };
  if (mayBe) for (const wish of openWishesOf(run.model, device)) leave(run.model, wish, act);
  if (mayBe && act === 'replace') renew(device, run.model.now);
  else if (mayBe) device.isGone = true;
  if (act === 'delete') device.isDeleted = true;
  await attempt(mayBe, async () => {
    if (act !== 'replace') return run.world.api.call(`devices.${act}`, { params });
    const { token } = await run.world.api.call('devices.replace', { params, body: {} });
    device.token = token;
  });
  await look(run);
  return true;
};

/** Nobody is left to ask. New hardware is to get what the old one was to get, and has failed at nothing. */
function leave(model: Model, wish: ModelWish, act: 'decommission' | 'delete' | 'replace'): void {
  if (act !== 'replace') return forceQuit(model, wish);
  const open = openTry(wish);
  if (open !== null && wish.intent !== null) return endTry(model, wish, 'canceled');
  if (open !== null) enter(model, open, 'canceled');
  if (wish.state === 'waiting') return;
  wish.state = 'waiting';
  wish.failures = 0;
  wish.notBefore = 0;
}

function renew(device: ModelDevice, now: number): void {
  device.replacedAt = now;
  device.contactAt = 0;
  device.running = null;
  device.changedAt = now;
  device.failures = [];
  device.penaltyUntil = 0;
  // The place is the same: its zone and site count until the new one tells of itself.
  device.ring = '';
  device.told = {};
  device.said = null;
  device.offered = null;
}

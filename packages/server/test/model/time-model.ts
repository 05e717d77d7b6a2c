import { withdraw } from './contact-model.ts';
import { startsLeft, windowOf, zoneOf } from './gates-model.ts';
import { hasBegun, hasTryEnded, isOpen, openTry, type Model, type ModelTry, type ModelWish } from './model-state.ts';
import { nextOf, startsAt } from './rollout-model.ts';
import { joinPoints } from './joining-model.ts';
import { endTry } from './try-model.ts';

const SECOND_MS = 1000;
const OFFER_MIN_SECONDS = 15 * 60;
const OFFER_POLLS = 3;
const HOUR_SECONDS = 3600;
/** Silent members are looked for four times in a limit, at least each hour, at most each second. */
const SWEEPS_PER_LIMIT = 4;

/**
 * Limits that passed by now. What phases make of that, and of their soak, is told by the look that follows: no phase is
 * opened before the silent have been looked for.
 */
export function lapse(model: Model): void {
  for (const wish of model.wishes) {
    const due = isOpen(wish) ? dueOf(model, wish) : null;
    if (due !== null && due.at <= model.now) pass(model, wish, due.limit);
  }
}

type Limit = 'offer' | 'stage' | 'silence';
type Due = { readonly at: number; readonly limit: Limit };

/** The limit of an open attempt that passes first, or null. */
function dueOf(model: Model, wish: ModelWish): Due | null {
  const attempt = openTry(wish);
  if (attempt === null) return null;
  const dues = [stageDue(model, wish, attempt), silenceDue(model, wish, attempt)].filter((due) => due !== null);
  return dues.toSorted((a, b) => a.at - b.at)[0] ?? null;
}

/** After a time in which nobody listened, devices have some polls to tell what they did meanwhile, at most the limit itself. */
function stageDue(model: Model, { rollout }: ModelWish, attempt: ModelTry): Due | null {
  const { limits } = rollout.policy;
  const stage = attempt.state === 'offered' && attempt.begunAt !== null ? 'downloading' : attempt.state;
  const seconds =
    stage === 'offered' ? offerSeconds(model) : stage in limits ? limits[stage as keyof typeof limits] : null;
  if (seconds === null) return null;
  const again = Math.min(seconds, offerSeconds(model)) * SECOND_MS;
  const grace = attempt.stateAt < model.listeningSince ? model.listeningSince + again : 0;
  return { at: Math.max(attempt.stateAt + seconds * SECOND_MS, grace), limit: stage === 'offered' ? 'offer' : 'stage' };
}

/** Of what has begun; what has not belongs to the phase's sweep. */
function silenceDue(model: Model, { rollout, device }: ModelWish, attempt: ModelTry): Due | null {
  if (attempt.begunAt === null || attempt.state === 'awaiting-evidence') return null;
  const heard = Math.max(attempt.heardAt, device.contactAt, model.listeningSince);
  return { at: heard + rollout.policy.limits.silence * SECOND_MS, limit: 'silence' };
}

export function offerSeconds({ pollIntervalSeconds }: Model): number {
  return Math.max(OFFER_POLLS * pollIntervalSeconds, OFFER_MIN_SECONDS);
}

function pass(model: Model, wish: ModelWish, limit: Limit): void {
  const attempt = openTry(wish);
  if (limit === 'offer') return withdraw(model, wish);
  if (attempt?.state === 'awaiting-evidence')
    return endTry(model, wish, 'failed', showsOld(wish) ? 'booted-old-version' : 'no-evidence');
  endTry(model, wish, 'timed-out', limit === 'silence' ? 'silence' : 'timed-out');
}

/** It said since it closed that it runs another version. */
function showsOld({ device, rollout }: ModelWish): boolean {
  return device.said !== null && device.said !== rollout.release.version;
}

/** From when on a device that has begun nothing may be called silent, and by when it must; null where it cannot. */
export function silentFrom(model: Model, wish: ModelWish): { readonly may: number; readonly must: number } | null {
  const { phase, rollout, device } = wish;
  if (!isOpen(wish) || hasBegun(wish) || phase.state !== 'started' || openTry(wish)?.state === 'awaiting-evidence')
    return null;
  const seconds = rollout.policy.limits.silence;
  const since = Math.max(device.contactAt, phase.startedAt, model.listeningSince, wish.joinedAt);
  const may = since + seconds * SECOND_MS;
  const grain = Math.min(Math.max(seconds / SWEEPS_PER_LIMIT, 1), HOUR_SECONDS) + 1;
  // What ends while evidence is awaited may leave a device behind that was silent long before: the sweep has its turn yet.
  const sweepable = Math.max(may, device.replacedAt + seconds * SECOND_MS, lastEndAt(wish));
  return { may, must: sweepable + grain * SECOND_MS };
}

/** When the last of its tries ended, from when on it has begun nothing; 0: none has. */
function lastEndAt({ tries }: ModelWish): number {
  return tries.findLast(hasTryEnded)?.stateAt ?? 0;
}

/** The next moments at which a limit passes or a gate changes by itself: no step is taken within a second of one. */
export function turningPoints(model: Model): readonly number[] {
  const open = model.wishes.filter(isOpen);
  return [
    ...open.flatMap((wish) => pointsOf(model, wish)),
    ...model.devices.flatMap(({ penaltyUntil, failures }) => [
      penaltyUntil,
      ...failures.map((at) => at + model.penaltyRule.withinSeconds * SECOND_MS),
    ]),
    ...model.rollouts.flatMap((rollout) => startsAt(model, rollout) ?? []),
    ...model.rollouts.flatMap((rollout) => joinPoints(rollout)),
    ...model.rollouts.flatMap((rollout) =>
      rollout.phases
        .filter((phase) => phase.reachedAt !== null && nextOf(rollout, phase)?.state === 'waiting')
        .map((phase) => (phase.reachedAt ?? 0) + phase.spec.soakSeconds * SECOND_MS),
    ),
  ].filter((at) => at > model.now);
}

function pointsOf(model: Model, wish: ModelWish): readonly number[] {
  const { policy, starts } = wish.rollout;
  const due = dueOf(model, wish);
  const silent = silentFrom(model, wish);
  const { window, perMinute } = policy;
  const missing = perMinute === null ? 0 : 1 - startsLeft(wish.rollout, perMinute, model.now);
  return [
    ...(due === null ? [] : [due.at]),
    ...(silent === null ? [] : [silent.may, silent.must]),
    ...(window === null ? [] : [windowOf(model, window, zoneOf(wish)).changesAt]),
    ...(missing > 0 && perMinute !== null ? [Math.max(model.now, starts.at) + (missing / perMinute) * 60_000] : []),
    wish.notBefore,
    openTry(wish)?.asksAgainAt ?? 0,
    openTry(wish)?.refusedUntil ?? 0,
  ];
}

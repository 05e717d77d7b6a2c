import { retryWaitMs, type RetriedFailure } from './model-policy.ts';
import { noteErred } from './errors-model.ts';
import {
  hasBegun,
  openTry,
  openWishesOf,
  type TRY_ENDS,
  type Model,
  type ModelRollout,
  type ModelTry,
  type ModelWish,
  type TryState,
} from './model-state.ts';

/** How an attempt ends, and what that makes of its wish (design: two lifecycles; 6-data 8, 11, 14). */
export function endTry(
  model: Model,
  wish: ModelWish,
  end: (typeof TRY_ENDS)[number],
  failure: RetriedFailure | 'replaced' = 'failed',
): void {
  const attempt = openTry(wish);
  if (attempt === null) throw new Error(`nothing is open of ${wish.number}`);
  enter(model, attempt, end);
  if (end === 'succeeded') return fulfil(model, wish);
  if (end === 'canceled' || (end === 'timed-out' && wish.intent !== null)) {
    // Whoever says nothing to a cancel has failed at nothing.
    endUnborn(wish, wish.intent ?? 'canceled');
    return;
  }
  fail(model, wish, { attempt, failure: failure as RetriedFailure });
}

/** A cancel asks the device that was offered it, or may be. */
export function askCancel(model: Model, wish: ModelWish, intent: 'canceled' | 'superseded'): void {
  const attempt = openTry(wish);
  wish.intent ??= intent;
  if (attempt === null || attempt.state === 'canceling') return;
  const from = attempt.state;
  enter(model, attempt, 'canceling');
  attempt.canceledFrom = from;
}

export function endUnborn(wish: ModelWish, end: 'canceled' | 'superseded' | 'failed'): void {
  wish.state = end;
}

/** A place of the pace is held from the offer to the end, also while canceling; not while evidence is awaited (6-data 13). */
const HOLDS_PLACE: ReadonlySet<TryState> = new Set([
  'offered',
  'downloading',
  'downloaded',
  'installing',
  'awaiting-report',
  'canceling',
]);

export function enter(model: Model, attempt: ModelTry, state: TryState): void {
  if (attempt.state !== state) attempt.stateAt = model.now;
  attempt.state = state;
  attempt.canceledFrom = null;
  if (!mayHoldPlace(attempt)) attempt.placeAt = null;
}

function mayHoldPlace({ state, installAt }: ModelTry): boolean {
  return HOLDS_PLACE.has(state) && (state !== 'downloaded' || installAt !== null);
}

/** Who is at work when a rollout is given a pace that had none has its place, over the cap if need be. */
export function placeAtWork({ members }: ModelRollout): void {
  for (const wish of members) {
    const attempt = openTry(wish);
    if (attempt !== null && attempt.begunAt !== null && mayHoldPlace(attempt)) attempt.placeAt ??= wish.device.site;
  }
}

/** What else the device was to get of the release, and has not begun, is fulfilled with it. */
function fulfil(model: Model, wish: ModelWish): void {
  const { device, rollout } = wish;
  wish.state = 'succeeded';
  noteErred(model, wish, false);
  if (rollout.policy.downloadOnly) return;
  wish.from = device.running;
  device.running = rollout.release;
  device.changedAt = model.now;
  for (const other of openWishesOf(model, device))
    if (other.rollout.release === rollout.release && !hasBegun(other) && openTry(other)?.state !== 'canceling')
      endAsInstalled(model, other);
}

/** Nothing is tried again that never began, or whose cancel was asked for, even if its device refused. */
function fail(
  model: Model,
  wish: ModelWish,
  { attempt, failure }: { readonly attempt: ModelTry; readonly failure: RetriedFailure },
): void {
  const { policy } = wish.rollout;
  const isRetried =
    wish.failures < policy.retries &&
    attempt.begunAt !== null &&
    wish.intent === null &&
    !attempt.wasRefused &&
    policy.retryOn.includes(failure);
  wish.failures += 1;
  wish.state = isRetried ? 'backing-off' : 'failed';
  wish.notBefore = isRetried ? model.now + retryWaitMs(policy, wish.failures) : 0;
  setAside(model, wish);
  noteErred(model, wish, true);
}

/** After so many failures in a time a device is set aside, and they are forgotten with that. */
function setAside({ now, penaltyRule }: Model, { device }: ModelWish): void {
  const { failures, withinSeconds, seconds } = penaltyRule;
  device.failures.push(now);
  const counting = device.failures.filter((at) => at > now - withinSeconds * 1000);
  if (failures === 0 || counting.length < failures) return;
  device.failures = [];
  device.penaltyUntil = now + seconds * 1000;
}

/** Silence that began before anything was begun: it belongs to the phase's sweep (6-data 17). */
export function endSilent(model: Model, wish: ModelWish): void {
  if (openTry(wish) !== null) return endTry(model, wish, 'timed-out', 'silence');
  endUnborn(wish, 'failed');
  noteErred(model, wish, true);
}

/** What has not begun ends unasked; the begun is asked once. Tells whether something happened. */
export function giveWay(model: Model, wish: ModelWish, intent: 'canceled' | 'superseded'): boolean {
  const attempt = openTry(wish);
  if (attempt !== null && attempt.begunAt !== null && attempt.state !== 'awaiting-evidence') {
    if (attempt.wasRefused) return false;
    askCancel(model, wish, intent);
    return true;
  }
  wish.intent ??= intent;
  if (attempt === null) endUnborn(wish, intent);
  else endTry(model, wish, 'canceled');
  return true;
}

/** It runs the release already: nothing is left to do. */
export function endAsInstalled(model: Model, wish: ModelWish): void {
  const attempt = openTry(wish);
  if (attempt !== null) enter(model, attempt, 'canceled');
  wish.state = 'succeeded';
  noteErred(model, wish, false);
}

import { hasPlace, isEligible, isPaced, offerFor, permitted, shutGates, startsLeft } from './gates-model.ts';
import {
  hasBegun,
  openTry,
  openWishesOf,
  type Model,
  type ModelDevice,
  type ModelTry,
  type ModelWish,
} from './model-state.ts';
import { endAsInstalled, enter, giveWay } from './try-model.ts';

/** What a device's contact brings about, until nothing is left to do (6-data 7 to 13, 18). `splits`: whether who asks can wait with the install. */
export function contact(model: Model, device: ModelDevice, splits: boolean): void {
  for (let round = 0; contactRound(model, device, splits); round += 1)
    if (round > 20) throw new Error('the model’s contact does not settle');
}

/** What stands on the device's wire: the one thing that its poll is answered. */
export function linkOf(
  model: Model,
  device: ModelDevice,
  splits: boolean,
): { readonly about: 'deploymentBase' | 'cancelAction'; readonly attempt: ModelTry } | null {
  const wish = currentOf(model, device);
  const attempt = wish === null ? null : openTry(wish);
  if (attempt === null) return null;
  if (attempt.state === 'canceling') return { about: 'cancelAction', attempt };
  return wish !== null && isGiven(wish, attempt, splits) ? { about: 'deploymentBase', attempt } : null;
}

/** What has begun stays, but what a client would install at once only when it may be installed. */
export function isGiven({ rollout }: ModelWish, attempt: ModelTry, splits: boolean): boolean {
  return isOnOffer(attempt) && (attempt.installAt !== null || rollout.policy.downloadOnly || splits);
}

/** The wire id of what the device's user is asked about, as soon as nothing else is missing before it (6-data 18). */
export function askedOf(model: Model, device: ModelDevice): number | null {
  const wish = currentOf(model, device);
  if (wish === null || shutGates(model, wish)[0] !== 'consent') return null;
  const attempt = openTry(wish);
  if (attempt === null) return wish.tries.length === 0 ? wish.number : null;
  return attempt.state === 'awaiting-consent' || attempt.state === 'ready' ? attempt.number : null;
}

const ON_OFFER: ReadonlySet<string> = new Set([
  'offered',
  'downloading',
  'downloaded',
  'installing',
  'awaiting-report',
]);

export function isOnOffer({ state }: ModelTry): boolean {
  return ON_OFFER.has(state);
}

function contactRound(model: Model, device: ModelDevice, splits: boolean): boolean {
  const open = openWishesOf(model, device);
  if (open.map((wish) => endAtContact(model, wish)).includes(true)) return true;
  const superseded = open.filter((wish) => isSuperseded(wish, open)).map((wish) => giveWay(model, wish, 'superseded'));
  if (superseded.includes(true)) return true;
  const current = currentOf(model, device);
  const stale = open.filter((wish) => isFresh(wish) && (wish !== current || !isStillOffered(model, wish, splits)));
  for (const wish of stale) withdraw(model, wish);
  if (stale.length > 0) return true;
  return current !== null && grant(model, current, splits);
}

/**
 * An offer that nobody has taken stays as long as it would be made as it is: what it says of the install was answered. One
 * that was made before there was a pace has no place in it.
 */
function isStillOffered(model: Model, wish: ModelWish, splits: boolean): boolean {
  if (isPaced(wish.rollout) && !hasPlace(openTry(wish))) return false;
  const offered = offerFor(model, wish, splits);
  return offered !== null && offered.install === (openTry(wish)?.installAt !== null);
}

/**
 * A rollout that stops, and a release that is there already, end what has not begun; the begun are asked. What a stopped
 * rollout never told its device of ends in slices.
 */
function endAtContact(model: Model, wish: ModelWish): boolean {
  if (openTry(wish)?.state === 'canceling') return false;
  if (wish.rollout.state === 'stopping') return openTry(wish) !== null && giveWay(model, wish, 'canceled');
  if (hasBegun(wish) || wish.device.running !== wish.rollout.release) return false;
  endAsInstalled(model, wish);
  return true;
}

/** A newer one that is eligible, of another release, with at least the weight; what only awaits evidence yields to any. */
function isSuperseded(older: ModelWish, open: readonly ModelWish[]): boolean {
  const state = openTry(older)?.state;
  if (older.rollout.policy.emergency || state === 'canceling') return false;
  return open.some(
    (newer) =>
      newer.id > older.id &&
      newer.rollout.release !== older.rollout.release &&
      (state === 'awaiting-evidence' || newer.rollout.weight >= older.rollout.weight) &&
      openTry(newer)?.state !== 'canceling' &&
      isEligible(newer),
  );
}

/** Canceling, begun, eligible, awaiting evidence, the rest; inside each the heavier, then the older (6-data 9). */
export function currentOf(model: Model, device: ModelDevice): ModelWish | null {
  const ranked = openWishesOf(model, device).toSorted(
    (a, b) => rankOf(a) - rankOf(b) || b.rollout.weight - a.rollout.weight || a.id - b.id,
  );
  return ranked[0] ?? null;
}

function rankOf(wish: ModelWish): number {
  const state = openTry(wish)?.state;
  if (state === 'canceling') return 0;
  if (state === 'awaiting-evidence') return 3;
  if (hasBegun(wish)) return 1;
  return isEligible(wish) ? 2 : 4;
}

function isFresh(wish: ModelWish): boolean {
  return openTry(wish)?.state === 'offered' && !hasBegun(wish);
}

export function withdraw(model: Model, wish: ModelWish): void {
  const attempt = openTry(wish);
  if (attempt === null) return;
  enter(model, attempt, 'ready');
}

/** The offer, or the question for consent: once more where it was taken back, and anew for each attempt after the first. */
function grant(model: Model, wish: ModelWish, splits: boolean): boolean {
  const attempt = openTry(wish);
  const canOffer =
    attempt === null || ((attempt.state === 'ready' || attempt.state === 'awaiting-consent') && !hasBegun(wish));
  if (!canOffer) return grantInstall(model, wish);
  const offered = offerFor(model, wish, splits);
  if (offered !== null) {
    offer(model, wish, offered);
    return true;
  }
  const hasId = attempt === null ? wish.tries.length === 0 : attempt.state !== 'ready';
  if (hasId || shutGates(model, wish)[0] !== 'consent') return false;
  ask(model, attempt ?? bear(model, wish));
  return true;
}

/** The question for a first attempt goes by its wish's number, which is there already; a further one is born for its own. */
function ask(model: Model, attempt: ModelTry): void {
  if (attempt.consent !== 'declined' || attempt.asksAgainAt <= model.now) attempt.consent = 'asked';
  enter(model, attempt, 'awaiting-consent');
}

/** What has begun by a word before its offer said install, and the gates pass now. */
function grantInstall(model: Model, wish: ModelWish): boolean {
  const attempt = openTry(wish);
  if (attempt === null || attempt.begunAt === null || attempt.installAt !== null) return false;
  if (!isOnOffer(attempt) || !permitted(model, wish).install) return false;
  attempt.installAt = model.now;
  reserve(model, wish, attempt);
  return true;
}

/** An attempt is born with its first offer, if consent has not brought it about before. */
function offer(model: Model, wish: ModelWish, { install }: { readonly install: boolean }): void {
  const attempt = openTry(wish) ?? bear(model, wish);
  reserve(model, wish, attempt);
  attempt.offeredAt = model.now;
  model.offers += 1;
  attempt.offerTurn = model.offers;
  attempt.installAt = install ? model.now : null;
  enter(model, attempt, 'offered');
}

/** A place that is granted costs a start; one that a device takes by working on does not. */
function reserve(model: Model, { rollout, device }: ModelWish, attempt: ModelTry): void {
  const { perMinute } = rollout.policy;
  if (!isPaced(rollout) || hasPlace(attempt)) return;
  attempt.placeAt = device.site;
  if (perMinute !== null) rollout.starts = { left: startsLeft(rollout, perMinute, model.now) - 1, at: model.now };
}

export function bear(model: Model, wish: ModelWish): ModelTry {
  const born: ModelTry = {
    number: wish.tries.length === 0 ? wish.number : null,
    state: wish.rollout.policy.consent ? 'awaiting-consent' : 'ready',
    stateAt: model.now,
    canceledFrom: null,
    consent: null,
    offeredAt: null,
    offerTurn: 0,
    installAt: null,
    begunAt: null,
    heardAt: 0,
    wasRefused: false,
    asksAgainAt: 0,
    refusedUntil: 0,
    refusedTurn: 0,
    refusals: 0,
    placeAt: null,
    hasObserved: false,
  };
  wish.tries.push(born);
  wish.state = 'active';
  return born;
}

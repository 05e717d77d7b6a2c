import { contact, isOnOffer } from './contact-model.ts';
import { isPaced } from './gates-model.ts';
import {
  hasTryEnded,
  isOpen,
  openTry,
  type Model,
  type ModelDevice,
  type ModelTry,
  type ModelWish,
  type TryState,
} from './model-state.ts';
import { endTry, enter } from './try-model.ts';

/** What a device's words mean, in ours. `stale` is a result that SWUpdate's boot environment held of something else. */
export type Meaning =
  | 'downloading'
  | 'downloaded'
  | 'proceeding'
  | 'installed'
  | 'succeeded'
  | 'failed'
  | 'rolled-back'
  | 'noted'
  | 'refused'
  | 'skipped';

export type Said = { readonly device: ModelDevice; readonly number: number };

/** The HTTP status that a device is answered for a report about the update `number`, and what it brings about. */
export function report(
  model: Model,
  { device, number }: Said,
  meaningIn: (attempt: ModelTry | null) => Meaning | 'stale',
): number {
  const wish = model.wishes.find((one) => one.device === device && isNumberOf(one, number));
  if (wish === undefined || device.isGone) return 404;
  if (isOver(wish, number)) return 410;
  const before = openTry(wish);
  // Who speaks before it was offered anything speaks of what it may download and install (6-data 4).
  if (before === null || before.offeredAt === null) contact(model, device, false);
  if (isOver(wish, number)) return 410;
  const attempt = openTry(wish);
  if (attempt === null || wasGivenUp(model, wish, attempt)) return 404;
  const meaning = meaningIn(attempt);
  if (meaning === 'stale' || meaning === 'skipped') return 200;
  if (attempt.offeredAt === null) return 404;
  return take(model, wish, { attempt, meaning });
}

export function isNumberOf(wish: ModelWish, number: number): boolean {
  return wish.number === number || wish.tries.some((one) => one.number === number);
}

/** The attempt of that wire id has ended, with its wish or to be tried again under another. */
export function isOver(wish: ModelWish, number: number): boolean {
  if (!isOpen(wish)) return true;
  const named = wish.tries.find((one) => one.number === number);
  return wish.tries.length > 0 && (named === undefined || hasTryEnded(named) || named !== wish.tries.at(-1));
}

/** An offer that was taken back may still be in the device's hands, unless another was put there since (6-data 7). */
export function wasGivenUp(model: Model, wish: ModelWish, attempt: ModelTry): boolean {
  const { offeredAt, state } = attempt;
  return (
    offeredAt !== null && (state === 'ready' || state === 'awaiting-consent') && wasOfferedSince(model, wish, attempt)
  );
}

/** Another of its device's updates was put into its hands behind this one. */
export function wasOfferedSince(model: Model, wish: ModelWish, { offerTurn }: ModelTry): boolean {
  return model.wishes.some(
    (other) => other.device === wish.device && other !== wish && other.tries.some((one) => one.offerTurn > offerTurn),
  );
}

const WORK: readonly TryState[] = [
  'awaiting-consent',
  'ready',
  'offered',
  'downloading',
  'downloaded',
  'installing',
  'awaiting-report',
];
const LEADS_TO: Partial<Record<Meaning, TryState>> = {
  downloading: 'downloading',
  downloaded: 'downloaded',
  proceeding: 'installing',
  installed: 'awaiting-report',
};

type Heard = { readonly attempt: ModelTry; readonly meaning: Meaning };

function take(model: Model, wish: ModelWish, { attempt, meaning }: Heard): number {
  if (attempt.state === 'awaiting-evidence') return afterClose(model, wish, meaning);
  if (meaning === 'refused' && attempt.begunAt === null) return refuseOffer(model, wish, attempt);
  work(model, wish, { attempt, meaning });
  return 200;
}

function work(model: Model, wish: ModelWish, { attempt, meaning }: Heard): void {
  const isFirst = attempt.begunAt === null;
  const hadInstall = attempt.installAt !== null;
  attempt.begunAt ??= model.now;
  attempt.heardAt = model.now;
  if (meaning === 'proceeding') attempt.installAt ??= model.now;
  if (meaning === 'failed' || meaning === 'rolled-back') return endTry(model, wish, meaning, meaning);
  if (isEnough(wish, meaning)) return endTry(model, wish, 'succeeded');
  if (meaning === 'succeeded') closeAsSaid(model, wish, attempt);
  else goOn(model, attempt, LEADS_TO[meaning]);
  if (hasStarted({ attempt, isFirst, hadInstall }) && isPaced(wish.rollout)) attempt.placeAt ??= wish.device.site;
}

/** It works: without a place it takes one, over the cap if need be. */
function hasStarted({
  attempt,
  isFirst,
  hadInstall,
}: {
  attempt: ModelTry;
  isFirst: boolean;
  hadInstall: boolean;
}): boolean {
  const begins = isFirst || hadInstall !== (attempt.installAt !== null);
  const waits = attempt.state === 'downloaded' && attempt.installAt === null;
  return begins && !waits && (isOnOffer(attempt) || attempt.state === 'canceling');
}

/** What is to be downloaded only is done with its bytes. */
function isEnough({ rollout }: ModelWish, meaning: Meaning): boolean {
  return rollout.policy.downloadOnly && (meaning === 'downloaded' || meaning === 'succeeded');
}

/** A type that names evidence holds the success back until it is there. */
function closeAsSaid(model: Model, wish: ModelWish, attempt: ModelTry): void {
  if (!wish.device.provesVersion || attempt.hasObserved) return endTry(model, wish, 'succeeded');
  // What it said before, be it in the same second, is no verdict.
  wish.device.said = null;
  enter(model, attempt, 'awaiting-evidence');
}

/** A device that works goes forward, and never back; one that was asked to cancel stays asked. */
function goOn(model: Model, attempt: ModelTry, to: TryState | undefined): void {
  if (attempt.state === 'canceling') return;
  if (to === undefined) return backOnOffer(model, attempt);
  if (WORK.indexOf(to) > WORK.indexOf(attempt.state)) enter(model, attempt, to);
}

/** A byte of a file that it was offered: the device is at work. What is closed is not begun anew. */
export function begin(model: Model, wish: ModelWish): void {
  const attempt = openTry(wish);
  if (
    attempt === null ||
    attempt.state === 'awaiting-evidence' ||
    (attempt.begunAt !== null && attempt.state !== 'offered')
  )
    return;
  work(model, wish, { attempt, meaning: 'downloading' });
}

/** Every byte of all its files was served. */
export function downloadedAll(model: Model, wish: ModelWish): void {
  const attempt = openTry(wish);
  if (attempt === null || attempt.state === 'awaiting-evidence') return;
  work(model, wish, { attempt, meaning: 'downloaded' });
}

/** A word that tells nothing of its work still tells that it has taken the offer that was withdrawn. */
function backOnOffer(model: Model, attempt: ModelTry): void {
  if (attempt.state === 'ready' || attempt.state === 'awaiting-consent') enter(model, attempt, 'offered');
}

/** A device that refuses so many offers has failed. */
const REFUSALS = 7;

/** What has begun goes on, whatever is said; what has not is offered again when a declined consent would be asked again. */
function refuseOffer(model: Model, wish: ModelWish, attempt: ModelTry): number {
  if (attempt.state === 'canceling') return 200;
  if (attempt.refusedTurn !== attempt.offerTurn) attempt.refusals += 1;
  attempt.refusedTurn = attempt.offerTurn;
  if (attempt.refusals >= REFUSALS) {
    endTry(model, wish, 'failed');
    return 200;
  }
  attempt.refusedUntil = model.now + wish.rollout.policy.askAgainSeconds * 1000;
  if (attempt.state === 'offered') enter(model, attempt, 'ready');
  return 200;
}

/** The device has closed: it may say so again, or that it failed after all. */
function afterClose(model: Model, wish: ModelWish, meaning: Meaning): number {
  if (meaning === 'failed' || meaning === 'rolled-back') {
    endTry(model, wish, meaning, meaning);
    return 200;
  }
  return meaning === 'succeeded' || meaning === 'noted' || meaning === 'refused' ? 200 : 410;
}

/** What is answered to a device that speaks of a cancel, and what it brings about. */
export function reportCancel(
  model: Model,
  { device, number }: Said,
  answer: 'acknowledged' | 'refused' | 'noted',
): number {
  const wish = model.wishes.find((one) => one.device === device && isNumberOf(one, number));
  if (wish === undefined || device.isGone) return 404;
  if (isOver(wish, number)) return 410;
  const attempt = openTry(wish);
  if (attempt === null) return 404;
  if (attempt.state !== 'canceling') return isOutOfHand(model, wish, attempt) ? 404 : 405;
  if (answer === 'acknowledged') endTry(model, wish, 'canceled');
  if (answer === 'refused') refuse(model, wish, attempt);
  return 200;
}

function isOutOfHand(model: Model, wish: ModelWish, attempt: ModelTry): boolean {
  return wasGivenUp(model, wish, attempt);
}

/** It goes back to where it came from; what began while it was asked keeps its offer. */
function refuse(model: Model, wish: ModelWish, attempt: ModelTry): void {
  const from = attempt.canceledFrom ?? 'offered';
  enter(
    model,
    attempt,
    attempt.begunAt !== null && (from === 'ready' || from === 'awaiting-consent') ? 'offered' : from,
  );
  attempt.wasRefused = true;
  attempt.refusedUntil = 0;
  attempt.heardAt = model.now;
  wish.intent = null;
}

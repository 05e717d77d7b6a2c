import type { Attempt, AttemptInput, Instant } from './attempt.ts';
import type { GateFacts } from './gate-facts.ts';
import { takesConsent } from './consent.ts';
import { isEligible, summaryOfGates, type GateSummary } from './gates.ts';
import { isPaced } from './pace.ts';
import { isCompatible, missingStep } from './required-step.ts';

/** An open assignment of a device with what decides whose turn it is. A greater id is a newer one. */
export type OpenAssignment = NonNullable<GateFacts['assignment']> & {
  readonly id: number;
  readonly weight: number;
  /** Attempts that were born. */
  readonly attempts: number;
  /** A required step is not superseded; nor is an emergency. */
  readonly requiredStep: boolean;
  /** The open attempt; null where none is born, or the last has ended and will be retried. */
  readonly attempt:
    | (Pick<Attempt, 'state' | 'offeredAt' | 'installOfferedAt' | 'begunAt' | 'cancelRefusedAt'> & {
        /** Its wire id. */
        readonly number: number;
      })
    | null;
};

export type ContactStep = { readonly assignment: number; readonly input: AttemptInput };

/** Whose turn it is, and what must be written before the device may be answered. */
export type ContactPlan = {
  readonly current: OpenAssignment | null;
  readonly steps: readonly ContactStep[];
  /** Of the current one. */
  readonly gates: GateSummary;
};

type Device = GateFacts['device'];
type Asked = { readonly device: Device; readonly open: readonly OpenAssignment[]; readonly now: Instant };

/**
 * What a device's contact means for its open assignments (design: 6-data 7 to 13).
 *
 * Where `steps` is empty, the stored rows say what to answer. Else they are taken, and the plan is made anew: a poll
 * that finds steps sends one command, any other writes nothing. Every step leaves a state that does not ask for it
 * again. A step that makes an offer or grants an install needs a place in the pace: there is room as far as was read.
 */
export function atContact(device: Device, open: readonly OpenAssignment[], now: Instant): ContactPlan {
  const asked = { device, open, now };
  const current = currentAssignment(asked);
  const gates = summaryOfGates({ device, assignment: current }, now);
  return { current, gates, steps: stepsOf(asked, current, gates) };
}

function stepsOf(asked: Asked, current: OpenAssignment | null, gates: GateSummary): readonly ContactStep[] {
  const { open } = asked;
  const ends = open.flatMap((one) => stepOf(one, endOf(asked, one)));
  if (ends.length > 0) return ends;
  const superseded = open.flatMap((one) => stepOf(one, supersededBy(asked, one)));
  if (superseded.length > 0) return superseded;
  const withdrawn = open.filter((one) => isFreshOffer(one) && (one !== current || !isStillOffered(asked, one, gates)));
  if (withdrawn.length > 0) return withdrawn.flatMap((one) => stepOf(one, { type: 'offer-withdrawn' }));
  return current === null ? [] : stepOf(current, nextGrant(asked, current, gates));
}

/**
 * The one assignment that its device is served: canceling before begun before eligible, then what only awaits evidence,
 * then the rest; inside each the heavier, then the older (design: 6-data 9). A paused rollout starves no other.
 */
function currentAssignment({ device, open, now }: Asked): OpenAssignment | null {
  if (open.length < 2) return open[0] ?? null;
  const ranked = open.map((one) => ({ one, rank: rankOf(device, one, now) }));
  return ranked.reduce((best, each) => (goesBefore(each, best) ? each : best)).one;
}

type Ranked = { readonly one: OpenAssignment; readonly rank: number };

function goesBefore(a: Ranked, b: Ranked): boolean {
  if (a.rank !== b.rank) return a.rank < b.rank;
  return a.one.weight === b.one.weight ? a.one.id < b.one.id : a.one.weight > b.one.weight;
}

function rankOf(device: Device, one: OpenAssignment, now: Instant): number {
  if (one.attempt?.state === 'canceling') return 0;
  if (one.attempt?.state === 'awaiting-evidence') return 3;
  if (hasBegun(one)) return 1;
  return isEligible({ device, assignment: one }, now) ? 2 : 4;
}

/**
 * Why an assignment ends at this contact, whatever the others do: its rollout stops, or its device needs or fits it not.
 * Of a rollout that stops, only what has an attempt is ended here: the rest, of which no device was told, is left to the
 * slices, or each poll of a stopped fleet would be a command of its own.
 */
function endOf({ device }: Asked, one: OpenAssignment): AttemptInput | null {
  if (one.attempt?.state === 'canceling') return null;
  if (one.rollout.state === 'stopping') return one.attempt === null ? null : cancelUnlessRefused(one, 'canceled');
  if (hasBegun(one)) return null;
  if (one.release.id === device.runningReleaseId) return { type: 'found-installed' };
  const isStarted = one.rollout.state === 'running' && one.rollout.phaseState === 'started';
  const judged = isStarted && one.release.state === 'published';
  return judged && !isCompatible(device.type, one.release.deviceTypes) ? { type: 'found-incompatible' } : null;
}

/**
 * A newer one of another release that is eligible with at least the weight; what only awaits evidence gives way to any
 * newer (6-data 9, 10). The same release is the same wish: what is brought once fulfils both. The step that an older
 * one waits for comes before it, not instead of it.
 */
function supersededBy({ device, open, now }: Asked, one: OpenAssignment): AttemptInput | null {
  if (one.requiredStep || one.rollout.policy.emergency || one.attempt?.state === 'canceling') return null;
  const givesWay = one.attempt?.state === 'awaiting-evidence';
  const newer = open.some(
    (other) =>
      other.id > one.id &&
      other.release.id !== one.release.id &&
      (givesWay || other.weight >= one.weight) &&
      other.attempt?.state !== 'canceling' &&
      !isStepOf(device, other, one) &&
      isEligible({ device, assignment: other }, now),
  );
  return newer ? cancelUnlessRefused(one, 'superseded') : null;
}

function isStepOf({ type, runningCounter }: Device, step: OpenAssignment, { release, requiredSteps }: OpenAssignment) {
  if (!step.requiredStep) return false;
  return missingStep(requiredSteps, { type, runningCounter, targetCounter: release.counter })?.id === step.release.id;
}

/** What has not begun ends unasked; what has is asked once: a device that refused goes on to its true end. */
function cancelUnlessRefused(one: OpenAssignment, intent: 'canceled' | 'superseded'): AttemptInput | null {
  const ask = hasBegun(one) && one.attempt?.state !== 'awaiting-evidence';
  if (ask && one.attempt?.cancelRefusedAt !== null) return null;
  return { type: 'cancel', intent, ask, by: 'server' };
}

/**
 * An offer that nobody has taken stays as long as it would be made again as it is. One that was made before its rollout
 * was given a pace has no place there, and is made anew with one.
 */
function isStillOffered({ device }: Asked, one: OpenAssignment, gates: GateSummary): boolean {
  if (needsPlace(one)) return false;
  const offer = offerOf(device, one, gates);
  return offer !== null && offer.install === (one.attempt?.installOfferedAt !== null);
}

/** The next permission that the gates open for it: the offer first, then the install where the offer was without. */
function nextGrant({ device }: Asked, one: OpenAssignment, gates: GateSummary): AttemptInput | null {
  const { attempt } = one;
  if (device.autoConsent && awaitsConsent(one)) return { type: 'consent-given' };
  if (attempt === null || isUnoffered(one)) {
    const offer = offerOf(device, one, gates);
    if (offer !== null) return { type: 'offer-made', install: offer.install, paced: needsPlace(one) };
    return gates.shut === 'consent' && isAskedByRow(one) ? { type: 'consent-asked' } : null;
  }
  const goesOn = attempt.state !== 'canceling' && attempt.state !== 'awaiting-evidence';
  const waits = hasBegun(one) && goesOn && attempt.installOfferedAt === null && !lacksConsent(one);
  return waits && wantsInstall(one) && gates.mayInstall ? { type: 'install-offered', paced: needsPlace(one) } : null;
}

/** A question for a further attempt needs its wire id; that of a first is its assignment's own, and writes nothing. */
function isAskedByRow({ attempts, attempt }: OpenAssignment): boolean {
  return attempt === null ? attempts > 0 : attempt.state === 'ready';
}

/** Once the rollout and the phase have come to it, and before the install is granted. */
function awaitsConsent(one: OpenAssignment): boolean {
  const { rollout, attempt } = one;
  const isTurn = rollout.state === 'running' && rollout.phaseState === 'started';
  return isTurn && lacksConsent(one) && (attempt === null || (!isFreshOffer(one) && takesConsent(attempt)));
}

/** Also where the gate is open because nobody is asked: no install is granted without a yes on the row. */
function lacksConsent({ consent, rollout }: OpenAssignment): boolean {
  return rollout.policy.consent.required && consent !== 'given';
}

function needsPlace({ rollout, pace }: OpenAssignment): boolean {
  return isPaced(rollout.policy.pace) && !pace.held;
}

/** Doors whose clients cannot be told "download now, install later" offer only where both are permitted. */
function offerOf(device: Device, one: OpenAssignment, gates: GateSummary): { readonly install: boolean } | null {
  if (!wantsInstall(one)) return gates.mayDownload ? { install: false } : null;
  if (gates.mayInstall) return { install: true };
  const splits = device.splitsOffers === 'always' || (device.splitsOffers === 'at-windows' && gates.shut !== 'consent');
  return gates.mayDownload && splits ? { install: false } : null;
}

function wantsInstall({ rollout }: OpenAssignment): boolean {
  return rollout.policy.action.kind !== 'download-only';
}

function isUnoffered(one: OpenAssignment): boolean {
  return (one.attempt?.state === 'ready' || one.attempt?.state === 'awaiting-consent') && !hasBegun(one);
}

function isFreshOffer(one: OpenAssignment): boolean {
  return one.attempt?.state === 'offered' && !hasBegun(one);
}

function hasBegun(one: OpenAssignment): boolean {
  return one.attempt !== null && one.attempt.begunAt !== null;
}

function stepOf(one: OpenAssignment, input: AttemptInput | null): readonly ContactStep[] {
  return input === null ? [] : [{ assignment: one.id, input }];
}

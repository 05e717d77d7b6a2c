import type { Attempt, AttemptInput } from './attempt.ts';
import { gatesOf, isCompatible, permissionOf, type GateFacts } from './gates.ts';

/** An open assignment of a device with what decides whose turn it is. A greater id is a newer one. */
export type OpenAssignment = NonNullable<GateFacts['assignment']> & {
  readonly id: number;
  readonly weight: number;
  /** A required step is not superseded. */
  readonly requiredStep: boolean;
  readonly attempt: Pick<Attempt, 'state' | 'offeredAt' | 'begunAt' | 'cancelRefusedAt'> | null;
};

export type ContactStep = { readonly assignment: number; readonly input: AttemptInput };

/** Whose turn it is, and what must be written before the device may be answered. */
export type ContactPlan = { readonly current: OpenAssignment | null; readonly steps: readonly ContactStep[] };

/**
 * What a device's contact means for its open assignments (design: 6-data 7 to 12).
 *
 * Where `steps` is empty, the stored rows say what to answer. Else they are taken, and the plan is made anew: a poll
 * that finds steps sends one command, any other writes nothing. Every step leaves a state that does not ask for it
 * again.
 */
export function atContact(device: GateFacts['device'], open: readonly OpenAssignment[]): ContactPlan {
  const current = currentAssignment(open);
  const ends = open.flatMap((one) => stepOf(one, endOf(device, one)));
  if (ends.length > 0) return { current, steps: ends };
  const superseded = open.flatMap((one) => stepOf(one, supersededBy(device, one, open)));
  if (superseded.length > 0) return { current, steps: superseded };
  const withdrawn = open.filter((one) => isFreshOffer(one) && (one !== current || !mayInstall(device, one)));
  if (withdrawn.length > 0)
    return { current, steps: withdrawn.flatMap((one) => stepOf(one, { type: 'offer-withdrawn' })) };
  return { current, steps: current === null ? [] : stepOf(current, offerOf(device, current)) };
}

/**
 * The one assignment that its device is served: canceling before begun before eligible, then what only awaits evidence,
 * then the rest; inside each the heavier, then the older (design: 6-data 9). A paused rollout starves no other.
 */
export function currentAssignment(open: readonly OpenAssignment[]): OpenAssignment | null {
  return open.reduce<OpenAssignment | null>((best, one) => (best === null || goesBefore(one, best) ? one : best), null);
}

function goesBefore(a: OpenAssignment, b: OpenAssignment): boolean {
  const byRank = rankOf(a) - rankOf(b);
  if (byRank !== 0) return byRank < 0;
  return a.weight === b.weight ? a.id < b.id : a.weight > b.weight;
}

function rankOf(one: OpenAssignment): number {
  if (one.attempt?.state === 'canceling') return 0;
  if (one.attempt?.state === 'awaiting-evidence') return 3;
  if (hasBegun(one)) return 1;
  return isStarted(one) && one.release.state === 'published' ? 2 : 4;
}

/** Why an assignment ends at this contact, whatever the others do: its rollout stops, or its device needs or fits it not. */
function endOf(device: GateFacts['device'], one: OpenAssignment): AttemptInput | null {
  if (one.attempt?.state === 'canceling') return null;
  if (one.rollout.state === 'stopping') return cancelUnlessRefused(one, 'canceled');
  if (hasBegun(one)) return null;
  if (one.release.id === device.runningReleaseId) return { type: 'found-installed' };
  const judged = isStarted(one) && one.release.state === 'published';
  return judged && !isCompatible(device.type, one.release.deviceTypes) ? { type: 'found-incompatible' } : null;
}

/**
 * A newer one of another release that is eligible with at least the weight; what only awaits evidence gives way to any
 * newer (6-data 9, 10). The same release is the same wish: what is brought once fulfils both.
 */
function supersededBy(
  device: GateFacts['device'],
  one: OpenAssignment,
  open: readonly OpenAssignment[],
): AttemptInput | null {
  if (one.requiredStep || one.attempt?.state === 'canceling') return null;
  const givesWay = one.attempt?.state === 'awaiting-evidence';
  const newer = open.some(
    (other) =>
      other.id > one.id &&
      other.release.id !== one.release.id &&
      (givesWay || other.weight >= one.weight) &&
      other.attempt?.state !== 'canceling' &&
      mayInstall(device, other),
  );
  return newer ? cancelUnlessRefused(one, 'superseded') : null;
}

/** What has not begun ends unasked; what has is asked once: a device that refused goes on to its true end. */
function cancelUnlessRefused(one: OpenAssignment, intent: 'canceled' | 'superseded'): AttemptInput | null {
  const ask = hasBegun(one) && one.attempt?.state !== 'awaiting-evidence';
  if (ask && one.attempt?.cancelRefusedAt !== null) return null;
  return { type: 'cancel', intent, ask, by: 'server' };
}

/** Doors whose clients cannot be told "download now, install later" offer only where both are permitted. */
function offerOf(device: GateFacts['device'], current: OpenAssignment): AttemptInput | null {
  const unoffered = current.attempt === null || (current.attempt.state === 'ready' && !hasBegun(current));
  return unoffered && mayInstall(device, current) ? { type: 'offer-made', install: true } : null;
}

function mayInstall(device: GateFacts['device'], one: OpenAssignment): boolean {
  const permission = permissionOf(gatesOf({ device, assignment: one }));
  return permission.mayDownload && permission.mayInstall;
}

function isFreshOffer(one: OpenAssignment): boolean {
  return one.attempt?.state === 'offered' && !hasBegun(one);
}

function isStarted(one: OpenAssignment): boolean {
  return one.rollout.state === 'running' && one.rollout.phaseState === 'started';
}

function hasBegun(one: OpenAssignment): boolean {
  return one.attempt !== null && one.attempt.begunAt !== null;
}

function stepOf(one: OpenAssignment, input: AttemptInput | null): readonly ContactStep[] {
  return input === null ? [] : [{ assignment: one.id, input }];
}

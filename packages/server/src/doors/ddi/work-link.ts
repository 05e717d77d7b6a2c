import type { OpenAssignment } from '@updraft/core';
import { cancelHref, confirmationHref, deploymentHref, type DdiAddress, type DdiLinks } from '@updraft/protocols';
import type { SettledDevice } from './settle.ts';
import { urgencyOf } from './urgency.ts';

/** The one thing that a settled device is to do: cancel, ask its user, or take an update; nothing where it is to wait. */
export function workLink(address: DdiAddress, state: SettledDevice): DdiLinks {
  const { device, current } = state;
  if (current === null) return {};
  const revision = device.open.find(({ assignment }) => assignment.id === current.id)?.attemptRevision ?? 0;
  const waiting = awaitsConsent(state);
  if (waiting !== null) return { confirmationBase: { href: confirmationHref(address, waiting, revision) } };
  const { attempt } = current;
  if (attempt?.state === 'canceling') return { cancelAction: { href: cancelHref(address, attempt.number) } };
  if (attempt === null || !isGiven(current, state)) return {};
  const urgency = urgencyOf(current, device.readAt);
  return { deploymentBase: { href: deploymentHref(address, attempt.number, { ...urgency, revision }) } };
}

/** The wire id of the current action that waits for its device's user; null: none does. */
export function awaitsConsent({ current, gates }: SettledDevice): number | null {
  if (current === null || gates.shut !== 'consent') return null;
  const { attempt, attempts, number } = current;
  if (attempt === null) return attempts === 0 ? number : null;
  return attempt.state === 'awaiting-consent' || attempt.state === 'ready' ? attempt.number : null;
}

/**
 * Whether its description is given: from the offer until the device has closed it. What has begun stays, but what a
 * client would install at once only when it may be installed.
 */
export function isGiven(
  { attempt, rollout }: OpenAssignment,
  { settled, splitsOffers }: Pick<SettledDevice, 'settled' | 'splitsOffers'>,
): boolean {
  if (attempt === null || !isOnOffer(attempt) || (attempt.begunAt === null && !settled)) return false;
  const isWhole = attempt.installOfferedAt !== null || rollout.policy.action.kind === 'download-only';
  return isWhole || splitsOffers !== 'never';
}

function isOnOffer({ state }: NonNullable<OpenAssignment['attempt']>): boolean {
  return (
    state === 'offered' ||
    state === 'downloading' ||
    state === 'downloaded' ||
    state === 'installing' ||
    state === 'awaiting-report'
  );
}

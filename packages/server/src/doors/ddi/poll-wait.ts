import type { OwnInterval } from '../../device-contact/poll-intervals.ts';
import type { SettledDevice } from './settle.ts';

/** No device is asked to poll more often for a window's sake. */
const MIN_WAIT_SECONDS = 30;

export type PollWait = {
  readonly seconds: number;
  /** When it becomes another by time alone, epoch ms; null: it does not. */
  readonly until: number | null;
};

/**
 * When a device is to ask again: after its interval, and as often as its tenant wants it before the window of what is
 * assigned to it opens (hawkBit's `maintenanceWindowPollCount`).
 */
export function pollWaitOf(own: Omit<OwnInterval, 'until'>, { current, device }: SettledDevice): PollWait {
  const { seconds: intervalSeconds, pollsBeforeWindow } = own;
  const opensAt = current?.window.opensAt ?? null;
  if (current === null || opensAt === null || !isItsTurn(current)) return { seconds: intervalSeconds, until: null };
  const shortensAt = opensAt - pollsBeforeWindow * intervalSeconds * 1000;
  if (device.readAt < shortensAt) return { seconds: intervalSeconds, until: shortensAt };
  const share = Math.floor((opensAt - device.readAt) / 1000 / pollsBeforeWindow);
  return { seconds: Math.min(intervalSeconds, Math.max(MIN_WAIT_SECONDS, share)), until: device.readAt };
}

function isItsTurn({ rollout }: NonNullable<SettledDevice['current']>): boolean {
  return rollout.state === 'running' && rollout.phaseState === 'started' && !rollout.policy.emergency;
}

import type { SettledDevice } from './settle.ts';

/** How often a device is asked back before its window opens: hawkBit's default. */
const POLLS_BEFORE_WINDOW = 3;
/** No device is asked to poll more often for a window's sake. */
const MIN_WAIT_SECONDS = 30;

export type PollWait = {
  readonly seconds: number;
  /** When it becomes another by time alone, epoch ms; null: it does not. */
  readonly until: number | null;
};

/**
 * When a device is to ask again: after its interval, and several times before the window of what is assigned to it opens
 * (hawkBit's `maintenanceWindowPollCount`).
 */
export function pollWaitOf(intervalSeconds: number, { current, device }: SettledDevice): PollWait {
  const opensAt = current?.window.opensAt ?? null;
  if (current === null || opensAt === null || !isItsTurn(current)) return { seconds: intervalSeconds, until: null };
  const shortensAt = opensAt - POLLS_BEFORE_WINDOW * intervalSeconds * 1000;
  if (device.readAt < shortensAt) return { seconds: intervalSeconds, until: shortensAt };
  const share = Math.floor((opensAt - device.readAt) / 1000 / POLLS_BEFORE_WINDOW);
  return { seconds: Math.min(intervalSeconds, Math.max(MIN_WAIT_SECONDS, share)), until: device.readAt };
}

function isItsTurn({ rollout }: NonNullable<SettledDevice['current']>): boolean {
  return rollout.state === 'running' && rollout.phaseState === 'started' && !rollout.policy.emergency;
}

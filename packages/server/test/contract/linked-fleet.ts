import type { CallAnswer, CallInput } from '@updraft/protocols';
import type { DdiClient, Release } from '../a-fleet.ts';
import { eventually, type TimedFleet } from './fleet-maker.ts';
import { namesOf, show, unique } from './joining-fleet.ts';

type Rollout = CallAnswer<'rollouts.show'>;
type Wish = Partial<CallInput<'rollouts.create'>['body']>;

export async function fourDevices(fleet: TimedFleet, type?: string) {
  const wish = type === undefined ? {} : { type };
  return Promise.all([fleet.device(wish), fleet.device(wish), fleet.device(wish), fleet.device(wish)]);
}

/** A rollout over these devices that starts at once. */
export async function create(
  fleet: TimedFleet,
  release: Release,
  devices: readonly DdiClient[],
  wish: Wish = {},
): Promise<Rollout> {
  const body = { name: unique('rollout'), release: release.id, filter: namesOf(devices), start: true, ...wish };
  return fleet.api.call('rollouts.create', { body });
}

/** The returns that were made from a rollout. */
export async function linksTo(fleet: TimedFleet, { id }: Rollout): Promise<readonly Rollout[]> {
  const { items } = await fleet.api.call('rollouts.list', { query: { limit: 200 } });
  return items.filter(({ parent, relation }) => parent === id && relation === 'return');
}

export async function until(fleet: TimedFleet, rollout: Rollout, is: (now: Rollout) => boolean): Promise<void> {
  await eventually(async () => {
    await fleet.server.settleJobs();
    return is(await show(fleet, rollout)) ? true : null;
  });
}

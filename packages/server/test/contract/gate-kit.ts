import assert from 'node:assert/strict';
import type { CallAnswer, CallInput } from '@updraft/protocols';
import type { DdiClient } from '../a-fleet.ts';
import type { TimedFleet } from './fleet-maker.ts';

export type Policy = NonNullable<CallInput<'rollouts.create'>['body']['policy']>;
type Why = CallAnswer<'devices.why'>;

export async function rollOut(fleet: TimedFleet, devices: readonly DdiClient[], policy: Policy, release?: string) {
  const id = release ?? (await fleet.release()).id;
  const filter = `name=in=(${names(devices).join(',')})`;
  const body = { name: `rollout of ${id}`, release: id, filter, policy, start: true };
  return fleet.api.call('rollouts.create', { body });
}

export async function why(fleet: TimedFleet, device: DdiClient): Promise<Why> {
  return fleet.api.call('devices.why', { params: { device: device.name } });
}

/** Without `contact`: contacts are written in batches. */
export function shutGates({ gates }: Why): readonly string[] {
  return gates.filter(({ passed, gate }) => !passed && gate !== 'contact').map(({ gate }) => gate);
}

export function factOf({ gates }: Why, name: string): string {
  return gates.find(({ gate }) => gate === name)?.fact ?? '';
}

export async function someDevices(fleet: TimedFleet, count: number): Promise<readonly DdiClient[]> {
  return Promise.all(Array.from({ length: count }, () => fleet.device()));
}

export function names(devices: readonly DdiClient[]): readonly string[] {
  return devices.map(({ name }) => name);
}

export async function isOffered(device: DdiClient): Promise<boolean> {
  return (await device.poll()).deploymentBase !== undefined;
}

export async function numberOf(device: DdiClient): Promise<number> {
  return Number(/deploymentBase\/(\d+)/.exec((await device.poll()).deploymentBase ?? '')?.[1]);
}

/** All poll at once; tells those that are answered an offer. */
export async function offeredOf(devices: readonly DdiClient[]): Promise<readonly DdiClient[]> {
  const answers = await Promise.all(devices.map(isOffered));
  return devices.filter((_, index) => answers[index]);
}

/** Places taken of a rollout's pace, which is the number of its attempts that say so. */
export async function inFlight(fleet: TimedFleet, { number }: { readonly number: number }): Promise<number> {
  const { reader } = fleet.server.store;
  const { in_flight: counted } = await reader
    .selectFrom('pace')
    .select('in_flight')
    .where('rollout', '=', number)
    .where('site', '=', '')
    .executeTakeFirstOrThrow();
  const held = await reader
    .selectFrom('attempt as t')
    .innerJoin('assignment as a', 'a.attempt_id', 't.id')
    .select('t.id')
    .where('a.rollout', '=', number)
    .where('t.pace_held', '=', 1)
    .execute();
  assert.equal(counted, held.length);
  return counted;
}

import assert from 'node:assert/strict';
import { apiClient, type ApiClient, type CallAnswer, type CallInput } from '@updraft/protocols';
import { SWUPDATE_SAYS, type DdiClient, type Release } from '../a-fleet.ts';
import { basic } from '../a-server.ts';
import { eventually, type TimedFleet } from './fleet-maker.ts';

export type Rollout = CallAnswer<'rollouts.show'>;
export type Wish = Partial<CallInput<'rollouts.create'>['body']>;

export async function someDevices(fleet: TimedFleet, count: number): Promise<readonly DdiClient[]> {
  return Promise.all(Array.from({ length: count }, () => fleet.device()));
}

export function namesOf(devices: readonly DdiClient[]): string {
  return `name=in=(${devices.map(({ name }) => name).join(',')})`;
}

export async function create(
  fleet: TimedFleet,
  release: Release,
  devices: readonly DdiClient[],
  wish: Wish = {},
): Promise<Rollout> {
  const body = { name: `phases of ${release.name}`, release: release.id, filter: namesOf(devices), ...wish };
  return fleet.api.call('rollouts.create', { body });
}

export async function act(
  fleet: TimedFleet,
  verb: 'resume' | 'pause' | 'start' | 'stop' | 'deny',
  { id }: Rollout,
): Promise<Rollout> {
  return fleet.api.call(`rollouts.${verb}`, { params: { id } });
}

export async function show(fleet: TimedFleet, { id }: Rollout): Promise<Rollout> {
  return fleet.api.call('rollouts.show', { params: { id } });
}

export async function anotherPerson({ api, url }: TimedFleet): Promise<ApiClient> {
  const [name, password] = [`ben-${Math.random()}`, 'another good password'];
  await api.call('users.create', { body: { name, password } });
  return apiClient({ baseUrl: url, authorization: basic(name, password) });
}

export async function until(fleet: TimedFleet, rollout: Rollout, isSo: (now: Rollout) => boolean): Promise<Rollout> {
  return eventually(async () => {
    const now = await show(fleet, rollout);
    return isSo(now) ? now : null;
  });
}

/** The number of the phase that a device is in. */
export async function phaseOf(fleet: TimedFleet, { number }: Rollout, device: string): Promise<number | undefined> {
  const row = await fleet.server.store.reader
    .selectFrom('assignment as a')
    .innerJoin('device as d', 'd.id', 'a.device')
    .select('a.phase')
    .where('a.rollout', '=', number)
    .where('d.name', '=', device)
    .executeTakeFirst();
  return row?.phase;
}

export async function devicesOf(
  fleet: TimedFleet,
  {
    rollout,
    phase,
    devices,
  }: { readonly rollout: Rollout; readonly phase: number; readonly devices: readonly DdiClient[] },
): Promise<readonly DdiClient[]> {
  const phases = await Promise.all(devices.map(({ name }) => phaseOf(fleet, rollout, name)));
  return devices.filter((_, index) => phases[index] === phase);
}

/** Polls, takes the offer, and tells its end. */
export async function brings(device: DdiClient | undefined, end: 'done' | 'failed'): Promise<void> {
  assert.ok(device);
  const { deploymentBase = '' } = await device.poll();
  const number = Number(/deploymentBase\/(\d+)/.exec(deploymentBase)?.[1]);
  await device.report(number, SWUPDATE_SAYS.start);
  await device.report(number, end === 'done' ? { details: ['done'] } : SWUPDATE_SAYS.installFailed);
}

export const REST = { size: { by: 'rest' } } as const;
/** What a device says first. */
export const BEGUN = { execution: 'proceeding', finished: 'none' } as const;

/** The number of the offer that a poll is answered with. */
export async function offered(device: DdiClient | undefined): Promise<number> {
  assert.ok(device);
  const { deploymentBase = '' } = await device.poll();
  const [, number] = /deploymentBase\/(\d+)/.exec(deploymentBase) ?? [];
  assert.ok(number !== undefined, `${device.name} is offered nothing`);
  return Number(number);
}

/** Daily at the full hour (UTC) that lies so many hours ahead; who lets these pass finds it open for an hour more at least. */
export async function windowInHours(fleet: TimedFleet, hours: number) {
  const at = new Date((await fleet.server.store.now()) + hours * 3_600_000);
  return { cron: `0 0 ${at.getUTCHours()} ? * *`, durationSeconds: 7200 };
}

export function hourOf({ cron }: { readonly cron: string }): number {
  return Number(cron.split(' ')[2]);
}

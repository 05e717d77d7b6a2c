import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { CallAnswer, CallInput } from '@updraft/protocols';
import { dueJoins, joinedUpTo, joiningRollouts, lastPosition } from '@updraft/store';
import type { DdiClient, Release } from '../a-fleet.ts';
import { eventually, type TimedFleet } from './fleet-maker.ts';

type SavedFilter = CallAnswer<'filters.show'>;
type Rollout = CallAnswer<'rollouts.show'>;
type Rule = Omit<CallInput<'filters.assign'>['body'], 'release'>;

/** A word that nothing else of the fleet has. */
export function unique(word: string): string {
  return `${word}-${randomUUID().slice(0, 13)}`;
}

export function namesOf(named: readonly DdiClient[]): string {
  return `name=in=(${named.map(({ name }) => name).join(',')})`;
}

export async function save(fleet: TimedFleet, query: string, name = unique('filter')): Promise<SavedFilter> {
  return fleet.api.call('filters.create', { body: { name, query } });
}

export async function assign(
  fleet: TimedFleet,
  { id }: SavedFilter,
  release: Release,
  rule: Partial<Rule> = {},
): Promise<SavedFilter> {
  return fleet.api.call('filters.assign', { params: { id }, body: { ...rule, release: release.id } });
}

/** The rollout that carries a rule. */
export async function carrier(fleet: TimedFleet, rule: SavedFilter): Promise<Rollout> {
  return fleet.api.call('rollouts.show', { params: { id: rule.autoAssignment?.rollout ?? '' } });
}

export async function show(fleet: TimedFleet, { id }: Rollout): Promise<Rollout> {
  return fleet.api.call('rollouts.show', { params: { id } });
}

/** Waits until exactly these devices were assigned by a rule, and looks that it stays so. */
export async function joined(fleet: TimedFleet, rule: SavedFilter, expected: readonly { readonly name: string }[]) {
  const wanted = expected.map(({ name }) => name).toSorted();
  const found = async () => {
    const query = { filter: `rollout==${rule.autoAssignment?.rollout}`, limit: 200 };
    const { items } = await fleet.api.call('assignments.list', { query });
    return items.map(({ device }) => device).toSorted();
  };
  await eventually(async () => {
    if ((await found()).length >= wanted.length) return true;
    await fleet.server.settleJobs();
    return null;
  });
  assert.deepEqual(await found(), wanted);
}

export async function total(fleet: TimedFleet, rollout: Rollout, expected: readonly number[]): Promise<void> {
  const found = async () => (await show(fleet, rollout)).phases.map((phase) => phase.total);
  await eventually(async () => {
    await fleet.server.settleJobs();
    return (await found()).join() === expected.join() ? true : null;
  });
}

/** Waits until every event has been heard, and no look is due. */
export async function heardAll(fleet: TimedFleet): Promise<void> {
  const { reader } = fleet.server.store;
  await eventually(async () => {
    await fleet.server.settleJobs();
    const [waiting] = await reader.selectFrom('event').select('id').where('position', 'is', null).limit(1).execute();
    if (waiting !== undefined) return null;
    if ((await dueJoins(reader, await fleet.server.store.now())).length > 0) return null;
    if ((await joiningRollouts(reader, 1)).length === 0) return true;
    return (await joinedUpTo(reader, 1)) === (await lastPosition(reader, 1)) ? true : null;
  });
}

/** Polls, and says how what is offered ended. */
export async function report(device: DdiClient, said: Parameters<DdiClient['report']>[1]): Promise<void> {
  const { deploymentBase = '' } = await device.poll();
  const number = Number(/deploymentBase\/(\d+)/.exec(deploymentBase)?.[1]);
  assert.equal((await device.report(number, { details: ['said'], ...said })).status, 200);
}

export async function installed(fleet: TimedFleet, device: DdiClient, release: Release): Promise<void> {
  await fleet.assign(release, device);
  await report(device, {});
}

/** Looks that totals and folded counters are those of a full count, phase by phase. */
export async function countsAreFull(fleet: TimedFleet): Promise<void> {
  const rows = await fleet.server.store.reader
    .selectFrom('phase as p')
    .select((eb) => [
      'p.rollout',
      'p.number',
      'p.total',
      eb
        .selectFrom('assignment as a')
        .select((inner) => inner.fn.countAll<number>().as('n'))
        .whereRef('a.rollout', '=', 'p.rollout')
        .whereRef('a.phase', '=', 'p.number')
        .as('members'),
      eb
        .selectFrom('counter as c')
        .select((inner) => inner.fn.sum<number>('c.n').as('n'))
        .whereRef('c.rollout', '=', 'p.rollout')
        .whereRef('c.phase', '=', 'p.number')
        .as('counted'),
    ])
    .execute();
  assert.ok(rows.length > 1);
  for (const { rollout, number, total: all, members, counted } of rows)
    assert.deepEqual([Number(members), Number(counted)], [all, all], `phase ${number} of rollout ${rollout}`);
}

import assert from 'node:assert/strict';
import type { ApiClient, CallAnswer, CallInput } from '@updraft/protocols';
import { until } from './until.ts';

export type ShownRollout = CallAnswer<'rollouts.show'>;
type NewRollout = CallInput<'rollouts.create'>['body'];

/** Makes a rollout that starts as soon as it is made; gives its id. */
export async function startRollout(api: ApiClient, body: NewRollout): Promise<string> {
  const { id } = await api.call('rollouts.create', { body: { start: true, ...body } });
  return id;
}

/** Waits until the rollout is as `isIt` asks; rejects with what it was last. */
export function untilRollout(
  api: ApiClient,
  id: string,
  isIt: (rollout: ShownRollout) => boolean,
): Promise<ShownRollout> {
  return until({
    what: `the awaited of rollout ${id}`,
    look: () => api.call('rollouts.show', { params: { id } }),
    isIt,
  });
}

/** The number of the device's assignment in a rollout, as soon as it is there. */
export async function assignmentIn(api: ApiClient, rollout: string, device: string): Promise<number> {
  const { items } = await until({
    what: `the assignment of ${device} in rollout ${rollout}`,
    look: () => api.call('assignments.list', { query: { filter: `rollout==${rollout};device==${device}` } }),
    isIt: ({ total }) => total > 0,
  });
  const [first, ...more] = items;
  assert.ok(first !== undefined && more.length === 0, `${items.length} assignments of ${device}`);
  return first.number;
}

/** The gates that are shut for a device, first the first. */
export async function shutGates(api: ApiClient, device: string): Promise<CallAnswer<'devices.why'>['gates']> {
  const { gates } = await api.call('devices.why', { params: { device } });
  return gates.filter(({ passed }) => !passed);
}

import assert from 'node:assert/strict';
import type { DdiClient, TestFleet } from '../a-fleet.ts';
import { eventually } from '../contract/fleet-maker.ts';
import { expect, fresh, type Json } from './management-kit.ts';
import { deviceOf } from './management-targets-rows.ts';

/** The id of a published distribution set as this API shows it. */
export async function aSet(fleet: TestFleet): Promise<number> {
  const { id } = await fleet.release();
  const { reader } = fleet.server.store;
  return (await reader.selectFrom('release').select('id').where('uid', '=', id).executeTakeFirstOrThrow()).id;
}

/** Targets that `name==PREFIX*` names, in the order of their names. */
export type Some = {
  readonly query: string;
  readonly names: readonly string[];
  readonly devices: readonly DdiClient[];
};

export async function someTargets(fleet: TestFleet, count: number): Promise<Some> {
  const prefix = fresh('set');
  const body = Array.from({ length: count }, (_, index) => ({ controllerId: `${prefix}-${index}` }));
  const targets: Json[] = count === 0 ? [] : await expect(fleet, 201, 'POST /targets', { body });
  return {
    query: `name==${prefix}*`,
    names: targets.map(({ controllerId }) => controllerId),
    devices: targets.map((target) => deviceOf(fleet, target)),
  };
}

/** One more target that the query names. */
export async function oneMore(fleet: TestFleet, { query }: Some, name: string): Promise<Json> {
  const controllerId = `${query.slice('name=='.length, -1)}-${name}`;
  const [target] = await expect(fleet, 201, 'POST /targets', { body: [{ controllerId }] });
  return target;
}

export async function aRollout(
  fleet: TestFleet,
  some: Some,
  wish: Readonly<Record<string, unknown>> = {},
): Promise<Json> {
  const body = { name: fresh('rollout'), targetFilterQuery: some.query, distributionSetId: await aSet(fleet), ...wish };
  return expect(fleet, 201, 'POST /rollouts', { body });
}

export function rolloutOf(fleet: TestFleet, { id }: Json): Promise<Json> {
  return expect(fleet, 200, `GET /rollouts/${id}`);
}

/** A rollout that was started by hand. */
export async function started(
  fleet: TestFleet,
  some: Some,
  wish: Readonly<Record<string, unknown>> = {},
): Promise<Json> {
  const rollout = await aRollout(fleet, some, wish);
  await expect(fleet, 204, `POST /rollouts/${rollout.id}/start`);
  return rollout;
}

export async function untilStatus(fleet: TestFleet, rollout: Json, status: string): Promise<Json> {
  return eventually(async () => {
    const shown = await rolloutOf(fleet, rollout);
    return shown.status === status ? shown : null;
  });
}

export async function groupsOf(fleet: TestFleet, { id }: Json): Promise<readonly Json[]> {
  return (await expect(fleet, 200, `GET /rollouts/${id}/deploygroups?representation=full`)).content;
}

/** The device takes what it is offered, and tells how that ended. */
export async function update(device: DdiClient, finished: 'success' | 'failure' = 'success'): Promise<void> {
  const { deploymentBase = '' } = await device.poll();
  const action = Number(/deploymentBase\/(\d+)/.exec(deploymentBase)?.[1]);
  assert.ok(action > 0, `${device.name} is offered nothing`);
  const answer = await device.report(action, { execution: 'closed', finished });
  assert.equal(answer.status, 200, answer.text);
}

/** Those of the devices that are offered something. */
export async function offeredTo(devices: readonly DdiClient[]): Promise<readonly DdiClient[]> {
  const offered: DdiClient[] = [];
  for (const device of devices) if ((await device.poll()).deploymentBase !== undefined) offered.push(device);
  return offered;
}

export async function configure(fleet: TestFleet, key: string, value: unknown): Promise<void> {
  await expect(fleet, 204, `PUT /system/configs/${key}`, { body: { value } });
}

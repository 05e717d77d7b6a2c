import assert from 'node:assert/strict';
import type { DdiClient, TestFleet } from '../a-fleet.ts';
import { expect, fresh, type Json } from './management-kit.ts';
import { aTarget, deviceOf } from './management-targets-rows.ts';

/** The id of a release as this API shows it. */
export async function setId(fleet: TestFleet, { id }: { readonly id: string }): Promise<number> {
  const { reader } = fleet.server.store;
  return (await reader.selectFrom('release').select('id').where('uid', '=', id).executeTakeFirstOrThrow()).id;
}

export async function aSet(fleet: TestFleet): Promise<number> {
  return setId(fleet, await fleet.release());
}

/** A distribution set of the type `os` that nobody has used. */
export async function aDraft(fleet: TestFleet): Promise<number> {
  const module = [{ name: fresh('module'), version: '1', type: 'os' }];
  const [{ id }] = await expect(fleet, 201, 'POST /softwaremodules', { body: module });
  const sets = [{ name: fresh('set'), version: '1', type: 'os', modules: [{ id }] }];
  const [set] = await expect(fleet, 201, 'POST /distributionsets', { body: sets });
  return set.id;
}

export type Assigned = {
  readonly id: string;
  readonly target: Json;
  readonly set: number;
  readonly action: number;
  readonly device: DdiClient;
};

/** A target to which a distribution set is assigned. */
export async function assigned(fleet: TestFleet, wish: Readonly<Record<string, unknown>> = {}): Promise<Assigned> {
  const target = await aTarget(fleet);
  const set = await aSet(fleet);
  const action = await assign(fleet, target, { id: set, ...wish });
  return { id: target.controllerId, target, set, action, device: deviceOf(fleet, target) };
}

export async function assign(fleet: TestFleet, { controllerId }: Json, body: unknown): Promise<number> {
  const answer = await expect(fleet, 200, `POST /targets/${controllerId}/assignedDS`, { body });
  assert.deepEqual([answer.assigned, answer.total], [1, 1]);
  return answer.assignedActions[0].id;
}

export function actionOf(fleet: TestFleet, { id, action }: Pick<Assigned, 'id' | 'action'>): Promise<Json> {
  return expect(fleet, 200, `GET /targets/${id}/actions/${action}`);
}

export async function statusOf(fleet: TestFleet, id: string): Promise<string> {
  return (await expect(fleet, 200, `GET /targets/${id}`)).updateStatus;
}

/** Reports the end of an action. */
export async function close(one: Assigned, finished: 'success' | 'failure', code?: number): Promise<void> {
  const result = { finished };
  const status = { execution: 'closed', result, details: ['the end'], ...(code === undefined ? {} : { code }) };
  const body = JSON.stringify({ id: String(one.action), status });
  const headers = { 'content-type': 'application/json' };
  const answer = await one.device.ask(`deploymentBase/${one.action}/feedback`, { method: 'POST', headers, body });
  assert.equal(answer.status, 200, answer.text);
}

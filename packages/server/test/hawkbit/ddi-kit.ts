import assert from 'node:assert/strict';
import type { PolicyInput } from '@updraft/protocols';
import type { z } from 'zod';
import type { DdiAnswer, DdiClient, Release, TestFleet } from '../a-fleet.ts';
import type { TimedFleet } from '../contract/fleet-maker.ts';

export const JSON_TYPE = { 'content-type': 'application/json' };

export type Policy = z.input<typeof PolicyInput>;

/** The body of an answer that must be 200. */
export function bodyOf(answer: DdiAnswer): Record<string, unknown> {
  assert.equal(answer.status, 200, answer.text);
  return JSON.parse(answer.text) as Record<string, unknown>;
}

export type Offered = {
  readonly device: DdiClient;
  readonly release: Release;
  readonly number: number;
  /** The link of its offer. */
  readonly href: string;
};

/** A device without a wish for attributes, to which a release of its own is assigned; `href` is empty where nothing is offered. */
export async function offered(fleet: TimedFleet, policy: Policy = {}): Promise<Offered> {
  const device = await fleet.device();
  await device.attributes({ serial: '1' });
  const release = await fleet.release();
  const number = await assign(fleet, { device, release, policy });
  const { deploymentBase = '' } = await device.poll();
  return { device, release, number, href: deploymentBase };
}

type Wish = {
  readonly device: DdiClient;
  readonly release: Release;
  readonly policy?: Policy;
  readonly weight?: number;
};

/** The wire id of a direct assignment. */
export async function assign(fleet: TestFleet, { device, release, policy, weight }: Wish): Promise<number> {
  const body = { release: release.id, devices: [device.name], ...(weight === undefined ? {} : { weight }) };
  const made = await fleet.api.call('assignments.create', {
    body: { ...body, ...(policy === undefined ? {} : { policy }) },
  });
  const [assignment] = made.assigned;
  if (assignment === undefined) throw new Error('nothing was assigned');
  return assignment.number;
}

export async function stateOf(fleet: TestFleet, number: number): Promise<string> {
  return (await fleet.assignment(number)).state;
}

/** hawkBit's code in an error's body. */
export function errorCodeOf(answer: DdiAnswer): unknown {
  return (JSON.parse(answer.text) as { errorCode?: unknown }).errorCode;
}

/** A PUT or POST of JSON below the device's base. */
export function send(device: DdiClient, path: string, body: unknown, method = 'POST'): Promise<DdiAnswer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return device.ask(path, { method, headers: JSON_TYPE, body: text });
}

export function feedback(execution: string, finished: string, more: object = {}): object {
  return { status: { execution, result: { finished }, ...more } };
}

/** A device that has installed its first release by an ordinary report. */
export async function updated(fleet: TimedFleet): Promise<Offered> {
  const one = await offered(fleet);
  const answer = await send(one.device, `deploymentBase/${one.number}/feedback`, feedback('closed', 'success'));
  assert.equal(answer.status, 200);
  return one;
}

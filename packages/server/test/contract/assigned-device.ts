import type { CallInput } from '@updraft/protocols';
import assert from 'node:assert/strict';
import type { DdiAnswer, DdiClient } from '../a-fleet.ts';
import { eventually, type TimedFleet } from './fleet-maker.ts';

type Policy = NonNullable<CallInput<'assignments.create'>['body']['policy']>;

/** Two more attempts, the first after 100 s. */
export const RETRY: Policy['retries'] & object = {
  limit: 2,
  on: ['failed', 'timed-out'],
  firstSeconds: 100,
  factor: 3,
  jitterPercent: 0,
};

/** A device with an assignment under a policy. */
export async function assigned(fleet: TimedFleet, policy: Policy, type?: string) {
  const device = await fleet.device(type === undefined ? {} : { type });
  const release = await fleet.release('2.0');
  const made = await fleet.api.call('assignments.create', {
    body: { release: release.id, devices: [device.name], policy },
  });
  const number = made.assigned[0]?.number ?? 0;
  return { device, release, number };
}

export async function gateOf(fleet: TimedFleet, device: DdiClient, name: string) {
  const { gates } = await fleet.api.call('devices.why', { params: { device: device.name } });
  return gates.find(({ gate }) => gate === name);
}

/** The wire id under which a poll offers an update. */
export async function offeredNumber(device: DdiClient): Promise<number> {
  const { deploymentBase = '' } = await device.poll();
  const [, number] = /\/deploymentBase\/(\d+)\?/.exec(deploymentBase) ?? [];
  assert.ok(number !== undefined, 'nothing is offered');
  return Number(number);
}

/** The wire id under which a poll asks the device's user. */
export async function askedNumber(device: DdiClient): Promise<number> {
  const { confirmationBase = '' } = await device.poll();
  const [, number] = /\/confirmationBase\/(\d+)\?/.exec(confirmationBase) ?? [];
  assert.ok(number !== undefined, 'nobody is asked');
  return Number(number);
}

/** What the device's user says yes to. */
export function consentBy(device: DdiClient, number: number): Promise<DdiAnswer> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ confirmation: 'confirmed' });
  return device.ask(`confirmationBase/${number}/feedback`, { method: 'POST', headers, body });
}

export async function eventsOf(fleet: TimedFleet, name: string) {
  return eventually(async () => {
    const { items } = await fleet.api.call('events.list', { query: { filter: `name==${name}`, limit: 200 } });
    return items.length === 0 ? null : items;
  });
}

import type { ServerProcess } from '@updraft/fleet';
import { bodyOf, ddiRequest, type Lane } from './lane.ts';
import { apiOf, forEach, portOf, publishSmallRelease, type SeededDevice } from './seed.ts';

const CONNECTIONS = 16;
const DEVICES = 200;
const POLL_INTERVALS = ['00:07:00', '00:08:00', '00:09:00'];

/** Answers looked at the moment after a change was acknowledged, and how many of them did not show it. */
export type ChangesSeen = { readonly answers: number; readonly wrong: number };

/**
 * Changes what polls depend on (settings, an assignment, its cancellation, the device's answer to it) and polls in the very
 * moment in which the change was acknowledged; before each change the answer is polled twice, so that it may be cached.
 */
export async function checkChanges(server: ServerProcess, devices: readonly SeededDevice[]): Promise<ChangesSeen> {
  const seen = { answers: 0, wrong: 0 };
  const look = (isRight: boolean): void => {
    seen.answers++;
    if (!isRight) seen.wrong++;
  };
  const some = devices.slice(0, DEVICES);
  await changeSettings(server, some, look);
  await changeAssignments(server, some, look);
  return seen;
}

type Look = (isRight: boolean) => void;

async function changeSettings(server: ServerProcess, devices: readonly SeededDevice[], look: Look): Promise<void> {
  const api = apiOf(server);
  for (const pollInterval of POLL_INTERVALS) {
    await forEach(devices, CONNECTIONS, portOf(server), pollTwice);
    await api.call('settings.change', { body: { pollInterval } });
    await forEach(devices, CONNECTIONS, portOf(server), async (device, lane) => {
      look((await poll(device, lane)).includes(`"${pollInterval}"`));
    });
  }
}

async function changeAssignments(server: ServerProcess, devices: readonly SeededDevice[], look: Look): Promise<void> {
  const api = apiOf(server);
  const release = await publishSmallRelease(api, '1.0.0');
  await forEach(devices, CONNECTIONS, portOf(server), async (device, lane) => {
    await pollTwice(device, lane);
    const made = await api.call('assignments.create', { body: { release, devices: [device.name] } });
    look((await poll(device, lane)).includes('"deploymentBase"'));
    await pollTwice(device, lane);
    const number = made.assigned[0]?.number ?? 0;
    await api.call('assignments.cancel', { params: { number } });
    const canceling = await poll(device, lane);
    look(canceling.includes('"cancelAction"') && !canceling.includes('"deploymentBase"'));
    await acknowledgeCancel(device, canceling, lane);
    look(!(await poll(device, lane)).includes('"cancelAction"'));
  });
}

async function acknowledgeCancel(device: SeededDevice, canceling: string, lane: Lane): Promise<void> {
  const path = /"cancelAction":\{"href":"https?:\/\/[^/]+([^"]+)"/.exec(canceling)?.[1];
  if (path === undefined) return;
  const status = { result: { finished: 'success' }, execution: 'closed', details: ['cancellation acknowledged.'] };
  const body = JSON.stringify({ id: 0, time: '20261121T014404', status });
  await lane.ask(ddiRequest({ method: 'POST', path: `${path}/feedback`, token: device.token, body }));
}

async function pollTwice(device: SeededDevice, lane: Lane): Promise<void> {
  await poll(device, lane);
  await poll(device, lane);
}

async function poll(device: SeededDevice, lane: Lane): Promise<string> {
  return bodyOf(await lane.ask(pollRequest(device)));
}

export function pollRequest({ name, token }: SeededDevice): Buffer {
  return ddiRequest({ method: 'GET', path: `/DEFAULT/controller/v1/${name}`, token });
}

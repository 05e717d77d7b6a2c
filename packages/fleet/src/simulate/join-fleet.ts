import { randomBytes } from 'node:crypto';
import { ApiProblem, type ApiClient } from '@updraft/protocols';
import type { DeviceSetup } from '../device.ts';
import type { Scenario } from './scenario.ts';
import type { ScenarioDevice } from './scenario-devices.ts';

/** Requests to the API at the same time. */
const CONCURRENT_REQUESTS = 16;
const TOKEN_BYTES = 16;

export type Joining = {
  readonly api: ApiClient;
  readonly signal: AbortSignal;
  readonly onJoined: (joined: number) => void;
};

/** Adds the types and devices of a scenario to the server; those that are there already get a new token. */
export async function joinFleet(
  scenario: Scenario,
  devices: readonly ScenarioDevice[],
  joining: Joining,
): Promise<readonly DeviceSetup[]> {
  for (const { name, versionAttribute } of scenario.types)
    await unlessTaken(
      joining.api.call('device-types.create', { body: { name, versionAttribute }, signal: joining.signal }),
    );
  const joined: DeviceSetup[] = [];
  let next = 0;
  const join = async (): Promise<void> => {
    for (let device = devices[next++]; device !== undefined; device = devices[next++]) {
      const token = await tokenOf(device, joining);
      joined.push({ ...device, credential: { scheme: 'TargetToken', token } });
      joining.onJoined(joined.length);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT_REQUESTS }, join));
  return joined.toSorted((a, b) => a.index - b.index);
}

async function tokenOf({ name, type }: ScenarioDevice, { api, signal }: Joining): Promise<string> {
  const token = randomBytes(TOKEN_BYTES).toString('hex');
  const made = await unlessTaken(api.call('devices.create', { body: { name, type, token }, signal }));
  return made?.token ?? (await api.call('devices.renew-token', { params: { device: name }, signal })).token;
}

async function unlessTaken<T>(creating: Promise<T>): Promise<T | null> {
  try {
    return await creating;
  } catch (cause) {
    if (cause instanceof ApiProblem && cause.code === 'name-taken') return null;
    throw cause;
  }
}

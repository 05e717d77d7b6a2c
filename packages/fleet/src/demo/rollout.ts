import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ApiClient } from '@updraft/protocols';
import { startFleet, type Fleet } from '../fleet.ts';
import { CAST } from './cast.ts';
import type { Bundles } from './preparation.ts';
import { NEW_VERSION, OLD_VERSION } from './preparation.ts';
import { publish, RELEASE_NAME, upload } from './software.ts';
import type { DemoTimeLimits } from './time-limits.ts';

const DEVICE_TYPE = 'demo-gateway';
const VERSION_ATTRIBUTE = 'version';
const POLL_INTERVAL = '00:00:01';
const POLL_SECONDS = 1;
const SEED = 25;
const TOKEN_BYTES = 16;
/** Adds the cast to the server as devices of a type that names its version attribute, and lets them loose. */
export async function bringFleet(api: ApiClient, signal: AbortSignal): Promise<Fleet> {
  await api.call('settings.change', { body: { pollInterval: POLL_INTERVAL }, signal });
  await api.call('device-types.create', {
    body: { name: DEVICE_TYPE, versionAttribute: VERSION_ATTRIBUTE },
    signal,
  });
  const devices = CAST.map(({ name, behaviour }, index) => ({
    name,
    index,
    behaviour,
    credential: { scheme: 'TargetToken' as const, token: randomBytes(TOKEN_BYTES).toString('hex') },
    version: OLD_VERSION,
    attributes: { hwRevision: '1.0' },
  }));
  await Promise.all(
    devices.map(({ name, credential: { token } }) =>
      api.call('devices.create', { body: { name, token, type: DEVICE_TYPE }, signal }),
    ),
  );
  const settings = { pollDelaySeconds: POLL_SECONDS, downloadRetrySeconds: 1, versionAttribute: VERSION_ATTRIBUTE };
  return startFleet({ serverUrl: api.baseUrl, devices, seed: SEED, settings });
}

/** Registers our certificate, from which on only what it signed is taken; gives the code that the stranger's bundle is refused with. */
export async function requireSignatures(api: ApiClient, bundles: Bundles, signal: AbortSignal): Promise<string | null> {
  const pem = await readFile(bundles.cert, 'utf8');
  await api.call('signing-certificates.create', { body: { name: 'release', pem }, signal });
  const answer = await upload(api, bundles.strangers, signal);
  return 'refused' in answer ? answer.refused : null;
}

/** Publishes both releases; gives the new one's id. */
export async function publishReleases(api: ApiClient, bundles: Bundles, signal: AbortSignal): Promise<string> {
  const [, release] = await Promise.all(
    [
      { version: OLD_VERSION, bundle: bundles.old },
      { version: NEW_VERSION, bundle: bundles.new },
    ].map(async ({ version, bundle }) => {
      const uploaded = await upload(api, bundle, signal);
      if ('refused' in uploaded) throw new Error(`our own bundle of ${version} was refused: ${uploaded.refused}`);
      return publish(api, { version, artifact: uploaded.id, deviceType: DEVICE_TYPE }, signal);
    }),
  );
  return release as string;
}

/** Creates and starts the rollout of a release to all devices. */
export async function startRollout(
  api: ApiClient,
  release: string,
  { timeLimits, signal }: { readonly timeLimits: DemoTimeLimits; readonly signal: AbortSignal },
): Promise<void> {
  await api.call('rollouts.create', {
    body: { name: `${RELEASE_NAME} ${NEW_VERSION}`, release, policy: { timeLimits }, start: true },
    signal,
  });
}

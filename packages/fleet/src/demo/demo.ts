import { apiClient, type ApiClient } from '@updraft/protocols';
import type { ServerProcess } from '../server-process.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { CAST } from './cast.ts';
import { NEW_VERSION, OLD_VERSION, prepare } from './preparation.ts';
import { watch } from './progress.ts';
import { bringFleet, publishReleases, requireSignatures, startRollout } from './rollout.ts';
import { RELEASE_NAME } from './software.ts';
import type { Stage } from './stage.ts';
import { type DemoTimeLimits, rolloutWithinMs, timeLimitsOn } from './time-limits.ts';
import { tellVerdict } from './verdict.ts';

export type DemoOptions = {
  readonly stage: Stage;
  /** Aborted by Ctrl-C: the demo stops where it is and takes everything away that it made. */
  readonly signal: AbortSignal;
  /** Leaves server and fleet running after the story until the signal comes; it then ends as the story did. */
  readonly keep: boolean;
};

const NEW_RELEASE = `${RELEASE_NAME} ${NEW_VERSION}`;

/** Plays the demo; gives what differed from its story, nothing where it came out as told. Rejects where it was interrupted. */
export async function playDemo({ stage, signal, keep }: DemoOptions): Promise<readonly string[]> {
  await using folder = await temporaryFolder('updraft-demo-');
  stage.say(`Updraft demo. All of it lives in ${folder.path} and goes when the demo ends.`);
  const { server, bundles } = await prepare(folder.path, signal);
  await using stack = new AsyncDisposableStack();
  stack.use(server);
  stage.say(`✓ a server on ${server.url}, its database SQLite`);
  stage.say(`✓ a signing key, and bundles of ${RELEASE_NAME} ${OLD_VERSION} and ${NEW_VERSION} signed with it`);
  const api = apiClient({ baseUrl: server.url, authorization: server.authorization });
  stack.use(await bringFleet(api, signal));
  stage.say(`✓ ${CAST.length} simulated devices that run ${OLD_VERSION} and poll each second`);
  const refusal = await requireSignatures(api, bundles, signal);
  if (refusal !== null) stage.say(`✓ a bundle signed by a stranger is refused: ${refusal}`);
  const release = await publishReleases(api, bundles, signal);
  stage.say(`✓ both releases published; a rollout brings ${NEW_RELEASE} to all devices`);
  const differences = [
    ...(refusal === null ? ['the bundle signed by a stranger was accepted'] : []),
    ...(await rollOut(api, release, { stage, signal, timeLimits: timeLimitsOn(server.readyAfterMs) })),
  ];
  sayNext(stage, server, keep);
  if (keep) await untilInterrupted(signal);
  return differences;
}

async function rollOut(
  api: ApiClient,
  release: string,
  { stage, signal, timeLimits }: Pick<DemoOptions, 'stage' | 'signal'> & { readonly timeLimits: DemoTimeLimits },
): Promise<readonly string[]> {
  await startRollout(api, release, { timeLimits, signal });
  const assignments = await watch(api, stage, { untilMs: performance.now() + rolloutWithinMs(timeLimits), signal });
  stage.settle();
  stage.say('');
  return tellVerdict(api, stage, { assignments, release: NEW_RELEASE, timeLimits, signal });
}

function sayNext(stage: Stage, { url, user, password }: ServerProcess, keep: boolean): void {
  const byHand = [
    `bin/updraft login ${url} --user ${user}    # password: ${password}`,
    'bin/updraft device list',
    'bin/updraft why gw-14',
    `bin/updraft assign gw-01 --release ${RELEASE_NAME}@${OLD_VERSION}    # and back to the old version`,
    'bin/updraft events',
  ];
  const lines = keep
    ? ['The server and the devices go on until Ctrl-C. In another terminal:', ...byHand.map((line) => `  ${line}`)]
    : [
        'Go on by hand:',
        '  npm run demo -- --keep    # the same, and the server stays until Ctrl-C',
        '  bin/updraft help',
      ];
  for (const line of ['', ...lines]) stage.say(line);
}

function untilInterrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
}

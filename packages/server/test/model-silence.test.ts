import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Command, DeviceKind } from './model/command.ts';
import type { ModelPolicy } from './model/model-policy.ts';
import { beginRun, endRun } from './model/model-run.ts';
import { perform } from './model/perform.ts';
import { PLAIN_POLICY } from './model/policy-arbitrary.ts';
import { WHOLE } from './model/return-model.ts';
import { aWorld, type World } from './model/world.ts';

const HOUR = 3600;
const SILENCE = 2 * HOUR;
const EVIDENCE = 24 * HOUR;

const policy: ModelPolicy = {
  ...PLAIN_POLICY,
  retries: 1,
  retryOn: ['no-evidence'],
  limits: {
    downloading: EVIDENCE,
    downloaded: EVIDENCE,
    installing: EVIDENCE,
    'awaiting-report': EVIDENCE,
    'awaiting-evidence': EVIDENCE,
    canceling: EVIDENCE,
    silence: SILENCE,
  },
};
const kind: DeviceKind = { provesVersion: true, refusesDowngrade: false, splits: false };
const begins: readonly Command[] = [
  { act: 'create', release: 1, weight: 500, policy, phases: [WHOLE], ring: null },
  { act: 'start', rollout: 0 },
];

const letGo = new AsyncDisposableStack();
const worlds: World[] = [];
before(async () => worlds.push(await aWorld({ after: (last) => letGo.defer(last) })));
after(() => letGo.disposeAsync());

void test('a device that was silent while evidence was awaited is given up at the next sweep, not at once', async () => {
  // It is looked for the silent then, and not again until after the limit.
  const swept: Command = { act: 'join', kind };
  const state = await play([
    { act: 'poll', device: 0 },
    { act: 'work', device: 0, words: 5, fails: false },
    wait(EVIDENCE - 600),
    swept,
    wait(1200),
    wait(HOUR),
  ]);
  assert.equal(state, 'failed');
});

void test('whom the stop of a paused rollout finds silent is canceled, and has not failed', async () => {
  const state = await play([{ act: 'pause', rollout: 0 }, wait(2 * SILENCE), { act: 'stop', rollout: 0 }]);
  assert.equal(state, 'canceled');
});

function wait(seconds: number): Command {
  return { act: 'wait', seconds };
}

/** What became of the only device's wish, by the model and by the server: they are held to each other at each step. */
async function play(commands: readonly Command[]): Promise<string | undefined> {
  const [world] = worlds;
  assert.ok(world !== undefined);
  const run = await beginRun(world, [kind]);
  for (const command of [...begins, ...commands]) await perform(run, command);
  await endRun(run);
  return run.model.wishes[0]?.state;
}

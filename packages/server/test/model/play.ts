import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import launch from '../../../../bin/launch.cjs';
import type { Checked, Effort, Replay } from './model-check.ts';
import type { Game } from './player.ts';

const PLAYER = fileURLToPath(new URL('player.ts', import.meta.url));
const MAX_OUTPUT_BYTES = 10 * 1024 * 1024;

type Wish = Effort & { readonly replay: Replay; readonly environment?: Readonly<Record<string, string>> };

/** Plays courses on a server of its own, and says what was played: with that seed it is the same again. */
export async function play(t: TestContext, wish: Wish): Promise<void> {
  const game: Game = { environment: {}, ...wish };
  const { stdout } = await promisify(execFile)(process.execPath, [...launch.NODE_FLAGS, PLAYER, JSON.stringify(game)], {
    signal: t.signal,
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  // Before it stand errors that the server has logged: of connections that were lost with it, say.
  const { steps, looks, restarts } = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Checked;
  t.diagnostic(`${steps} steps, ${looks} judgements, ${restarts} restarts, seed ${wish.replay.seed}`);
  if (wish.replay.path !== undefined) return;
  assert.ok(restarts > 0);
  assert.ok(steps >= (wish.seconds === undefined ? wish.steps : LEAST_STEPS));
}

/** However slow the machine is, where time ends it. */
const LEAST_STEPS = 5000;

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import launch from '../../../../bin/launch.cjs';
import { bareEnvironment } from '../../../../test/programs/bare-environment.ts';
import { fillTrial, openTrial, STAGE_NAMES, type Place, type Stage } from './rollout-life.ts';
import { rowsOf } from './rows-of-rollout.ts';

const STAGE_CHILD = new URL('./stage-child.ts', import.meta.url).pathname;

/** What a life comes to that nothing disturbs, and how many steps each of its stages has. */
export type Undisturbed = {
  readonly rows: Readonly<Record<string, unknown>>;
  readonly steps: Readonly<Record<Stage, number>>;
};

export async function playUndisturbed(place: Place): Promise<Undisturbed> {
  await using trial = await openTrial(place);
  await fillTrial(trial.store);
  const steps: Partial<Record<Stage, number>> = {};
  for (const stage of STAGE_NAMES) {
    await trial.play(stage);
    steps[stage] = await trial.store.commands.run('trial.steps', undefined);
  }
  return { rows: await rowsOf(trial.store), steps: steps as Record<Stage, number> };
}

/** Where a life is cut: in a stage, after this share of its steps. */
export type Cut = { readonly stage: Stage; readonly share: number };

/** Cuts at chance in so many stages. */
export function someCuts(count: number): readonly Cut[] {
  const all = STAGE_NAMES.map((stage) => ({ stage, share: Math.random(), place: Math.random() }));
  const chosen = new Set(all.toSorted((a, b) => a.place - b.place).slice(0, count));
  return all.filter((cut) => chosen.has(cut));
}

/**
 * The same life in processes that are killed at a statement, or before or behind a commit, and whose stage is then played
 * again by the next: the rows must be those of the undisturbed one.
 */
export async function playKilled(place: Place, { rows, steps }: Undisturbed, cuts: readonly Cut[]): Promise<void> {
  {
    await using trial = await openTrial(place);
    await fillTrial(trial.store);
  }
  const kills: string[] = [];
  let from = 0;
  for (const { stage, share } of cuts) {
    const to = STAGE_NAMES.indexOf(stage);
    const killAt = 1 + Math.floor(share * steps[stage]);
    kills.push(`${stage}@${killAt}`);
    await playAndDie(place, STAGE_NAMES.slice(from, to + 1), killAt);
    from = to;
  }
  await using trial = await openTrial(place);
  for (const stage of STAGE_NAMES.slice(from)) await trial.play(stage);
  const after = await rowsOf(trial.store);
  for (const [table, expected] of Object.entries(rows))
    assert.deepEqual(after[table], expected, `${table} after ${kills.join(', ')}`);
}

/** The same life with a second server that does the same jobs at the same time, whoever holds the lease. */
export async function playTogether(place: Place, { rows }: Pick<Undisturbed, 'rows'>): Promise<void> {
  await using one = await openTrial(place);
  await using other = await openTrial(place);
  await fillTrial(one.store);
  for (const stage of STAGE_NAMES) {
    const played = one.play(stage);
    await Promise.all([played, other.help(stage, played)]);
  }
  const after = await rowsOf(one.store);
  for (const [table, expected] of Object.entries(rows)) assert.deepEqual(after[table], expected, table);
}

async function playAndDie({ databaseUrl, dataDir }: Place, stages: readonly Stage[], killAt: number): Promise<void> {
  const args = [...launch.NODE_FLAGS, STAGE_CHILD, databaseUrl, dataDir, ...stages];
  const env = { ...bareEnvironment(), UPDRAFT_TEST_KILL_AT: String(killAt) };
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'], env });
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  assert.equal(signal, 'SIGKILL', `${stages.at(-1) ?? ''} was to end at its step ${killAt}, and ended with ${code}`);
}

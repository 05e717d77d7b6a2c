import { openTrial, type Stage } from './rollout-life.ts';

/** Plays stages of a rollout's life in a process of its own, which kills itself in the last where UPDRAFT_TEST_KILL_AT says. */
async function main([databaseUrl = '', dataDir = '', ...stages]: readonly string[]): Promise<void> {
  await using trial = await openTrial({ databaseUrl, dataDir });
  for (const [at, stage] of stages.entries()) await trial.play(stage as Stage, at === stages.length - 1);
}

await main(process.argv.slice(2));

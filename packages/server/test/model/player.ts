import { parseArgs } from 'node:util';
import { checkModel, type Effort, type Replay } from './model-check.ts';
import { aWorld } from './world.ts';

export type Game = Effort & { readonly replay: Replay; readonly environment: Readonly<Record<string, string>> };

/**
 * Plays in a process of its own: node:test follows each promise of the process that it runs in, which costs a server
 * under way a quarter of its time. Its last line is what was played, as JSON.
 */
async function main(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  const { replay, environment, ...effort } = JSON.parse(positionals[0] ?? '') as Game;
  await using letGo = new AsyncDisposableStack();
  const world = await aWorld({ after: (last) => letGo.defer(last) }, environment);
  try {
    console.log(JSON.stringify(await checkModel(world, effort, replay)));
  } catch (error) {
    // At once: a world that broke may not let itself be let go of.
    console.error(error);
    process.exitCode = 1;
  }
}

await main();

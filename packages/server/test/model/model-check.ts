import fc from 'fast-check';
import { anyCourse, type Course } from './course.ts';
import { beginRun, endRun } from './model-run.ts';
import { perform } from './perform.ts';
import type { World } from './world.ts';

const RUNS_PER_CHECK = 2;
/** A failing list is made shorter for so long, then told as it is. */
const CHECK_LIMIT_MS = 180_000;

/** A course that is the same each time. */
export type Replay = { readonly seed: number; readonly path?: string };

export type Checked = {
  /** Commands that were carried out. */
  readonly steps: number;
  /** How often everything was settled and judged: after each command, and wherever time alone changed something. */
  readonly looks: number;
  readonly restarts: number;
};

/** What a failure told, from the environment; without it `otherwise`. */
export function replayOf(environment: NodeJS.ProcessEnv, otherwise: number): Replay {
  const { MODEL_SEED: seed, MODEL_PATH: path } = environment;
  return { seed: seed === undefined ? otherwise : Number(seed), ...(path === undefined ? {} : { path }) };
}

/** Until so many commands were carried out and a restart was among them, or as many seconds have passed. */
export type Effort = { readonly steps: number; readonly seconds?: number; readonly waitsPerRestart: number };

/** Runs lists of commands; with a path those of it alone. Throws with seed, path and the shortest list that fails. */
export async function checkModel(world: World, effort: Effort, { seed, path }: Replay): Promise<Checked> {
  const { steps, seconds = Infinity, waitsPerRestart } = effort;
  const until = performance.now() + seconds * 1000;
  const checked = { steps: 0, looks: 0, restarts: 0 };
  const property = fc.asyncProperty(anyCourse(waitsPerRestart), (course) => runOnce(world, course, checked));
  const isShort = () => checked.steps < steps || checked.restarts === 0;
  for (let round = 0; isShort() && performance.now() < until; round += 1) {
    const told = await fc.check(property, {
      seed: seed + round,
      numRuns: RUNS_PER_CHECK,
      endOnFailure: true,
      interruptAfterTimeLimit: CHECK_LIMIT_MS,
      ...(path === undefined ? {} : { path }),
    });
    if (told.failed && told.counterexample !== null) throw new Error(wordsOf(told), { cause: told.errorInstance });
    if (path !== undefined) break;
  }
  return checked;
}

type Counts = { -readonly [K in keyof Checked]: Checked[K] };

async function runOnce(world: World, { kinds, commands }: Course, checked: Counts): Promise<void> {
  const run = await beginRun(world, kinds);
  try {
    for (const command of commands) await perform(run, command);
  } finally {
    checked.steps += run.steps;
    checked.looks += run.looks;
    checked.restarts += run.restarts;
    await endRun(run);
  }
}

function wordsOf({ seed, counterexamplePath, counterexample }: fc.RunDetails<[Course]>): string {
  const { kinds, commands } = counterexample?.[0] ?? { kinds: [], commands: [] };
  return [
    `the server is not as the model says; again with MODEL_SEED=${seed} MODEL_PATH=${counterexamplePath ?? ''}`,
    `devices: ${JSON.stringify(kinds)}`,
    ...commands.map((command) => JSON.stringify(command)),
  ].join('\n');
}

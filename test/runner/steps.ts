import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tool = (name: string): string => fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url));

export type Step = {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
};

/** A test that hangs is a failure: node ends it after this time. */
const TEST_TIMEOUT_MS = 240_000;

/** Checkers of types that work beside each other each find out anew what the code has in common: four take twice what one does. */
const ONE_CHECKER = { types: ['--checkers', '1'], lint: { GOMAXPROCS: '1' } } as const;

/** What can be judged without running the product: types, lint, format, dead code. Each takes one core for the most part. */
export const staticSteps: readonly Step[] = [
  { name: 'types', command: [tool('tsc'), '-p', '.', ...ONE_CHECKER.types] },
  {
    name: 'lint',
    command: [process.execPath, tool('oxlint'), '--type-aware', '--quiet'],
    environment: ONE_CHECKER.lint,
  },
  { name: 'format', command: [process.execPath, tool('oxfmt'), '--check', '.'] },
  { name: 'dead code', command: [process.execPath, tool('knip'), '--no-progress'] },
];

/** Servers and commands that tests start run from what is built; what was edited since would run from its sources, and load slowly. */
export const buildStep: Step = {
  name: 'build',
  command: [process.execPath, fileURLToPath(new URL('../../bin/build-programs.mjs', import.meta.url))],
};

/** Runs tests under node's own runner, a process a file; its summary is what a step closes with. */
export function tests(
  name: string,
  globs: readonly string[],
  { concurrency, timeoutMs = TEST_TIMEOUT_MS }: { readonly concurrency: number; readonly timeoutMs?: number },
): Step {
  return testStep(name, globs, [`--test-concurrency=${concurrency}`, `--test-timeout=${timeoutMs}`]);
}

/** Pure tests share one process: to start and load one for each would cost three times what they do. */
export function pureTests(name: string, globs: readonly string[]): Step {
  const seed = ['--import', new URL('one-seed.ts', import.meta.url).href];
  return testStep(name, globs, [...seed, '--test-isolation=none', `--test-timeout=${TEST_TIMEOUT_MS}`]);
}

function testStep(name: string, globs: readonly string[], flags: readonly string[]): Step {
  const all = ['--disable-warning=ExperimentalWarning', '--test', ...flags];
  return { name, command: [process.execPath, ...all, ...globs] };
}

/**
 * Runs the steps in order and stops at the first that fails, whose exit code the process will end with.
 *
 * @returns whether all passed.
 */
export async function runSteps(steps: readonly Step[]): Promise<boolean> {
  for (const step of steps) if (!(await passes(step, 'inherit'))) return false;
  return true;
}

/**
 * Runs the steps at the same time, to the end of each, whose words are then printed as a whole; the process will end with the exit
 * code of one that failed.
 *
 * @returns whether all passed.
 */
export async function runTogether(steps: readonly Step[]): Promise<boolean> {
  const passed = await Promise.all(steps.map((step) => passes(step, 'pipe')));
  return passed.every(Boolean);
}

/** Runs a step and tells how it ended; what is piped is printed before. */
async function passes(step: Step, output: 'inherit' | 'pipe'): Promise<boolean> {
  const started = performance.now();
  const { code, said } = await run(step, output);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(said);
  if (code !== 0) {
    console.error(`✖ ${step.name} failed after ${seconds} s`);
    process.exitCode = code;
  } else if (!step.command.includes('--test')) console.log(`✔ ${step.name} (${seconds} s)`);
  return code === 0;
}

type Ended = { readonly code: number; /** What was piped. */ readonly said: string };

function run({ command: [program, ...args], environment }: Step, output: 'inherit' | 'pipe'): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...environment };
    const child = spawn(program, args, { cwd: root, env, stdio: ['inherit', output, output] });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code: code ?? (signal === null ? 1 : 128), said }));
  });
}

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tool = (name: string): string => fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url));

export type Step = { readonly name: string; readonly command: readonly [string, ...string[]] };

/** A test that hangs is a failure: node ends it after this time. */
const TEST_TIMEOUT_MS = 240_000;

/** What can be judged without running the product: types, lint, format, dead code. */
export const staticSteps: readonly Step[] = [
  { name: 'types', command: [tool('tsc'), '-p', '.'] },
  { name: 'lint', command: [process.execPath, tool('oxlint'), '--type-aware', '--quiet'] },
  { name: 'format', command: [process.execPath, tool('oxfmt'), '--check', '.'] },
  { name: 'dead code', command: [process.execPath, tool('knip'), '--no-progress'] },
];

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
  return testStep(name, globs, ['--test-isolation=none', `--test-timeout=${TEST_TIMEOUT_MS}`]);
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
  for (const step of steps) {
    const started = performance.now();
    const code = await run(step.command);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    if (code !== 0) {
      console.error(`✖ ${step.name} failed after ${seconds} s`);
      process.exitCode = code;
      return false;
    }
    if (!step.command.includes('--test')) console.log(`✔ ${step.name} (${seconds} s)`);
  }
  return true;
}

function run([command, ...args]: readonly [string, ...string[]]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  });
}

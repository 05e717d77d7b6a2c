import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';

const LAUNCHER = path.join(import.meta.dirname, '..', '..', '..', 'bin', 'updraft');
const DEMO_WITHIN_MS = 20_000;
const INTERRUPTED = 130;

test('the demo tells its story in under 20 seconds and leaves no process and no folder', async () => {
  await using demo = await startDemo();
  const startedAt = performance.now();
  const exitCode = await demo.ended;
  assert.equal(exitCode, 0, demo.output());
  const took = performance.now() - startedAt;
  assert.ok(took < DEMO_WITHIN_MS * busyness(), `${took} ms at a load of ${os.loadavg()[0]}`);
  assert.match(demo.output(), /22 of 25 devices run gateway 2\.0\.0/);
  for (const told of [
    'bundle-signer-unknown',
    'gw-07  failed',
    'gw-14  failed: booted-old-version',
    'gw-21  timed-out: silence-limit',
  ])
    assert.ok(demo.output().includes(told), `${told} is missing in\n${demo.output()}`);
  assert.equal(demo.output().includes('\x1b'), false);
  await nothingIsLeft(demo);
});

for (const { when, line } of [
  { when: 'while the server starts', line: /Updraft demo/ },
  { when: 'in the middle of the rollout', line: /downloading|installing/ },
])
  test(`Ctrl-C ${when} leaves no process and no folder`, async () => {
    await using demo = await startDemo();
    await demo.says(line);
    demo.child.kill('SIGINT');
    assert.equal(await demo.ended, INTERRUPTED, demo.output());
    await nothingIsLeft(demo);
  });

test('what the demo does not understand it refuses with its usage', async () => {
  await using demo = await startDemo('--fast');
  assert.equal(await demo.ended, 2);
  assert.match(demo.output(), /updraft demo \[--keep\]/);
});

/** How many times longer than alone a program takes on this machine, going by what waited for its processors in the last minute. */
function busyness(): number {
  return Math.max(1, (os.loadavg()[0] ?? 0) / os.availableParallelism());
}

type Demo = AsyncDisposable & {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  /** Its folder for temporary files, and a word that stands in the environment of all its processes. */
  readonly folder: string;
  readonly mark: string;
  output(): string;
  says(line: RegExp): Promise<void>;
};

async function startDemo(...args: readonly string[]): Promise<Demo> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'updraft-demo-test-'));
  const mark = randomUUID();
  const env = { ...process.env, TMPDIR: folder, DEMO_TEST_MARK: mark };
  const child = spawn(process.execPath, [LAUNCHER, 'demo', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const ended = once(child, 'close').then(([exitCode]) => exitCode as number | null);
  return {
    child,
    ended,
    folder,
    mark,
    output: () => output,
    says: (line) =>
      new Promise((resolve, reject) => {
        const look = (): void => (line.test(output) ? resolve() : undefined);
        child.stdout.on('data', look);
        child.once('close', () => reject(new Error(`it ended without saying ${line}\n${output}`)));
        look();
      }),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function nothingIsLeft({ folder, mark }: Demo): Promise<void> {
  assert.deepEqual(await readdir(folder), []);
  assert.deepEqual(await processesWith(mark), []);
}

/** Command lines of processes whose environment holds `mark`, our own aside; those of other users cannot be read and are not ours. */
async function processesWith(mark: string): Promise<readonly string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    ids.map(async (id) => {
      const environment = await readFile(`/proc/${id}/environ`, 'utf8').catch(() => '');
      return environment.includes(mark) ? readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '') : '';
    }),
  );
  return found.filter((command) => command !== '');
}

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Build } from '../../reference-device/src/image/build-device.ts';
import { programsOrSkip } from '../programs/debian.ts';
import { mustRun, runProgram } from '../programs/run-program.ts';

const BUILD = path.join(import.meta.dirname, '..', '..', 'reference-device', 'build');
/** The first one on a machine fetches packages. */
const BUILD_LIMIT_MS = 600_000;
const MINUTES = { timeout: 900_000 };

test(
  'two builds in different folders, time zones, languages and umasks are the same bit for bit',
  MINUTES,
  async (t) => {
    const folder = await workFolder(t);
    if (folder === undefined) return;
    const here = await build(path.join(folder, 'here'));
    const there = await build(path.join(folder, 'quite', 'elsewhere'), {
      umask: '077',
      environment: { TZ: 'Pacific/Auckland', LANG: 'tr_TR.UTF-8' },
    });
    assert.deepEqual(bytesOf(there), bytesOf(here));
    assert.ok(here.disk !== undefined);
  },
);

test('a version, a way to break and a time each make another slot', MINUTES, async (t) => {
  const folder = await workFolder(t);
  if (folder === undefined) return;
  const kinds = [
    { args: [] },
    { args: ['--version', '2.0.0'] },
    { args: ['--break', 'health'] },
    { args: [], environment: { SOURCE_DATE_EPOCH: '1800000000' } },
  ];
  const slots = new Set<string>();
  for (const kind of kinds) {
    const { slot } = await build(path.join(folder, 'same'), { ...kind, args: ['--slot-only', ...kind.args] });
    slots.add(slot.sha256);
  }
  assert.equal(slots.size, kinds.length);
});

test('without network a build says so, and what to do', MINUTES, async (t) => {
  const folder = await workFolder(t);
  if (folder === undefined) return;
  const environment = { ...process.env, XDG_CACHE_HOME: folder, http_proxy: 'http://127.0.0.1:9' };
  const { exitCode, stderr } = await runProgram(BUILD, ['--output', path.join(folder, 'none')], {
    environment,
    timeLimitMs: BUILD_LIMIT_MS,
  });
  assert.equal(exitCode, 1);
  assert.match(stderr, /network-unreachable/);
});

type Wish = { readonly args?: readonly string[]; readonly umask?: string; readonly environment?: NodeJS.ProcessEnv };

async function build(output: string, { args = [], umask = '022', environment = {} }: Wish = {}): Promise<Build> {
  await mkdir(path.dirname(output), { recursive: true });
  const script = 'umask "$1"; shift; exec "$@"';
  await mustRun('sh', ['-c', script, 'sh', umask, BUILD, '--output', output, ...args], {
    timeLimitMs: BUILD_LIMIT_MS,
    folder: path.dirname(output),
    environment: { ...process.env, ...environment },
  });
  return JSON.parse(await readFile(path.join(output, 'build.json'), 'utf8')) as Build;
}

function bytesOf({ slot, disk, firmware }: Build): unknown {
  return { slot, disk, firmware };
}

async function workFolder(t: TestContext): Promise<string | undefined> {
  if (programsOrSkip(t, ['mke2fs']) === undefined) return undefined;
  const folder = await mkdtemp(path.join(os.tmpdir(), 'device-build-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

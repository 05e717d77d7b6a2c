import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallAnswer } from '@updraft/protocols';
import { AN_ID as ID, aRelease, aRollout } from '../../test/api-answers.ts';
import { aPage, aShell } from '../../test/a-shell.ts';

type Phase = CallAnswer<'rollouts.show'>['phases'][number];

function aPhase(wish: Partial<Phase>): Phase {
  return {
    number: 1,
    name: '',
    size: { by: 'rest' },
    successPercent: 100,
    error: null,
    soakSeconds: 0,
    next: 'automatic',
    state: 'started',
    planned: 0,
    total: 0,
    erred: 0,
    counts: {},
    startedAt: null,
    reachedAt: null,
    crossedAt: null,
    ...wish,
  };
}

for (const [argv, asked] of [
  [['approve', 'spring'], `POST /rollouts/${ID}/approve`],
  [['deny', 'spring'], `POST /rollouts/${ID}/deny`],
  [['start', 'spring'], `POST /rollouts/${ID}/start`],
  [['pause', 'spring'], `POST /rollouts/${ID}/pause`],
  [['resume', 'spring'], `POST /rollouts/${ID}/resume`],
  [['stop', 'spring'], `POST /rollouts/${ID}/stop`],
  [['start-phase', 'spring', '2'], `POST /rollouts/${ID}/phases/2/start`],
  [['skip-phase', 'spring', '2'], `POST /rollouts/${ID}/phases/2/skip`],
] as const)
  test(`"rollout ${argv.join(' ')}" is ${asked}`, async () => {
    const answers = { 'GET /rollouts': () => aPage(aRollout()), [asked]: () => aRollout({ phases: [] }) };
    const shell = aShell({ answers });
    assert.equal(await shell.updraft('rollout', ...argv), 0, shell.err());
    const { method, path } = shell.asked.at(-1) ?? {};
    assert.equal(`${method} ${path}`, asked);
  });

test('a rollout is shown with a bar a phase, what its policy asks, and who changed it', async () => {
  const canary = aPhase({ name: 'canary', total: 10, planned: 10, erred: 1, error: { percent: 20, minimum: 2 } });
  const counts = { succeeded: 5, failed: 1, installing: 1, ready: 3 };
  const rollout = aRollout({ total: 10, state: 'paused', reason: 'error-threshold', phases: [{ ...canary, counts }] });
  const policy = { ...rollout.policy, pace: { parallel: 3, perMinute: null, perSite: null } };
  const change = { weight: { before: 1000, after: 5 } };
  const revision = { revision: 4, at: '2026-01-01T10:00:00Z', actor: 'ben', change };
  const shell = aShell({
    answers: {
      'GET /rollouts': () => aPage(rollout),
      [`GET /rollouts/${ID}`]: () => ({ ...rollout, policy }),
      [`GET /rollouts/${ID}/revisions`]: () => aPage(revision),
    },
  });
  assert.equal(await shell.updraft('rollout', 'show', 'spring'), 0, shell.err());
  const lines = shell.out().split('\n');
  assert.ok(lines.some((line) => /^state +paused: error-threshold$/.test(line)));
  assert.ok(lines.some((line) => /^pace +3 at once$/.test(line)));
  assert.ok(
    lines.some((line) => line.includes(`1 canary  [${'#'.repeat(15)}!!!>>>${'.'.repeat(9)}] started: 5 of 10`)),
  );
  assert.ok(lines.some((line) => line.endsWith('by ben: weight: 1000 → 5')));
});

test('a preview draws its phases, names who is left out, and ends with status 1 where it could not be made', async () => {
  const aside = { reason: 'incompatible', count: 2, examples: ['gw-7', 'gw-8'] };
  const refused = { code: 'percent-over-100', path: 'phases', severity: 'refused', detail: 'Too much.' };
  const preview = (warnings: object[]) => ({
    total: 8,
    phases: [
      { number: 1, name: 'canary', total: 2 },
      { number: 2, name: '', total: 6 },
    ],
    excluded: [aside],
    held: [],
    warnings,
  });
  const shellWith = (...warnings: object[]) =>
    aShell({
      answers: {
        'GET /releases': () => aPage(aRelease({ state: 'published' })),
        'POST /rollouts/preview': () => preview(warnings),
      },
    });
  const fine = shellWith();
  assert.equal(await fine.updraft('rollout', 'preview', '--release', 'os@1'), 0, fine.err());
  assert.match(
    fine.out(),
    /8 devices in 2 phases\n +1 canary +\[#{8}\.{22}\] 2 devices\n +2 +\[#{23}\.{7}\] 6 devices/,
  );
  assert.match(fine.out(), /incompatible +2 +such as gw-7, gw-8/);
  const impossible = shellWith(refused);
  assert.equal(await impossible.updraft('rollout', 'preview', '--release', 'os@1'), 1);
  assert.match(impossible.out(), /Impossible: phases: Too much\. \(percent-over-100\)/);
});

test('why of a rollout tells what holds it, how many devices each gate holds, and of how many that was counted', async () => {
  const why = {
    rollout: ID,
    state: 'running',
    summary: 'spring runs; 30 of its 900 open devices are held.',
    nextChange: '2026-03-02T12:00:00Z',
    holds: [{ code: 'soak', fact: 'phase 2 waits', nextChange: '2026-03-02T12:00:00Z' }],
    excluded: [],
    open: 900,
    scheduled: 100,
    looked: 500,
    isSampled: true,
    gates: [{ gate: 'window', shut: 30, first: 20, fact: 'it opens at night', nextChange: null, examples: ['gw-1'] }],
  };
  const shell = aShell({
    answers: { 'GET /rollouts': () => aPage(aRollout()), [`GET /rollouts/${ID}/why`]: () => why },
  });
  assert.equal(await shell.updraft('why', '--rollout', 'spring'), 0, shell.err());
  assert.match(shell.out(), /soak: phase 2 waits\. Changes at 2026-03-02 13:00:00\./);
  assert.match(shell.out(), /window +30 held, +20 here first +it opens at night\. Such as gw-1\./);
  assert.match(shell.out(), /Counted over 500 of its 800 open devices; 100 more are in phases that have not started\./);
});

test('why is of a device or of a rollout', async () => {
  const shell = aShell();
  assert.equal(await shell.updraft('why'), 2);
  assert.equal(await shell.updraft('why', 'gw-1', '--rollout', 'spring'), 2);
  assert.equal(shell.asked.length, 0);
});

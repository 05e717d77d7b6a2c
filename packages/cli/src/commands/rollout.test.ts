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
  const shell = await shown({ ...rollout, policy }, change);
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
  assert.match(shell.out(), /window +30 held, +20 first +it opens at night\. Such as gw-1\./);
  assert.match(shell.out(), /Counted over 500 of its 800 open devices; 100 more are in phases that have not started\./);
});

test('why of a rollout that is stopping tells whom it waits for, and how to end that', async () => {
  const why = {
    rollout: ID,
    state: 'stopping',
    summary: 'spring is stopping: kim stopped it.',
    nextChange: null,
    holds: [{ code: 'stopping', fact: 'kim stopped it', nextChange: null }],
    excluded: [],
    open: 1,
    scheduled: 0,
    looked: 1,
    isSampled: false,
    gates: [],
  };
  const shell = aShell({
    answers: { 'GET /rollouts': () => aPage(aRollout()), [`GET /rollouts/${ID}/why`]: () => why },
  });
  assert.equal(await shell.updraft('why', '--rollout', 'spring'), 0, shell.err());
  assert.match(shell.out(), /Counted over its one open device\./);
  assert.match(shell.out(), /assignment list --filter 'rollout\.name=="spring";state==canceling'/);
  assert.match(shell.out(), /updraft cancel DEVICE --force/);
});

test('why of a device that was asked to cancel tells how to end one that is dead', async () => {
  const gate = { gate: 'contact', passed: false, blocks: 'all', fact: 'last contact 7 min ago', nextChange: null };
  const why = {
    device: 'gw-1',
    state: 'canceling',
    assignment: null,
    waiting: [],
    mayDownload: true,
    mayInstall: true,
    gates: [gate],
    lastContactAt: null,
    summary: 'The device has been asked to cancel os 2.0.',
  };
  const shell = aShell({ answers: { 'GET /devices/gw-1/why': () => why } });
  assert.equal(await shell.updraft('why', 'gw-1'), 0, shell.err());
  assert.match(shell.out(), /It is told at each contact, until it answers\. Last contact: never\./);
  assert.match(shell.out(), /If it is dead: "updraft cancel gw-1 --force"\./);
  assert.doesNotMatch(shell.out(), /It may/);
});

test('a rollout is shown with its limits, the zone of a window, what starts a phase, and what a change changed', async () => {
  const phases = [
    aPhase({ soakSeconds: 7200 }),
    aPhase({ number: 2, next: 'hand', successPercent: 95 }),
    aPhase({ number: 3 }),
  ];
  const rollout = aRollout({ phases });
  const { windows, timeLimits } = rollout.policy;
  const nightly = { cron: '0 0 22 ? * *', durationSeconds: 14_400, zone: 'Asia/Kolkata' };
  const policy = { ...rollout.policy, windows: { ...windows, windows: [nightly] } };
  const change = {
    state: { before: 'running', after: 'paused' },
    'policy.timeLimits': { before: timeLimits, after: { ...timeLimits, silenceSeconds: 60 } },
  };
  const shell = await shown({ ...rollout, policy }, change);
  assert.match(shell.out(), /^windows +0 0 22 \? \* \* for 4 h in Asia\/Kolkata \(/m);
  assert.match(shell.out(), /^time limits +downloading 10 min, .*awaiting-report 10 min, .*silence 10 min$/m);
  assert.match(
    shell.out(),
    /0 of 0 succeeded \(next at 100 %, 2 h later\)\n.*\(next at 95 %, by hand\)\n.*0 of 0 succeeded\n/,
  );
  assert.match(shell.out(), /by ben: state: running → paused; policy\.timeLimits\.silenceSeconds: 600 → 60$/m);
});

/** `rollout show` of a rollout that ben has changed. */
async function shown(rollout: ReturnType<typeof aRollout>, change: object) {
  const revision = { revision: 4, at: '2026-01-01T10:00:00Z', actor: 'ben', change };
  const shell = aShell({
    answers: {
      'GET /rollouts': () => aPage(rollout),
      [`GET /rollouts/${ID}`]: () => rollout,
      [`GET /rollouts/${ID}/revisions`]: () => aPage(revision),
    },
  });
  assert.equal(await shell.updraft('rollout', 'show', 'spring'), 0, shell.err());
  return shell;
}

test('why of a device names what waits behind, and what a person can do about the first gate that is shut', async () => {
  const assigned = (number: number, name: string) => ({
    number,
    release: { id: ID, name: 'os', version: String(number) },
    rollout: { id: ID, name, state: 'running' },
  });
  const gate = (name: string, passed: boolean) => ({
    gate: name,
    passed,
    blocks: 'all',
    fact: 'so it is',
    nextChange: null,
  });
  const why = (device: string, gates: object[]) => ({
    device,
    state: 'ready',
    assignment: assigned(7, 'spring'),
    waiting: [assigned(8, 'summer')],
    mayDownload: false,
    mayInstall: false,
    gates,
    lastContactAt: null,
    summary: 'os 7 is held.',
  });
  const shellOf = async (device: string, ...gates: object[]) => {
    const shell = aShell({ answers: { [`GET /devices/${device}/why`]: () => why(device, gates) } });
    assert.equal(await shell.updraft('why', device), 0, shell.err());
    return shell.out();
  };
  const held = await shellOf('gw-1', gate('phase-started', false), gate('penalty-box', false));
  assert.match(held, new RegExp(`"updraft why --rollout ${ID}"`));
  assert.match(held, /Behind it waits os@8, of summer \(assignment 8\)\./);
  assert.match(
    await shellOf('gw-1', gate('window', true), gate('penalty-box', false)),
    /"updraft device release-penalty gw-1"/,
  );
  // Devices may name themselves.
  assert.match(await shellOf('gw;reboot', gate('penalty-box', false)), /"updraft device release-penalty 'gw;reboot'"/);
});

test('why of a rollout that a threshold has paused says how to find who failed, and how to go on', async () => {
  const holds = [{ code: 'error-threshold', fact: '3 of 9 devices of phase 1 have erred', nextChange: null }];
  const nothing = { excluded: [], open: 0, scheduled: 0, looked: 0, isSampled: false, gates: [] };
  const why = { rollout: ID, state: 'paused', summary: 'spring is paused.', nextChange: null, holds, ...nothing };
  const shell = aShell({
    answers: { 'GET /rollouts': () => aPage(aRollout()), [`GET /rollouts/${ID}/why`]: () => why },
  });
  assert.equal(await shell.updraft('why', '--rollout', 'spring'), 0, shell.err());
  assert.match(shell.out(), /assignment list --filter 'rollout\.name=="spring";state==failed'/);
  assert.match(shell.out(), /"updraft rollout resume spring".*"updraft rollout return spring"/);
});

test('why is of a device or of a rollout', async () => {
  const shell = aShell();
  assert.equal(await shell.updraft('why'), 2);
  assert.equal(await shell.updraft('why', 'gw-1', '--rollout', 'spring'), 2);
  assert.equal(shell.asked.length, 0);
});

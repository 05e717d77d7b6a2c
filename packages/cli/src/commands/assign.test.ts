import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallAnswer } from '@updraft/protocols';
import { aShell } from '../../test/a-shell.ts';
import { AN_ID as ID, aDevice, anAssignment } from '../../test/api-answers.ts';
import type { Answers, Asked } from '../../test/a-shell.ts';

/** A server with the devices gw-1 (assignment 17), idle (none) and 42 (assignment 18). */
const FLEET: Answers = {
  'GET /devices/gw-1': () => aDevice({ name: 'gw-1', assignment: 17 }),
  'GET /devices/idle': () => aDevice({ name: 'idle' }),
  'GET /devices/42': () => aDevice({ name: '42', assignment: 18 }),
  'POST /assignments/17/cancel': () => anAssignment({ number: 17, device: 'gw-1', state: 'canceling' }),
  'POST /assignments/17/force-quit': () => anAssignment({ number: 17, device: 'gw-1', state: 'canceling' }),
  'POST /assignments/18/cancel': () => anAssignment({ number: 18, device: '42', state: 'canceling' }),
  'POST /assignments/42/cancel': () => anAssignment({ number: 42, device: 'gw-9', state: 'canceling' }),
};

for (const [argv, last] of [
  [['gw-1'], 'POST /assignments/17/cancel'],
  [['17'], 'POST /assignments/17/cancel'],
  [['gw-1', '--force'], 'POST /assignments/17/force-quit'],
  [['42', '--device'], 'POST /assignments/18/cancel'],
  [['42', '--assignment'], 'POST /assignments/42/cancel'],
] as const) {
  test(`"cancel ${argv.join(' ')}" is ${last}`, async () => {
    const shell = aShell({ answers: FLEET });
    assert.equal(await shell.updraft('cancel', ...argv), 0);
    const { method, path } = shell.asked.at(-1) ?? {};
    assert.equal(`${method} ${path}`, last);
  });
}

test('a number that is also the name of a device cancels nothing until it is said which', async () => {
  const shell = aShell({ answers: FLEET });
  assert.equal(await shell.updraft('cancel', '42', '--json'), 2);
  assert.equal(JSON.parse(shell.err()).code, 'name-unclear');
  assert.ok(shell.asked.every((one) => one.method === 'GET'));
});

test('a device that is assigned nothing, or is not there, is told', async () => {
  const shell = aShell({ answers: FLEET });
  assert.equal(await shell.updraft('cancel', 'idle'), 6);
  assert.equal(await shell.updraft('cancel', 'nobody'), 4);
});

test('a device shows its current assignment, and when it has none the newest', async () => {
  const answers: Answers = {
    ...FLEET,
    'GET /assignments': ({ query }: Asked) => ({
      items:
        query.get('sort') === '-number' && query.get('filter') === 'device=="idle"'
          ? [anAssignment({ number: 9 })]
          : [],
      total: 1,
      totalIsExact: true,
      next: null,
    }),
    'GET /assignments/17': () => anAssignment({ number: 17 }),
    'GET /assignments/17/reports': () => ({ items: [], total: 0, totalIsExact: true, next: null }),
    'GET /assignments/9': () => anAssignment({ number: 9, state: 'failed' }),
    'GET /assignments/9/reports': () => ({ items: [], total: 0, totalIsExact: true, next: null }),
  };
  for (const [device, number] of [
    ['gw-1', 17],
    ['idle', 9],
  ] as const) {
    const shell = aShell({ answers });
    assert.equal(await shell.updraft('assignment', 'show', device, '--json'), 0, shell.err());
    assert.equal(JSON.parse(shell.out()).number, number);
  }
});

test('an open assignment shows when its time limit passes if nothing is heard', async () => {
  const open: CallAnswer<'assignments.show'>['attempts'][number] = {
    number: 17,
    ordinal: 1,
    state: 'installing',
    evidence: [],
    consent: null,
    reason: null,
    message: null,
    asksAgainAt: null,
    offeredAt: '2026-03-01T12:00:00Z',
    begunAt: '2026-03-01T12:00:01Z',
    heardAt: '2026-03-01T12:00:05Z',
    endedAt: null,
    nextDueAt: '2026-03-01T18:00:05Z',
  };
  const answers: Answers = {
    'GET /assignments/17': () => anAssignment({ number: 17, attempts: [open] }),
    'GET /assignments/17/reports': () => ({ items: [], total: 0, totalIsExact: true, next: null }),
  };
  const shell = aShell({ answers });
  assert.equal(await shell.updraft('assignment', 'show', '17'), 0, shell.err());
  assert.match(shell.out(), /time limit +2026-03-01 \d\d:00:05/);
});

test('more devices than one request takes are assigned in several', async () => {
  const made = ({ body }: Asked) => ({
    rollout: ID,
    assigned: [],
    alreadyAssigned: (body as { devices: string[] }).devices,
    alreadyInstalled: [],
    warnings: [],
    held: [],
  });
  const shell = aShell({ answers: { 'POST /assignments': made } });
  const devices = Array.from({ length: 5_001 }, (_, at) => `gw-${at}`);
  assert.equal(
    await shell.updraft('assign', ...devices, '--release', ID, '--json', '--time-limit', 'awaiting-report=20min'),
    0,
  );
  assert.deepEqual(JSON.parse(shell.out()).alreadyAssigned, devices);
  assert.deepEqual(
    shell.asked.map((one) => (one.body as { policy: { timeLimits: object } }).policy.timeLimits),
    [{ awaitingReportSeconds: 1_200 }, { awaitingReportSeconds: 1_200 }],
  );
});

const SHORT: CallAnswer<'assignments.create'>['warnings'][number] = {
  code: 'window-too-short',
  path: 'policy.windows.windows.0.durationSeconds',
  severity: 'warned',
  detail: 'Found "60"; expected at least the 300 s that an installation took.',
};

test('what may surprise is told in the words of rollouts, and who has to wait with the reason', async () => {
  const held = [{ reason: 'never-in-contact', count: 1, examples: ['gw-2'] }];
  const made = {
    rollout: ID,
    assigned: [anAssignment({ number: 17, device: 'gw-1' }), anAssignment({ number: 18, device: 'gw-2' })],
    alreadyAssigned: [],
    alreadyInstalled: [],
    warnings: [SHORT],
    held,
  };
  const shell = aShell({ answers: { 'POST /assignments': () => made } });
  const argv = ['assign', 'gw-1', 'gw-2', '--release', ID, '--window', '0 0 22 ? * * for 1min'];
  assert.equal(await shell.updraft(...argv), 0, shell.err());
  assert.match(shell.err(), /^Note: policy\.windows\.windows\.0\.durationSeconds: Found "60"; .* \(window-too-short/m);
  assert.match(shell.out(), /gw-2: assigned .*\nAssigned, but held:\n  never-in-contact +1  such as gw-2\n/);
  const asJson = aShell({ answers: { 'POST /assignments': () => made } });
  assert.equal(await asJson.updraft(...argv, '--json'), 0);
  const told = JSON.parse(asJson.out());
  assert.deepEqual([told.warnings, told.held], [[SHORT], held]);
});

test('what several requests say alike is told once, and that each keeps the pace for itself', async () => {
  const made = ({ body }: Asked) => {
    const { devices } = body as { devices: string[] };
    const held = [{ reason: 'penalty-box', count: devices.length, examples: devices.slice(0, 3) }];
    return { rollout: ID, assigned: [], alreadyAssigned: [], alreadyInstalled: [], warnings: [SHORT], held };
  };
  const shell = aShell({ answers: { 'POST /assignments': made } });
  const devices = Array.from({ length: 5_002 }, (_, at) => `gw-${at}`);
  assert.equal(await shell.updraft('assign', ...devices, '--release', ID, '--json', '--parallel', '10'), 0);
  const { warnings, held } = JSON.parse(shell.out()) as CallAnswer<'assignments.create'>;
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['pace-per-request', SHORT.code],
  );
  assert.deepEqual(held, [
    { reason: 'penalty-box', count: 5_002, examples: ['gw-0', 'gw-1', 'gw-2', 'gw-5000', 'gw-5001'] },
  ]);
});

test('an emergency is assigned by saying so', async () => {
  const none = { rollout: null, assigned: [], alreadyAssigned: [], alreadyInstalled: [], warnings: [], held: [] };
  const shell = aShell({ answers: { 'POST /assignments': () => none } });
  assert.equal(await shell.updraft('assign', 'gw-1', '--release', ID, '--emergency'), 0);
  assert.deepEqual(shell.asked[0]?.body, { release: ID, devices: ['gw-1'], policy: { emergency: true } });
});

test('a stage that is none is told with those that are', async () => {
  const shell = aShell();
  assert.equal(await shell.updraft('assign', 'gw-1', '--release', ID, '--time-limit', 'flying=1h'), 2);
  assert.match(shell.err(), /installing/);
});

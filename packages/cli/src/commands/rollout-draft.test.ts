import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { aRelease, aRollout, AN_ID } from '../../test/api-answers.ts';
import { aPage, aProblem, aShell } from '../../test/a-shell.ts';

/** A shell whose server makes, and changes, every rollout; `draft.yaml` in its folder says `file`. */
function desk(file = '') {
  const shell = aShell({
    answers: {
      'GET /releases': () => aPage(aRelease({ state: 'published' })),
      'GET /rollouts': () => aPage(aRollout()),
      'POST /rollouts': () => ({ ...aRollout({ state: 'ready' }), warnings: [] }),
      [`PATCH /rollouts/${AN_ID}`]: () => ({ ...aRollout(), warnings: WARNINGS }),
    },
  });
  const draft = path.join(shell.folder, 'draft.yaml');
  writeFileSync(draft, file);
  const sent = (method: string) => shell.asked.find((one) => one.method === method)?.body;
  return { shell, draft, sent };
}

const WARNINGS = [{ code: 'phase-empty', path: 'phases.0.size', severity: 'warned', detail: 'Nobody is in it.' }];

const WHOLE_FILE = `
name: spring
release: os@1
filter: type==board-a
weight: 700
policy:
  start: { by: time, at: 2026-04-01T20:00:00Z }
  approval: required
  action: { kind: soft }
  consent: { required: true, askAgainSeconds: 3600 }
  windows:
    windows:
      - { cron: 0 0 22 ? * MON-FRI, durationSeconds: 14400 }
    blackouts:
      - { from: 2026-12-24, to: 2026-12-26 }
    zone: Europe/Rome
    downloadAhead: true
  pace: { parallel: 100, perMinute: 20, perSite: 2 }
  retries: { limit: 3, on: [failed], firstSeconds: 60, factor: 2, capSeconds: 600, jitterPercent: 10 }
  timeLimits: { installingSeconds: 1200 }
  onFailure: stop
  dynamic: true
  emergency: false
phases:
  - { name: canary, size: { by: count, count: 5 }, error: { percent: 0, minimum: 1 }, soakSeconds: 86400, next: hand }
  - { size: { by: filter, filter: tag==lab }, successPercent: 90 }
  - { size: { by: rest } }
`;

test('every part of a policy and of phases may stand in a file, with the names of the API', async () => {
  const { shell, draft, sent } = desk(WHOLE_FILE);
  assert.equal(await shell.updraft('rollout', 'create', '--file', draft), 0, shell.err());
  const body = sent('POST') as Record<string, Record<string, unknown>>;
  assert.deepEqual([body['name'], body['release'], body['weight']], ['spring', AN_ID, 700]);
  assert.deepEqual(body['policy']?.['windows'], {
    windows: [{ cron: '0 0 22 ? * MON-FRI', durationSeconds: 14_400 }],
    blackouts: [{ from: '2026-12-24', to: '2026-12-26' }],
    zone: 'Europe/Rome',
    downloadAhead: true,
  });
  assert.deepEqual(body['policy']['start'], { by: 'time', at: '2026-04-01T20:00:00Z' });
  assert.equal((body['phases'] as unknown as readonly object[]).length, 3);
});

test('every part of a policy may be given as options', async () => {
  const { shell, sent } = desk();
  const options = [
    ['rollout', 'create', 'spring', '--release', 'os@1', '--phase', '5,name=canary,soak=1d', '--phase', 'rest'],
    ['--start-at', '2026-04-01T22:00+02:00', '--approval', 'required', '--forced-at', '2026-05-01T00:00Z'],
    ['--consent', '--ask-again', '1h', '--window', '0 0 22 ? * * for 4h', '--zone', 'Europe/Rome'],
    ['--blackout', '2026-12-24..2026-12-26', '--blackout', '2026-12-31', '--download-ahead'],
    ['--parallel', '100', '--per-minute', 'any', '--retries', '3', '--retry-on', 'failed,silence'],
    ['--retry-wait', '1min', '--time-limit', 'installing=20min', '--on-failure', 'return', '--dynamic'],
  ];
  const status = await shell.updraft(...options.flat());
  assert.equal(status, 0, shell.err());
  assert.deepEqual(sent('POST'), {
    name: 'spring',
    release: AN_ID,
    phases: [{ size: { by: 'count', count: 5 }, name: 'canary', soakSeconds: 86_400 }, { size: { by: 'rest' } }],
    policy: {
      start: { by: 'time', at: '2026-04-01T20:00:00Z' },
      approval: 'required',
      action: { kind: 'time-forced', forcedAt: '2026-05-01T00:00:00Z' },
      consent: { required: true, askAgainSeconds: 3600 },
      windows: {
        windows: [{ cron: '0 0 22 ? * *', durationSeconds: 14_400 }],
        blackouts: [
          { from: '2026-12-24', to: '2026-12-26' },
          { from: '2026-12-31', to: '2026-12-31' },
        ],
        zone: 'Europe/Rome',
        downloadAhead: true,
      },
      pace: { parallel: 100, perMinute: null },
      retries: { limit: 3, on: ['failed', 'silence'], firstSeconds: 60 },
      timeLimits: { installingSeconds: 1200 },
      onFailure: 'return',
      dynamic: true,
    },
  });
});

test('a window may have a time zone of its own, and an approval be by right', async () => {
  const { shell, sent } = desk();
  const options = ['--window', '0 0 22 ? * * for 4h in Asia/Kolkata', '--approval', 'by-right'];
  assert.equal(await shell.updraft('rollout', 'create', 'spring', '--release', 'os@1', ...options), 0, shell.err());
  const windows = [{ cron: '0 0 22 ? * *', durationSeconds: 14_400, zone: 'Asia/Kolkata' }];
  assert.deepEqual((sent('POST') as { readonly policy: object }).policy, {
    approval: 'by-right',
    windows: { windows },
  });
});

test('an option goes before the file, part by part', async () => {
  const { shell, draft, sent } = desk(WHOLE_FILE);
  await shell.updraft('rollout', 'create', 'autumn', '--file', draft, '--parallel', '7', '--weight', '1');
  const body = sent('POST') as Record<string, Record<string, unknown>>;
  assert.deepEqual([body['name'], body['weight']], ['autumn', 1]);
  assert.deepEqual(body['policy']?.['pace'], { parallel: 7, perMinute: 20, perSite: 2 });
});

test('a misspelt key is refused with its line and the key that was meant, and nothing is sent', async () => {
  const { shell, draft } = desk('release: os@1\npolicy:\n  pace:\n    paralel: 3\n  onFailur: stop\n');
  assert.equal(await shell.updraft('rollout', 'create', 'x', '--file', draft), 2);
  assert.match(shell.err(), /draft\.yaml:4: "policy\.pace\.paralel" is not known; did you mean "parallel"\?/);
  assert.match(shell.err(), /draft\.yaml:5: "policy\.onFailur" is not known; did you mean "onFailure"\?/);
  assert.equal(shell.asked.length, 0);
});

test('a wrong value is refused with its line', async () => {
  const { shell, draft } = desk('release: os@1\nphases:\n  - size: { by: count, count: many }\n');
  assert.equal(await shell.updraft('rollout', 'create', 'x', '--file', draft), 2);
  assert.match(shell.err(), /draft\.yaml:3: phases\.0\.size\.count: /);
});

for (const [file, what] of [
  ['release: [', 'is broken'],
  ['- 1\n- 2\n', 'holds a list'],
  ['', 'is empty'],
  ['a: &a [*b]\n', 'names what is not there'],
] as const)
  test(`a file that ${what} is refused`, async () => {
    const { shell, draft } = desk(file);
    assert.equal(await shell.updraft('rollout', 'create', 'x', '--file', draft), 2);
  });

test('what cannot be meant is told once, with its place and its code', async () => {
  const detail = 'The phases take 120 % together.';
  const more = {
    detail,
    reason: 'percent-over-100',
    errors: [{ path: 'phases', message: `percent-over-100: ${detail}` }],
  };
  const answers = {
    'GET /releases': () => aPage(aRelease({ state: 'published' })),
    'POST /rollouts': () => aProblem(422, 'rollout-impossible', more),
  };
  const shell = aShell({ answers });
  assert.equal(await shell.updraft('rollout', 'create', 'spring', '--release', 'os@1'), 1);
  const lines = shell.err().trim().split('\n');
  assert.deepEqual(lines, [`updraft: ${detail} (rollout-impossible, percent-over-100)`, '  phases: percent-over-100']);
});

test('what contradicts itself is wrong use', async () => {
  const wrong = [
    ['--start-by', 'hand', '--start-at', '2026-04-01T22:00Z'],
    ['--action', 'soft', '--forced-at', '2026-04-01T22:00Z'],
    ['--any-time', '--window', '0 0 22 ? * * for 4h'],
    ['--window', '0 0 22 ? * *'],
    ['--start-at', 'tomorrow'],
    ['--retry-factor', 'twice'],
    ['--phase', 'all'],
  ];
  for (const options of wrong) {
    const { shell } = desk();
    assert.equal(await shell.updraft('rollout', 'create', 'x', '--release', 'os@1', ...options), 2, options.join(' '));
    assert.ok(shell.asked.every(({ method }) => method === 'GET'));
  }
});

test('a change is sent as options say it, and what may surprise is told on stderr', async () => {
  const { shell, sent } = desk();
  const options = ['--per-site', 'any', '--no-dynamic', '--phase', '2:success=90'];
  assert.equal(await shell.updraft('rollout', 'set', 'spring', ...options), 0, shell.err());
  assert.deepEqual(sent('PATCH'), {
    policy: { pace: { perSite: null }, dynamic: false },
    phases: [{ number: 2, successPercent: 90 }],
  });
  assert.match(shell.err(), /phases\.0\.size: Nobody is in it\. \(phase-empty\)/);
  assert.equal(await desk().shell.updraft('rollout', 'set', 'spring'), 2);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AN_ID as ID, anAutoAssignment, aRelease, aSavedFilter } from '../../test/api-answers.ts';
import { aPage, aShell } from '../../test/a-shell.ts';
import type { Answers } from '../../test/a-shell.ts';

const OTHER = '01890a5d-ac96-774b-bcce-b302099a8058';
const ASSIGNING = aSavedFilter({ autoAssignment: anAutoAssignment() });

/** A server with the filter beta, that assigns something where `filter` says so, and the release os@2. */
function server(filter = aSavedFilter()): Answers {
  return {
    'GET /filters': () => aPage(filter),
    'POST /filters': () => filter,
    'GET /releases': () => aPage(aRelease({ id: OTHER, name: 'os', version: '2' })),
    [`GET /filters/${ID}`]: () => filter,
    [`PATCH /filters/${ID}`]: () => filter,
    [`DELETE /filters/${ID}`]: () => new Response(null, { status: 204 }),
    [`PUT /filters/${ID}/auto-assignment`]: () => ({ ...ASSIGNING, warnings: [] }),
    [`DELETE /filters/${ID}/auto-assignment`]: () => aSavedFilter(),
  };
}

test('a filter is saved, and told what it keeps assigning, with a weight and a policy', async () => {
  const shell = aShell({ answers: server() });
  const argv = ['--query', 'tag==beta', '--assign', 'os@2', '--weight', '300', '--consent', '--retries', '3'];
  assert.equal(await shell.updraft('filter', 'create', 'beta', ...argv), 0, shell.err());
  assert.deepEqual(
    shell.asked.filter(({ method }) => method !== 'GET').map(({ method, path, body }) => [method, path, body]),
    [
      ['POST', '/filters', { name: 'beta', query: 'tag==beta' }],
      [
        'PUT',
        `/filters/${ID}/auto-assignment`,
        { release: OTHER, weight: 300, policy: { consent: { required: true }, retries: { limit: 3 } } },
      ],
    ],
  );
});

test('what may surprise of what a filter keeps assigning is told in the words of rollouts', async () => {
  const warned = {
    code: 'windows-ignored',
    path: 'policy.emergency',
    severity: 'warned',
    detail: 'It ignores windows.',
  };
  const answers: Answers = {
    ...server(),
    [`PUT /filters/${ID}/auto-assignment`]: () => ({ ...ASSIGNING, warnings: [warned] }),
  };
  const shell = aShell({ answers });
  const argv = ['--query', 'tag==beta', '--assign', 'os@2', '--emergency', '--window', '0 0 22 ? * * for 4h'];
  assert.equal(await shell.updraft('filter', 'create', 'beta', ...argv), 0, shell.err());
  assert.match(shell.err(), /^Note: policy\.emergency: It ignores windows\. \(windows-ignored\)$/m);
});

test('another release keeps the weight and the policy of what is assigned; a changed part keeps the others', async () => {
  const { weight, policy } = anAutoAssignment();
  for (const [argv, expected] of [
    [['--assign', 'os@2'], { release: OTHER, weight, policy }],
    [['--per-site', '2'], { release: ID, weight, policy: { ...policy, pace: { ...policy.pace, perSite: 2 } } }],
  ] as const) {
    const shell = aShell({ answers: server(ASSIGNING) });
    assert.equal(await shell.updraft('filter', 'set', 'beta', ...argv), 0, shell.err());
    const { method, body } = shell.asked.at(-1) ?? {};
    assert.deepEqual([method, body], ['PUT', expected]);
  }
});

test('a filter is changed, assigns no more, and is removed', async () => {
  for (const [argv, expected] of [
    [
      ['set', 'beta', '--query', ''],
      [`PATCH /filters/${ID}`, { query: '' }],
    ],
    [
      ['set', 'beta', '--no-assign'],
      [`DELETE /filters/${ID}/auto-assignment`, null],
    ],
    [
      ['rm', 'beta'],
      [`DELETE /filters/${ID}`, null],
    ],
  ] as const) {
    const shell = aShell({ answers: server(ASSIGNING) });
    assert.equal(await shell.updraft('filter', ...argv), 0, shell.err());
    const { method, path, body } = shell.asked.at(-1) ?? {};
    assert.deepEqual([`${method} ${path}`, body], expected);
  }
});

test('a policy of nothing that is assigned is refused before anything is saved', async () => {
  for (const argv of [
    ['create', 'beta', '--query', '', '--weight', '3'],
    ['set', 'beta', '--consent'],
    ['set', 'beta', '--no-assign', '--consent'],
  ]) {
    const shell = aShell({ answers: server() });
    assert.equal(await shell.updraft('filter', ...argv), 2);
    assert.ok(shell.asked.every(({ method }) => method === 'GET'));
  }
});

test('a filter is shown and listed with what it assigns', async () => {
  const shell = aShell({ answers: server(ASSIGNING) });
  assert.equal(await shell.updraft('filter', 'show', 'beta'), 0, shell.err());
  assert.match(shell.out(), /^assigns +os@1$/m);
  assert.match(shell.out(), /^pace +7 at once$/m);
  assert.match(shell.out(), /12 devices/);
  const other = aShell({ answers: server(ASSIGNING) });
  assert.equal(await other.updraft('filter', 'list'), 0, other.err());
  assert.match(other.out(), /beta +tag==beta +os@1 +12/);
});

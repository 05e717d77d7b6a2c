import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aLostConnection, aPage, aProblem, aShell } from '../test/a-shell.ts';
import { aDeviceType } from '../test/api-answers.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { run } from './run.ts';

const TYPE = aDeviceType({ description: 'first\u001b[31m' });

for (const [status, code, exit] of [
  [400, 'filter-invalid', 'refused'],
  [401, 'not-authenticated', 'denied'],
  [403, 'not-permitted', 'denied'],
  [404, 'not-found', 'missing'],
  [404, 'route-unknown', 'unreachable'],
  [409, 'name-taken', 'conflict'],
  [412, 'precondition-failed', 'conflict'],
  [422, 'bundle-unsigned', 'refused'],
  [500, 'internal-error', 'unreachable'],
  [507, 'storage-full', 'unreachable'],
] as const) {
  test(`the server's ${code} (${status}) ends with status ${EXIT_CODES[exit].status}`, async () => {
    const shell = aShell({ answers: { 'GET /settings': () => aProblem(status, code) } });
    assert.equal(await shell.updraft('settings', 'show'), EXIT_CODES[exit].status);
    assert.match(shell.err(), new RegExp(`updraft: About ${code}\\..*\\(${code}\\)`));
    assert.equal(shell.out(), '');
  });
}

test('with --json an error is one document on stderr, with its finer code and wrong fields', async () => {
  const more = { reason: 'finer', errors: [{ path: 'name', message: 'too long' }] };
  const shell = aShell({ answers: { 'GET /settings': () => aProblem(422, 'body-invalid', more) } });
  await shell.updraft('settings', 'show', '--json');
  assert.deepEqual(JSON.parse(shell.err()), {
    code: 'body-invalid',
    message: 'About body-invalid.',
    status: 422,
    exitCode: 1,
    ...more,
  });
});

test('a server that is not there ends with status 5', async () => {
  const refused = new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) });
  const shell = aShell({ answers: { 'GET /settings': () => refused } });
  assert.equal(await shell.updraft('settings', 'show', '--json'), 5);
  assert.equal(JSON.parse(shell.err()).code, 'server-unreachable');
});

test('who is not logged in is told before anything is sent', async () => {
  const shell = aShell({ env: { UPDRAFT_TOKEN: '' } });
  assert.equal(await shell.updraft('device', 'list', '--json'), 3);
  assert.equal(JSON.parse(shell.err()).code, 'not-logged-in');
  assert.deepEqual(shell.asked, []);
});

for (const argv of [
  ['nonsense'],
  ['device', 'nonsense'],
  ['device', 'add'],
  ['device', 'list', '--nonsense'],
  ['device', 'list', '--limit', '0'],
  ['settings', 'set'],
  ['help', 'nonsense'],
  ['serve'],
  ['device'],
]) {
  test(`"updraft ${argv.join(' ')}" is wrong use`, async () => {
    const shell = aShell();
    assert.equal(await shell.updraft(...argv), 2);
    assert.deepEqual(shell.asked, []);
    assert.notEqual(shell.err(), '');
  });
}

for (const [argv, page] of [
  [['nonsense'], 'updraft help'],
  [['device', 'nonsense'], 'updraft device --help'],
  [['device', 'add'], 'updraft device add --help'],
  [['--server', 'http://x', 'device', 'list', '--nonsense'], 'updraft device list --help'],
] as const) {
  test(`wrong use of "updraft ${argv.join(' ')}" names the page "${page}"`, async () => {
    const shell = aShell();
    await shell.updraft(...argv);
    assert.ok(shell.err().includes(`"${page}"`), shell.err());
  });
}

test('Ctrl-C ends a command with status 130', async () => {
  const shell = aShell({ signal: AbortSignal.abort(), answers: { 'GET /settings': aLostConnection } });
  assert.equal(await shell.updraft('settings', 'show'), 130);
});

test('an error that nobody expected is told as a defect, without a stack trace', async () => {
  const shell = aShell({ answers: { 'GET /devices': () => aPage() } });
  const now = () => {
    throw new RangeError('oops');
  };
  assert.equal(await run(['device', 'list'], { ...shell, now }), 70);
  assert.match(shell.err(), /RangeError: oops/);
  assert.doesNotMatch(shell.err(), /\n\s+at /);
});

test('the options of every command may stand before it too', async () => {
  const shell = aShell({ answers: { 'GET /device-types': () => aPage(TYPE) } });
  assert.equal(await shell.updraft('--json', '--server', 'http://u.test', 'device-type', 'list'), 0);
  assert.deepEqual(JSON.parse(shell.out()).items, [TYPE]);
});

test('a list with --json is one document of all pages', async () => {
  const pages = {
    '': { items: [TYPE], total: 2, totalIsExact: true, next: 'c' },
    c: { items: [{ ...TYPE, name: 'board-b' }], total: 2, totalIsExact: true, next: null },
  };
  const shell = aShell({
    answers: { 'GET /device-types': ({ query }) => pages[(query.get('cursor') ?? '') as keyof typeof pages] },
  });
  await shell.updraft('device-type', 'list', '--json');
  const { items, total } = JSON.parse(shell.out());
  assert.deepEqual([items.map((row: { name: string }) => row.name), total], [['board-a', 'board-b'], 2]);
});

test('an empty list with --json is an empty document', async () => {
  const shell = aShell({ answers: { 'GET /device-types': () => aPage() } });
  await shell.updraft('device-type', 'list', '--json');
  assert.deepEqual(JSON.parse(shell.out()), { items: [], total: 0, totalIsExact: true });
});

test('a list without rows says whether there are none, or none that match', async () => {
  const shell = aShell({ answers: { 'GET /device-types': () => aPage() } });
  await shell.updraft('device-type', 'list');
  await shell.updraft('device-type', 'list', '--filter', 'name==x');
  assert.match(shell.err(), /^There is no device type\..*\nNothing matches this filter\.\n$/);
});

test('on a terminal a table fits, has colours, and what people wrote stays harmless', async () => {
  const shell = aShell({ columns: 40, answers: { 'GET /device-types': () => aPage(TYPE) } });
  await shell.updraft('device-type', 'list');
  // oxlint-disable-next-line no-control-regex -- escape sequences are what is looked for
  const plain = shell.out().replace(/\u001b\[\d+m/g, '');
  assert.notEqual(plain, shell.out());
  assert.ok(!plain.includes('\u001b'));
  assert.ok(
    plain.split('\n').every((line) => line.length <= 40),
    plain,
  );
});

test('NO_COLOR takes the colours off a terminal', async () => {
  const shell = aShell({ columns: 80, env: { NO_COLOR: '1' }, answers: { 'GET /device-types': () => aPage(TYPE) } });
  await shell.updraft('device-type', 'list');
  assert.ok(!shell.out().includes('\u001b'));
});

test('--ca is what TLS trusts from then on', async () => {
  const shell = aShell();
  assert.equal(await shell.updraft('whoami', '--ca', `${shell.folder}/none.pem`), 2);
  assert.deepEqual(shell.cas, []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AN_ID, aDevice } from '../../test/api-answers.ts';
import { aPage, aShell } from '../../test/a-shell.ts';

const ALL_CHANGED = { changed: 2, missing: [] };

for (const [argv, asked, body] of [
  [['tag', 'canary', 'gw-1', 'gw-2'], 'POST /tags/canary/devices', {}],
  [['untag', 'canary', 'gw-1', 'gw-2'], 'POST /tags/canary/devices/remove', {}],
  [['move', '/plant/a', 'gw-1', 'gw-2'], 'POST /groups/devices', { group: '/plant/a' }],
  [['move', 'none', 'gw-1', 'gw-2'], 'POST /groups/devices', { group: null }],
  [
    ['set-metadata', 'gw-1', 'gw-2', '--set', 'owner=line=1', '--remove', 'rack'],
    'POST /metadata',
    { metadata: { owner: 'line=1', rack: null } },
  ],
] as const)
  test(`"device ${argv.join(' ')}" is ${asked}`, async () => {
    const shell = aShell({ answers: { [asked]: () => ALL_CHANGED } });
    assert.equal(await shell.updraft('device', ...argv), 0, shell.err());
    assert.deepEqual(shell.asked[0]?.body, { ...body, devices: ['gw-1', 'gw-2'] });
    assert.match(shell.out(), /^2 changed\.$/m);
  });

test('devices that match a filter are all found before the first is changed, and changed in slices', async () => {
  const names = Array.from({ length: 5001 }, (_, at) => `gw-${at}`);
  const answers = {
    'GET /devices': () => aPage(...names.map((name) => aDevice({ name }))),
    'POST /tags/old/devices/remove': () => ({ changed: 1, missing: [] }),
  };
  const shell = aShell({ answers });
  assert.equal(await shell.updraft('device', 'untag', 'old', '--filter', 'tag==old'), 0, shell.err());
  assert.equal(shell.asked[0]?.query.get('filter'), 'tag==old');
  const sent = shell.asked.slice(1).map(({ body }) => (body as { readonly devices: readonly string[] }).devices.length);
  assert.deepEqual(sent, [5000, 1]);
});

test('a name that no device has is told, with its own status, after the others are changed', async () => {
  const answers = { 'POST /tags/canary/devices': () => ({ changed: 1, missing: ['gw-9'] }) };
  const shell = aShell({ answers });
  assert.equal(await shell.updraft('device', 'tag', 'canary', 'gw-1', 'gw-9'), 4);
  assert.match(shell.out(), /1 changed\.\nThere is no device "gw-9"\./);
});

test('devices are named, or a filter is, and metadata says something', async () => {
  for (const argv of [
    ['tag', 'canary'],
    ['tag', 'canary', 'gw-1', '--filter', 'name==*'],
    ['set-metadata', 'gw-1'],
    ['set-metadata', 'gw-1', '--set', 'owner'],
  ]) {
    const shell = aShell();
    assert.equal(await shell.updraft('device', ...argv), 2, argv.join(' '));
    assert.equal(shell.asked.length, 0);
  }
});

test('a device is shown with its place, its labels and the time zone that counts', async () => {
  const device = aDevice({
    group: '/plant/a',
    tags: ['canary', 'rev-b'],
    site: 'turin',
    zone: 'Europe/Rome',
    ignoredZone: 'Mars/Olympus',
    metadata: { owner: 'line 1' },
  });
  const shell = aShell({ answers: { 'GET /devices/gw-1': () => device } });
  assert.equal(await shell.updraft('device', 'show', 'gw-1'), 0, shell.err());
  assert.match(shell.out(), /^group +\/plant\/a$/m);
  assert.match(shell.out(), /^tags +canary, rev-b$/m);
  assert.match(shell.out(), /^time zone +Europe\/Rome; it says "Mars\/Olympus", which is none$/m);
  assert.match(shell.out(), /Operators say of it:\n {2}owner +line 1/);
});

const GROUP = { id: AN_ID, path: '/plant/a', zone: 'Europe/Rome', createdAt: '2026-01-01T00:00:00Z', revision: 1 };

test('a group is made, given a time zone, listed and removed, by its path', async () => {
  const answers = {
    'POST /groups': () => GROUP,
    'GET /groups': () => aPage(GROUP),
    [`PATCH /groups/${AN_ID}`]: () => ({ ...GROUP, zone: '' }),
    [`DELETE /groups/${AN_ID}`]: () => new Response(null, { status: 204 }),
  };
  const shell = aShell({ answers });
  assert.equal(await shell.updraft('group', 'add', '/plant/a', '--zone', 'Europe/Rome'), 0, shell.err());
  assert.deepEqual(shell.asked.at(-1)?.body, { path: '/plant/a', zone: 'Europe/Rome' });
  assert.equal(await shell.updraft('group', 'set', '/plant/a', '--zone', 'none'), 0, shell.err());
  assert.deepEqual(shell.asked.at(-1)?.body, { zone: '' });
  assert.equal(await shell.updraft('group', 'list'), 0, shell.err());
  assert.match(shell.out(), /\/plant\/a +Europe\/Rome/);
  assert.equal(await shell.updraft('group', 'rm', '/plant/a'), 0, shell.err());
  assert.equal(await aShell({ answers: { 'GET /groups': () => aPage() } }).updraft('group', 'rm', '/x'), 4);
});

test('tags are listed with how many devices bear them, and removed', async () => {
  const tag = (name: string, devices: number) => ({ name, devices, createdAt: '2026-01-01T00:00:00Z' });
  const answers = {
    'GET /tags': () => aPage(tag('canary', 7), tag('all', 10_000)),
    'DELETE /tags/canary': () => new Response(null, { status: 204 }),
  };
  const shell = aShell({ answers });
  assert.equal(await shell.updraft('tag', 'list'), 0, shell.err());
  assert.match(shell.out(), /canary +7 [^]*all +10000\+ /);
  assert.equal(await shell.updraft('tag', 'rm', 'canary'), 0, shell.err());
});

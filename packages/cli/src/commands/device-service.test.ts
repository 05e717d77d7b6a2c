import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aProblem, aShell } from '../../test/a-shell.ts';
import { aDevice, anAssignment } from '../../test/api-answers.ts';

test('a device that was set aside is taken back', async () => {
  const shell = aShell({ answers: { 'POST /devices/gw-1/release-penalty': () => aDevice() } });
  assert.equal(await shell.updraft('device', 'release-penalty', 'gw-1'), 0);
  assert.match(shell.out(), /gw-1 is not set aside/);
});

test('a device that is not set aside cannot be taken back', async () => {
  const answers = { 'POST /devices/gw-1/release-penalty': () => aProblem(409, 'device-not-set-aside') };
  const shell = aShell({ answers });
  assert.equal(await shell.updraft('device', 'release-penalty', 'gw-1'), 6);
});

test('a device is shown with the time until which it is set aside', async () => {
  const penaltyUntil = '2026-03-02T12:00:00Z';
  const shell = aShell({ answers: { 'GET /devices/gw-1': () => aDevice({ penaltyUntil }) } });
  assert.equal(await shell.updraft('device', 'show', 'gw-1'), 0);
  assert.match(shell.out(), /set aside until +2026-03-02 13:00/);
});

test('a device that goes out of service says so', async () => {
  const answers = { 'POST /devices/gw-1/decommission': () => aDevice({ identity: 'decommissioned' }) };
  const shell = aShell({ answers });
  assert.equal(await shell.updraft('device', 'decommission', 'gw-1', '--json'), 0);
  assert.equal(JSON.parse(shell.out()).identity, 'decommissioned');
});

test('new hardware gets its token, this once, and a name of its own where it has one', async () => {
  const replaced = () => ({ ...aDevice({ name: 'gw-1-b' }), token: 'made-1' });
  const shell = aShell({ answers: { 'POST /devices/gw-1/replace': replaced } });
  assert.equal(await shell.updraft('device', 'replace', 'gw-1', '--name', 'gw-1-b'), 0);
  assert.deepEqual(shell.asked[0]?.body, { name: 'gw-1-b' });
  assert.match(shell.out(), /gw-1-b is new hardware in the place of gw-1\.[^]*made-1/);
});

for (const [argv, consent] of [
  [['gw-1', 'yes', '--note', 'asked'], { consent: 'given', note: 'asked' }],
  [['17', 'no'], { consent: 'declined' }],
] as const) {
  test(`"assignment consent ${argv.join(' ')}" answers that consent is ${consent.consent}`, async () => {
    const shell = aShell({
      answers: {
        'GET /devices/gw-1': () => aDevice({ assignment: 17 }),
        'POST /assignments/17/consent': () => anAssignment(),
      },
    });
    assert.equal(await shell.updraft('assignment', 'consent', ...argv), 0);
    assert.deepEqual(shell.asked.at(-1)?.body, consent);
  });
}

test('an answer about consent that nobody asks for is refused', async () => {
  const answers = { 'POST /assignments/17/consent': () => aProblem(409, 'consent-not-awaited') };
  assert.equal(await aShell({ answers }).updraft('assignment', 'consent', '17', 'yes'), 6);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AN_ID as ID, aDeviceType, aRollout } from '../../test/api-answers.ts';
import { aPage, aShell } from '../../test/a-shell.ts';

for (const [argv, path, body] of [
  [['clone', 'spring', 'summer'], 'clone', { name: 'summer' }],
  [['retry', 'spring'], 'retry', { start: false }],
  [['retry', 'spring', '--name', 'again', '--start'], 'retry', { name: 'again', start: true }],
] as const)
  test(`"rollout ${argv.join(' ')}" makes a rollout from another`, async () => {
    const asked = `POST /rollouts/${ID}/${path}`;
    const answers = { 'GET /rollouts': () => aPage(aRollout()), [asked]: () => aRollout({ name: 'made', total: 3 }) };
    const shell = aShell({ answers });
    assert.equal(await shell.updraft('rollout', ...argv), 0, shell.err());
    const last = shell.asked.at(-1);
    assert.deepEqual([`${last?.method} ${last?.path}`, last?.body], [asked, body]);
    assert.match(shell.out(), /^made is running, with 3 devices\.$/m);
  });

test('a copy that has to be approved says so, and by whom', async () => {
  const policy = { ...aRollout().policy, approval: 'by-right' as const };
  const made = aRollout({ name: "summer's", state: 'awaiting-approval', policy });
  const answers = { 'GET /rollouts': () => aPage(aRollout()), [`POST /rollouts/${ID}/clone`]: () => made };
  const shell = aShell({ answers });
  assert.equal(await shell.updraft('rollout', 'clone', 'spring', 'summer'), 0, shell.err());
  assert.match(shell.out(), /somebody who has the right to approve: "updraft rollout approve 'summer'\\''s'"/);
});

test('a rollout is shown with what was made from it, and with a return that could not be', async () => {
  const links = [{ id: ID, name: 'spring, retry 1', relation: 'retry' as const, state: 'running' as const }];
  const rollout = aRollout({ links, returns: 'impossible' });
  const answers = {
    'GET /rollouts': () => aPage(rollout),
    [`GET /rollouts/${ID}`]: () => rollout,
    [`GET /rollouts/${ID}/revisions`]: () => aPage(),
  };
  const shell = aShell({ answers });
  assert.equal(await shell.updraft('rollout', 'show', 'spring'), 0, shell.err());
  assert.match(shell.out(), /^tried again +spring, retry 1, running$/m);
  assert.match(shell.out(), /^return +impossible: /m);
});

test('a return tells where devices go back to, and of how many it is not known', async () => {
  const excluded = [{ reason: 'incompatible', count: 3, examples: ['gw-7'] }];
  const made = {
    rollouts: [{ ...aRollout({ name: 'spring: return to os 1', total: 4 }), excluded }],
    unknown: 2,
    withdrawn: 5,
  };
  const answers = { 'GET /rollouts': () => aPage(aRollout()), [`POST /rollouts/${ID}/return`]: () => made };
  const shell = aShell({ answers });
  assert.equal(await shell.updraft('rollout', 'return', 'spring'), 0, shell.err());
  assert.match(shell.out(), /^4 devices go back to os@1: spring: return to os 1\.$/m);
  assert.match(shell.out(), /incompatible +3 +such as gw-7/);
  assert.match(shell.out(), /^Of 2 devices /m);
  assert.match(shell.out(), /^What 5 devices ran before has been withdrawn/m);
});

for (const [severity, status] of [
  ['warned', 0],
  ['refused', 1],
] as const)
  test(`a preview of a return changes nothing, and ends with ${status} where a problem is ${severity}`, async () => {
    const release = aRollout().release;
    const excluded = [{ reason: 'incompatible', count: 3, examples: ['gw-7'] }];
    const held = [{ reason: 'penalty-box', count: 1, examples: ['gw-8'] }];
    const warnings = [{ code: 'return-leaves-out', path: 'policy.onFailure', severity, detail: 'withdrawn' }];
    const rollouts = [{ release, previous: release, total: 4, excluded, held }];
    const answers = {
      'GET /rollouts': () => aPage(aRollout()),
      [`POST /rollouts/${ID}/return/preview`]: () => ({ rollouts, unknown: 0, withdrawn: 0, warnings }),
    };
    const shell = aShell({ answers });
    assert.equal(await shell.updraft('rollout', 'return', 'spring', '--preview'), status, shell.err());
    assert.match(shell.out(), /^4 devices would go back to os@1\.$/m);
    assert.match(shell.out(), /incompatible +3[^]*penalty-box +1[^]*return-leaves-out/);
    assert.deepEqual(
      shell.asked.filter(({ method }) => method !== 'GET').map(({ path }) => path),
      [`/rollouts/${ID}/return/preview`],
    );
  });

for (const [option, downgrade] of [
  ['--downgrade', 'allowed'],
  ['--no-downgrade', 'refused'],
] as const)
  test(`"device-type set ${option}" says whether devices may go back`, async () => {
    const answers = {
      'GET /device-types': () => aPage(aDeviceType()),
      [`PATCH /device-types/${ID}`]: () => aDeviceType({ downgrade }),
    };
    const shell = aShell({ answers });
    assert.equal(await shell.updraft('device-type', 'set', 'board-a', option), 0, shell.err());
    assert.deepEqual(shell.asked.at(-1)?.body, { downgrade });
    const nothing = aShell({ answers });
    assert.equal(await nothing.updraft('device-type', 'set', 'board-a'), 2);
  });

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aShell } from '../../test/a-shell.ts';
import { pollOverrideOption } from './poll-override-option.ts';

const SETTINGS = {
  pollInterval: '01:00:00',
  overdueAllowance: '00:05:00',
  zoneAttribute: null,
  siteAttribute: null,
  signingPolicy: 'off',
  targetTokens: true,
  gatewayTokens: false,
  trustedHeader: true,
  headerAuthorities: 'a1,b2',
  pollDeviationPercent: 10,
  pollsBeforeWindow: 3,
  pollOverrides: [{ filter: 'group==/eu/*', pollInterval: '00:05:00', deviationPercent: 20 }],
  penaltyFailures: 3,
  penaltyWithinSeconds: 86_400,
  penaltySeconds: 86_400,
  keepRolloutsDays: 0,
  keepEventsDays: 0,
  keepArtifactsDays: 0,
  revision: 1,
};
const answers = { 'GET /settings': () => SETTINGS, 'PATCH /settings': () => SETTINGS };

test('settings show how devices poll, and who may speak for them', async () => {
  const shell = aShell({ answers });
  assert.equal(await shell.updraft('settings', 'show'), 0, shell.err());
  assert.match(shell.out(), /poll interval +01:00:00~10%/);
  assert.match(shell.out(), /poll interval of +group==\/eu\/\* -> 00:05:00~20%/);
  assert.match(shell.out(), /trusted header +on, of a1,b2/);
});

test('settings of polling and of the trusted header are changed', async () => {
  const shell = aShell({ answers });
  const polling = [
    '--poll-deviation',
    '5',
    '--poll-override',
    'tag==a -> 00:01:00',
    '--poll-override',
    'tag==b->00:02:00~9%',
  ];
  const header = ['--polls-before-window', '7', '--trusted-header', 'off', '--header-authorities', 'none'];
  assert.equal(await shell.updraft('settings', 'set', ...polling, ...header), 0, shell.err());
  assert.deepEqual(shell.asked.at(-1)?.body, {
    pollDeviationPercent: 5,
    pollsBeforeWindow: 7,
    trustedHeader: false,
    headerAuthorities: '',
    pollOverrides: [
      { filter: 'tag==a', pollInterval: '00:01:00', deviationPercent: 0 },
      { filter: 'tag==b', pollInterval: '00:02:00', deviationPercent: 9 },
    ],
  });
});

test('no rule at all is written as none, and what is no rule is told', () => {
  assert.deepEqual(pollOverrideOption('none', [{ filter: 'a', pollInterval: '00:01:00', deviationPercent: 0 }]), []);
  for (const text of ['tag==a', 'tag==a -> 5', '-> 00:01:00', 'tag==a -> 00:01:00~100%'])
    assert.throws(() => pollOverrideOption(text, undefined), { code: 'commander.invalidArgument' }, text);
});

const KEYS = '/rest/v1/system/configs';

test('a key of hawkBit’s system configuration is shown, set and taken back', async () => {
  const shown = { value: true, global: false };
  const key = 'user.confirmation.flow.enabled';
  const shell = aShell({
    answers: {
      [`GET ${KEYS}`]: () => ({ [key]: { value: false, global: true } }),
      [`GET ${KEYS}/${key}`]: () => shown,
      [`PUT ${KEYS}/${key}`]: () => new Response(null, { status: 204 }),
      [`DELETE ${KEYS}/${key}`]: () => new Response(null, { status: 204 }),
    },
  });
  assert.equal(await shell.updraft('settings', 'hawkbit'), 0, shell.err());
  assert.match(shell.out(), /user\.confirmation\.flow\.enabled +false \(default\)/);
  assert.equal(await shell.updraft('settings', 'hawkbit', key, 'true', '--json'), 0, shell.err());
  assert.equal(await shell.updraft('settings', 'hawkbit', key, '--unset'), 0, shell.err());
  assert.deepEqual(
    shell.asked.map(({ method, body }) => [method, body]),
    [
      ['GET', null],
      ['PUT', { value: true }],
      ['GET', null],
      ['DELETE', null],
      ['GET', null],
    ],
  );
});

test('a key that hawkBit does not have is refused in its words', async () => {
  const refusal = { exceptionClass: 'x', errorCode: 'hawkbit.server.error.configKeyInvalid', message: 'no such key' };
  const shell = aShell({
    answers: { [`GET ${KEYS}/x`]: () => Response.json(refusal, { status: 400 }) },
  });
  assert.notEqual(await shell.updraft('settings', 'hawkbit', 'x', '--json'), 0);
  assert.match(shell.err(), /configKeyInvalid/);
  assert.equal(await shell.updraft('settings', 'hawkbit', '--unset'), 2);
});

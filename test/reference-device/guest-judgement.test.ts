import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import { GuestPlaces } from './guest-places.ts';
import { openTlsServer } from './tls-server.ts';

const LIMITS = { timeout: 240_000 };
/** Nobody listens there. */
const NOWHERE = { SERVER_URL: 'https://127.0.0.1:9' };
const AT_ONCE = { HEALTH_SECONDS: 0, SERVER_SECONDS: 0 };
const TRIAL = { slot: 'b', trial: true, policy: AT_ONCE, identity: NOWHERE } as const;
const TRIED = { slot: 'b', upgrade_available: '1', bootcount: '1', ustate: '2' };
const files = ['places', 'contact'];

suite('the judgement of a boot', { concurrency: 2 }, () => {
  test('a trial whose checks pass and whose server answers is committed, in both copies', LIMITS, async (t) => {
    await using server = await openTlsServer(t);
    if (server === undefined) return;
    const { caFile, url } = server;
    await using guest = await GuestPlaces.make(t, {
      ...TRIAL,
      caFile,
      identity: { SERVER_URL: url },
      environment: TRIED,
    });
    if (guest === undefined) return;
    await guest.run('judge-boot');
    assert.deepEqual(await guest.said(), ['UPDRAFT healthy', 'UPDRAFT committed slot=b version=2.0.0']);
    assert.deepEqual(await guest.environment(), { slot: 'b', upgrade_available: '0', bootcount: '0', ustate: '2' });
    assert.deepEqual(await readFile(guest.at('env')), await readFile(guest.at('env2')));
    assert.equal((await guest.sourced(files, 'quiet_seconds')).stdout, '0\n');
  });

  test('a trial whose check fails goes back to the other slot, with the name of the check', LIMITS, async (t) => {
    const checks = { disk: true, modem: false };
    await using guest = await GuestPlaces.make(t, { ...TRIAL, checks, environment: TRIED });
    if (guest === undefined) return;
    await guest.run('judge-boot');
    assert.deepEqual(await guest.said(), ['UPDRAFT roll-back reason=health:modem', 'restart']);
    const rolledBack = { slot: 'a', upgrade_available: '0', bootcount: '0', ustate: '3', boot_reason: 'health:modem' };
    assert.deepEqual(await guest.environment(), rolledBack);
    assert.deepEqual(await guest.environment('env2'), rolledBack);
  });

  test('a trial that does not reach the server goes back where the old slot had reached it', LIMITS, async (t) => {
    await using guest = await GuestPlaces.make(t, { ...TRIAL, environment: TRIED });
    if (guest === undefined) return;
    await guest.sourced(files, 'contact_write 3599 1800000000');
    await guest.run('judge-boot');
    assert.deepEqual(await guest.said(), ['UPDRAFT roll-back reason=server-unreachable', 'restart']);
    assert.equal((await guest.environment())['boot_reason'], 'server-unreachable');
  });

  test(
    'a server that the old slot had not reached for an hour either is not held against the new one',
    LIMITS,
    async (t) => {
      await using guest = await GuestPlaces.make(t, { ...TRIAL, environment: TRIED });
      if (guest === undefined) return;
      await guest.sourced(files, 'contact_write 3600 1800000000');
      await guest.run('judge-boot');
      assert.equal((await guest.said()).at(-1), 'UPDRAFT committed slot=b version=2.0.0');
    },
  );

  test('a device that never met a server commits without one', LIMITS, async (t) => {
    await using guest = await GuestPlaces.make(t, { ...TRIAL, environment: TRIED });
    if (guest === undefined) return;
    await guest.sourced(files, 'contact_forget');
    await guest.run('judge-boot');
    assert.equal((await guest.environment())['upgrade_available'], '0');
  });

  for (const [decision, checks] of Object.entries({ commit: { fine: true }, 'roll-back': { fine: false } }))
    test(`a ${decision} that cannot be written is not told: the trial is repeated`, LIMITS, async (t) => {
      await using guest = await GuestPlaces.make(t, { ...TRIAL, checks, environment: TRIED });
      if (guest === undefined) return;
      await guest.sourced(files, 'contact_forget');
      await guest.tear('env');
      await guest.tear('env2');
      await guest.run('judge-boot');
      const said = (await guest.said()).filter((line) => !/healthy|unreachable/.test(line));
      assert.deepEqual(said, [`UPDRAFT environment not written: ${decision} not done`, 'restart']);
    });

  test('a committed slot that is well has its count of boots cleared, without a server', LIMITS, async (t) => {
    await using guest = await GuestPlaces.make(t, { policy: AT_ONCE, environment: { slot: 'a', bootcount: '2' } });
    if (guest === undefined) return;
    await guest.run('judge-boot');
    assert.deepEqual(await guest.said(), ['UPDRAFT healthy']);
    assert.deepEqual(await guest.environment('env2'), { slot: 'a', bootcount: '0' });
  });

  test('a committed slot that is unwell runs on, and its boots stay counted', LIMITS, async (t) => {
    const checks = { disk: false };
    await using guest = await GuestPlaces.make(t, {
      policy: AT_ONCE,
      checks,
      environment: { slot: 'a', bootcount: '2' },
    });
    if (guest === undefined) return;
    await guest.run('judge-boot');
    assert.deepEqual(await guest.said(), ['UPDRAFT unhealthy check=disk']);
    assert.deepEqual(await guest.environment(), { slot: 'a', bootcount: '2' });
  });
});

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import { GuestPlaces } from './guest-places.ts';

const LIMITS = { timeout: 240_000 };
const ENVIRONMENT = ['places', 'environment'];
const CONTACT = ['places', 'contact'];

suite('what a device keeps over its restarts', { concurrency: 2 }, () => {
  test('variables are written at once, and to both copies of the environment', LIMITS, async (t) => {
    await using guest = await GuestPlaces.make(t, {
      environment: { slot: 'a', ustate: '1', boot_reason: 'boot-limit' },
    });
    if (guest === undefined) return;
    await guest.sourced(ENVIRONMENT, 'environment_set ustate=0 boot_reason= update_origin=file');
    assert.deepEqual(await guest.environment(), { slot: 'a', ustate: '0', update_origin: 'file' });
    assert.deepEqual(await readFile(guest.at('env')), await readFile(guest.at('env2')));
  });

  test('a first copy that was torn is made anew from the second before it is written', LIMITS, async (t) => {
    await using guest = await GuestPlaces.make(t, { environment: { slot: 'b' } });
    if (guest === undefined) return;
    await guest.tear('env');
    await guest.sourced(ENVIRONMENT, 'environment_set ustate=3');
    assert.deepEqual(await guest.environment(), { slot: 'b', ustate: '3' });
  });

  test('a torn first copy does not spoil the second', LIMITS, async (t) => {
    await using guest = await GuestPlaces.make(t, { environment: { slot: 'b' } });
    if (guest === undefined) return;
    await guest.tear('env');
    assert.notEqual((await guest.sourced(ENVIRONMENT, 'environment_mirror')).exitCode, 0);
    assert.deepEqual(await guest.environment('env2'), { slot: 'b' });
  });

  test('with both copies torn nothing is written, so that no default decides which slot runs', LIMITS, async (t) => {
    await using guest = await GuestPlaces.make(t);
    if (guest === undefined) return;
    await guest.tear('env');
    await guest.tear('env2');
    const before = await readFile(guest.at('env'));
    assert.notEqual((await guest.sourced(ENVIRONMENT, 'environment_set ustate=3')).exitCode, 0);
    assert.deepEqual(await readFile(guest.at('env')), before);
  });

  test('time without contact is kept in place, with the time of the last one', LIMITS, async (t) => {
    await using guest = await GuestPlaces.make(t);
    if (guest === undefined) return;
    const words = 'contact_write 3610 1800000000; contact_write 90 1800000089; quiet_seconds; last_contact';
    assert.equal((await guest.sourced(CONTACT, words)).stdout, '90\n1800000089\n');
    assert.equal((await guest.read('data/updraft/contact')).length, 23);
  });

  test(
    'what the factory wrote is data: no word of it is executed or gets into a configuration unread',
    LIMITS,
    async (t) => {
      const identity = { DEVICE_ID: 'gw-1', TENANT: '$(reboot)', TOKEN: 'a"; x', SERVER_URL: 'https://10.0.2.2:8443' };
      await using guest = await GuestPlaces.make(t, { identity, policy: { POLL_SECONDS: 5 } });
      if (guest === undefined) return;
      const { stdout } = await guest.run('swupdate-configuration');
      assert.match(stdout, /id = "gw-1";\n {2}url = "https:\/\/10\.0\.2\.2:8443";\n/);
      assert.doesNotMatch(stdout, /reboot|tenant|targettoken/);
      assert.match(stdout, /polldelay = 5;/);
    },
  );

  test('a device takes no older version unless its own policy allows it', LIMITS, async (t) => {
    await using strict = await GuestPlaces.make(t);
    await using lenient = await GuestPlaces.make(t, { policy: { ALLOW_DOWNGRADE: 1 } });
    if (strict === undefined || lenient === undefined) return;
    assert.match((await strict.run('swupdate-configuration')).stdout, /no-downgrading = "2\.0\.0";/);
    assert.doesNotMatch((await lenient.run('swupdate-configuration')).stdout, /no-downgrading/);
  });
});

import assert from 'node:assert/strict';
import { basic } from '../a-server.ts';
import { ask, expect, fresh, type Json, refusedAs } from './management-kit.ts';
import { configure } from './management-rollout-kit.ts';
import { aTarget } from './management-targets-rows.ts';
import { differs, gap, row, type Row } from './row.ts';

type Fleet = Parameters<typeof configure>[0];

/** The key as the server has it, after a test has changed it. */
async function unset(fleet: Fleet, key: string): Promise<void> {
  await expect(fleet, 204, `DELETE /system/configs/${key}`);
}

/** Keys whose defaults are hawkBit's. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  'authentication.header.enabled': false,
  'authentication.header.authority': '',
  'authentication.gatewaytoken.enabled': false,
  'authentication.gatewaytoken.key': '',
  pollingTime: '00:05:00',
  pollingOverdueTime: '00:05:00',
  maintenanceWindowPollCount: 3,
  'rollout.approval.enabled': false,
  'auto.assignment.approval.enabled': false,
  'repository.actions.autoclose.enabled': false,
  'action.cleanup.auto.expiry': -1,
  'action.cleanup.auto.status': 'CANCELED,ERROR',
  'action.cleanup.onQuotaHit.percent': 0,
  'action.delete.allowed.statuses': 'CANCELED,ERROR,FINISHED',
  'batch.assignments.enabled': false,
  'user.confirmation.flow.enabled': false,
  'implicit.lock.enabled': true,
};

const keyRows: readonly Row[] = Object.entries(DEFAULTS).map(([key, value]) =>
  row(
    `mgmt.system.default.${key.toLowerCase().replaceAll('.', '-')}`,
    `${key} has hawkBit’s default`,
    async (fleet) => {
      const shown = await expect(fleet, 200, `GET /system/configs/${key}`);
      assert.deepEqual([shown.value, shown.global], [value, true]);
      assert.equal(shown._links.self.href, `${fleet.url}/rest/v1/system/configs/${key}`);
    },
  ),
);

const configurationRows: readonly Row[] = [
  row('mgmt.system.configs', 'all keys are listed with their values', async (fleet) => {
    const all = await expect(fleet, 200, 'GET /system/configs');
    const keys = [...Object.keys(DEFAULTS), 'authentication.targettoken.enabled', 'default.ds.type'];
    assert.deepEqual(Object.keys(all).toSorted(), keys.toSorted());
  }),
  differs('mgmt.system.target-token', 'tokens of targets are off until they are asked for', {
    why: 'a target’s own token is the way in that everybody has here: on, until it is switched off',
    check: async (fleet) => {
      const { value, global } = await expect(fleet, 200, 'GET /system/configs/authentication.targettoken.enabled');
      assert.deepEqual([value, global], [true, true]);
    },
  }),
  row('mgmt.system.set', 'a value that is set is the tenant’s, until it is taken back', async (fleet) => {
    const key = 'maintenanceWindowPollCount';
    await configure(fleet, key, 5);
    const shown = await expect(fleet, 200, `GET /system/configs/${key}`);
    assert.deepEqual([shown.value, shown.global, shown.createdBy, shown.lastModifiedBy], [5, false, 'admin', 'admin']);
    assert.equal(typeof shown.createdAt, 'number');
    await unset(fleet, key);
    const usual = await expect(fleet, 200, `GET /system/configs/${key}`);
    assert.deepEqual([usual.value, usual.global, 'createdBy' in usual], [3, true, false]);
  }),
  row('mgmt.system.set-many', 'several are set at once, or none', async (fleet) => {
    const key = 'batch.assignments.enabled';
    const wrong = { [key]: true, 'no.such.key': 1 };
    refusedAs(await ask(fleet, 'PUT /system/configs', { body: wrong }), 400, 'configKeyInvalid');
    assert.equal((await expect(fleet, 200, `GET /system/configs/${key}`)).value, false);
    const body = { [key]: true, 'action.cleanup.auto.expiry': 86_400_000 };
    await expect(fleet, 204, 'PUT /system/configs', { body });
    const all = await expect(fleet, 200, 'GET /system/configs');
    assert.deepEqual([all[key].value, all['action.cleanup.auto.expiry'].value], [true, 86_400_000]);
    for (const one of Object.keys(body)) await unset(fleet, one);
  }),
  row('mgmt.system.unknown', 'an unknown key is told', async (fleet) => {
    refusedAs(await ask(fleet, 'GET /system/configs/no.such'), 400, 'configKeyInvalid');
    refusedAs(await ask(fleet, 'PUT /system/configs/no.such', { body: { value: 1 } }), 400, 'configKeyInvalid');
    refusedAs(await ask(fleet, 'DELETE /system/configs/no.such'), 400, 'configKeyInvalid');
  }),
  row('mgmt.system.wrong', 'a value that does not fit is told', async (fleet) => {
    const wrong: readonly (readonly [string, unknown])[] = [
      ['rollout.approval.enabled', 'true'],
      ['authentication.header.authority', 1],
      ['pollingTime', '25:00:00:00'],
      ['pollingTime', '00:00:29'],
      ['pollingTime', '00:05:00, colour==red -> 00:02:00'],
      ['pollingTime', '00:05:00 -> 00:02:00'],
      ['pollingOverdueTime', '00:05:00~10%'],
      ['maintenanceWindowPollCount', 0],
      ['maintenanceWindowPollCount', 1.5],
      ['action.cleanup.auto.expiry', '5'],
      ['action.cleanup.auto.status', 'RUNNING'],
      ['action.cleanup.onQuotaHit.percent', 101],
      ['default.ds.type', 999_999],
      ['default.ds.type', 'os'],
    ];
    for (const [key, value] of wrong)
      refusedAs(await ask(fleet, `PUT /system/configs/${key}`, { body: { value } }), 400, 'configValueInvalid');
    refusedAs(await ask(fleet, 'PUT /system/configs/pollingTime', { body: {} }), 400, 'configValueInvalid');
  }),
  row('mgmt.system.polling', 'pollingTime may spread polls, and tell some targets another', async (fleet) => {
    const written = "01:00:00~10%, group=='eu' -> 00:02:00~15%, updatestatus!=in_sync -> 00:03:00";
    await configure(fleet, 'pollingTime', written);
    const { value } = await expect(fleet, 200, 'GET /system/configs/pollingTime');
    assert.equal(value, written);
    const settings = await fleet.api.call('settings.show');
    assert.deepEqual([settings.pollInterval, settings.pollDeviationPercent], ['01:00:00', 10]);
    assert.deepEqual(
      settings.pollOverrides.map(({ pollInterval, deviationPercent }) => [pollInterval, deviationPercent]),
      [
        ['00:02:00', 15],
        ['00:03:00', 0],
      ],
    );
    await unset(fleet, 'pollingTime');
    assert.deepEqual((await fleet.api.call('settings.show')).pollOverrides, []);
  }),
  row('mgmt.system.polling-forms', 'times are read in each of their forms', async (fleet) => {
    for (const [written, shown] of [
      ['10:00', '00:10:00'],
      ['45', '00:00:45'],
      ['PT1H30M', '01:30:00'],
    ]) {
      await configure(fleet, 'pollingTime', written);
      assert.equal((await expect(fleet, 200, 'GET /system/configs/pollingTime')).value, shown);
    }
    await configure(fleet, 'pollingOverdueTime', '00:07:00');
    assert.equal((await fleet.api.call('settings.show')).overdueAllowance, '00:07:00');
    for (const key of ['pollingTime', 'pollingOverdueTime']) await unset(fleet, key);
  }),
  row('mgmt.system.settings', 'what our own API changes shows here', async (fleet) => {
    await fleet.api.call('settings.change', { body: { pollInterval: '00:06:00' } });
    const { value, global } = await expect(fleet, 200, 'GET /system/configs/pollingTime');
    assert.deepEqual([value, global], ['00:06:00', false]);
    await unset(fleet, 'pollingTime');
  }),
  row('mgmt.system.gateway', 'the gateway’s key is shown to who may read it, and lets targets in', async (fleet) => {
    const key = 'authentication.gatewaytoken.key';
    await expect(fleet, 204, 'PUT /system/configs', {
      body: { [key]: 'first-key', 'authentication.gatewaytoken.enabled': true },
    });
    await configure(fleet, key, 'second-key');
    assert.equal((await expect(fleet, 200, `GET /system/configs/${key}`)).value, 'second-key');
    const { controllerId } = await aTarget(fleet);
    const poll = async (token: string) =>
      (await fleet.fetch(`/default/controller/v1/${controllerId}`, { as: `GatewayToken ${token}` })).status;
    assert.deepEqual([await poll('second-key'), await poll('first-key')], [200, 401]);
    const name = fresh('user');
    await fleet.api.call('users.create', { body: { name, password: 'correct horse', rights: [] } });
    const as = basic(name, 'correct horse');
    refusedAs(await ask(fleet, `GET /system/configs/${key}`, { as }), 403, 'insufficientPermission');
    assert.ok(!(key in (await expect(fleet, 200, 'GET /system/configs', { as }))));
    await unset(fleet, key);
    assert.equal(await poll('second-key'), 401);
    await unset(fleet, 'authentication.gatewaytoken.enabled');
  }),
  row('mgmt.system.header', 'the trusted header’s authority is a setting of ours', async (fleet) => {
    await configure(fleet, 'authentication.header.authority', 'issuer-1');
    await configure(fleet, 'authentication.header.enabled', true);
    const { trustedHeader, headerAuthorities } = await fleet.api.call('settings.show');
    assert.deepEqual([trustedHeader, headerAuthorities], [true, 'issuer-1']);
    for (const key of ['authority', 'enabled']) await unset(fleet, `authentication.header.${key}`);
    assert.equal((await fleet.api.call('settings.show')).trustedHeader, false);
  }),
  row('mgmt.system.default-type', 'the default type of distribution sets is set, and not taken away', async (fleet) => {
    const key = 'default.ds.type';
    const usual: Json = await expect(fleet, 200, `GET /system/configs/${key}`);
    const { reader } = fleet.server.store;
    const app = await reader
      .selectFrom('release_kind')
      .select('id')
      .where('key_fold', '=', 'app')
      .orderBy('id')
      .executeTakeFirstOrThrow();
    assert.equal(usual.global, true);
    await configure(fleet, key, app.id);
    assert.equal((await expect(fleet, 200, `GET /system/configs/${key}`)).value, app.id);
    const answer = await ask(fleet, `DELETE /system/configs/${key}`);
    refusedAs(answer, 403, 'repo.tenantConfigurationValueChangeNotAllowed');
    await configure(fleet, key, usual.value);
  }),
  differs('mgmt.system.lock', 'the lock of distribution sets can be switched off', {
    why: 'a published release never changes',
    check: async (fleet) => {
      const what = 'PUT /system/configs/implicit.lock.enabled';
      const answer = await ask(fleet, what, { body: { value: false } });
      refusedAs(answer, 403, 'repo.tenantConfigurationValueChangeNotAllowed');
      await expect(fleet, 204, what, { body: { value: true } });
      await unset(fleet, 'implicit.lock.enabled');
    },
  }),
  gap(
    'mgmt.system.batch',
    'assignments are batched for targets over AMQP',
    'there is no AMQP: the key is kept and shown, and means nothing',
  ),
];

const userRows: readonly Row[] = [
  row('mgmt.user.info', 'who asks is told his tenant, his name and what he may do', async (fleet) => {
    const { tenant, username, permissions } = await expect(fleet, 200, 'GET /userinfo');
    assert.deepEqual([tenant, username], ['DEFAULT', 'admin']);
    for (const one of ['READ_TARGET', 'CREATE_ROLLOUT', 'APPROVE_ROLLOUT', 'READ_TARGET_SECURITY_TOKEN'])
      assert.ok(permissions.includes(one), one);
    assert.equal(new Set(permissions).size, permissions.length);
  }),
  row('mgmt.user.rights', 'who has not a right is not told that he has', async (fleet) => {
    const name = fresh('user');
    await fleet.api.call('users.create', { body: { name, password: 'correct horse', rights: [] } });
    const { permissions, username } = await expect(fleet, 200, 'GET /userinfo', { as: basic(name, 'correct horse') });
    assert.equal(username, name);
    for (const one of ['APPROVE_ROLLOUT', 'READ_GATEWAY_SECURITY_TOKEN']) assert.ok(!permissions.includes(one), one);
  }),
  row('mgmt.user.unknown', 'a wrong password is asked for again', async (fleet) => {
    const answer = await ask(fleet, 'GET /userinfo', { as: basic('admin', 'wrong') });
    assert.equal(answer.status, 401);
    assert.equal(answer.headers.get('www-authenticate'), 'Basic realm="hawkBit"');
  }),
];

export const systemRows: readonly Row[] = [...configurationRows, ...keyRows, ...userRows];

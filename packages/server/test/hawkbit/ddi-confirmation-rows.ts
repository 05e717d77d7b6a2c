import assert from 'node:assert/strict';
import { ddiClient, type DdiClient } from '../a-fleet.ts';
import type { TimedFleet } from '../contract/fleet-maker.ts';
import { linksOf } from './ddi-base-rows.ts';
import { assign, bodyOf, errorCodeOf, offered, send, stateOf, type Offered } from './ddi-kit.ts';
import { differs, row, type Row } from './row.ts';

const ASKED = { consent: { required: true } };

function waiting(fleet: TimedFleet): Promise<Offered> {
  return offered(fleet, ASKED);
}

function answer(device: DdiClient, number: number, confirmation: string, more: object = {}) {
  return send(device, `confirmationBase/${number}/feedback`, { confirmation, ...more });
}

async function autoConfirmOf(device: DdiClient) {
  return bodyOf(await device.ask('confirmationBase'))['autoConfirm'];
}

/** The confirmation flow: §11 of the reference. */
export const confirmationRows: readonly Row[] = [
  row('ddi.base.confirmation', 'what waits for its user is linked alone, with a query', async (fleet) => {
    const { device, number } = await waiting(fleet);
    const links = await linksOf(device);
    assert.deepEqual(Object.keys(links), ['confirmationBase']);
    const pattern = `^${fleet.url}${device.base}/confirmationBase/${number}\\?c=-?\\d+$`;
    assert.match(links['confirmationBase'] ?? '', new RegExp(pattern));
  }),
  row('ddi.confirmation-base.nothing', 'nothing waits, and questions can be switched off', async (fleet) => {
    const device = await fleet.device();
    assert.deepEqual(bodyOf(await device.ask('confirmationBase')), {
      autoConfirm: { active: false, activatedAt: 0 },
      _links: { activateAutoConfirm: { href: `${fleet.url}${device.base}/confirmationBase/activateAutoConfirm` } },
    });
  }),
  row('ddi.confirmation-base.waiting', 'what waits is linked here too, as in the poll', async (fleet) => {
    const { device } = await waiting(fleet);
    const { confirmationBase } = await linksOf(device);
    const { _links } = bodyOf(await device.ask('confirmationBase')) as { _links: Record<string, { href: string }> };
    assert.equal(_links['confirmationBase']?.href, confirmationBase);
    assert.ok(_links['activateAutoConfirm']);
  }),
  row('ddi.confirmation-base.joins', 'a device that a gateway vouches for joins here too', async (fleet) => {
    await fleet.api.call('settings.change', { body: { gatewayTokens: true } });
    const { secret } = await fleet.api.call('gateway-tokens.create', { body: { name: 'confirming' } });
    const device = ddiClient(fleet.url, { name: 'confirming-1', authorization: `GatewayToken ${secret}` });
    assert.equal((await device.ask('confirmationBase')).status, 200);
    await fleet.api.call('devices.show', { params: { device: 'confirming-1' } });
  }),
  row('ddi.confirmation-action.body', 'what waits is described as a confirmation', async (fleet) => {
    const { device, number } = await waiting(fleet);
    const { confirmationBase = '' } = await linksOf(device);
    const body = bodyOf(await device.ask(confirmationBase));
    assert.deepEqual(Object.keys(body), ['id', 'confirmation']);
    assert.equal(body['id'], String(number));
    const { chunks } = body['confirmation'] as { chunks: readonly { artifacts: readonly unknown[] }[] };
    assert.deepEqual([chunks.length, chunks[0]?.artifacts.length], [1, 1]);
  }),
  row('ddi.confirmation-action.absent', 'what does not wait, or is another’s, is not described', async (fleet) => {
    const { device, number } = await offered(fleet);
    assert.deepEqual([(await device.ask(`confirmationBase/${number}`)).status], [404]);
    const other = await waiting(fleet);
    assert.equal((await device.ask(`confirmationBase/${other.number}`)).status, 404);
    const unknown = await device.ask('confirmationBase/123456789');
    assert.equal(errorCodeOf(unknown), 'hawkbit.server.error.repo.entityNotFound');
  }),
  row('ddi.confirmation-action.no-deployment', 'what waits is neither offered nor given out', async (fleet) => {
    const { device, number } = await waiting(fleet);
    const answered = await device.ask(`deploymentBase/${number}`);
    assert.deepEqual([answered.status, answered.text], [404, '']);
    assert.equal((await device.ask('softwaremodules/1/artifacts/update.swu')).status, 404);
  }),
  row('ddi.confirmation-feedback.confirmed', 'what its user confirms is offered at the next poll', async (fleet) => {
    const { device, number } = await waiting(fleet);
    const answered = await answer(device, number, 'confirmed');
    assert.deepEqual([answered.status, answered.text], [200, '']);
    assert.match((await linksOf(device))['deploymentBase'] ?? '', new RegExp(`/deploymentBase/${number}\\?`));
  }),
  row(
    'ddi.confirmation-feedback.denied',
    'what its user denies waits on, is linked again, and is noted',
    async (fleet) => {
      const { device, number } = await waiting(fleet);
      const details = ['not today'];
      assert.equal((await answer(device, number, 'denied', { code: 5, details })).status, 200);
      const { confirmationBase = '' } = await linksOf(device);
      assert.match(confirmationBase, new RegExp(`/confirmationBase/${number}\\?`));
      const { actionHistory } = bodyOf(await device.ask(`${confirmationBase}&actionHistory=5`));
      const messages = ['not today', 'Device reported status code: 5'];
      assert.deepEqual(actionHistory, { status: 'WAIT_FOR_CONFIRMATION', messages });
      assert.equal((await answer(device, number, 'denied')).status, 200, 'once more');
      assert.equal((await answer(device, number, 'confirmed')).status, 200, 'and changes his mind');
      assert.ok((await linksOf(device))['deploymentBase']);
    },
  ),
  row('ddi.confirmation-feedback.taken-back', 'a yes can be taken back while nothing has begun', async (fleet) => {
    const { device, number } = await waiting(fleet);
    await answer(device, number, 'confirmed');
    await device.poll();
    assert.equal((await answer(device, number, 'denied')).status, 200);
    assert.deepEqual(Object.keys(await linksOf(device)), ['confirmationBase']);
  }),
  row('ddi.confirmation-feedback.not-waiting', 'a yes to what does not wait is not found', async (fleet) => {
    const { device, number } = await offered(fleet);
    assert.equal((await answer(device, number, 'confirmed')).status, 404);
    const asked = await waiting(fleet);
    await answer(asked.device, asked.number, 'confirmed');
    assert.equal((await answer(asked.device, asked.number, 'confirmed')).status, 404);
    assert.equal((await answer(device, asked.number, 'confirmed')).status, 404, 'another’s');
    assert.equal((await answer(device, 123_456_789, 'confirmed')).status, 404, 'nobody’s');
  }),
  row('ddi.confirmation-feedback.over', 'a yes to what is over is gone', async (fleet) => {
    const { device, number } = await waiting(fleet);
    await fleet.api.call('assignments.force-quit', { params: { number } });
    assert.equal((await answer(device, number, 'confirmed')).status, 410);
  }),
  row('ddi.confirmation-feedback.unreadable', 'neither yes nor no is refused', async (fleet) => {
    const { device, number } = await waiting(fleet);
    for (const body of ['{', {}, { confirmation: 'maybe' }, { confirmation: 'CONFIRMED' }]) {
      const answered = await send(device, `confirmationBase/${number}/feedback`, body);
      assert.deepEqual([answered.status, errorCodeOf(answered)], [400, 'hawkbit.server.error.rest.body.notReadable']);
    }
  }),
  row('ddi.confirmation-feedback.quota', 'more than 50 messages are refused', async (fleet) => {
    const { device, number } = await waiting(fleet);
    const details = Array.from({ length: 51 }, (_, at) => `m${at}`);
    const answered = await answer(device, number, 'denied', { details });
    assert.deepEqual([answered.status, errorCodeOf(answered)], [429, 'hawkbit.server.error.quota.tooManyEntries']);
  }),
  row('ddi.confirmation.cancel', 'what waits can be cancelled', async (fleet) => {
    const { device, number } = await waiting(fleet);
    await fleet.api.call('assignments.cancel', { params: { number } });
    assert.deepEqual(Object.keys(await linksOf(device)), ['cancelAction']);
    assert.equal((await answer(device, number, 'confirmed')).status, 404);
    assert.equal((await device.report(number, { about: 'cancelAction' })).status, 200);
    assert.equal(await stateOf(fleet, number), 'canceled');
  }),
  row('ddi.auto-confirm.activate', 'who wants no more questions is told so, with who and why', async (fleet) => {
    const { device, number } = await waiting(fleet);
    const by = { initiator: 'local-user', remark: 'night shift' };
    const activated = await send(device, 'confirmationBase/activateAutoConfirm', by);
    assert.deepEqual([activated.status, activated.text], [200, '']);
    const shown = (await autoConfirmOf(device)) as { activatedAt: number };
    assert.deepEqual(shown, { active: true, ...by, activatedAt: shown.activatedAt });
    assert.ok(shown.activatedAt > 0);
    const { _links } = bodyOf(await device.ask('confirmationBase')) as { _links: object };
    assert.deepEqual(Object.keys(_links), ['deactivateAutoConfirm']);
    assert.match(
      (await linksOf(device))['deploymentBase'] ?? '',
      new RegExp(`/${number}\\?`),
      'what waited is confirmed',
    );
  }),
  row('ddi.auto-confirm.no-body', 'questions are switched off without a body', async (fleet) => {
    const device = await fleet.device();
    assert.equal((await device.ask('confirmationBase/activateAutoConfirm', { method: 'POST' })).status, 200);
    const shown = (await autoConfirmOf(device)) as { activatedAt: number };
    assert.deepEqual(shown, { active: true, activatedAt: shown.activatedAt });
  }),
  row('ddi.auto-confirm.twice', 'what is switched off already is refused with hawkBit’s code', async (fleet) => {
    const device = await fleet.device();
    await send(device, 'confirmationBase/activateAutoConfirm', {});
    const again = await send(device, 'confirmationBase/activateAutoConfirm', {});
    assert.deepEqual([again.status, errorCodeOf(again)], [409, 'hawkbit.server.error.repo.autoConfAlreadyActive']);
  }),
  row('ddi.auto-confirm.new', 'what is assigned later is offered without a question', async (fleet) => {
    const device = await fleet.device();
    await send(device, 'confirmationBase/activateAutoConfirm', {});
    await assign(fleet, { device, release: await fleet.release(), policy: ASKED });
    assert.ok((await linksOf(device))['deploymentBase']);
    const release = await fleet.release();
    const body = { name: `auto ${device.name}`, release: release.id, filter: `name==${device.name}`, policy: ASKED };
    const other = await fleet.device();
    await send(other, 'confirmationBase/activateAutoConfirm', {});
    const filter = `name==${other.name}`;
    await fleet.api.call('rollouts.create', { body: { ...body, filter, start: true } });
    assert.ok((await linksOf(other))['deploymentBase'], 'by a rollout');
  }),
  row('ddi.auto-confirm.deactivate', 'questions are asked again, as often as that is said', async (fleet) => {
    const device = await fleet.device();
    await send(device, 'confirmationBase/activateAutoConfirm', {});
    for (let time = 0; time < 2; time += 1)
      assert.equal((await device.ask('confirmationBase/deactivateAutoConfirm', { method: 'POST' })).status, 200);
    assert.deepEqual(await autoConfirmOf(device), { active: false, activatedAt: 0 });
    await assign(fleet, { device, release: await fleet.release(), policy: ASKED });
    assert.ok((await linksOf(device))['confirmationBase']);
  }),
  row('ddi.confirmation.retry', 'a new attempt asks again, under its own wire id', async (fleet) => {
    const device = await fleet.device();
    const release = await fleet.release();
    const policy = { ...ASKED, retries: { limit: 1, firstSeconds: 10, jitterPercent: 0 } };
    const number = await assign(fleet, { device, release, policy });
    await answer(device, number, 'confirmed');
    await device.poll();
    await device.report(number, { execution: 'proceeding', finished: 'none' });
    await device.report(number, { finished: 'failure' });
    fleet.pass(20);
    const { confirmationBase = '' } = await linksOf(device);
    const second = Number(/confirmationBase\/(\d+)\?/.exec(confirmationBase)?.[1]);
    assert.notEqual(second, number);
    assert.equal((await answer(device, second, 'confirmed')).status, 200);
    assert.match((await linksOf(device))['deploymentBase'] ?? '', new RegExp(`/${second}\\?`));
  }),
  differs('ddi.confirmation.download-only', 'what is only to be downloaded asks nobody', {
    why: 'consent is about what is installed (design: gates)',
    check: async (fleet) => {
      const { href } = await offered(fleet, { ...ASKED, action: { kind: 'download-only' } });
      assert.match(href, /deploymentBase/);
    },
  }),
];

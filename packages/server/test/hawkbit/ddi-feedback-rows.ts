import assert from 'node:assert/strict';
import type { TimedFleet } from '../contract/fleet-maker.ts';
import { linksOf } from './ddi-base-rows.ts';
import { assign, bodyOf, errorCodeOf, feedback, offered, send, stateOf, updated } from './ddi-kit.ts';
import { differs, row, type Row } from './row.ts';

const FINISHED = ['success', 'failure', 'none'] as const;

/** What a report makes of an offer that has not begun, whatever it says of success: the state, and whether it is still linked. */
const EFFECTS = {
  closed: { success: 'succeeded', failure: 'failed', none: 'succeeded', isLinked: false },
  downloaded: { success: 'downloaded', failure: 'downloaded', none: 'downloaded', isLinked: true },
  download: { success: 'downloading', failure: 'downloading', none: 'downloading', isLinked: true },
  proceeding: { success: 'installing', failure: 'installing', none: 'installing', isLinked: true },
  scheduled: { success: 'offered', failure: 'offered', none: 'offered', isLinked: true },
  resumed: { success: 'offered', failure: 'offered', none: 'offered', isLinked: true },
  canceled: { success: 'offered', failure: 'offered', none: 'offered', isLinked: true },
} as const;

const matrix = Object.entries(EFFECTS).flatMap(([execution, effect]) =>
  FINISHED.map((finished) =>
    row(
      `ddi.feedback.${execution}-${finished}`,
      `a report of ${execution} with ${finished} makes it ${effect[finished]}`,
      async (fleet) => {
        const { device, number } = await offered(fleet);
        const answer = await send(device, `deploymentBase/${number}/feedback`, feedback(execution, finished));
        assert.deepEqual([answer.status, answer.text], [200, '']);
        assert.equal(await stateOf(fleet, number), effect[finished]);
        assert.equal('deploymentBase' in (await linksOf(device)), effect.isLinked);
      },
    ),
  ),
);

const rejections = FINISHED.map((finished) =>
  differs(`ddi.feedback.rejected-${finished}`, `an offer that is rejected with ${finished} is made again later`, {
    why: 'hawkBit notes a warning and offers it at each poll again',
    check: async (fleet) => {
      const { device, number } = await offered(fleet);
      const body = feedback('rejected', finished, { details: ['low battery'] });
      assert.equal((await send(device, `deploymentBase/${number}/feedback`, body)).status, 200);
      assert.equal((await linksOf(device))['deploymentBase'], undefined);
      fleet.pass(86_401);
      assert.ok((await linksOf(device))['deploymentBase']);
    },
  }),
);

/** Of a cancellation: the state that follows, and the link. */
const CANCEL_EFFECTS = [
  ['closed', 'success', 'canceled', null],
  ['closed', 'none', 'canceled', null],
  ['closed', 'failure', 'offered', 'deploymentBase'],
  ['rejected', 'success', 'offered', 'deploymentBase'],
  ['rejected', 'none', 'offered', 'deploymentBase'],
  ['canceled', 'success', 'canceling', 'cancelAction'],
  ['canceled', 'none', 'canceling', 'cancelAction'],
  ['proceeding', 'none', 'canceling', 'cancelAction'],
  ['scheduled', 'none', 'canceling', 'cancelAction'],
  ['resumed', 'none', 'canceling', 'cancelAction'],
  ['download', 'none', 'canceling', 'cancelAction'],
  ['downloaded', 'success', 'canceling', 'cancelAction'],
] as const;

const cancelMatrix = CANCEL_EFFECTS.map(([execution, finished, state, link]) =>
  row(
    `ddi.cancel-feedback.${execution}-${finished}`,
    `a cancellation that is answered ${execution} with ${finished} leaves it ${state}`,
    async (fleet) => {
      const { device, number } = await canceling(fleet);
      const answer = await send(device, `cancelAction/${number}/feedback`, feedback(execution, finished));
      assert.deepEqual([answer.status, answer.text], [200, '']);
      assert.equal(await stateOf(fleet, number), state);
      const links = await linksOf(device);
      assert.deepEqual(Object.keys(links), link === null ? [] : [link]);
    },
  ),
);

async function canceling(fleet: TimedFleet) {
  const one = await offered(fleet);
  await fleet.api.call('assignments.cancel', { params: { number: one.number } });
  return one;
}

/** What devices report: §7 and §8 of the reference. */
export const feedbackRows: readonly Row[] = [
  ...matrix,
  ...rejections,
  row('ddi.feedback.rejected-begun', 'what has begun is not rejected any more', async (fleet) => {
    const { device, number } = await offered(fleet);
    await send(device, `deploymentBase/${number}/feedback`, feedback('proceeding', 'none'));
    await send(device, `deploymentBase/${number}/feedback`, feedback('rejected', 'none'));
    assert.ok((await linksOf(device))['deploymentBase']);
  }),
  row('ddi.feedback.intermediate', 'intermediate reports may follow in any order', async (fleet) => {
    const { device, number } = await offered(fleet);
    for (const execution of ['proceeding', 'downloaded', 'scheduled', 'download', 'resumed', 'proceeding'])
      assert.equal((await send(device, `deploymentBase/${number}/feedback`, feedback(execution, 'none'))).status, 200);
    await send(device, `deploymentBase/${number}/feedback`, feedback('closed', 'success'));
    assert.equal(await stateOf(fleet, number), 'succeeded');
  }),
  row('ddi.feedback.installed', 'a success makes the release the installed one', async (fleet) => {
    const { device, release } = await updated(fleet);
    const shown = await fleet.api.call('devices.show', { params: { device: device.name } });
    assert.equal(shown.runningRelease?.id, release.id);
  }),
  row('ddi.feedback.failed-keeps', 'a failure leaves installed what was', async (fleet) => {
    const { device, release } = await updated(fleet);
    const number = await assign(fleet, { device, release: await fleet.release() });
    await device.poll();
    await send(device, `deploymentBase/${number}/feedback`, feedback('closed', 'failure'));
    const shown = await fleet.api.call('devices.show', { params: { device: device.name } });
    assert.equal(shown.runningRelease?.id, release.id);
  }),
  row('ddi.feedback.download-only', 'a download-only action is over with its download', async (fleet) => {
    const { device, number } = await offered(fleet, { action: { kind: 'download-only' } });
    const path = `deploymentBase/${number}/feedback`;
    assert.equal((await send(device, path, feedback('downloaded', 'none'))).status, 200);
    assert.equal(await stateOf(fleet, number), 'succeeded');
    assert.equal((await send(device, path, feedback('closed', 'success'))).status, 410);
    const shown = await fleet.api.call('devices.show', { params: { device: device.name } });
    assert.equal(shown.runningRelease, null);
  }),
  row('ddi.feedback.canceling', 'what is to be cancelled may be closed by its own report', async (fleet) => {
    const { device, number } = await canceling(fleet);
    const answer = await send(device, `deploymentBase/${number}/feedback`, feedback('closed', 'success'));
    assert.equal(answer.status, 200);
    assert.equal(await stateOf(fleet, number), 'succeeded');
  }),
  row('ddi.feedback.over', 'a report about what is over is gone, without a body', async (fleet) => {
    const { device, number } = await updated(fleet);
    for (const body of [feedback('proceeding', 'none'), feedback('closed', 'success'), feedback('closed', 'failure')]) {
      const answer = await send(device, `deploymentBase/${number}/feedback`, body);
      assert.deepEqual([answer.status, answer.text], [410, '']);
    }
  }),
  row('ddi.feedback.unknown', 'a report about another’s action, or none, is not found', async (fleet) => {
    const { number } = await offered(fleet);
    const other = await fleet.device();
    for (const id of [number, 999_999_999]) {
      const answer = await send(other, `deploymentBase/${id}/feedback`, feedback('closed', 'success'));
      assert.deepEqual([answer.status, errorCodeOf(answer)], [404, 'hawkbit.server.error.repo.entityNotFound']);
    }
  }),
  row('ddi.feedback.waiting', 'a report about what waits for its user is not found', async (fleet) => {
    const { device, number } = await offered(fleet, { consent: { required: true } });
    const answer = await send(device, `deploymentBase/${number}/feedback`, feedback('proceeding', 'none'));
    assert.equal(answer.status, 404);
  }),
  row('ddi.feedback.code', 'a status code is kept, also one in quotes', async (fleet) => {
    const { device, number } = await offered(fleet);
    await send(device, `deploymentBase/${number}/feedback`, feedback('proceeding', 'none', { code: 418 }));
    await send(device, `deploymentBase/${number}/feedback`, feedback('proceeding', 'none', { code: '419' }));
    const { items } = await fleet.api.call('assignments.reports', { params: { number } });
    assert.deepEqual(
      items.slice(-2).map(({ code }) => code),
      [418, 419],
    );
  }),
  row('ddi.feedback.timestamp', 'the device’s own time is kept as it wrote it', async (fleet) => {
    const { device, number } = await offered(fleet);
    const body = { timestamp: 1_718_000_000_000, ...feedback('proceeding', 'none') };
    await send(device, `deploymentBase/${number}/feedback`, body);
    const { items } = await fleet.api.call('assignments.reports', { params: { number } });
    assert.equal(items.at(-1)?.deviceAt, '1718000000000');
  }),
  row(
    'ddi.feedback.messages-quota',
    'a report of more than 50 messages is refused, and changes nothing',
    async (fleet) => {
      const { device, number } = await offered(fleet);
      const path = `deploymentBase/${number}/feedback`;
      const details = Array.from({ length: 50 }, (_, at) => `m${at}`);
      assert.equal((await send(device, path, feedback('proceeding', 'none', { details }))).status, 200);
      const answer = await send(device, path, feedback('closed', 'failure', { details: [...details, 'm50'] }));
      assert.deepEqual([answer.status, errorCodeOf(answer)], [429, 'hawkbit.server.error.quota.tooManyEntries']);
      assert.equal(await stateOf(fleet, number), 'installing');
    },
  ),
  row('ddi.feedback.quota', 'after a thousand reports only the last word is taken', async (fleet) => {
    const { device, number } = await offered(fleet);
    const path = `deploymentBase/${number}/feedback`;
    await fillWithReports(fleet, { name: device.name, number });
    const answer = await send(device, path, feedback('proceeding', 'none'));
    assert.deepEqual([answer.status, errorCodeOf(answer)], [429, 'hawkbit.server.error.quota.tooManyEntries']);
    assert.equal((await send(device, path, feedback('closed', 'success'))).status, 200);
    assert.equal(await stateOf(fleet, number), 'succeeded');
  }),
  row('ddi.cancel.body', 'what is to be cancelled is told twice, as text', async (fleet) => {
    const { device, number } = await canceling(fleet);
    const { cancelAction = '' } = await linksOf(device);
    const body = bodyOf(await device.ask(cancelAction));
    assert.deepEqual(body, { id: String(number), cancelAction: { stopId: String(number) } });
  }),
  row('ddi.cancel.retrieved', 'that it was fetched is noted once, and changes nothing', async (fleet) => {
    const { device, number } = await canceling(fleet);
    for (let time = 0; time < 2; time += 1) await device.ask(`cancelAction/${number}`);
    const { items } = await fleet.api.call('assignments.reports', { params: { number } });
    assert.deepEqual(
      items.map(({ kind }) => kind),
      ['cancel-retrieved'],
    );
    assert.equal(await stateOf(fleet, number), 'canceling');
  }),
  row('ddi.cancel.absent', 'what is not to be cancelled is not told', async (fleet) => {
    const { device, number } = await offered(fleet);
    for (const id of [number, 999_999_999]) {
      const answer = await device.ask(`cancelAction/${id}`);
      assert.deepEqual([answer.status, errorCodeOf(answer)], [404, 'hawkbit.server.error.repo.entityNotFound']);
    }
  }),
  ...cancelMatrix,
  row(
    'ddi.cancel-feedback.not-canceling',
    'a cancellation that nobody asked for is refused with hawkBit’s code',
    async (fleet) => {
      const { device, number } = await offered(fleet);
      const answer = await send(device, `cancelAction/${number}/feedback`, feedback('closed', 'success'));
      assert.deepEqual([answer.status, errorCodeOf(answer)], [405, 'hawkbit.server.error.action.notCancelable']);
    },
  ),
  row('ddi.cancel-feedback.over', 'a cancellation of what is over is gone', async (fleet) => {
    const { device, number } = await canceling(fleet);
    await send(device, `cancelAction/${number}/feedback`, feedback('closed', 'success'));
    const answer = await send(device, `cancelAction/${number}/feedback`, feedback('closed', 'success'));
    assert.deepEqual([answer.status, answer.text], [410, '']);
  }),
  row('ddi.cancel-feedback.unknown', 'a cancellation of another’s action is not found', async (fleet) => {
    const { number } = await canceling(fleet);
    const other = await fleet.device();
    assert.equal((await send(other, `cancelAction/${number}/feedback`, feedback('closed', 'success'))).status, 404);
  }),
  row('ddi.cancel-feedback.unreadable', 'a cancellation that cannot be read is refused', async (fleet) => {
    const { device, number } = await canceling(fleet);
    const answer = await send(device, `cancelAction/${number}/feedback`, { status: {} });
    assert.deepEqual([answer.status, errorCodeOf(answer)], [400, 'hawkbit.server.error.rest.body.notReadable']);
  }),
  row('ddi.cancel.force-quit', 'what is ended by force is neither offered nor to be cancelled', async (fleet) => {
    const { device, number } = await canceling(fleet);
    await fleet.api.call('assignments.force-quit', { params: { number } });
    assert.deepEqual(await linksOf(device), {});
  }),
];

/** As many reports as fit, straight to the writer: a thousand requests would take the time of the whole table. */
async function fillWithReports(fleet: TimedFleet, { name, number }: { name: string; number: number }): Promise<void> {
  const { store } = fleet.server;
  const row = await store.reader
    .selectFrom('device')
    .select(['id', 'tenant'])
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  const scope = { tenant: row.tenant, tenantName: 'DEFAULT', actor: name, kind: 'device' as const };
  const heard = { otherwise: { kind: 'noted' as const, input: null } };
  const report = { deviceAt: null, code: null, details: [] };
  const input = { scope, device: row.id, number, about: 'update' as const, heard, report };
  const taken = await Promise.all(Array.from({ length: 999 }, () => store.commands.run('attempt.take-report', input)));
  assert.deepEqual([...new Set(taken.map(({ outcome }) => outcome))], ['kept']);
}

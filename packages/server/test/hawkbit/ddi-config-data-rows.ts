import assert from 'node:assert/strict';
import type { DdiClient } from '../a-fleet.ts';
import type { TimedFleet } from '../contract/fleet-maker.ts';
import { linksOf } from './ddi-base-rows.ts';
import { errorCodeOf, send } from './ddi-kit.ts';
import { differs, row, type Row } from './row.ts';

const put = (device: DdiClient, body: unknown) => send(device, 'configData', body, 'PUT');

async function shown(fleet: TimedFleet, device: DdiClient): Promise<Readonly<Record<string, string>>> {
  return (await fleet.api.call('devices.show', { params: { device: device.name } })).attributes;
}

async function refusedAs(device: DdiClient, data: object, code: string): Promise<void> {
  const answer = await put(device, { data });
  const status = code.endsWith('tooManyEntries') ? 429 : 400;
  assert.deepEqual([answer.status, errorCodeOf(answer)], [status, `hawkbit.server.error.${code}`]);
}

/** What devices say of themselves: §9 of the reference. */
export const configDataRows: readonly Row[] = [
  row('ddi.config-data.default', 'without a mode attributes are merged', async (fleet) => {
    const device = await fleet.device();
    assert.deepEqual([(await put(device, { data: { a: '1', b: '2' } })).status], [200]);
    await put(device, { data: { b: '3', c: '4' } });
    assert.deepEqual(await shown(fleet, device), { a: '1', b: '3', c: '4' });
  }),
  row(
    'ddi.config-data.merge',
    'a merge takes what is new, changes what is known, and drops what is null',
    async (fleet) => {
      const device = await fleet.device();
      await put(device, { data: { a: '1', b: '2' } });
      assert.equal((await put(device, { mode: 'merge', data: { a: null, b: '3', c: '4' } })).status, 200);
      assert.deepEqual(await shown(fleet, device), { b: '3', c: '4' });
    },
  ),
  row('ddi.config-data.replace', 'a replacement is all that is left, without what is null', async (fleet) => {
    const device = await fleet.device();
    await put(device, { data: { a: '1', b: '2' } });
    assert.equal((await put(device, { mode: 'replace', data: { b: null, c: '4' } })).status, 200);
    assert.deepEqual(await shown(fleet, device), { c: '4' });
  }),
  row('ddi.config-data.remove', 'a removal drops the keys, whatever their values', async (fleet) => {
    const device = await fleet.device();
    await put(device, { data: { a: '1', b: '2', c: '3' } });
    assert.equal((await put(device, { mode: 'remove', data: { a: '', b: 'other', d: 'x' } })).status, 200);
    assert.deepEqual(await shown(fleet, device), { c: '3' });
  }),
  row('ddi.config-data.answer', 'an accepted PUT is 200, empty, and withdraws the link', async (fleet) => {
    const device = await fleet.device();
    const answer = await put(device, { data: { a: '1' } });
    assert.deepEqual([answer.status, answer.text, answer.headers['content-length']], [200, '', '0']);
    assert.deepEqual(await linksOf(device), {});
  }),
  row('ddi.config-data.legacy', 'what older clients send beside the data is ignored', async (fleet) => {
    const device = await fleet.device();
    const status = { result: { finished: 'success' }, execution: 'closed', details: [''] };
    assert.equal((await put(device, { id: '', time: '20261121T014404', status, data: { a: '1' } })).status, 200);
    assert.deepEqual(await shown(fleet, device), { a: '1' });
  }),
  row('ddi.config-data.unreadable', 'a body without data, or with an unknown mode, is refused', async (fleet) => {
    const device = await fleet.device();
    for (const body of ['{', '[]', {}, { data: {} }, { data: null }, { mode: 'other', data: { a: '1' } }]) {
      const answer = await put(device, body);
      assert.deepEqual([answer.status, errorCodeOf(answer)], [400, 'hawkbit.server.error.rest.body.notReadable']);
    }
    assert.ok((await linksOf(device))['configData'], 'a refused PUT withdraws nothing');
  }),
  row('ddi.config-data.key-length', 'keys have at most 128 characters', async (fleet) => {
    const device = await fleet.device();
    assert.equal((await put(device, { data: { ['k'.repeat(128)]: 'v' } })).status, 200);
    await refusedAs(device, { ['k'.repeat(129)]: 'v' }, 'repo.invalidTargetAttributes');
  }),
  row('ddi.config-data.value-length', 'values have at most 128 characters', async (fleet) => {
    const device = await fleet.device();
    assert.equal((await put(device, { data: { k: 'v'.repeat(128) } })).status, 200);
    await refusedAs(device, { k: 'v'.repeat(129) }, 'repo.invalidTargetAttributes');
  }),
  row('ddi.config-data.characters', 'control characters are refused, blanks and signs are taken', async (fleet) => {
    const device = await fleet.device();
    assert.equal((await put(device, { data: { 'a b-_!@#$%^&*()+=[]{}|;:\'",.<>/\\?': 'x\ty' } })).status, 200);
    await refusedAs(device, { k: '\u0007' }, 'repo.invalidTargetAttributes');
    await refusedAs(device, { '': 'v' }, 'repo.invalidTargetAttributes');
  }),
  differs('ddi.config-data.scripts', 'letters of any script are taken', {
    why: 'hawkBit takes ASCII; SWUpdate installs nothing while its PUT is refused',
    check: async (fleet) => {
      const device = await fleet.device();
      assert.equal((await put(device, { data: { site: 'Łódź 東京' } })).status, 200);
    },
  }),
  differs('ddi.config-data.scalars', 'numbers and truth values are taken as their text', {
    why: 'as Java’s parser reads them too; nothing else of JSON is an attribute',
    check: async (fleet) => {
      const device = await fleet.device();
      assert.equal((await put(device, { data: { n: 5, t: true } })).status, 200);
      assert.deepEqual(await shown(fleet, device), { n: '5', t: 'true' });
      assert.equal((await put(device, { data: { o: {} } })).status, 400);
    },
  }),
  row('ddi.config-data.quota', 'more than 100 attributes are refused, and nothing is changed', async (fleet) => {
    const device = await fleet.device();
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 'v']));
    assert.equal((await put(device, { data: many(100) })).status, 200);
    await refusedAs(device, { more: 'v' }, 'quota.tooManyEntries');
    assert.equal((await put(device, { data: { k0: null, more: 'v' } })).status, 200, 'one goes, one comes');
    assert.equal(Object.keys(await shown(fleet, device)).length, 100);
  }),
];

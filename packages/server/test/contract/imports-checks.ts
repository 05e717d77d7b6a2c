import type { CallInput } from '@updraft/protocols';
import assert from 'node:assert/strict';
import type { FleetCheck } from './fleet-maker.ts';

const RECORD: CallInput<'imports.record'>['body']['records'][number] = {
  kind: 'assignment',
  number: 7,
  device: 'gw-7',
  rollout: null,
  release: 'os:1.0',
  state: 'FINISHED',
  startedAt: '2026-01-02T03:04:05.000Z',
  endedAt: null,
  actor: 'kim',
  details: { messages: ['finished: it is installed'], code: 200 },
};

/** What is brought along from another server. */
export const importChecks: Readonly<Record<string, FleetCheck>> = {
  'what a device has said to another server stands until it speaks itself': async ({ api, device }) => {
    const [silent, other] = [await device(), await device()];
    await other.attributes({ hw: 'own' });
    const given = [silent.name, other.name, 'nobody'].map((name) => ({ name, attributes: { hw: 'told' } }));
    const told = { devices: [...given, { name: silent.name, attributes: { hw: 'told' } }] };
    const answer = await api.call('imports.attributes', { body: told });
    assert.deepEqual(answer, { kept: [other.name], refused: [], missing: ['nobody'] });
    const shown = (name: string) => api.call('devices.show', { params: { device: name } });
    assert.deepEqual((await shown(silent.name)).attributes, { hw: 'told' });
    assert.deepEqual((await shown(other.name)).attributes, { hw: 'own' });
    assert.ok('configData' in (await silent.poll()));
    await silent.attributes({ hw: 'own' });
    assert.deepEqual((await shown(silent.name)).attributes, { hw: 'own' });
  },
  'attributes that no device could say are refused, each device by itself': async ({ api, device }) => {
    const [long, many, fine] = [await device(), await device(), await device()];
    const devices = [
      { name: long.name, attributes: { k: 'x'.repeat(129) } },
      { name: many.name, attributes: Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`k${at}`, 'v'])) },
      { name: fine.name, attributes: { k: 'v' } },
    ];
    const answer = await api.call('imports.attributes', { body: { devices } });
    assert.deepEqual(answer, { kept: [], refused: [long.name, many.name], missing: [] });
  },
  'what another server did is written down once, and found by its device': async ({ api }) => {
    const body = { source: 'http://old.test', records: [RECORD, { ...RECORD, number: 8, device: 'gw-8' }] };
    assert.deepEqual(await api.call('imports.record', { body }), { recorded: 2, there: 0 });
    const again = { ...body, records: [...body.records, { ...RECORD, kind: 'rollout' as const, device: null }] };
    assert.deepEqual(await api.call('imports.record', { body: again }), { recorded: 1, there: 2 });
    const { items } = await api.call('imports.history', { query: { filter: 'device==GW-7;state==finished' } });
    assert.deepEqual(items, [{ ...RECORD, source: body.source, state: 'finished' }]);
    const { total } = await api.call('imports.history', { query: { filter: 'kind==rollout' } });
    assert.equal(total, 1);
  },
  'what another server did is of its tenant alone': async ({ api, fetch }) => {
    await api.call('imports.record', { body: { source: 'http://other.test', records: [RECORD] } });
    await api.call('tenants.create', {
      body: { name: 'apart', user: { name: 'apart', password: 'a password of it' } },
    });
    const as = `Basic ${Buffer.from('apart:a password of it').toString('base64')}`;
    const page = (await (await fetch('/api/v1/imports/history', { as })).json()) as { readonly total: number };
    assert.equal(page.total, 0);
  },
};

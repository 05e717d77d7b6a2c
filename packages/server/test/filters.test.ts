import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { aServer, json } from './a-server.ts';
import { aFleetTenant } from './a-tenant.ts';
import { contactWritten } from './contract/fleet-maker.ts';

const shared = await aServer({ after });

/** A misspelt field, a wrong operator, a value that is none: each with its place from 1 and what is expected there. */
const WRONG = [
  ['nmae==gw-1', 1, '`name`'],
  ['name==a and atribute.hw==b', 13, '`attribute.hw`'],
  ['name=like=a', 5, '`==`'],
  ['state==instaling', 8, '`installing`'],
  ['name==a b', 9, '`and`'],
  ['(name==a', 9, '`)`'],
  ['lastContactAt<-P7', 15, '`-P7D`'],
] as const;

test('a wrong filter is refused wherever one is taken, with its place and what is expected there', async () => {
  const fleet = await aFleetTenant(shared);
  const { id } = await fleet.release();
  await fleet.device();
  const draft = (filter: string) => ({ name: 'spring', release: id, filter });
  const phases = (filter: string) => [{ size: { by: 'filter', filter } }, {}];
  const ways: readonly ((filter: string) => Promise<Response>)[] = [
    (filter) => fleet.fetch(`/api/v1/devices?filter=${encodeURIComponent(filter)}`),
    (filter) => fleet.fetch('/api/v1/filters', json('POST', { name: 'wrong', query: filter })),
    (filter) => fleet.fetch('/api/v1/rollouts', json('POST', draft(filter))),
    (filter) => fleet.fetch('/api/v1/rollouts', json('POST', { ...draft(''), phases: phases(filter) })),
    (filter) => fleet.fetch('/api/v1/rollouts/preview', json('POST', draft(filter))),
  ];
  for (const [filter, at, expected] of WRONG)
    for (const [way, ask] of ways.entries()) {
      const answer = await ask(filter);
      const { code, detail } = (await answer.json()) as { readonly code: string; readonly detail: string };
      assert.deepEqual([answer.status, code], [400, 'filter-invalid'], `${way}: ${filter}: ${detail}`);
      assert.ok(detail.includes(`at character ${at}: `) && detail.includes(expected), `${way}: ${filter}: ${detail}`);
    }
  assert.equal((await fleet.api.call('filters.list')).total, 0);
  assert.equal((await fleet.api.call('rollouts.list')).total, 0);
});

test('a list is filtered by what its device said, by its labels and by its place', async () => {
  const fleet = await aFleetTenant(shared);
  const [first, second] = [await fleet.device(), await fleet.device()];
  await contactWritten(fleet, first);
  await first.attributes({ hw: 'Rev-B' });
  await fleet.api.call('groups.move', { body: { devices: [second.name], group: '/plants/turin' } });
  await fleet.api.call('metadata.set', { body: { devices: [second.name], metadata: { 'serial number': 'A-17' } } });
  const matching = async (filter: string) =>
    (await fleet.api.call('devices.list', { query: { filter } })).items.map(({ name }) => name);
  assert.deepEqual(await matching('attribute.hw==rev-*'), [first.name]);
  assert.deepEqual(await matching('attribute.hw=is=null;group==/plants/*'), [second.name]);
  assert.deepEqual(await matching("metadata.'serial number'==a-17"), [second.name]);
  assert.deepEqual(await matching('lastContactAt>-PT1H;overdue==false'), [first.name]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DDI_PREFIX, ddiRoutes } from '@updraft/protocols';
import Fastify from 'fastify';
import { mountDdi } from '../../src/doors/ddi/mount-ddi.ts';
import { clientRows } from './client-rows.ts';
import { ddiRows } from './ddi-rows.ts';

test('each line of hawkBit’s device API has one name, and a test or a reason', (t) => {
  const ids = [...ddiRows, ...clientRows].map(({ id }) => id);
  assert.deepEqual([...new Set(ids)], ids);
  for (const { id, says, check, why } of [...ddiRows, ...clientRows]) {
    assert.match(id, /^(ddi|client)(\.[a-z0-9-]+)+$/);
    assert.ok(says !== '' && (check !== null || why !== null), id);
  }
  const shown = ddiRows.filter(({ check }) => check !== null);
  const otherwise = shown.filter(({ why }) => why !== null);
  t.diagnostic(
    `DDI: ${shown.length} of ${ddiRows.length} lines have a test; in ${otherwise.length} we differ on purpose`,
  );
  t.diagnostic(`Clients: ${clientRows.length} lines, each with a test`);
  for (const { id, why } of ddiRows.filter(({ check }) => check === null)) t.diagnostic(`DDI: no test: ${id}: ${why}`);
});

test('the table of the device API lists what is mounted', async () => {
  const app = Fastify();
  const mounted = new Set<string>();
  app.addHook('onRoute', ({ method, url }) => {
    if (method === 'GET' || method === 'POST' || method === 'PUT')
      mounted.add(`${method} ${url.replaceAll(/:\w+/g, '{}')}`);
  });
  await mountDdi(app, {} as never);
  await app.ready();
  // A checksum is asked for at the address of its file, with an ending.
  const files = Object.values(ddiRoutes).map(
    ({ method, path }) => `${method} ${DDI_PREFIX}${path.replace('.MD5SUM', '')}`,
  );
  const listed = new Set(files.map((route) => route.replaceAll(/\{\w+\}/g, '{}')));
  assert.deepEqual([...mounted].toSorted(), [...listed].toSorted());
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { managementRoutes, type ManagementRoute } from '@updraft/protocols/hawkbit-management';
import { managementHandlers } from '../../src/doors/hawkbit-management/handlers.ts';
import { managementRows } from './management-rows.ts';

test('each line of hawkBit’s Management API has one name, and a test or a reason', (t) => {
  const ids = managementRows.map(({ id }) => id);
  assert.deepEqual([...new Set(ids)], ids);
  for (const { id, says, check, why } of managementRows) {
    assert.match(id, /^mgmt(\.[a-z0-9-]+)+$/);
    assert.ok(says !== '' && (check !== null || why !== null), id);
  }
  const shown = managementRows.filter(({ check }) => check !== null);
  const otherwise = shown.filter(({ why }) => why !== null);
  t.diagnostic(
    `Management: ${shown.length} of ${managementRows.length} lines have a test; in ${otherwise.length} we differ on purpose`,
  );
  for (const { id, why } of managementRows.filter(({ check }) => check === null))
    t.diagnostic(`Management: no test: ${id}: ${why}`);
});

test('every operation of the document is mounted', () => {
  const routes: readonly (readonly [string, ManagementRoute])[] = Object.entries(managementRoutes);
  const spoken = routes.filter(([, { bytes }]) => bytes === undefined).map(([name]) => name);
  const mounted = Object.keys(managementHandlers({ store: {}, sealer: {} } as never));
  assert.deepEqual(mounted.toSorted(), spoken.toSorted());
});

import { EVENT_POSITION } from '../outbox/sequence-events.ts';
import { accessTables } from './0001-access-tables.ts';
import { fleetTables } from './0001-fleet-tables.ts';
import { indexes } from './0001-indexes.ts';
import { kindLinkTables, kindTables } from './0001-kind-tables.ts';
import { historyTables } from './0001-history-tables.ts';
import { organisationTables } from './0001-organisation-tables.ts';
import { rolloutTables } from './0001-rollout-tables.ts';
import { softwareTables } from './0001-software-tables.ts';
import type { Migration } from './migration.ts';
import { createIndex, createTable } from './table.ts';

/**
 * Every table of the first schema.
 *
 * The CHECKs on states come from core's lifecycle tables. Once a version has been released, a changed lifecycle needs a
 * migration that renews them: the contract suite compares what the database accepts with the tables.
 */
export const first: Migration = {
  number: 1,
  name: 'first',
  up: async (db, dialect) => {
    for (const table of [
      ...accessTables,
      ...kindTables,
      ...softwareTables,
      ...kindLinkTables,
      ...fleetTables,
      ...organisationTables,
      ...rolloutTables,
      ...historyTables,
    ])
      await createTable(db, dialect, table);
    for (const index of indexes) await createIndex(db, index);
    await db.insertInto('server_state').values({ key: EVENT_POSITION, value: '0' }).execute();
  },
};

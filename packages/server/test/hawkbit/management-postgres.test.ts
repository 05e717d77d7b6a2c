import { fleetTests, postgresFleets } from '../contract/fleet-maker.ts';
import { managementRows } from './management-rows.ts';

/** Lines whose answers hang on SQL that the two databases read each in its own way. */
const OF_SQL = [
  'mgmt.base.paging',
  'mgmt.base.sort',
  'mgmt.target-tags.list',
  'mgmt.target-types.list',
  'mgmt.target-groups.below',
  'mgmt.target-groups.matching',
  'mgmt.targets.filter',
  'mgmt.targets.actions',
  'mgmt.targets.assign-newer',
  'mgmt.targets.assign-offline',
  'mgmt.targets.delete-actions',
  'mgmt.targets.sets',
  'mgmt.targets.status',
];

fleetTests(
  postgresFleets(),
  'hawkBit’s Management API',
  Object.fromEntries(
    managementRows.flatMap(({ id, says, check }) =>
      check !== null && OF_SQL.includes(id) ? [[`${says} (${id})`, check] as const] : [],
    ),
  ),
);

import { fleetTests, postgresFleets } from '../contract/fleet-maker.ts';
import { managementRows } from './management-rows.ts';

/** Lines whose answers hang on SQL that the two databases read each in its own way. */
const OF_SQL = [
  'mgmt.actions.delete',
  'mgmt.actions.search',
  'mgmt.actions.search-rollout',
  'mgmt.auto-assignments.approval',
  'mgmt.base.paging',
  'mgmt.base.sort',
  'mgmt.rollouts.delete',
  'mgmt.rollouts.dynamic-template',
  'mgmt.rollouts.group-targets',
  'mgmt.rollouts.search',
  'mgmt.rollouts.sort',
  'mgmt.module-types.filter',
  'mgmt.modules.filter',
  'mgmt.modules.metadata',
  'mgmt.set-tags.filter',
  'mgmt.set-types.filter',
  'mgmt.set-uses.auto',
  'mgmt.set-uses.invalidate-force',
  'mgmt.set-uses.offline',
  'mgmt.set-uses.statistics',
  'mgmt.sets.complete',
  'mgmt.sets.filter',
  'mgmt.sets.refused',
  'mgmt.system.cleanup',
  'mgmt.system.set',
  'mgmt.target-filters.auto-once',
  'mgmt.target-filters.search',
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

import type { DdiRouteName } from '@updraft/protocols';
import type { ManagementRouteName } from '@updraft/protocols/hawkbit-management';

export type RouteKey = `ddi:${DdiRouteName}` | `rest:${ManagementRouteName}`;

/**
 * `extended`: whoever relies on hawkBit's behaviour meets it, and more. `different`: he meets something else. `same`: nothing
 * is otherwise, and the line only says why no test shows it.
 */
export type Departure = {
  readonly as: 'same' | 'extended' | 'different';
  /** Empty: it belongs to no single route. */
  readonly routes: readonly RouteKey[];
};

const DOWNLOAD = ['ddi:artifacts.download'] as const;
const REJECTED = { as: 'different', routes: ['ddi:deployment.feedback'] } as const;
const ANYWHERE = { as: 'extended', routes: [] } as const;
const PERMISSIONS = { as: 'different', routes: [] } as const;

/** Which routes the lines of the contract tests speak of in which we do otherwise on purpose, or have nothing to show. */
export const DEPARTURES: Readonly<Record<string, Departure>> = {
  'ddi.security-headers': { as: 'different', routes: [] },
  'ddi.cors': { as: 'different', routes: [] },
  'ddi.auth.defaults': { as: 'different', routes: [] },
  'ddi.base.schedule-over': { as: 'different', routes: ['ddi:poll'] },
  'ddi.base.double-slash': ANYWHERE,
  'ddi.base.client-ip': { as: 'different', routes: ['ddi:poll', 'rest:targets.show'] },
  'ddi.base.dos-filter': { as: 'different', routes: [] },
  'ddi.deployment.no-artifacts': { as: 'same', routes: [] },
  'ddi.deployment.window-granted': { as: 'different', routes: ['ddi:deployment.show'] },
  'ddi.download.disposition': { as: 'different', routes: DOWNLOAD },
  'ddi.download.range-suffix-long': { as: 'extended', routes: DOWNLOAD },
  'ddi.download.multipart-boundary': { as: 'different', routes: DOWNLOAD },
  'ddi.download.multipart-order': { as: 'different', routes: DOWNLOAD },
  'ddi.download.no-log': { as: 'different', routes: DOWNLOAD },
  'ddi.download.canceling': { as: 'different', routes: DOWNLOAD },
  'ddi.download.skip-access-check': { as: 'different', routes: DOWNLOAD },
  'ddi.download.gone': { as: 'different', routes: DOWNLOAD },
  'ddi.feedback.rejected-success': REJECTED,
  'ddi.feedback.rejected-failure': REJECTED,
  'ddi.feedback.rejected-none': REJECTED,
  'ddi.config-data.scripts': { as: 'extended', routes: ['ddi:config-data'] },
  'ddi.config-data.scalars': { as: 'extended', routes: ['ddi:config-data'] },
  'ddi.confirmation.download-only': { as: 'different', routes: ['ddi:confirmation.base', 'ddi:confirmation.show'] },
  'mgmt.base.unknown-address': ANYWHERE,
  'mgmt.base.not-acceptable': ANYWHERE,
  'mgmt.base.unsupported-media': ANYWHERE,
  'mgmt.base.method': ANYWHERE,
  'mgmt.target-filters.auto-quota': {
    as: 'extended',
    routes: ['rest:target-filters.auto-assign', 'rest:auto-assignments.create'],
  },
  'mgmt.auto-assignments.of-filter': { as: 'different', routes: ['rest:target-filters.stop-auto-assign'] },
  'mgmt.rollouts.group-share-of-filter': { as: 'different', routes: ['rest:rollouts.create'] },
  'mgmt.rollouts.group-quota': { as: 'extended', routes: ['rest:rollouts.create'] },
  'mgmt.rollouts.pause': { as: 'different', routes: ['rest:rollouts.pause', 'rest:auto-assignments.pause'] },
  'mgmt.rollouts.delete-begun': { as: 'different', routes: ['rest:rollouts.delete'] },
  'mgmt.rollouts.starting': { as: 'different', routes: ['rest:rollouts.start', 'rest:rollouts.show'] },
  'mgmt.rollouts.short': { as: 'different', routes: ['rest:rollouts.show'] },
  'mgmt.system.target-token': { as: 'different', routes: ['rest:system.config', 'rest:system.configs'] },
  'mgmt.system.lock': { as: 'different', routes: ['rest:system.set-config', 'rest:system.set-configs'] },
  'mgmt.system.cleanup': { as: 'different', routes: ['rest:system.set-config', 'rest:system.set-configs'] },
  'mgmt.system.batch': { as: 'different', routes: ['rest:system.set-config', 'rest:system.set-configs'] },
  'mgmt.modules.encrypted': { as: 'extended', routes: ['rest:modules.create'] },
  'mgmt.artifacts.url-handler': { as: 'different', routes: ['rest:artifacts.list', 'rest:artifacts.show'] },
  'mgmt.artifacts.size-quota': { as: 'extended', routes: ['rest:artifacts.upload'] },
  'mgmt.artifacts.storage-quota': { as: 'extended', routes: ['rest:artifacts.upload'] },
  'mgmt.artifacts.signing': { as: 'extended', routes: ['rest:artifacts.upload'] },
  'mgmt.artifacts.permission': PERMISSIONS,
  'mgmt.sets.published': { as: 'different', routes: ['rest:sets.change'] },
  'mgmt.set-uses.invalidate-none': { as: 'different', routes: ['rest:sets.invalidate'] },
  'mgmt.set-uses.invalidate-busy': { as: 'different', routes: ['rest:sets.invalidate'] },
  'mgmt.set-uses.skip-implicit-lock': { as: 'different', routes: ['rest:sets.assign', 'rest:targets.assign-set'] },
};

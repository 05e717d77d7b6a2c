import { actionRoutes } from './action-routes.ts';
import { autoAssignmentRoutes } from './auto-assignments.ts';
import { rolloutRoutes } from './rollout-routes.ts';
import type { ManagementRoute } from './route.ts';
import { distributionSetTypeRoutes } from './distribution-set-types.ts';
import { softwareModuleTypeRoutes } from './software-module-types.ts';
import { artifactRoutes } from './artifacts.ts';
import { distributionSetRoutes } from './distribution-set-routes.ts';
import { distributionSetTagRoutes } from './distribution-set-tags.ts';
import { distributionSetUseRoutes } from './distribution-set-uses.ts';
import { softwareModuleRoutes } from './software-modules.ts';
import { systemRoutes } from './system.ts';
import { targetActionRoutes } from './target-actions.ts';
import { targetFilterRoutes } from './target-filters.ts';
import { targetGroupRoutes } from './target-groups.ts';
import { targetTagRoutes } from './target-tags.ts';
import { targetTypeRoutes } from './target-types.ts';
import { targetRoutes } from './targets.ts';

/** Every operation of `/rest/v1`, by name. */
export const managementRoutes = {
  ...targetRoutes,
  ...targetActionRoutes,
  ...targetTagRoutes,
  ...targetTypeRoutes,
  ...targetGroupRoutes,
  ...softwareModuleTypeRoutes,
  ...distributionSetTypeRoutes,
  ...softwareModuleRoutes,
  ...artifactRoutes,
  ...distributionSetRoutes,
  ...distributionSetTagRoutes,
  ...distributionSetUseRoutes,
  ...targetFilterRoutes,
  ...autoAssignmentRoutes,
  ...actionRoutes,
  ...rolloutRoutes,
  ...systemRoutes,
} as const satisfies Record<string, ManagementRoute>;
export type ManagementRoutes = typeof managementRoutes;
export type ManagementRouteName = keyof ManagementRoutes;

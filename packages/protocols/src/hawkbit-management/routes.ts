import type { ManagementRoute } from './route.ts';
import { targetGroupRoutes } from './target-groups.ts';
import { targetTagRoutes } from './target-tags.ts';
import { targetTypeRoutes } from './target-types.ts';
import { targetRoutes } from './targets.ts';

/** Every operation of `/rest/v1`, by name. */
export const managementRoutes = {
  ...targetRoutes,
  ...targetTagRoutes,
  ...targetTypeRoutes,
  ...targetGroupRoutes,
} as const satisfies Record<string, ManagementRoute>;
export type ManagementRoutes = typeof managementRoutes;
export type ManagementRouteName = keyof ManagementRoutes;

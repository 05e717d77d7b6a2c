import type { ManagementRoute } from './route.ts';
import { targetRoutes } from './targets.ts';

/** Every operation of `/rest/v1`, by name. */
export const managementRoutes = {
  ...targetRoutes,
} as const satisfies Record<string, ManagementRoute>;
export type ManagementRoutes = typeof managementRoutes;
export type ManagementRouteName = keyof ManagementRoutes;

import { accessRoutes } from './access.ts';
import { forecastRoutes } from './forecast.ts';
import { filterRoutes } from './filters.ts';
import { fleetRoutes } from './fleet.ts';
import { importRoutes } from './imports.ts';
import { linkedRolloutRoutes } from './linked-rollouts.ts';
import { organisationRoutes } from './organisation.ts';
import { rolloutRoutes } from './rollouts.ts';
import type { Route } from './route.ts';
import { softwareRoutes } from './software.ts';

/** Every JSON operation of `/api/v1`, by name. */
export const apiRoutes = {
  ...accessRoutes,
  ...softwareRoutes,
  ...fleetRoutes,
  ...rolloutRoutes,
  ...filterRoutes,
  ...linkedRolloutRoutes,
  ...forecastRoutes,
  ...organisationRoutes,
  ...importRoutes,
} as const satisfies Record<string, Route>;
export type ApiRoutes = typeof apiRoutes;
export type ApiRouteName = keyof ApiRoutes;

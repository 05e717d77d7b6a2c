import { accessRoutes } from './access.ts';
import { fleetRoutes } from './fleet.ts';
import type { Route } from './route.ts';
import { softwareRoutes } from './software.ts';

/** Every JSON operation of `/api/v1`, by name. */
export const apiRoutes = { ...accessRoutes, ...softwareRoutes, ...fleetRoutes } as const satisfies Record<
  string,
  Route
>;
export type ApiRoutes = typeof apiRoutes;
export type ApiRouteName = keyof ApiRoutes;

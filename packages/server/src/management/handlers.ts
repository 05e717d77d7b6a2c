import { assignmentHandlers } from './assignments.ts';
import { deviceTypeHandlers } from './device-types.ts';
import { deviceHandlers } from './devices.ts';
import { eventHandlers } from './events.ts';
import { filterHandlers } from './filters.ts';
import type { HandlerParts } from './handler-parts.ts';
import { importHandlers } from './imports.ts';
import { linkedRolloutHandlers } from './linked-rollouts.ts';
import { organisationHandlers } from './organisation.ts';
import { peopleHandlers } from './people.ts';
import { rolloutHandlers } from './rollouts.ts';
import { tenantHandlers } from './tenants.ts';
import { tokenHandlers } from './tokens.ts';
import { trustHandlers } from './trust.ts';

/** Every JSON operation of our own API. */
export function createHandlers(parts: HandlerParts) {
  return {
    ...assignmentHandlers(parts),
    ...deviceHandlers(parts),
    ...deviceTypeHandlers(parts),
    ...eventHandlers(parts),
    ...filterHandlers(parts),
    ...linkedRolloutHandlers(parts),
    ...organisationHandlers(parts),
    ...importHandlers(parts),
    ...peopleHandlers(parts),
    ...rolloutHandlers(parts),
    ...tenantHandlers(parts),
    ...tokenHandlers(parts),
    ...trustHandlers(parts),
  };
}

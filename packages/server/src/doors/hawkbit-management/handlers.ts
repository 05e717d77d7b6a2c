import type { ManagementParts } from './handler.ts';
import { targetHandlers } from './targets.ts';

/** Every operation that is mounted. */
export function managementHandlers(parts: ManagementParts) {
  return {
    ...targetHandlers(parts),
  };
}

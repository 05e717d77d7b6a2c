import type { ManagementParts } from './handler.ts';
import { targetFactHandlers } from './target-facts.ts';
import { targetGroupHandlers } from './target-groups.ts';
import { targetTagHandlers } from './target-tags.ts';
import { targetTypeHandlers } from './target-types.ts';
import { targetHandlers } from './targets.ts';

/** Every operation that is mounted. */
export function managementHandlers(parts: ManagementParts) {
  return {
    ...targetHandlers(parts),
    ...targetFactHandlers(parts),
    ...targetTagHandlers(parts),
    ...targetTypeHandlers(parts),
    ...targetGroupHandlers(parts),
  };
}

import { actionHandlers } from './actions.ts';
import { autoAssignmentHandlers } from './auto-assignments.ts';
import type { ManagementParts } from './handler.ts';
import { setTypeHandlers } from './distribution-set-types.ts';
import { moduleTypeHandlers } from './software-module-types.ts';
import { artifactHandlers } from './artifacts.ts';
import { setHandlers } from './distribution-sets.ts';
import { setTagHandlers } from './distribution-set-tags.ts';
import { setTargetHandlers } from './distribution-set-targets.ts';
import { setUseHandlers } from './distribution-set-uses.ts';
import { moduleHandlers } from './software-modules.ts';
import { rolloutActHandlers } from './rollout-acts.ts';
import { rolloutGroupHandlers } from './rollout-groups.ts';
import { rolloutHandlers } from './rollouts.ts';
import { targetActionHandlers } from './target-actions.ts';
import { systemHandlers } from './system.ts';
import { targetFactHandlers } from './target-facts.ts';
import { targetFilterHandlers } from './target-filters.ts';
import { targetGroupHandlers } from './target-groups.ts';
import { targetSetHandlers } from './target-sets.ts';
import { targetTagHandlers } from './target-tags.ts';
import { targetTypeHandlers } from './target-types.ts';
import { targetHandlers } from './targets.ts';

/** Every operation that is mounted. */
export function managementHandlers(parts: ManagementParts) {
  return {
    ...targetHandlers(parts),
    ...targetActionHandlers(parts),
    ...targetSetHandlers(parts),
    ...targetFactHandlers(parts),
    ...targetTagHandlers(parts),
    ...targetTypeHandlers(parts),
    ...targetGroupHandlers(parts),
    ...moduleTypeHandlers(parts),
    ...setTypeHandlers(parts),
    ...moduleHandlers(parts),
    ...artifactHandlers(parts),
    ...setHandlers(parts),
    ...setTagHandlers(parts),
    ...setTargetHandlers(parts),
    ...setUseHandlers(parts),
    ...targetFilterHandlers(parts),
    ...autoAssignmentHandlers(parts),
    ...actionHandlers(parts),
    ...rolloutHandlers(parts),
    ...rolloutActHandlers(parts),
    ...rolloutGroupHandlers(parts),
    ...systemHandlers(parts),
  };
}

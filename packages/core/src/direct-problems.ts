import type { RolloutPolicy } from './policy.ts';
import { warned, type RolloutProblem } from './rollout-problem.ts';

/** Parts of a policy that speak of phases, of a start, or of devices to come. */
type RolloutOnly = Partial<
  Pick<RolloutPolicy, 'approval' | 'dynamic' | 'onFailure'> & { readonly start: Pick<RolloutPolicy['start'], 'by'> }
>;

/**
 * What of the policy that was given a direct assignment leaves out: it starts at once, is for the devices that were named,
 * and has no thresholds of phases.
 */
export function ignoredByDirect({ start, approval, dynamic, onFailure }: RolloutOnly): readonly RolloutProblem[] {
  const ignored: readonly (readonly [boolean, string, string])[] = [
    [start !== undefined && start.by !== 'ready', 'policy.start', 'it starts at once'],
    [approval !== undefined && approval !== 'none', 'policy.approval', 'it asks nobody for approval'],
    [dynamic === true, 'policy.dynamic', 'only the devices that were named get it'],
    [
      onFailure !== undefined && onFailure !== 'pause',
      'policy.onFailure',
      'it has no error threshold, and goes on for the other devices',
    ],
  ];
  return ignored
    .filter(([isGiven]) => isGiven)
    .map(([, path, words]) =>
      warned('direct-ignores', path, `A direct assignment leaves this out: ${words}. Make a rollout for it.`),
    );
}

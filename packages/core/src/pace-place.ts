import type { AttemptState } from './attempt-lifecycle.ts';
import type { Attempt, AttemptRules, Effect } from './attempt.ts';

type Paced = { readonly held: boolean; readonly effects: readonly Effect[] };

/**
 * Whether an attempt holds a place of its rollout's pace after a step (design: 6-data 7, 13). It is freed when the
 * attempt closes, awaits evidence, loses its offer, or has downloaded and may not install yet; canceling keeps it. A
 * device that works without a place takes one, over the cap if need be.
 */
export function paceEffects(
  before: Attempt,
  after: Attempt,
  { rules, isWork }: { readonly rules: AttemptRules; readonly isWork: boolean },
): Paced {
  const waits = after.state === 'downloaded' && after.installOfferedAt === null;
  if (!HOLDING.has(after.state) || waits)
    return { held: false, effects: before.paceHeld ? [{ type: 'pace-freed' }] : [] };
  const begins = before.begunAt === null || before.installOfferedAt !== after.installOfferedAt;
  const takes = rules.paced && isWork && begins && !after.paceHeld;
  return takes ? { held: true, effects: [{ type: 'pace-taken' }] } : { held: after.paceHeld, effects: [] };
}

const HOLDING: ReadonlySet<AttemptState> = new Set([
  'offered',
  'downloading',
  'downloaded',
  'installing',
  'awaiting-report',
  'canceling',
]);

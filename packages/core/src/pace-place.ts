import type { AttemptState } from './attempt-lifecycle.ts';
import type { Attempt, AttemptRules, Effect } from './attempt.ts';

/**
 * Whether an attempt that began without a pace takes a place once its rollout is given one. An offer that nobody has taken
 * takes none: it is withdrawn, and made again where there is room.
 */
export function isUncounted(attempt: Pick<Attempt, 'state' | 'begunAt' | 'installOfferedAt' | 'paceHeld'>): boolean {
  return attempt.begunAt !== null && !attempt.paceHeld && holdsPlace(attempt);
}

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
  if (!holdsPlace(after)) return { held: false, effects: before.paceHeld ? [{ type: 'pace-freed' }] : [] };
  const begins = before.begunAt === null || before.installOfferedAt !== after.installOfferedAt;
  const takes = rules.paced && isWork && begins && !after.paceHeld;
  return takes ? { held: true, effects: [{ type: 'pace-taken' }] } : { held: after.paceHeld, effects: [] };
}

/** States in which a place is held; in `downloaded` once the install is granted. */
export const PLACE_STATES = [
  'offered',
  'downloading',
  'downloaded',
  'installing',
  'awaiting-report',
  'canceling',
] as const satisfies readonly AttemptState[];
const HOLDING: ReadonlySet<AttemptState> = new Set(PLACE_STATES);

function holdsPlace({ state, installOfferedAt }: Pick<Attempt, 'state' | 'installOfferedAt'>): boolean {
  return HOLDING.has(state) && (state !== 'downloaded' || installOfferedAt !== null);
}

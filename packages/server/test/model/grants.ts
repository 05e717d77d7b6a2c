import assert from 'node:assert/strict';
import { isWindowOpen } from './model-clock.ts';
import type { Model, ModelDevice, ModelRollout } from './model-state.ts';
import type { StoredFacts } from './stored-facts.ts';

/** Attempts that hold a place of their rollout's pace: from the offer to the end, canceling too (6-data 13). */
const HOLDS_PLACE: ReadonlySet<string> = new Set([
  'offered',
  'downloading',
  'installing',
  'awaiting-report',
  'canceling',
]);

export type Moment = { readonly facts: StoredFacts; readonly now: number };

/** Why no permission may be granted for a wire id now; empty where the model knows of nothing. */
export function shutGates(model: Model, number: number, { facts, now }: Moment): readonly string[] {
  const assignment = assignmentOf(number, facts);
  const rollout = model.rollouts.find((one) => one.number === assignment?.rollout);
  if (assignment === undefined || rollout === undefined) return [];
  const phase = facts.phases.find((one) => one.rollout === rollout.number && one.number === assignment.phase);
  const gates: Readonly<Record<string, boolean>> = {
    ended: assignment.ended_at === null,
    approval: !rollout.needsApproval || rollout.isApproved,
    start: rollout.wasStarted,
    pause: !rollout.isPaused,
    stop: !rollout.isStopped,
    phase: phase?.state === 'started',
    consent: !rollout.consent || rollout.consented.has(assignment.number),
    window: rollout.window === null || isWindowOpen(rollout.window, now),
  };
  return Object.entries(gates).flatMap(([gate, isOpen]) => (isOpen ? [] : [gate]));
}

/** The assignment whose attempt bears the wire id: its first one's is its own number. */
function assignmentOf(number: number, { assignments, attempts }: StoredFacts) {
  const attempt = attempts.find((one) => one.number === number);
  return assignments.find((one) => one.number === number || one.id === attempt?.assignment);
}

/** A permission was just answered: no gate was shut, and the pace had room. */
export function judgeGrant(model: Model, device: ModelDevice, moments: { before: Moment; after: Moment; number: number }): void {
  const { before, after, number } = moments;
  const shut = [before, after].map((moment) => shutGates(model, number, moment));
  assert.ok(
    shut.some((gates) => gates.length === 0),
    `${number} was granted to ${device.name} while ${shut[0]?.join(', ')} was shut`,
  );
  const rollout = model.rollouts.find((one) => one.number === assignmentOf(number, after.facts)?.rollout);
  if (rollout !== undefined) judgePace(rollout, after.facts);
}

/** Late bytes and reports for a withdrawn offer take their place over the cap: then the cap says nothing (6-data 7). */
function judgePace({ number, parallel, isOverbooked }: ModelRollout, { attempts }: StoredFacts): void {
  if (parallel === null || isOverbooked) return;
  const held = attempts.filter(({ rollout, state }) => rollout === number && HOLDS_PLACE.has(state)).length;
  assert.ok(held <= parallel, `${held} places of ${parallel} are taken in rollout ${number}`);
}

import assert from 'node:assert/strict';
import type { Model, ModelRollout } from './model-state.ts';
import type { StoredAssignment, StoredAttempt, StoredFacts } from './stored-facts.ts';

/** States in which an attempt stands on the wire of a device (design: two lifecycles). */
const ON_WIRE: ReadonlySet<string> = new Set([
  'offered',
  'downloading',
  'downloaded',
  'installing',
  'awaiting-report',
  'canceling',
]);
/** Ends that count as an error: a failure, a silent device and a roll-back. */
const ERRORS: ReadonlySet<string> = new Set(['failed', 'rolled-back', 'timed-out']);

/** What must hold whenever nobody is in the middle of something. `before` are the facts of the last look. */
export function judgeLaws(model: Model, facts: StoredFacts, before: StoredFacts | null): void {
  oneAttemptOnTheWire(facts);
  if (before !== null) closedStaysClosed(facts, before);
  answeredIsStored(model, facts);
  for (const rollout of model.rollouts) {
    countsAddUp(rollout, facts);
    errorThresholds(rollout, facts);
    successThresholds(rollout, facts);
  }
}

function oneAttemptOnTheWire({ attempts }: StoredFacts): void {
  const open = attempts.filter(({ state }) => ON_WIRE.has(state));
  for (const [device, mine] of Map.groupBy(open, (attempt) => attempt.device))
    assert.equal(mine.length, 1, `${device} has ${mine.map(({ number, state }) => `${number} ${state}`).join(', ')}`);
}

function closedStaysClosed(facts: StoredFacts, before: StoredFacts): void {
  const attempts = new Map(facts.attempts.map((attempt) => [attempt.id, attempt]));
  for (const { id, number, state, ended_at } of before.attempts)
    if (ended_at !== null) assert.deepEqual([number, attempts.get(id)?.state], [number, state]);
  const assignments = new Map(facts.assignments.map((assignment) => [assignment.id, assignment]));
  for (const { id, number, state, reason, ended_at } of before.assignments)
    if (ended_at !== null)
      assert.deepEqual([number, assignments.get(id)?.state, assignments.get(id)?.reason], [number, state, reason]);
}

/** What was answered to a device is in the database. */
function answeredIsStored({ devices }: Model, { attempts }: StoredFacts): void {
  const byNumber = new Map(attempts.map((attempt) => [attempt.number, attempt]));
  for (const { name, answered } of devices)
    for (const { number, hasBegun, hasEnded } of answered.values()) {
      const stored = byNumber.get(number);
      assert.equal(stored?.device, name, `${number} was answered to ${name}`);
      assert.notEqual(stored.offered_at, null, `${number} was answered to ${name} and is not offered`);
      if (hasBegun) assert.notEqual(stored.begun_at, null, `${number} has begun`);
      if (hasEnded) assert.ok(!ON_WIRE.has(stored.state), `${number} has told its end and is ${stored.state}`);
    }
}

/** Phase counts add up to the members, state by state. */
function countsAddUp(rollout: ModelRollout, facts: StoredFacts): void {
  const members = membersOf(rollout, facts);
  const full = new Map<string, number>();
  for (const member of members) {
    const key = `${member.phase} ${countedState(member, facts)}`;
    full.set(key, (full.get(key) ?? 0) + 1);
  }
  const counted = new Map(
    facts.counts
      .filter((count) => count.rollout === rollout.number)
      .map(({ phase, state, n }) => [`${phase} ${state}`, n] as const),
  );
  assert.deepEqual(sorted(counted), sorted(full), `counts of rollout ${rollout.number}`);
  for (const { number, total } of phasesOf(rollout, facts))
    assert.equal(total, members.filter(({ phase }) => phase === number).length, `total of phase ${number}`);
}

/** An assignment counts under its end, its open attempt's state, or as waiting (6-data 2, 22). */
function countedState({ id, state, ended_at }: StoredAssignment, { attempts }: StoredFacts): string {
  if (ended_at !== null || state === 'backing-off') return state;
  return attempts.find((attempt) => attempt.assignment === id && attempt.ended_at === null)?.state ?? 'waiting';
}

/** A phase whose threshold is crossed does not go on by itself: fired at the very report or sweep. */
function errorThresholds(rollout: ModelRollout, facts: StoredFacts): void {
  const { error } = rollout;
  const row = rowOf(rollout, facts);
  if (error === null || row === undefined) return;
  const crossed = phasesOf(rollout, facts).filter(({ number, total }) => {
    const erred = membersOf(rollout, facts).filter((member) => member.phase === number && hasErred(member, facts)).length;
    return erred * 100 > error.percent * total && erred >= error.minimum;
  });
  if (crossed.length > 0 && !rollout.wasResumed)
    assert.notEqual(row.state, 'running', `rollout ${row.id} runs on over a crossed threshold`);
  if (row.state === 'paused' && row.reason === 'error-threshold' && !rollout.hasRecovered)
    assert.notEqual(crossed.length, 0, `rollout ${row.id} was paused below its threshold`);
}

/** Its first failed attempt makes a device err, until a later one succeeds (6-data 14). */
function hasErred({ id, state }: StoredAssignment, { attempts }: StoredFacts): boolean {
  if (state === 'succeeded') return false;
  const mine = attempts.filter(({ assignment }) => assignment === id).toSorted((a, b) => a.id - b.id);
  // A device that fell silent while it was asked to cancel ends timed-out, and its assignment as it was meant to.
  const ownEnds = state === 'canceled' || state === 'superseded' ? mine.filter(isNotLateCancel) : mine;
  return ownEnds.some((attempt) => ERRORS.has(attempt.state)) || (state === 'failed' && mine.length === 0);
}

function isNotLateCancel({ state }: StoredAttempt, index: number, all: readonly StoredAttempt[]): boolean {
  return index < all.length - 1 || state !== 'timed-out';
}

/** The second phase starts at the fold in which the first has reached its share, and not before. */
function successThresholds(rollout: ModelRollout, facts: StoredFacts): void {
  const [first, second] = phasesOf(rollout, facts).toSorted((a, b) => a.number - b.number);
  const row = rowOf(rollout, facts);
  if (first === undefined || second === undefined || row === undefined) return;
  const members = membersOf(rollout, facts).filter(({ phase }) => phase === first.number);
  const left = members.filter(({ state }) => state === 'superseded' || state === 'canceled').length;
  const succeeded = members.filter(({ state }) => state === 'succeeded').length;
  const isReached = members.length === left || succeeded * 100 >= rollout.successPercent * (members.length - left);
  if (second.state === 'started' && !rollout.wasPushed)
    assert.ok(isReached, `phase 2 of rollout ${row.id} started before phase 1 had reached its share`);
  if (first.state === 'started' && isReached && row.state === 'running' && !rollout.phaseTwoByHand)
    assert.notEqual(second.state, 'waiting', `phase 2 of rollout ${row.id} waits although phase 1 has reached its share`);
}

function membersOf({ number }: ModelRollout, { assignments }: StoredFacts): readonly StoredAssignment[] {
  return assignments.filter(({ rollout }) => rollout === number);
}

function phasesOf({ number }: ModelRollout, { phases }: StoredFacts) {
  return phases.filter(({ rollout }) => rollout === number);
}

function rowOf({ number }: ModelRollout, { rollouts }: StoredFacts) {
  return rollouts.find(({ id }) => id === number);
}

function sorted(counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

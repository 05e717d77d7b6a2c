import assert from 'node:assert/strict';
import type { Model, ModelRollout } from './model-state.ts';
import type { StoredFacts, StoredWish } from './stored-facts.ts';
import { offerSeconds } from './time-model.ts';

/** States in which a device is offered an attempt, or works on it (design: two lifecycles). */
const ON_OFFER: ReadonlySet<string> = new Set([
  'offered',
  'downloading',
  'downloaded',
  'installing',
  'awaiting-report',
]);

/** What a device has been answered: the wire ids of its offers. */
export type Answered = ReadonlyMap<number, ReadonlySet<number>>;

type Looked = { readonly facts: StoredFacts; readonly before: StoredFacts | null; readonly answered: Answered };

/** What must hold of what is stored whenever nobody is in the middle of something, whatever the model believes. */
export function judgeLaws(model: Model, { facts, before, answered }: Looked): void {
  oneAttemptOnTheWire(facts);
  if (before !== null) closedStaysClosed(facts, before);
  answeredIsStored(facts, answered);
  begunWasOffered(facts);
  countsAddUp(facts);
  for (const rollout of model.rollouts) stoppingEnds(model, rollout, facts);
}

function oneAttemptOnTheWire({ tries }: StoredFacts): void {
  // What has not begun and is to be cancelled waits for its turn to be asked: the poll speaks of one at a time.
  const open = tries.filter(
    ({ state, begun_at }) => ON_OFFER.has(state) || (state === 'canceling' && begun_at !== null),
  );
  for (const [device, mine] of Map.groupBy(open, (one) => one.device))
    assert.equal(
      mine.length,
      1,
      `${device} has ${mine.map(({ number, state }) => `${number} ${state}`).join(' and ')}`,
    );
}

function closedStaysClosed(facts: StoredFacts, before: StoredFacts): void {
  stayAsTheyWere(facts.tries, before.tries);
  stayAsTheyWere(facts.wishes, before.wishes);
}

type Closable = { readonly id: number; readonly ended_at: number | null };

function stayAsTheyWere<Row extends Closable>(rows: readonly Row[], before: readonly Row[]): void {
  const now = new Map(rows.map((row) => [row.id, row]));
  for (const row of before) {
    if (row.ended_at === null) continue;
    const same = now.get(row.id);
    const isSame =
      same !== undefined && (Object.keys(row) as (keyof Row)[]).every((column) => same[column] === row[column]);
    if (!isSame) assert.deepEqual(same, row);
  }
}

function answeredIsStored({ tries }: StoredFacts, answered: Answered): void {
  const stored = new Map(tries.map((one) => [one.number, one]));
  for (const [device, numbers] of answered)
    for (const number of numbers) {
      assert.equal(stored.get(number)?.device, device, `${number} was answered to ${device}`);
      assert.notEqual(stored.get(number)?.offered_at, null, `${number} was answered and is not offered`);
    }
}

function begunWasOffered({ tries }: StoredFacts): void {
  for (const { number, begun_at, offered_at } of tries)
    if (begun_at !== null) assert.ok(offered_at !== null && offered_at <= begun_at, `${number} began without an offer`);
}

/** Phase counts add up to the fleet, state by state. */
function countsAddUp(facts: StoredFacts): void {
  const open = new Map(
    facts.tries.filter(({ ended_at }) => ended_at === null).map((one) => [one.assignment, one.state]),
  );
  const full: Record<string, number> = {};
  const totals: Record<string, number> = {};
  for (const wish of facts.wishes) {
    const key = `${wish.rollout}.${wish.phase}`;
    totals[key] = (totals[key] ?? 0) + 1;
    const counted = `${key} ${countedAs(wish, open)}`;
    full[counted] = (full[counted] ?? 0) + 1;
  }
  const counters = Object.fromEntries(
    facts.counts.map(({ rollout, phase, state, n }) => [`${rollout}.${phase} ${state}`, n]),
  );
  assert.deepEqual(counters, full, 'counters and a full count');
  for (const { rollout, number, total } of facts.phases)
    assert.equal(total, totals[`${rollout}.${number}`] ?? 0, `total of phase ${rollout}.${number}`);
}

/** An assignment counts under its end, its open attempt's state, or as waiting (6-data 2, 22). */
function countedAs({ id, state, ended_at }: StoredWish, open: ReadonlyMap<number, string>): string {
  return ended_at !== null || state === 'backing-off' ? state : (open.get(id) ?? 'waiting');
}

const SLACK_MS = 5000;

/** A stopped rollout ends within the canceling limit, unless a device refused and goes on to its true end (6-data 8). */
function stoppingEnds(model: Model, { id, stoppedAt, policy }: ModelRollout, facts: StoredFacts): void {
  if (stoppedAt === null) return;
  const hasRefused = model.wishes.some(
    ({ rollout, tries }) => rollout.id === id && tries.some((one) => one.wasRefused),
  );
  const grace = model.listeningSince > stoppedAt ? model.listeningSince - stoppedAt + offerSeconds(model) * 1000 : 0;
  if (hasRefused || model.now <= stoppedAt + policy.limits.canceling * 1000 + grace + SLACK_MS) return;
  assert.equal(facts.rollouts.find((one) => one.id === id)?.state, 'stopped', `rollout ${id} stops for too long`);
}

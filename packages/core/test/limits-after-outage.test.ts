import { decide } from '@updraft/core';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anAggregate } from './an-aggregate.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How an installation that began at 0 stands at `now`, when servers listen since `listeningSince`. */
function installing(installingSeconds: number, { now, listeningSince }: { now: number; listeningSince: number }) {
  const aggregate = anAggregate({ attempt: { state: 'installing', begunAt: 0, heardAt: 0, stateAt: 0 } });
  const rules = { ...aggregate.rules, timeLimits: { ...aggregate.rules.timeLimits, installingSeconds } };
  const due = { type: 'due', lastContactAt: null, listeningSince, evidenceReportedAt: null } as const;
  const decision = decide({ ...aggregate, rules }, due, now);
  return decision.outcome === 'changed' ? decision.state.attempt?.state : 'installing';
}

test('a device may tell for some polls after an outage what it did meanwhile, however long its limit is over', () => {
  const outage = { listeningSince: 30 * HOUR };
  assert.equal(installing(6 * 3600, { ...outage, now: 30 * HOUR + 14 * MINUTE }), 'installing');
  assert.equal(installing(6 * 3600, { ...outage, now: 30 * HOUR + 15 * MINUTE }), 'timed-out');
});

test('a limit that is shorter than those polls counts anew after an outage, and no longer', () => {
  assert.equal(installing(120, { listeningSince: HOUR, now: HOUR + MINUTE }), 'installing');
  assert.equal(installing(120, { listeningSince: HOUR, now: HOUR + 2 * MINUTE }), 'timed-out');
});

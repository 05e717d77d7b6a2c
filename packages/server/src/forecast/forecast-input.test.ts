import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_POLICY, FRESH } from '@updraft/core';
import { forecastInput } from './forecast-input.ts';
import type { ForecastFacts, ToldDevice } from './forecast-question.ts';

const NOW = Date.UTC(2026, 10, 21);

test('a sample stands for all devices of a draft, phase by phase', () => {
  const devices = Array.from({ length: 7 }, (_, at) => aDevice({ link: at }));
  const { cohorts } = forecastInput(facts({ devices, open: [10, 990] }));
  assert.deepEqual(sizes(cohorts, 2), [10, 990]);
});

test('sampled members stand for the open ones of their phase, and those of other phases where it has none', () => {
  const member = (phase: number) => ({ phase, progress: { ...FRESH, ordinal: 2 } });
  const devices = [aDevice({ member: member(0) }), aDevice({ link: 2, member: member(0) })];
  const { cohorts } = forecastInput(facts({ devices, open: [5, 3, 0] }));
  assert.deepEqual(sizes(cohorts, 3), [5, 3, 0]);
  assert.ok(cohorts.every(({ phase, progress }) => progress.ordinal === (phase === 0 ? 2 : 1)));
});

test('who is set aside begins no sooner than that is over; who works already goes on', () => {
  const until = NOW + 3_600_000;
  const progress = { ...FRESH, at: { state: 'working', stage: 'install', since: NOW } } as const;
  const devices = [
    aDevice({ penaltyUntil: until, member: { phase: 0, progress: FRESH } }),
    aDevice({ penaltyUntil: until, member: { phase: 0, progress } }),
  ];
  const { cohorts } = forecastInput(facts({ devices, open: [2] }));
  assert.deepEqual(
    cohorts.map(({ progress: { at } }) => (at.state === 'waiting' ? at.notBefore : at.stage)),
    [until, 'install'],
  );
});

function sizes(cohorts: readonly { readonly phase: number; readonly devices: number }[], phases: number): number[] {
  return Array.from({ length: phases }, (_, phase) =>
    cohorts.filter((cohort) => cohort.phase === phase).reduce((sum, { devices }) => sum + devices, 0),
  );
}

function facts(wish: Pick<ForecastFacts, 'devices' | 'open'>): ForecastFacts {
  return {
    now: NOW,
    from: NOW,
    policy: DEFAULT_POLICY,
    standing: { state: 'ready', reason: null },
    phases: [],
    bytes: 1,
    history: { stages: [], ends: [], certainty: 'measured' },
    seed: '',
    ...wish,
  };
}

function aDevice(wish: Partial<ToldDevice>): ToldDevice {
  return {
    deviceType: 1,
    link: 1,
    zone: 'UTC',
    pollSeconds: 300,
    site: null,
    penaltyUntil: null,
    contact: { days: [], masks: [], lastContactAt: NOW, knownSince: NOW },
    member: null,
    ...wish,
  };
}

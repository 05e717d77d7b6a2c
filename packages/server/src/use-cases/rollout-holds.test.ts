import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_POLICY } from '@updraft/core';
import type { RolloutRow } from '@updraft/store';
import { holdsOf } from './rollout-holds.ts';

test('while who is at work is counted, a running rollout says that nothing new begins', () => {
  const row = { state: 'running', reason: null, policy: JSON.stringify(DEFAULT_POLICY), started_at: 0, ended_at: null };
  const standing = { phases: [], counts: new Map(), firstWindowAt: null, lastMove: undefined, now: 0 };
  const codes = (pace_cursor: number | null) =>
    holdsOf({ ...row, pace_cursor } as RolloutRow, standing).map(({ code }) => code);
  assert.deepEqual([codes(0), codes(700), codes(null)], [['pace-counting'], ['pace-counting'], []]);
});

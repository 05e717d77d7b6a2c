import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideRollout, nextLook, type RolloutAggregate, type RolloutEffect, type RolloutInput } from '@updraft/core';
import { aLook, aRollout } from './a-rollout.ts';

/** What these inputs make of a rollout, one after the other; each must change it. */
function after(state: RolloutAggregate, ...inputs: readonly (RolloutInput | readonly [RolloutInput, number])[]) {
  const effects: RolloutEffect[] = [];
  let now = state;
  for (const step of inputs) {
    const [input, at] = 'type' in step ? [step, 0] : step;
    const decision = decideRollout(now, input, at);
    assert.equal(decision.outcome, 'changed', `${JSON.stringify(input)} in ${now.state}`);
    if (decision.outcome !== 'changed') continue;
    now = decision.state;
    effects.push(...decision.effects);
  }
  return { state: now, effects, phases: now.phases.map((phase) => phase.state) };
}

function codeOf(state: RolloutAggregate, input: RolloutInput): string {
  const decision = decideRollout(state, input, 0);
  return decision.outcome === 'refused' ? decision.code : decision.outcome;
}

const TWO = [{ spec: { successPercent: 50 } }, {}] as const;
const started = (wish: Parameters<typeof aRollout>[0]) => after(aRollout(wish), { type: 'start' }).state;

test('a rollout that is made waits for its start, and one that starts when ready does not', () => {
  assert.equal(after(aRollout({ state: 'creating' }), { type: 'materialised' }).state.state, 'ready');
  const eager = aRollout({ state: 'creating', policy: { start: { by: 'ready' } } });
  const { state, phases } = after(eager, { type: 'materialised' });
  assert.deepEqual([state.state, phases], ['running', ['started']]);
});

test('a rollout that needs approval waits for another person than its author', () => {
  const wish = { state: 'creating', policy: { approval: 'required', start: { by: 'ready' } } } as const;
  const { state } = after(aRollout(wish), { type: 'materialised' });
  assert.equal(state.state, 'awaiting-approval');
  assert.equal(codeOf(state, { type: 'start' }), 'rollout-state');
  assert.equal(codeOf(state, { type: 'approve', isAuthor: true, isPerson: true, hasRight: true }), 'self-approval');
  assert.equal(
    codeOf(state, { type: 'approve', isAuthor: false, isPerson: false, hasRight: true }),
    'approval-needs-person',
  );
  assert.equal(
    after(state, { type: 'approve', isAuthor: false, isPerson: true, hasRight: false }).state.state,
    'running',
  );
  const denied = after(state, { type: 'deny' }).state;
  assert.deepEqual([denied.state, denied.reason], ['stopping', 'denied']);
});

test('a rollout that asks for the right to approve is approved by whoever has it, be it its author', () => {
  const wish = { state: 'creating', policy: { approval: 'by-right' } } as const;
  const { state } = after(aRollout(wish), { type: 'materialised' });
  assert.equal(state.state, 'awaiting-approval');
  const approve = { type: 'approve', isAuthor: true, isPerson: false } as const;
  assert.equal(codeOf(state, { ...approve, hasRight: false }), 'not-permitted');
  assert.equal(after(state, { ...approve, hasRight: true }).state.state, 'ready');
});

test('an approved rollout that is changed before its start is approved anew', () => {
  const { state } = after(aRollout({ policy: { approval: 'required' } }), { type: 'changed' });
  assert.equal(state.state, 'awaiting-approval');
});

test('a rollout starts at its time, or when the first window opens', () => {
  const timed = aRollout({ policy: { start: { by: 'time', at: 500 } } });
  assert.equal(nextLook(timed, null), 500);
  assert.equal(decideRollout(timed, aLook(timed), 499).outcome, 'unchanged');
  assert.equal(after(timed, [aLook(timed), 500]).state.state, 'running');
  const windowed = aRollout({ policy: { start: { by: 'first-window' } } });
  assert.equal(nextLook(windowed, 700), 700);
  assert.equal(decideRollout(windowed, aLook(windowed, {}, 700), 699).outcome, 'unchanged');
  assert.equal(after(windowed, [aLook(windowed, {}, 700), 700]).state.state, 'running');
});

test('the next phase starts at the success threshold, open ones or not', () => {
  const state = started({ phases: TWO });
  assert.equal(decideRollout(state, aLook(state, { 1: { succeeded: 4 } }), 1).outcome, 'unchanged');
  const next = after(state, [aLook(state, { 1: { succeeded: 5 } }), 1]);
  assert.deepEqual(next.phases, ['started', 'started']);
});

test('superseded and canceled members do not count, and where none counts the threshold is reached', () => {
  const state = started({ phases: TWO });
  const part = after(state, [aLook(state, { 1: { succeeded: 1, superseded: 4, canceled: 4 } }), 1]);
  assert.deepEqual(part.phases, ['done', 'started'].with(0, 'started'));
  const none = after(state, [aLook(state, { 1: { superseded: 10 } }), 1]);
  assert.deepEqual(none.phases, ['done', 'started']);
});

test('the next phase waits for the soak, and its time is known', () => {
  const state = started({ phases: [{ spec: { soakSeconds: 60 } }, {}] });
  const reached = after(state, [aLook(state, { 1: { succeeded: 10 } }), 1000]);
  assert.deepEqual(reached.phases, ['done', 'waiting']);
  assert.equal(nextLook(reached.state, null), 61_000);
  const counts = aLook(reached.state, { 1: { succeeded: 10 } });
  assert.equal(decideRollout(reached.state, counts, 60_999).outcome, 'unchanged');
  assert.deepEqual(after(reached.state, [counts, 61_000]).phases, ['done', 'started']);
});

test('a phase that a person starts waits for a person', () => {
  const state = started({ phases: [{ spec: { next: 'hand' } }, {}] });
  const reached = after(state, [aLook(state, { 1: { succeeded: 10 } }), 1]).state;
  assert.equal(nextLook(reached, null), null);
  assert.deepEqual(after(reached, { type: 'start-phase', phase: 2 }).phases, ['done', 'started']);
  assert.equal(codeOf(reached, { type: 'start-phase', phase: 1 }), 'phase-state');
  assert.equal(codeOf(reached, { type: 'start-phase', phase: 3 }), 'phase-unknown');
});

test('empty phases are passed in one look', () => {
  const state = started({ phases: [{ total: 0 }, { total: 0 }, {}] });
  assert.deepEqual(after(state, [aLook(state), 1]).phases, ['done', 'done', 'started']);
});

test('a rollout pauses where nothing of a phase is open and too few succeeded, and resuming takes it as enough', () => {
  const state = started({ phases: TWO });
  const counts = aLook(state, { 1: { succeeded: 4, open: 0 } });
  const held = after(state, [counts, 1]).state;
  assert.deepEqual([held.state, held.reason], ['paused', 'success-not-reached']);
  const resumed = after(held, [{ type: 'resume' }, 2], [counts, 3]);
  assert.deepEqual([resumed.state.state, resumed.state.reason, resumed.phases], ['running', null, ['done', 'started']]);
});

test('an error threshold is crossed above its share and not at it, and not below its minimum', () => {
  const error = { percent: 20, minimum: 2 };
  const errs = (erred: number, total = 10) => {
    const state = started({ phases: [{ spec: { error }, total }, {}] });
    const [first, ...rest] = state.phases;
    assert.ok(first);
    return decideRollout({ ...state, phases: [{ ...first, erred }, ...rest] }, { type: 'erred', phase: 1 }, 9);
  };
  assert.equal(errs(2).outcome, 'unchanged');
  assert.equal(errs(1, 2).outcome, 'unchanged');
  const crossed = errs(3);
  assert.ok(crossed.outcome === 'changed');
  assert.deepEqual([crossed.state.state, crossed.state.reason], ['paused', 'error-threshold']);
  assert.equal(crossed.state.phases[0]?.crossedAt, 9);
});

test('a crossed threshold pauses, stops, or returns as the policy says, and once', () => {
  const error = { percent: 0, minimum: 1 };
  const erred = (onFailure: 'pause' | 'stop' | 'return') => {
    const phases = [{ spec: { error }, state: 'started', erred: 1, startedAt: 0 }] as const;
    return after(aRollout({ state: 'running', policy: { onFailure }, phases }), { type: 'erred', phase: 1 });
  };
  assert.equal(erred('pause').state.state, 'paused');
  assert.equal(erred('stop').state.state, 'stopping');
  assert.deepEqual(
    erred('return').effects.map(({ type }) => type),
    ['error-threshold-crossed', 'rollout-moved', 'return-wanted'],
  );
  const resumed = after(erred('pause').state, { type: 'resume' }).state;
  assert.equal(codeOf(resumed, { type: 'erred', phase: 1 }), 'unchanged');
});

test('a threshold that devices have left again can be crossed again', () => {
  const spec = { error: { percent: 10, minimum: 1 } };
  const running = aRollout({ state: 'running', phases: [{ spec, state: 'started', erred: 1, crossedAt: 5 }] });
  const recovered = after(running, { type: 'erred', phase: 1 }).state;
  assert.deepEqual([recovered.state, recovered.phases[0]?.crossedAt], ['running', null]);
});

test('a threshold that is lowered below what has erred is crossed by the change', () => {
  const spec = { error: { percent: 10, minimum: 1 } };
  const running = aRollout({ state: 'running', phases: [{ spec, state: 'started', erred: 2 }] });
  assert.equal(after(running, { type: 'changed' }).state.reason, 'error-threshold');
});

test('a skipped phase is left out, and its members are closed', () => {
  const state = started({ phases: [{}, {}, {}] });
  const skipped = after(state, { type: 'skip-phase', phase: 2 });
  assert.deepEqual(skipped.effects.at(-1), { type: 'close-phase', phase: 2 });
  assert.equal(codeOf(skipped.state, { type: 'start-phase', phase: 2 }), 'phase-state');
  assert.equal(codeOf(state, { type: 'skip-phase', phase: 1 }), 'phase-state', 'one that is started');
  const next = after(skipped.state, [aLook(skipped.state, { 1: { succeeded: 10 }, 2: { canceled: 10 } }), 1]);
  assert.deepEqual(next.phases, ['done', 'skipped', 'started']);
});

test('a paused rollout starts no phase, and does when it is resumed', () => {
  const state = started({ phases: TWO });
  const counts = aLook(state, { 1: { succeeded: 10 } });
  const paused = after(state, { type: 'pause' }, [counts, 1]);
  assert.deepEqual([paused.state.reason, paused.phases], ['operator', ['done', 'waiting']]);
  assert.deepEqual(after(paused.state, { type: 'resume' }, [counts, 2]).phases, ['done', 'started']);
});

test('no phase is opened before the silent ones of those that are under way have been looked for', () => {
  const state = started({ phases: TWO });
  const counts = aLook(state, { 1: { succeeded: 5 } });
  const unswept = after(state, [{ ...counts, isSweepDue: true }, 1]);
  assert.deepEqual(
    [unswept.phases, unswept.effects],
    [['started', 'waiting'], [{ type: 'success-reached', phase: 1 }]],
  );
  assert.equal(decideRollout(unswept.state, { ...counts, isSweepDue: true }, 2).outcome, 'unchanged');
  assert.deepEqual(after(unswept.state, [counts, 2]).phases, ['started', 'started']);
});

test('a rollout ends when nothing is open, unless late-comers may come', () => {
  const counts = { 1: { succeeded: 9, open: 0 } };
  const state = started({});
  const ended = after(state, [aLook(state, counts), 1]);
  assert.deepEqual([ended.state.state, ended.phases], ['finished', ['done']]);
  const dynamic = started({ policy: { dynamic: true } });
  assert.equal(decideRollout(dynamic, aLook(dynamic, counts), 1).outcome, 'unchanged');
  const stopping = after(dynamic, { type: 'stop' }).state;
  assert.equal(after(stopping, [aLook(stopping, counts), 1]).state.state, 'stopped');
});

test('a rollout for late-comers ends when nothing is open and no phase is left for them', () => {
  const counts = { 1: { succeeded: 9, open: 0 } };
  const state = started({ policy: { dynamic: true }, phases: [{ spec: { successPercent: 50, soakSeconds: 60 } }, {}] });
  const first = after(state, [aLook(state, counts), 1]).state;
  assert.equal(first.state, 'running');
  const skipped = after(first, { type: 'skip-phase', phase: 2 }).state;
  const closed = aLook(skipped, { ...counts, 2: { canceled: 10 } });
  assert.equal(after(skipped, [closed, 2]).state.state, 'finished');
});

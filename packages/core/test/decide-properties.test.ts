import {
  attemptLifecycle,
  assignmentLifecycle,
  decide,
  edgeOf,
  isClosed,
  nextDue,
  type AssignmentAggregate,
  type AttemptInput,
} from '@updraft/core';
import fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anAggregate } from './an-aggregate.ts';

const RUNS = 3000;

const anInput: fc.Arbitrary<AttemptInput> = fc.oneof(
  fc.constantFrom<AttemptInput>(
    { type: 'offer-made', install: true },
    { type: 'offer-made', install: false },
    { type: 'offer-withdrawn' },
    { type: 'install-offered' },
    { type: 'first-byte' },
    { type: 'all-bytes' },
    { type: 'report-downloading' },
    { type: 'report-downloaded' },
    { type: 'report-proceeding' },
    { type: 'report-installed' },
    { type: 'report-noted' },
    { type: 'report-succeeded', vouches: 'confirmed' },
    { type: 'report-succeeded', vouches: 'reported' },
    { type: 'report-failed', reason: 'disk' },
    { type: 'report-rolled-back', reason: null },
    { type: 'attributes-reported', attributes: { version: '1' } },
    { type: 'attributes-reported', attributes: { version: '2' } },
    { type: 'found-installed' },
    { type: 'cancel-acknowledged' },
    { type: 'cancel-refused' },
    { type: 'force-quit' },
  ),
  fc.record({
    type: fc.constant('cancel' as const),
    intent: fc.constantFrom('canceled' as const, 'superseded' as const),
    ask: fc.boolean(),
    by: fc.constantFrom('operator' as const, 'server' as const),
  }),
  fc.record({
    type: fc.constant('due' as const),
    lastContactAt: fc.option(fc.nat(400_000_000)),
    listeningSince: fc.nat(1000),
    versionReportedAt: fc.option(fc.nat(400_000_000)),
  }),
);

const aStart: fc.Arbitrary<AssignmentAggregate> = fc.boolean().map((named) =>
  anAggregate({
    attempt: null,
    rules: named ? { evidence: { versionAttribute: 'version', expectedVersion: '2' } } : {},
  }),
);

const aHistory = fc.tuple(
  aStart,
  fc.array(fc.record({ input: anInput, wait: fc.constantFrom(1, 1000, 1_000_000, 100_000_000) }), { maxLength: 25 }),
);

type Moment = { before: AssignmentAggregate; after: AssignmentAggregate; input: AttemptInput; now: number };

/** Plays a history and shows every change to `look`. */
function play(
  start: AssignmentAggregate,
  steps: readonly { input: AttemptInput; wait: number }[],
  look: (m: Moment) => void,
) {
  let state = start;
  let now = 0;
  for (const { input, wait } of steps) {
    now += wait;
    const offerAllowed = input.type !== 'offer-made' || state.attempt === null || state.attempt.state === 'ready';
    if (!offerAllowed) continue;
    const decision = decide(state, input, now);
    if (decision.outcome !== 'changed') continue;
    look({ before: state, after: decision.state, input, now });
    for (const effect of decision.effects) {
      if (effect.type === 'attempt-moved' && effect.from !== null) {
        const edge = edgeOf(attemptLifecycle, effect.from, effect.event);
        assert.ok(edge !== undefined && (edge.to === 'previous' || edge.to === effect.to), JSON.stringify(effect));
      }
      if (effect.type === 'assignment-moved')
        assert.equal(edgeOf(assignmentLifecycle, effect.from, effect.event)?.to, effect.to);
    }
    state = decision.state;
  }
}

function property(look: (moment: Moment) => void) {
  fc.assert(
    fc.property(aHistory, ([start, steps]) => play(start, steps, look)),
    { numRuns: RUNS },
  );
}

test('no undeclared transition is ever taken, whatever happens in whatever order', () => {
  property(() => undefined);
});

test('closed stays closed', () => {
  property(({ before }) => {
    assert.ok(!isClosed(assignmentLifecycle, before.assignment.state));
    if (before.attempt !== null) assert.ok(!isClosed(attemptLifecycle, before.attempt.state));
  });
});

test('an attempt that has begun keeps its offer until it ends', () => {
  property(({ before, after }) => {
    if (before.attempt === null || before.attempt.begunAt === null || after.attempt === null) return;
    assert.notEqual(after.attempt.state, 'ready');
    assert.equal(after.attempt.begunAt, before.attempt.begunAt);
    assert.ok(after.attempt.offeredAt !== null);
  });
});

test('an assignment ends exactly when its attempt does', () => {
  property(({ after }) => {
    if (after.attempt === null) return;
    assert.equal(
      isClosed(attemptLifecycle, after.attempt.state),
      isClosed(assignmentLifecycle, after.assignment.state),
    );
  });
});

test('an open attempt that a device works on always has a limit that will end it', () => {
  property(({ after }) => {
    if (after.attempt === null || isClosed(attemptLifecycle, after.attempt.state) || after.attempt.state === 'ready')
      return;
    assert.ok(nextDue(after, after.attempt) !== null, after.attempt.state);
  });
});

test('without the named evidence no attempt succeeds', () => {
  property(({ after }) => {
    if (after.rules.evidence === null || after.attempt?.state !== 'succeeded') return;
    assert.ok(after.attempt.evidence.includes('observed'));
  });
});

test('what is reported only is never shown as confirmed', () => {
  property(({ before, after, input }) => {
    const gained = after.attempt?.evidence.includes('confirmed') && !before.attempt?.evidence.includes('confirmed');
    if (gained) assert.ok(input.type === 'report-succeeded' && input.vouches === 'confirmed');
  });
});

test('an attempt left alone ends, whatever state it was left in', () => {
  fc.assert(
    fc.property(aHistory, ([start, steps]) => {
      let last = start;
      let now = 0;
      play(start, steps, (moment) => {
        last = moment.after;
        now = moment.now;
      });
      for (
        let round = 0;
        round < 10 && last.attempt !== null && !isClosed(attemptLifecycle, last.attempt.state);
        round += 1
      ) {
        const due = nextDue(last, last.attempt);
        if (due === null) break;
        now = Math.max(now, due.at);
        const decision = decide(
          last,
          { type: 'due', lastContactAt: null, listeningSince: 0, versionReportedAt: null },
          now,
        );
        if (decision.outcome === 'changed') last = decision.state;
      }
      const state = last.attempt?.state;
      assert.ok(state === undefined || state === 'ready' || isClosed(attemptLifecycle, state), `${state}`);
    }),
    { numRuns: RUNS },
  );
});

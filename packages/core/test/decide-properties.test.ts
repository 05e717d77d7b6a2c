import {
  attemptLifecycle,
  assignmentLifecycle,
  CLOSED_ATTEMPT_STATES,
  decide,
  edgeOf,
  isClosed,
  nextDue,
  type AssignmentAggregate,
  type AttemptInput,
  type AttemptState,
} from '@updraft/core';
import fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anAggregate, anEvidenceRule, retriesUpTo } from './an-aggregate.ts';

const RUNS = 3000;

const anAttributeReport = fc
  .record(
    { version: fc.constantFrom('1', '2'), slot: fc.constantFrom('a', 'b'), boot: fc.constantFrom('x', 'y') },
    { requiredKeys: [] },
  )
  .map((attributes): AttemptInput => ({ type: 'attributes-reported', attributes }));

const anInput: fc.Arbitrary<AttemptInput> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom<AttemptInput>(
      { type: 'consent-asked' },
      { type: 'consent-given' },
      { type: 'consent-declined' },
      { type: 'offer-made', install: true, paced: true },
      { type: 'offer-made', install: true },
      { type: 'offer-made', install: false },
      { type: 'offer-withdrawn' },
      { type: 'install-offered' },
      { type: 'install-offered', paced: true },
      { type: 'first-byte' },
      { type: 'all-bytes' },
      { type: 'report-downloading' },
      { type: 'report-downloaded' },
      { type: 'report-proceeding' },
      { type: 'report-installed' },
      { type: 'report-noted' },
      { type: 'report-succeeded', vouches: 'confirmed' },
      { type: 'report-succeeded', vouches: 'reported' },
      { type: 'report-failed', message: 'disk' },
      { type: 'report-rolled-back', message: null },
      { type: 'offer-refused', message: 'low battery' },
      { type: 'found-installed' },
      { type: 'found-incompatible' },
      { type: 'cancel-acknowledged' },
      { type: 'cancel-refused' },
      { type: 'force-quit' },
      { type: 'force-quit', reason: 'decommissioned' },
      { type: 'device-replaced' },
    ),
  },
  anAttributeReport,
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
    evidenceReportedAt: fc.option(fc.nat(400_000_000)),
  }),
);

const aKnownFact = fc.record({
  version: fc.option(fc.constantFrom('1', '2')),
  slot: fc.option(fc.constantFrom('a', 'b')),
  bootId: fc.option(fc.constantFrom('x', 'y')),
});
const anEvidence = fc
  .record({ version: fc.boolean(), slot: fc.boolean(), boot: fc.boolean(), known: aKnownFact })
  .map(({ version, slot, boot, known }) =>
    version || slot || boot
      ? anEvidenceRule({
          versionAttribute: version ? 'version' : null,
          slotAttribute: slot ? 'slot' : null,
          bootIdAttribute: boot ? 'boot' : null,
          known,
        })
      : null,
  );

const aStart: fc.Arbitrary<AssignmentAggregate> = fc
  .record({
    evidence: anEvidence,
    retries: fc.option(fc.integer({ min: 0, max: 3 }).map(retriesUpTo)),
    consent: fc.boolean().map((required) => ({ required, askAgainSeconds: 3600 })),
    downloadOnly: fc.boolean(),
    paced: fc.boolean(),
  })
  .map((rules) => anAggregate({ attempt: null, rules }));

const aHistory = fc.tuple(
  aStart,
  fc.array(fc.record({ input: anInput, wait: fc.constantFrom(1, 1000, 1_000_000, 100_000_000) }), { maxLength: 40 }),
);

type Moment = {
  before: AssignmentAggregate;
  after: AssignmentAggregate;
  input: AttemptInput;
  now: number;
  effects: readonly string[];
};

/** What gates and repositories see to: offers and facts about devices come only where nothing has begun. */
function canCome(state: AssignmentAggregate, input: AttemptInput): boolean {
  const attempt = openAttempt(state);
  if (input.type === 'offer-made') return attempt === null || isEarly(attempt.state);
  if (input.type === 'install-offered') return attempt !== null && attempt.offeredAt !== null;
  if (input.type === 'found-incompatible') return attempt === null || isEarly(attempt.state) || isFresh(attempt);
  return true;
}

function openAttempt({ attempt }: AssignmentAggregate) {
  return attempt === null || isClosed(attemptLifecycle, attempt.state) ? null : attempt;
}

function isEarly(state: string): boolean {
  return state === 'ready' || state === 'awaiting-consent';
}

function isFresh({ state, begunAt }: { readonly state: string; readonly begunAt: number | null }): boolean {
  return state === 'offered' && begunAt === null;
}

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
    if (!canCome(state, input)) continue;
    const decision = decide(state, input, now);
    if (decision.outcome !== 'changed') continue;
    const effects = decision.effects.map(({ type }) => type);
    look({ before: state, after: decision.state, input, now, effects });
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

test('closed stays closed: an ended assignment changes no more, an ended attempt only makes room for a new one', () => {
  property(({ before, after }) => {
    assert.ok(!isClosed(assignmentLifecycle, before.assignment.state));
    if (before.attempt === null || openAttempt(before) !== null) return;
    if (after.assignment.attempts === before.assignment.attempts) assert.equal(openAttempt(after), null);
  });
});

test('an attempt that has begun keeps its offer until it ends', () => {
  property(({ before, after }) => {
    const attempt = openAttempt(before);
    if (attempt === null || attempt.begunAt === null || after.attempt === null) return;
    assert.ok(!isEarly(after.attempt.state));
    assert.equal(after.attempt.begunAt, attempt.begunAt);
    assert.ok(after.attempt.offeredAt !== null);
  });
});

test('an assignment is active exactly while it has an open attempt', () => {
  property(({ after }) => {
    assert.equal(after.assignment.state === 'active', openAttempt(after) !== null);
  });
});

test('a retry is a new attempt after a failure, never beyond the limit, never after a cancel', () => {
  property(({ before, after }) => {
    if (after.assignment.state !== 'backing-off' || before.assignment.state === 'backing-off') return;
    assert.ok(after.assignment.failedAttempts <= (after.rules.retries?.limit ?? 0));
    assert.equal(after.assignment.failedAttempts, before.assignment.failedAttempts + 1);
    assert.equal(before.assignment.cancelIntent, null);
    assert.equal(after.attempt?.cancelRefusedAt, null);
    assert.ok(after.attempt.begunAt !== null && after.assignment.notBefore !== null);
  });
});

test('a device is counted as an error once, from its first failure until a success takes it out', () => {
  fc.assert(
    fc.property(aHistory, ([start, steps]) => {
      let counted = 0;
      play(start, steps, ({ after, effects }) => {
        counted += effects.filter((type) => type === 'erred').length;
        counted -= effects.filter((type) => type === 'recovered').length;
        assert.equal(counted, after.assignment.erred ? 1 : 0);
        if (effects.includes('erred') || effects.includes('recovered'))
          assert.match(effects.at(-1) ?? '', /^(erred|recovered)$/);
        if (after.assignment.state === 'succeeded') assert.equal(counted, 0);
        if (after.assignment.state === 'failed') assert.equal(counted, 1);
      });
    }),
    { numRuns: RUNS },
  );
});

test('a place of the pace is given back exactly once, and held by nothing that is over', () => {
  fc.assert(
    fc.property(aHistory, ([start, steps]) => {
      let held = 0;
      play(start, steps, ({ before, after, input, effects }) => {
        const wasHeld = openAttempt(before)?.paceHeld ?? false;
        const reserved = 'paced' in input && input.paced === true && !wasHeld && (after.attempt?.paceHeld ?? false);
        held += reserved ? 1 : 0;
        held += effects.filter((type) => type === 'pace-taken').length;
        held -= effects.filter((type) => type === 'pace-freed').length;
        assert.equal(held, openAttempt(after)?.paceHeld === true ? 1 : 0, `${input.type} ${effects.join(' ')}`);
      });
    }),
    { numRuns: RUNS },
  );
});

test('without a yes that is asked for no install is granted', () => {
  property(({ before, after, input }) => {
    if (!after.rules.consent.required || after.attempt === null) return;
    const granted = after.attempt.installOfferedAt !== null && (openAttempt(before)?.installOfferedAt ?? null) === null;
    if (granted && !input.type.startsWith('report-')) assert.equal(after.attempt.consent, 'given');
  });
});

test('an open attempt that a device works on always has a limit that will end it', () => {
  property(({ after }) => {
    const attempt = openAttempt(after);
    if (attempt === null || isEarly(attempt.state)) return;
    assert.ok(nextDue(after, attempt) !== null, attempt.state);
  });
});

test('without the named evidence no attempt succeeds, but one that only downloads', () => {
  property(({ after }) => {
    if (after.rules.evidence === null || after.attempt?.state !== 'succeeded') return;
    assert.ok(after.attempt.evidence.includes('observed') || after.rules.downloadOnly);
  });
});

test('what is reported only is never shown as confirmed', () => {
  property(({ before, after, input }) => {
    const gained = after.attempt?.evidence.includes('confirmed') && !before.attempt?.evidence.includes('confirmed');
    if (gained) assert.ok(input.type === 'report-succeeded' && input.vouches === 'confirmed');
  });
});

test('an update that only downloads never says that its release runs', () => {
  property(({ after, effects }) => {
    if (after.rules.downloadOnly) assert.ok(!effects.includes('release-runs'));
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
      for (let round = 0; round < 10; round += 1) {
        const attempt = openAttempt(last);
        const due = attempt === null ? null : nextDue(last, attempt);
        if (due === null) break;
        now = Math.max(now, due.at);
        const nothing = { type: 'due', lastContactAt: null, listeningSince: 0, evidenceReportedAt: null } as const;
        const decision = decide(last, nothing, now);
        if (decision.outcome === 'changed') last = decision.state;
      }
      const attempt = openAttempt(last);
      assert.ok(attempt === null || isEarly(attempt.state), `it is still ${attempt?.state}`);
    }),
    { numRuns: RUNS },
  );
});

test('every open state of an attempt reaches each of the five ends that its table declares', () => {
  for (const from of attemptLifecycle.states.filter((state) => !isClosed(attemptLifecycle, state))) {
    const reached = new Set<AttemptState | 'previous'>([from]);
    for (const state of reached)
      for (const edge of attemptLifecycle.edges) if (edge.from === state) reached.add(edge.to);
    for (const end of CLOSED_ATTEMPT_STATES) assert.ok(reached.has(end), `${from} never ends as ${end}`);
  }
});

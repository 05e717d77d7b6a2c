import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decideRollout,
  edgeOf,
  isClosed,
  phaseLifecycle,
  rolloutLifecycle,
  type Phase,
  type PhaseCounts,
  type RolloutAggregate,
  type RolloutInput,
} from '@updraft/core';
import fc from 'fast-check';
import { aRollout } from './a-rollout.ts';

const MEMBERS = 4;
const PHASES = 3;

const aSpec = fc.record({
  successPercent: fc.constantFrom(0, 50, 100),
  error: fc.constantFrom(null, { percent: 25, minimum: 1 }),
  soakSeconds: fc.constantFrom(0, 5),
  next: fc.constantFrom('automatic' as const, 'hand' as const),
});
const aState = fc
  .record({
    phases: fc.array(aSpec, { minLength: 1, maxLength: PHASES }),
    policy: fc.record({
      start: fc.constantFrom({ by: 'hand' } as const, { by: 'ready' } as const, { by: 'time', at: 9000 } as const),
      approval: fc.constantFrom('none' as const, 'required' as const),
      onFailure: fc.constantFrom('pause' as const, 'stop' as const, 'return' as const),
      dynamic: fc.boolean(),
    }),
  })
  .map(({ phases, policy }) =>
    aRollout({ state: 'creating', policy, phases: phases.map((spec) => ({ spec, total: MEMBERS })) }),
  );

const aCount: fc.Arbitrary<PhaseCounts> = fc
  .tuple(fc.nat(MEMBERS), fc.nat(MEMBERS), fc.nat(MEMBERS))
  .filter(([a, b, c]) => a + b + c <= MEMBERS)
  .chain(([succeeded, superseded, canceled]) =>
    fc.nat(MEMBERS - succeeded - superseded - canceled).map((open) => ({ succeeded, superseded, canceled, open })),
  );
const aPhaseNumber = fc.integer({ min: 1, max: PHASES + 1 });
const anInput: fc.Arbitrary<RolloutInput> = fc.oneof(
  fc.constantFrom<RolloutInput>(
    { type: 'materialised' },
    { type: 'approve', isAuthor: false, isPerson: true, hasRight: true },
    { type: 'deny' },
    { type: 'start' },
    { type: 'pause' },
    { type: 'resume' },
    { type: 'resume' },
    { type: 'stop' },
    { type: 'changed' },
  ),
  aPhaseNumber.map((phase) => ({ type: 'start-phase', phase }) as const),
  aPhaseNumber.map((phase) => ({ type: 'skip-phase', phase }) as const),
  fc.array(aCount, { minLength: PHASES, maxLength: PHASES }).map((counts) => ({
    type: 'look' as const,
    counts: new Map(counts.map((count, index) => [index + 1, count])),
    firstWindowAt: null,
    isSweepDue: false,
  })),
);

type Happening = { readonly input: RolloutInput; readonly later: number; readonly errs: number | null };
const aHappening: fc.Arbitrary<Happening> = fc.record({
  input: anInput,
  later: fc.nat(6000),
  errs: fc.option(aPhaseNumber),
});

/** Plays a course, and shows each change with what stood before it. */
function play(
  start: RolloutAggregate,
  course: readonly Happening[],
  see: (before: RolloutAggregate, input: RolloutInput, now: number) => void,
): void {
  let state = start;
  let now = 0;
  const take = (input: RolloutInput): void => {
    see(state, input, now);
    const decision = decideRollout(state, input, now);
    if (decision.outcome === 'changed') state = decision.state;
  };
  for (const { input, later, errs } of course) {
    now += later;
    take(input);
    const phase = state.phases.find(({ number }) => number === errs);
    if (phase?.state !== 'started' || phase.erred === phase.total) continue;
    const phases = state.phases.map((one) => (one === phase ? { ...one, erred: one.erred + 1 } : one));
    state = { ...state, phases };
    take({ type: 'erred', phase: phase.number });
  }
}

const courses = fc.tuple(aState, fc.array(aHappening, { maxLength: 40 }));

test('a rollout and its phases move along their tables only, and what is closed stays closed', () => {
  fc.assert(
    fc.property(courses, ([start, course]) => {
      play(start, course, (before, input, now) => {
        const decision = decideRollout(before, input, now);
        if (isClosed(rolloutLifecycle, before.state)) assert.notEqual(decision.outcome, 'changed', before.state);
        if (decision.outcome !== 'changed') return;
        for (const effect of decision.effects) {
          if (effect.type === 'rollout-moved')
            assert.equal(edgeOf(rolloutLifecycle, effect.from, effect.event)?.to, effect.to);
          if (effect.type === 'phase-moved')
            assert.equal(edgeOf(phaseLifecycle, effect.from, effect.event)?.to, effect.to);
        }
      });
    }),
  );
});

test('a phase starts only while its rollout runs, and by itself only behind one that was reached and has soaked', () => {
  fc.assert(
    fc.property(courses, ([start, course]) => {
      play(start, course, (before, input, now) => {
        const decision = decideRollout(before, input, now);
        if (decision.outcome !== 'changed') return;
        const moved = decision.effects.filter((effect) => effect.type === 'phase-moved' && effect.event === 'start');
        if (moved.length === 0) return;
        assert.ok(before.state === 'running' || decision.effects.some((effect) => isStart(effect)));
        if (input.type !== 'look') return;
        for (const effect of moved) {
          if (effect.type !== 'phase-moved') continue;
          const earlier: readonly Phase[] = decision.state.phases.filter(
            ({ number, state }) => number < effect.phase && state !== 'skipped',
          );
          const last: Phase | undefined = earlier.at(-1);
          if (last === undefined) continue;
          assert.equal(last.spec.next, 'automatic');
          assert.ok(last.reachedAt !== null && last.reachedAt + last.spec.soakSeconds * 1000 <= now);
        }
      });
    }),
  );
});

function isStart(effect: { readonly type: string; readonly event?: string }): boolean {
  return effect.type === 'rollout-moved' && effect.event === 'start';
}

test('an error threshold is crossed by one report, and a second look at the same finds nothing more', () => {
  fc.assert(
    fc.property(courses, ([start, course]) => {
      play(start, course, (before, input, now) => {
        const decision = decideRollout(before, input, now);
        if (decision.outcome !== 'changed') return;
        const crossed = decision.effects.filter(({ type }) => type === 'error-threshold-crossed');
        for (const effect of crossed)
          if ('phase' in effect)
            assert.equal(before.phases.find(({ number }) => number === effect.phase)?.crossedAt, null);
        if (input.type === 'look') assert.equal(decideRollout(decision.state, input, now).outcome, 'unchanged');
      });
    }),
  );
});

import fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  assignmentLifecycle,
  atContact,
  attemptLifecycle,
  decide,
  DEFAULT_POLICY,
  isClosed,
  type AssignmentAggregate,
  type Attempt,
  type AttemptInput,
  type OfferSplit,
  type OpenAssignment,
  type RolloutPolicy,
} from '@updraft/core';
import { anAggregate, retriesUpTo } from './an-aggregate.ts';
import { aDevice, anAssignment, NOW } from './gate-facts-maker.ts';

const RUNS = 1500;
const MAX_ROUNDS = 32;
const RELEASES = [100, 101, 102];

type Wish = {
  readonly weight: number;
  readonly release: number;
  readonly consent: boolean;
  readonly downloadOnly: boolean;
  readonly emergency: boolean;
  readonly requiredStep: boolean;
};
type Act =
  | { readonly type: 'contact' | 'pass' }
  | { readonly type: 'say' | 'operate'; readonly on: number; readonly input: AttemptInput }
  | {
      readonly type: 'gate';
      readonly on: number;
      readonly gate: 'running' | 'started' | 'window';
      readonly open: boolean;
    };

type Course = {
  readonly wish: Wish;
  aggregate: AssignmentAggregate;
  running: boolean;
  started: boolean;
  window: boolean;
};
type World = {
  now: number;
  device: ReturnType<typeof aDevice>;
  courses: Course[];
  offers: { on: number; at: number }[];
};

const aWish: fc.Arbitrary<Wish> = fc.record({
  weight: fc.constantFrom(1, 500, 500),
  release: fc.constantFrom(...RELEASES),
  consent: fc.boolean(),
  downloadOnly: fc.constantFrom(false, false, true),
  emergency: fc.constantFrom(false, false, false, true),
  requiredStep: fc.constantFrom(false, false, false, true),
});

const saying = fc.constantFrom<AttemptInput>(
  { type: 'first-byte' },
  { type: 'all-bytes' },
  { type: 'report-downloading' },
  { type: 'report-proceeding' },
  { type: 'report-installed' },
  { type: 'report-noted' },
  { type: 'report-succeeded', vouches: 'reported' },
  { type: 'report-failed', message: null },
  { type: 'report-rolled-back', message: null },
  { type: 'offer-refused', message: null },
  { type: 'cancel-acknowledged' },
  { type: 'cancel-refused' },
);
const operating = fc.constantFrom<AttemptInput>(
  { type: 'cancel', intent: 'canceled', ask: true, by: 'operator' },
  { type: 'consent-given' },
  { type: 'consent-declined' },
  { type: 'force-quit' },
  { type: 'device-replaced' },
);
const on = fc.nat(2);
const anAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ type: 'contact' as const }) },
  fc.constant({ type: 'pass' as const }),
  { weight: 4, arbitrary: fc.record({ type: fc.constant('say' as const), on, input: saying }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('operate' as const), on, input: operating }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('gate' as const),
      on,
      gate: fc.constantFrom('running' as const, 'started' as const, 'window' as const),
      open: fc.boolean(),
    }),
  },
);

const aWalk = fc.tuple(
  fc.array(aWish, { minLength: 1, maxLength: 3 }),
  fc.record({
    splitsOffers: fc.constantFrom<OfferSplit>('never', 'at-windows', 'always'),
    autoConsent: fc.boolean(),
  }),
  fc.array(anAct, { maxLength: 50 }),
);

test('whatever happens to a device, one update at most is in its hands, and every contact settles', () => {
  fc.assert(
    fc.property(aWalk, ([wishes, kind, acts]) => {
      const world = aWorld(wishes, kind);
      for (const act of acts) {
        world.now += 1000;
        perform(world, act);
        const held = world.courses.filter(({ aggregate }) => isInHands(aggregate.attempt));
        assert.ok(held.length <= 1, `${act.type}: ${held.map(({ aggregate }) => aggregate.attempt?.state).join()}`);
      }
    }),
    { numRuns: RUNS },
  );
});

test('whatever has happened, a device that does what it is told comes to the end of everything', () => {
  fc.assert(
    fc.property(aWalk, ([wishes, kind, acts]) => {
      const world = aWorld(wishes, kind);
      for (const act of acts) {
        world.now += 1000;
        perform(world, act);
      }
      for (let round = 0; round < MAX_ROUNDS && openOf(world).length > 0; round += 1) obey(world);
      const left = openOf(world).map(({ state, attempt }) => `${state} ${attempt?.state ?? 'unborn'}`);
      assert.deepEqual(left, []);
    }),
    { numRuns: RUNS },
  );
});

const WAIT_MS = 200_000;

/** Every gate opens, its user says yes, and it does what its contact hands it. */
function obey(world: World): void {
  world.now += WAIT_MS;
  for (const [at, course] of world.courses.entries()) {
    Object.assign(course, { running: true, started: true, window: true });
    step(world, at, { type: 'consent-given' });
  }
  settle(world);
  const { current } = atContact({ ...world.device, lastContactAt: world.now }, openOf(world), world.now);
  if (current === null || current.attempt === null) return;
  const at = current.id - 1;
  if (current.attempt.state === 'canceling') step(world, at, { type: 'cancel-acknowledged' });
  else if (isAnswered(world, at)) step(world, at, { type: 'report-succeeded', vouches: 'reported' });
}

function aWorld(
  wishes: readonly Wish[],
  kind: { readonly splitsOffers: OfferSplit; readonly autoConsent: boolean },
): World {
  const courses = wishes.map((wish) => {
    const policy = policyOf(wish);
    const rules = { retries: retriesUpTo(1), consent: policy.consent, downloadOnly: wish.downloadOnly };
    const aggregate = anAggregate({ attempt: null, rules });
    return { wish, aggregate, running: true, started: wish.weight !== 1, window: true };
  });
  return { now: NOW, device: aDevice(kind), courses, offers: [] };
}

function policyOf({ consent, downloadOnly, emergency }: Wish): RolloutPolicy {
  return {
    ...DEFAULT_POLICY,
    consent: { required: consent, askAgainSeconds: 60 },
    action: { kind: downloadOnly ? 'download-only' : 'forced' },
    windows: { ...DEFAULT_POLICY.windows, downloadAhead: true },
    emergency,
  };
}

function perform(world: World, act: Act): void {
  switch (act.type) {
    case 'contact':
      return settle(world);
    case 'pass':
      world.now += 100_000_000;
      for (const at of world.courses.keys())
        step(world, at, { type: 'due', lastContactAt: null, listeningSince: 0, evidenceReportedAt: null });
      return;
    case 'gate': {
      const course = world.courses[act.on];
      if (course !== undefined) course[act.gate] = act.open;
      return;
    }
    case 'say':
      if (isAnswered(world, act.on)) step(world, act.on, act.input);
      return;
    case 'operate':
      step(world, act.on, act.input);
  }
}

/** As the doors take it: an offer that was taken back may be begun, unless another was made since. */
function isAnswered({ courses, offers }: World, at: number): boolean {
  const attempt = courses[at]?.aggregate.attempt ?? null;
  if (attempt === null || attempt.offeredAt === null) return attempt?.state === 'canceling';
  const isBack = attempt.state === 'ready' || attempt.state === 'awaiting-consent';
  return !isBack || !offers.some((offer) => offer.on !== at && offer.at > (attempt.offeredAt ?? 0));
}

function settle(world: World): void {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const open = openOf(world);
    const { current, gates, steps } = atContact({ ...world.device, lastContactAt: world.now }, open, world.now);
    if (steps.length === 0) {
      const attempt = current?.attempt ?? null;
      if (attempt?.state === 'offered' && attempt.begunAt === null)
        assert.ok(attempt.installOfferedAt === null ? gates.mayDownload : gates.mayInstall, 'no gate is shut');
      return;
    }
    for (const { assignment, input } of steps)
      assert.equal(step(world, assignment - 1, input), 'changed', `${input.type} changes something`);
  }
  assert.fail('the contact does not settle');
}

function step(world: World, at: number, input: AttemptInput): string {
  const course = world.courses[at];
  if (course === undefined) return 'unchanged';
  const decision = decide(course.aggregate, input, world.now);
  if (decision.outcome !== 'changed') return decision.outcome;
  course.aggregate = decision.state;
  if (input.type === 'offer-made') world.offers.push({ on: at, at: world.now });
  if (decision.effects.some(({ type }) => type === 'release-runs')) {
    world.device = { ...world.device, runningReleaseId: course.wish.release };
    for (const [other, { wish }] of world.courses.entries())
      if (other !== at && wish.release === course.wish.release) step(world, other, { type: 'found-installed' });
  }
  return 'changed';
}

function openOf({ courses, now }: World): readonly OpenAssignment[] {
  return courses.flatMap(({ wish, aggregate, running, started, window }, at) => {
    const { assignment, attempt } = aggregate;
    if (isClosed(assignmentLifecycle, assignment.state)) return [];
    const born = attempt === null || isClosed(attemptLifecycle, attempt.state) ? null : attempt;
    const one = anAssignment({
      id: at + 1,
      weight: wish.weight,
      requiredStep: wish.requiredStep,
      notBefore: assignment.notBefore,
      attempts: assignment.attempts,
      failedAttempts: assignment.failedAttempts,
      consent: born?.consent ?? null,
      asksAgainAt: born?.asksAgainAt ?? null,
      refusal: refusalOf(born),
      release: { id: wish.release },
      rollout: { state: running ? 'running' : 'paused', phaseState: started ? 'started' : 'waiting' },
      policy: policyOf(wish),
      window: window ? {} : { isOpen: false, changesAt: now + 1, opensAt: now + 1 },
      attempt: born,
    });
    return [{ ...one, state: assignment.state }];
  });
}

function refusalOf(attempt: Attempt | null): OpenAssignment['refusal'] {
  if (attempt === null || attempt.refusedAt === null) return null;
  return { of: 'offer', at: attempt.refusedAt, words: attempt.refusal, until: attempt.refusedAt + 60_000 };
}

/** What its device was given and is to do something about. */
function isInHands(attempt: Attempt | null): boolean {
  if (attempt === null || isClosed(attemptLifecycle, attempt.state) || attempt.state === 'awaiting-evidence')
    return false;
  return attempt.begunAt !== null || attempt.state === 'offered';
}

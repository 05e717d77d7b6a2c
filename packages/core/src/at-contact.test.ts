import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { atContact, type ContactStep, type OpenAssignment } from './at-contact.ts';
import { isClosed } from './lifecycle.ts';
import { assignmentLifecycle } from './assignment-lifecycle.ts';
import type { AssignmentAggregate, Attempt } from './attempt.ts';
import { decide, newbornAttempt } from './decide.ts';
import { gatesOf, permissionOf } from './gates.ts';
import { PHASE_STATES, ROLLOUT_STATES } from './rollout-lifecycle.ts';
import { DEFAULT_TIME_LIMITS } from './time-limits.ts';

const device = { name: 'gw', identity: 'accepted', type: 'board', runningReleaseId: null } as const;

type Parts = Omit<Partial<OpenAssignment>, 'attempt' | 'release' | 'rollout'> & {
  readonly attempt?: Partial<Attempt> | null;
  readonly release?: Partial<OpenAssignment['release']>;
  readonly rollout?: Partial<OpenAssignment['rollout']>;
};

/** An assignment in a rollout that runs, of a release of its own, whose attempt is not born. */
function anAssignment({ attempt = null, release, rollout, ...parts }: Parts = {}): OpenAssignment {
  const id = parts.id ?? 1;
  return {
    id,
    number: id,
    state: attempt === null ? 'waiting' : 'active',
    weight: 1000,
    requiredStep: false,
    ...parts,
    release: { id: 100 + id, name: 'system', version: '1', state: 'published', deviceTypes: [], ...release },
    rollout: { name: 'r', state: 'running', phase: 1, phaseState: 'started', ...rollout },
    attempt: attempt === null ? null : { ...newbornAttempt(0), ...attempt },
  };
}

const OFFERED = { state: 'offered', offeredAt: 1 } as const;
const AT_WORK = { state: 'installing', offeredAt: 1, begunAt: 2 } as const;

function stepsOf(...open: readonly OpenAssignment[]): readonly (readonly [number, string])[] {
  return atContact(device, open).steps.map(({ assignment, input }) => [assignment, input.type] as const);
}

test('a device whose gates pass is made an offer, and only one', () => {
  assert.deepEqual(stepsOf(anAssignment()), [[1, 'offer-made']]);
  assert.deepEqual(stepsOf(anAssignment({ attempt: OFFERED })), []);
  assert.deepEqual(stepsOf(anAssignment({ attempt: AT_WORK })), []);
});

test('an offer is withdrawn when a gate shuts, and what has begun keeps it', () => {
  const rollout = { state: 'paused' } as const;
  assert.deepEqual(stepsOf(anAssignment({ attempt: OFFERED, rollout })), [[1, 'offer-withdrawn']]);
  assert.deepEqual(stepsOf(anAssignment({ attempt: AT_WORK, rollout })), []);
  assert.deepEqual(stepsOf(anAssignment({ attempt: OFFERED, release: { state: 'withdrawn' } })), [
    [1, 'offer-withdrawn'],
  ]);
});

test('canceling goes before begun before eligible, then the heavier, then the older', () => {
  const current = (...open: readonly OpenAssignment[]) => atContact(device, open).current?.id;
  const canceling = anAssignment({ id: 3, weight: 0, attempt: { state: 'canceling' } });
  const begun = anAssignment({ id: 4, weight: 0, attempt: AT_WORK });
  const heavy = anAssignment({ id: 5, weight: 900 });
  const light = anAssignment({ id: 6, weight: 100 });
  const paused = anAssignment({ id: 1, rollout: { state: 'paused' } });
  assert.equal(current(paused, light, heavy, begun, canceling), 3);
  assert.equal(current(paused, light, heavy, begun), 4);
  assert.equal(current(paused, light, heavy), 5);
  assert.equal(current(paused, light), 6);
  assert.equal(current(paused), 1);
  assert.equal(current(anAssignment({ id: 8 }), anAssignment({ id: 7 })), 7);
});

test('what only awaits evidence blocks nothing', () => {
  const waits = anAssignment({ id: 9, weight: 1000, attempt: { ...AT_WORK, state: 'awaiting-evidence' } });
  assert.equal(atContact(device, [waits, anAssignment({ id: 1, weight: 1 })]).current?.id, 1);
});

test('a newer one supersedes with at least the weight, when it is eligible', () => {
  const older = anAssignment({ id: 1, weight: 500, attempt: OFFERED });
  assert.deepEqual(stepsOf(older, anAssignment({ id: 2, weight: 500 })), [[1, 'cancel']]);
  assert.deepEqual(stepsOf(older, anAssignment({ id: 2, weight: 499 })), []);
  assert.deepEqual(stepsOf(older, anAssignment({ id: 2, rollout: { state: 'ready' } })), []);
  assert.deepEqual(stepsOf({ ...older, requiredStep: true }, anAssignment({ id: 2, weight: 500 })), []);
  assert.deepEqual(
    stepsOf(older, anAssignment({ id: 2, weight: 500, release: { id: 101 } })),
    [],
    'the same release is the same wish',
  );
});

test('a device that refused to cancel is not asked again by the server', () => {
  const refused = anAssignment({ id: 1, attempt: { ...AT_WORK, cancelRefusedAt: 3 }, rollout: { state: 'stopping' } });
  assert.deepEqual(stepsOf(refused), []);
  assert.deepEqual(stepsOf(anAssignment({ attempt: { ...AT_WORK, cancelRefusedAt: 3 } }), anAssignment({ id: 2 })), []);
});

test('what a device runs already, or what does not fit it, ends before it is offered', () => {
  const runs = { ...device, runningReleaseId: 101 };
  assert.deepEqual(atContact(runs, [anAssignment()]).steps[0]?.input.type, 'found-installed');
  assert.deepEqual(stepsOf(anAssignment({ release: { deviceTypes: ['other'] } })), [[1, 'found-incompatible']]);
  const waiting = { state: 'ready', phaseState: 'waiting' } as const;
  assert.deepEqual(stepsOf(anAssignment({ release: { deviceTypes: ['other'] }, rollout: waiting })), []);
});

const anAttempt: fc.Arbitrary<Partial<Attempt> | null> = fc.constantFrom<Partial<Attempt> | null>(
  null,
  {},
  OFFERED,
  { state: 'ready', offeredAt: 1 },
  { state: 'offered', offeredAt: 1, begunAt: 2 },
  { state: 'downloading', offeredAt: 1, begunAt: 2 },
  AT_WORK,
  { ...AT_WORK, cancelRefusedAt: 3 },
  { state: 'ready', cancelRefusedAt: 3 },
  { ...AT_WORK, state: 'awaiting-report' },
  { ...AT_WORK, state: 'awaiting-evidence' },
  { state: 'canceling', canceledFrom: 'ready' },
  { ...AT_WORK, state: 'canceling', canceledFrom: 'installing' },
);

const someAssignments = fc
  .array(
    fc.record({
      attempt: anAttempt,
      weight: fc.constantFrom(1, 500, 1000),
      requiredStep: fc.boolean(),
      release: fc.record({
        id: fc.constantFrom(100, 101, 102),
        state: fc.constantFrom('published' as const, 'withdrawn' as const),
        deviceTypes: fc.constantFrom([], ['board'], ['other']),
      }),
      rollout: fc.record({ state: fc.constantFrom(...ROLLOUT_STATES), phaseState: fc.constantFrom(...PHASE_STATES) }),
    }),
    { maxLength: 5 },
  )
  .map((all) => all.map((parts, index) => anAssignment({ id: index + 1, ...parts })));

const someDevice = fc.record({
  name: fc.constant('gw'),
  identity: fc.constantFrom('accepted' as const, 'pending' as const),
  type: fc.constantFrom('board', null),
  runningReleaseId: fc.constantFrom(null, 100),
});

/** The assignment after core has decided the step; null once it has ended. */
function taken(one: OpenAssignment, { input }: ContactStep): OpenAssignment | null {
  const state: AssignmentAggregate = {
    assignment: { state: one.state, reason: null, failedAttempts: 0, cancelIntent: null, endedAt: null },
    attempt: one.attempt === null ? null : { ...newbornAttempt(0), ...one.attempt },
    rules: { timeLimits: DEFAULT_TIME_LIMITS, evidence: null, pollIntervalSeconds: 300 },
  };
  const decision = decide(state, input, 1000);
  assert.equal(decision.outcome, 'changed', `${input.type} for ${JSON.stringify(one)}`);
  if (decision.outcome !== 'changed' || isClosed(assignmentLifecycle, decision.state.assignment.state)) return null;
  return { ...one, state: decision.state.assignment.state, attempt: decision.state.attempt };
}

test('the steps of any contact can all be taken, and leave nothing to do', () => {
  fc.assert(
    fc.property(someDevice, someAssignments, (who, assignments) => {
      let open: readonly OpenAssignment[] = assignments;
      for (let round = 0; round < 12; round += 1) {
        const { steps } = atContact(who, open);
        if (steps.length === 0) return;
        open = open.flatMap((one) => {
          const step = steps.find(({ assignment }) => assignment === one.id);
          return step === undefined ? one : (taken(one, step) ?? []);
        });
      }
      assert.fail('it does not settle');
    }),
    { numRuns: 3000 },
  );
});

test('a settled contact answers no offer that its gates do not permit, unless it has begun', () => {
  fc.assert(
    fc.property(someDevice, someAssignments, (who, assignments) => {
      const { steps } = atContact(who, assignments);
      if (steps.length > 0) return;
      for (const one of assignments.filter(({ attempt }) => attempt?.state === 'offered' && attempt.begunAt === null)) {
        const { mayDownload, mayInstall } = permissionOf(gatesOf({ device: who, assignment: one }));
        assert.ok(mayDownload && mayInstall);
      }
    }),
    { numRuns: 3000 },
  );
});

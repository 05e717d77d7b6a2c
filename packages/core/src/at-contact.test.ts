import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anAggregate } from '../test/an-aggregate.ts';
import {
  aDevice,
  anAssignment,
  MINUTE_MS,
  NOW,
  someAssignment,
  someDevice,
  type AssignmentParts,
} from '../test/gate-facts-maker.ts';
import { atContact, type ContactStep, type OpenAssignment } from './at-contact.ts';
import { assignmentLifecycle } from './assignment-lifecycle.ts';
import type { Attempt } from './attempt.ts';
import { decide } from './decide.ts';
import { gatesOf, permissionOf } from './gates.ts';
import { isClosed } from './lifecycle.ts';

const device = aDevice();

const OFFERED = { state: 'offered', offeredAt: 1, installOfferedAt: 1 } as const;
const AT_WORK = { ...OFFERED, state: 'installing', begunAt: 2 } as const;

function stepsOf(...open: readonly OpenAssignment[]): readonly (readonly [number, string])[] {
  return atContact(device, open, NOW).steps.map(({ assignment, input }) => [assignment, input.type] as const);
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

const shutWindow = { isOpen: false, changesAt: NOW + MINUTE_MS, opensAt: NOW + MINUTE_MS };
const ahead = { windows: { windows: [], blackouts: [], zone: 'UTC', downloadAhead: true } };

test('a device that cannot be told to install later is offered nothing before its window opens', () => {
  assert.deepEqual(stepsOf(anAssignment({ window: shutWindow, policy: ahead })), []);
  const split = atContact(
    aDevice({ splitsOffers: 'always' }),
    [anAssignment({ window: shutWindow, policy: ahead })],
    NOW,
  );
  assert.deepEqual(split.steps[0]?.input, { type: 'offer-made', install: false, paced: false });
});

test('what has begun to download is granted its install when the window opens, once', () => {
  const downloaded = { ...OFFERED, state: 'downloaded', begunAt: 2, installOfferedAt: null } as const;
  const steps = (window: object, attempt: Partial<Attempt>) =>
    stepsOf(anAssignment({ window, policy: ahead, attempt }));
  assert.deepEqual(steps(shutWindow, downloaded), []);
  assert.deepEqual(steps({}, downloaded), [[1, 'install-offered']]);
  assert.deepEqual(steps({}, { ...downloaded, installOfferedAt: 3 }), []);
  assert.deepEqual(steps({}, { ...downloaded, state: 'canceling' }), [], 'it was asked to give up');
});

test('a window that closes before the device begins takes the offer back, and after that changes nothing', () => {
  assert.deepEqual(stepsOf(anAssignment({ window: shutWindow, attempt: OFFERED })), [[1, 'offer-withdrawn']]);
  assert.deepEqual(stepsOf(anAssignment({ window: shutWindow, attempt: AT_WORK })), []);
});

test('a rollout that downloads only never grants the install', () => {
  const policy = { action: { kind: 'download-only' } } as const;
  const plan = atContact(device, [anAssignment({ policy })], NOW);
  assert.deepEqual(plan.steps[0]?.input, { type: 'offer-made', install: false, paced: false });
  assert.deepEqual(stepsOf(anAssignment({ policy, attempt: { ...AT_WORK, installOfferedAt: null } })), []);
});

test('an offer says that it needs a place in the pace, unless it has one', () => {
  const policy = { pace: { parallel: 1, perMinute: null, perSite: null } };
  const inputOf = (pace: object) => atContact(device, [anAssignment({ policy, pace })], NOW).steps[0]?.input;
  assert.deepEqual(inputOf({}), { type: 'offer-made', install: true, paced: true });
  assert.equal(inputOf({ rollout: { inFlight: 1, tokens: 0, tokensAt: 0 } }), undefined);
  assert.deepEqual(inputOf({ held: true }), { type: 'offer-made', install: true, paced: false });
});

test('an attempt whose consent is asked for comes to await it', () => {
  const policy = { consent: { required: true, askAgainSeconds: 60 } };
  assert.deepEqual(stepsOf(anAssignment({ policy })), [], 'without an attempt nothing is written');
  const further = { policy, attempts: 1, notBefore: NOW + MINUTE_MS };
  for (const state of ['backing-off', 'waiting'] as const)
    assert.deepEqual(stepsOf(anAssignment({ ...further, state })), [[1, 'consent-asked']], 'by an id of its own');
  assert.deepEqual(stepsOf(anAssignment({ policy, attempt: {} })), [[1, 'consent-asked']]);
  assert.deepEqual(stepsOf(anAssignment({ policy, attempt: {}, consent: 'given' })), [[1, 'offer-made']]);
});

test('consent that is given without asking is given until the install is granted, or said to be done', () => {
  const policy = { consent: { required: true, askAgainSeconds: 60 } };
  const who = aDevice({ autoConsent: true });
  const stepFor = (attempt: Partial<Attempt> | null) =>
    atContact(who, [anAssignment({ policy, attempt, consent: 'declined' })], NOW).steps[0]?.input.type;
  const begun = { ...AT_WORK, installOfferedAt: null };
  assert.deepEqual([null, {}, { ...begun, state: 'downloaded' as const }].map(stepFor), Array(3).fill('consent-given'));
  assert.equal(stepFor({ ...begun, state: 'awaiting-report' }), undefined, 'by a device that did not wait for it');
});

test('the step that an older one waits for comes before it, and does not supersede it', () => {
  const steps = [{ id: 102, name: 'step', version: '1', counter: 5, deviceTypes: [] }];
  const target = anAssignment({ id: 1, requiredSteps: steps });
  const step = anAssignment({ id: 2, requiredStep: true, requiredSteps: steps, release: { counter: 5 } });
  const plan = atContact(device, [target, step], NOW);
  assert.equal(plan.current?.id, 2);
  assert.deepEqual(
    plan.steps.map(({ assignment, input }) => [assignment, input.type]),
    [[2, 'offer-made']],
  );
});

test('canceling goes before begun before eligible, then the heavier, then the older', () => {
  const current = (...open: readonly OpenAssignment[]) => atContact(device, open, NOW).current?.id;
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
  assert.equal(atContact(device, [waits, anAssignment({ id: 1, weight: 1 })], NOW).current?.id, 1);
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

test('of a rollout that stops, only what has an attempt ends at its device’s contact', () => {
  const stopping = { state: 'stopping' } as const;
  assert.deepEqual(stepsOf(anAssignment({ id: 1, rollout: stopping })), []);
  assert.deepEqual(stepsOf(anAssignment({ id: 1, rollout: stopping, attempt: OFFERED })), [[1, 'cancel']]);
  assert.deepEqual(stepsOf(anAssignment({ id: 1, rollout: stopping, attempt: AT_WORK })), [[1, 'cancel']]);
});

test('a device that refused to cancel is not asked again by the server', () => {
  const refused = anAssignment({ id: 1, attempt: { ...AT_WORK, cancelRefusedAt: 3 }, rollout: { state: 'stopping' } });
  assert.deepEqual(stepsOf(refused), []);
  assert.deepEqual(stepsOf(anAssignment({ attempt: { ...AT_WORK, cancelRefusedAt: 3 } }), anAssignment({ id: 2 })), []);
});

test('what a device runs already, or what does not fit it, ends before it is offered', () => {
  const runs = aDevice({ runningReleaseId: 101 });
  assert.deepEqual(atContact(runs, [anAssignment()], NOW).steps[0]?.input.type, 'found-installed');
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
  { ...AT_WORK, state: 'awaiting-report', installOfferedAt: null },
  { ...AT_WORK, state: 'awaiting-evidence' },
  { state: 'canceling', canceledFrom: 'ready' },
  { ...AT_WORK, state: 'canceling', canceledFrom: 'installing' },
);

const someAssignments = fc
  .array(someAssignment(anAttempt), { maxLength: 5 })
  .map((all) => all.map((parts, index) => anAssignment({ ...parts, id: index + 1, state: stateOf(parts) })));

/** An attempt makes its assignment active; only one without can back off. */
function stateOf({ attempt = null, state = 'waiting' }: AssignmentParts) {
  return attempt === null ? state : 'active';
}

/** The assignment after core has decided the step; null once it has ended. */
function taken(one: OpenAssignment, { input }: ContactStep): OpenAssignment | null {
  const { attempt, attempts, state, notBefore, consent, asksAgainAt } = one;
  const before = anAggregate({
    assignment: { state, notBefore, attempts },
    attempt: attempt === null ? null : { ...attempt, consent, asksAgainAt, paceHeld: one.pace.held },
    rules: { consent: one.rollout.policy.consent, downloadOnly: one.rollout.policy.action.kind === 'download-only' },
  });
  const decision = decide(before, input, NOW);
  assert.equal(decision.outcome, 'changed', `${input.type} for ${JSON.stringify(one)}`);
  if (decision.outcome !== 'changed' || isClosed(assignmentLifecycle, decision.state.assignment.state)) return null;
  const after = decision.state.attempt;
  return {
    ...one,
    state: decision.state.assignment.state,
    notBefore: decision.state.assignment.notBefore,
    attempts: decision.state.assignment.attempts,
    consent: after?.consent ?? null,
    asksAgainAt: after?.asksAgainAt ?? null,
    pace: { ...one.pace, held: after?.paceHeld ?? false },
    attempt: after === null ? null : { ...after, number: one.number },
  };
}

test('the steps of any contact can all be taken, and leave nothing to do', () => {
  fc.assert(
    fc.property(someDevice, someAssignments, (who, assignments) => {
      let open: readonly OpenAssignment[] = assignments;
      for (let round = 0; round < 12; round += 1) {
        const { steps } = atContact(who, open, NOW);
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

test('a settled contact answers an offer exactly when its gates permit it, unless it has begun', () => {
  fc.assert(
    fc.property(someDevice, someAssignments, (who, assignments) => {
      const { steps, current } = atContact(who, assignments, NOW);
      if (steps.length > 0 || current === null || current.attempt?.begunAt) return;
      if (current.attempt?.state === 'canceling' || current.attempt?.state === 'awaiting-evidence') return;
      const { mayDownload, mayInstall } = permissionOf(gatesOf({ device: who, assignment: current }, NOW));
      const isWhole = current.rollout.policy.action.kind !== 'download-only' && !who.splitsOffers;
      const mayOffer = isWhole ? mayInstall : mayDownload;
      assert.equal(current.attempt?.state === 'offered', mayOffer);
      if (!mayInstall) assert.ok(current.attempt === null || current.attempt.state !== 'offered' || !isWhole);
    }),
    { numRuns: 3000 },
  );
});

test('what is not current is not on offer', () => {
  fc.assert(
    fc.property(someDevice, someAssignments, (who, assignments) => {
      const { steps, current } = atContact(who, assignments, NOW);
      if (steps.length > 0) return;
      for (const one of assignments)
        if (one !== current && one.attempt?.begunAt === null) assert.notEqual(one.attempt.state, 'offered');
    }),
    { numRuns: 3000 },
  );
});

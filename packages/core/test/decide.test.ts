import { decide, MAX_OFFER_REFUSALS, type AssignmentAggregate, type AttemptInput } from '@updraft/core';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anAggregate, anEvidenceRule, retriesUpTo } from './an-aggregate.ts';

const DAY = 86_400_000;
const dueInput = { type: 'due', lastContactAt: null, listeningSince: 0, evidenceReportedAt: null } as const;
const byOperator = { type: 'cancel', intent: 'canceled', ask: true, by: 'operator' } as const;

/** Plays inputs a second apart from second 1 on; each must change the state. */
function after(state: AssignmentAggregate, ...inputs: readonly AttemptInput[]): AssignmentAggregate {
  return inputs.reduce((current, input, at) => {
    const decision = decide(current, input, (at + 1) * 1000);
    assert.equal(decision.outcome, 'changed', `${input.type} in ${current.attempt?.state}`);
    return decision.outcome === 'changed' ? decision.state : current;
  }, state);
}

const offer = { type: 'offer-made', install: true } as const;
const unborn = () => anAggregate({ attempt: null });
const confirmed = { type: 'report-succeeded', vouches: 'confirmed' } as const;

test('SWUpdate’s whole way ends in succeeded with confirmed evidence', () => {
  const end = after(
    unborn(),
    offer,
    { type: 'report-proceeding' },
    { type: 'first-byte' },
    { type: 'all-bytes' },
    { type: 'report-installed' },
    confirmed,
  );
  assert.equal(end.attempt?.state, 'succeeded');
  assert.deepEqual(end.attempt.evidence, ['confirmed']);
  assert.equal(end.assignment.state, 'succeeded');
});

test('an installed update waits for the report after the restart', () => {
  const state = after(unborn(), offer, { type: 'report-installed' });
  assert.equal(state.attempt?.state, 'awaiting-report');
  assert.equal(state.assignment.state, 'active');
});

test('a boot that failed is rolled back, with the device’s words', () => {
  const state = after(
    unborn(),
    offer,
    { type: 'report-installed' },
    { type: 'report-rolled-back', message: 'Update Failed.' },
  );
  assert.equal(state.attempt?.state, 'rolled-back');
  assert.equal(state.attempt.reason, 'rolled-back');
  assert.equal(state.attempt.message, 'Update Failed.');
  assert.equal(state.assignment.state, 'failed');
  assert.equal(state.assignment.failedAttempts, 1);
});

test('success is held back until the attribute that the device type names shows the version', () => {
  const rules = { evidence: anEvidenceRule({ versionAttribute: 'version', expectedVersion: '2.0' }) };
  const held = after(anAggregate({ attempt: null, rules }), offer, { type: 'report-succeeded', vouches: 'reported' });
  assert.equal(held.attempt?.state, 'awaiting-evidence');
  const old = decide(held, { type: 'attributes-reported', attributes: { version: '1.0' } }, 9000);
  assert.equal(old.outcome, 'unchanged', 'an old value may have been sent before the reboot');
  const shown = after(held, { type: 'attributes-reported', attributes: { version: '2.0' } });
  assert.equal(shown.attempt?.state, 'succeeded');
  assert.deepEqual(shown.attempt.evidence, ['observed', 'reported']);
});

test('evidence that never comes ends as no-evidence, an old version that was shown as booted-old-version', () => {
  const known = { version: '1.0', slot: null, bootId: null };
  const rules = { evidence: anEvidenceRule({ versionAttribute: 'version', expectedVersion: '2.0', known }) };
  const held = after(anAggregate({ attempt: null, rules }), offer, { type: 'report-succeeded', vouches: 'reported' });
  for (const [evidenceReportedAt, reason] of [
    [null, 'no-evidence'],
    [1500, 'no-evidence'],
    [5000, 'booted-old-version'],
  ] as const) {
    const decision = decide(held, { ...dueInput, evidenceReportedAt }, 2 * DAY);
    assert.equal(decision.outcome, 'changed');
    assert.equal(decision.outcome === 'changed' && decision.state.attempt?.state, 'failed');
    assert.equal(decision.outcome === 'changed' && decision.state.attempt?.reason, reason);
  }
});

test('evidence seen while the report is awaited is noted and ends nothing', () => {
  const rules = { evidence: anEvidenceRule({ versionAttribute: 'version', expectedVersion: '2.0' }) };
  const state = after(
    anAggregate({ attempt: null, rules }),
    offer,
    { type: 'report-installed' },
    { type: 'attributes-reported', attributes: { version: '2.0' } },
  );
  assert.equal(state.attempt?.state, 'awaiting-report');
  assert.equal(after(state, confirmed).attempt?.state, 'succeeded');
});

test('an offer that is not taken lapses, and the attempt is offered again', () => {
  const lapsed = after(anAggregate({ attempt: null }), offer);
  const decision = decide(lapsed, dueInput, 16 * 60_000);
  assert.equal(decision.outcome === 'changed' && decision.state.attempt?.state, 'ready');
});

test('a begun attempt keeps its offer when the offer’s limit passes', () => {
  const begun = after(unborn(), offer, { type: 'report-noted' });
  assert.equal(begun.attempt?.state, 'offered');
  assert.equal(decide(begun, { type: 'offer-withdrawn' }, 2000).outcome, 'unchanged');
  assert.equal(decide(begun, dueInput, 16 * 60_000).outcome, 'unchanged');
});

test('a byte for an offer that was withdrawn begins the attempt all the same', () => {
  const state = after(unborn(), offer, { type: 'offer-withdrawn' }, { type: 'first-byte' });
  assert.equal(state.attempt?.state, 'downloading');
});

test('a report for an attempt that was never offered is refused', () => {
  assert.deepEqual(decide(unborn(), confirmed, 1000), { outcome: 'refused', code: 'not-offered' });
  assert.deepEqual(decide(anAggregate(), confirmed, 1000), { outcome: 'refused', code: 'not-offered' });
});

test('a cancel is asked of the device and ends with its acknowledgement', () => {
  const asked = after(unborn(), offer, { type: 'first-byte' }, byOperator);
  assert.equal(asked.attempt?.state, 'canceling');
  const ended = after(asked, { type: 'cancel-acknowledged' });
  assert.equal(ended.attempt?.state, 'canceled');
  assert.equal(ended.assignment.state, 'canceled');
});

test('a device may refuse a cancel and go on to its true end', () => {
  const refused = after(unborn(), offer, { type: 'report-proceeding' }, byOperator, { type: 'cancel-refused' });
  assert.equal(refused.attempt?.state, 'installing');
  assert.equal(after(refused, { type: 'report-installed' }, confirmed).assignment.state, 'succeeded');
});

test('a refused cancel is asked again by an operator only', () => {
  const refused = after(unborn(), offer, { type: 'report-proceeding' }, byOperator, { type: 'cancel-refused' });
  assert.equal(decide(refused, { ...byOperator, by: 'server' }, 9000).outcome, 'unchanged');
  assert.equal(after(refused, byOperator).attempt?.state, 'canceling');
});

test('a device that went on while it was asked to cancel ends with its true result', () => {
  const asked = after(unborn(), offer, { type: 'report-installed' }, byOperator);
  assert.equal(after(asked, confirmed).assignment.state, 'succeeded');
});

test('a canceling attempt whose device says nothing times out, and the assignment ends as it was meant to', () => {
  const asked = after(unborn(), offer, { ...byOperator, intent: 'superseded' });
  const decision = decide(asked, dueInput, 2 * DAY);
  assert.equal(decision.outcome === 'changed' && decision.state.attempt?.state, 'timed-out');
  assert.equal(decision.outcome === 'changed' && decision.state.assignment.state, 'superseded');
});

test('what is not born is canceled without asking where nobody was told', () => {
  const state = after(unborn(), { ...byOperator, ask: false });
  assert.equal(state.assignment.state, 'canceled');
  assert.equal(state.attempt, null);
});

test('a device that already runs the release ends its assignment without an attempt', () => {
  const state = after(unborn(), { type: 'found-installed' });
  assert.equal(state.assignment.state, 'succeeded');
  assert.equal(state.assignment.reason, 'already-installed');
});

test('an incompatible device ends as failed and counts', () => {
  const state = after(unborn(), { type: 'found-incompatible' });
  assert.equal(state.assignment.reason, 'incompatible');
  assert.equal(state.assignment.failedAttempts, 1);
});

test('a device that was heard is not silent, nor is one that could not be heard', () => {
  const silent = after(unborn(), offer, { type: 'first-byte' });
  const rules = {
    ...silent.rules,
    timeLimits: { ...silent.rules.timeLimits, silenceSeconds: 60, downloadingSeconds: 999 },
  };
  const state = { ...silent, rules };
  assert.equal(decide(state, { ...dueInput, lastContactAt: 100_000 }, 120_000).outcome, 'unchanged');
  assert.equal(decide(state, { ...dueInput, listeningSince: 100_000 }, 120_000).outcome, 'unchanged');
  const decision = decide(state, dueInput, 120_000);
  assert.equal(decision.outcome === 'changed' && decision.state.attempt?.reason, 'silence-limit');
});

test('a device that says nothing to a cancel ends at the limit of canceling, also where silence is the shorter one', () => {
  const asked = after(
    unborn(),
    offer,
    { type: 'first-byte' },
    { type: 'cancel', intent: 'canceled', ask: true, by: 'operator' },
  );
  const rules = {
    ...asked.rules,
    timeLimits: { ...asked.rules.timeLimits, silenceSeconds: 60, cancelingSeconds: 999 },
  };
  const decision = decide({ ...asked, rules }, dueInput, 120_000);
  assert.equal(decision.outcome === 'changed' && decision.state.attempt?.reason, 'canceling-limit');
});

test('what has ended refuses everything with one code', () => {
  const ended = after(unborn(), offer, confirmed);
  assert.deepEqual(decide(ended, confirmed, 9000), { outcome: 'refused', code: 'attempt-closed' });
});

test('an install is granted to what has begun and goes on, not to an offer that was taken back', () => {
  const grant = { type: 'install-offered', paced: true } as const;
  const withdrawn = after(unborn(), { type: 'offer-made', install: false }, { type: 'offer-withdrawn' });
  assert.equal(decide(withdrawn, grant, DAY).outcome, 'unchanged');
  const begun = after(unborn(), { type: 'offer-made', install: false }, { type: 'all-bytes' });
  assert.equal(decide(after(begun, byOperator), grant, DAY).outcome, 'unchanged');
  assert.equal(after(begun, grant).attempt?.paceHeld, true);
});

test('whatever a device says about an offer that was taken back takes it up again', () => {
  const withdrawn = after(unborn(), offer, { type: 'offer-withdrawn' });
  const noted = after(withdrawn, { type: 'report-noted' });
  assert.deepEqual([noted.attempt?.state, noted.attempt?.begunAt], ['offered', 1000]);
});

test('an offer that its device refuses is taken back, and begins nothing', () => {
  const refused = after(unborn(), offer, { type: 'offer-refused', message: 'low battery' }).attempt;
  assert.deepEqual(
    [refused?.state, refused?.begunAt, refused?.refusedAt, refused?.refusal],
    ['ready', null, 2000, 'low battery'],
  );
  const late = after(unborn(), offer, { type: 'offer-withdrawn' }, { type: 'offer-refused', message: null }).attempt;
  assert.deepEqual([late?.state, late?.refusedAt], ['ready', 3000]);
});

test('a device that refuses every offer has failed at the last that it may refuse, and is tried no more', () => {
  const no = { type: 'offer-refused', message: 'not now' } as const;
  const willing = after(unborn(), ...Array.from({ length: MAX_OFFER_REFUSALS - 1 }, () => [offer, no]).flat());
  assert.deepEqual([willing.attempt?.state, willing.attempt?.refusals], ['ready', MAX_OFFER_REFUSALS - 1]);
  const rules = { retries: retriesUpTo(3) };
  const patient = decide({ ...willing, rules: { ...willing.rules, ...rules } }, offer, DAY);
  assert.equal(patient.outcome, 'changed');
  const last = decide(patient.state, no, DAY + 1);
  assert.equal(last.outcome, 'changed');
  const { attempt, assignment } = last.state;
  assert.deepEqual(
    [attempt?.state, attempt?.reason, attempt?.message, attempt?.begunAt],
    ['failed', 'offer-refused', 'not now', null],
  );
  assert.deepEqual([assignment.state, assignment.reason, assignment.erred], ['failed', 'offer-refused', true]);
  assert.deepEqual(last.effects.at(-1), { type: 'erred' });
});

test('a refusal that is said twice counts once, and one of an offer that was taken back counts, too', () => {
  const no = { type: 'offer-refused', message: null } as const;
  const twice = after(unborn(), offer, no, no);
  assert.equal(twice.attempt?.refusals, 1);
  const late = after(unborn(), offer, { type: 'offer-withdrawn' }, no);
  assert.equal(late.attempt?.refusals, 1);
  const rounds = Array.from({ length: MAX_OFFER_REFUSALS }, () => [offer, { type: 'offer-withdrawn' }, no] as const);
  assert.equal(after(unborn(), ...rounds.flat()).assignment.reason, 'offer-refused');
});

test('what has begun goes on, whatever its device refuses', () => {
  const begun = after(unborn(), offer, { type: 'first-byte' }, { type: 'offer-refused', message: 'no' }).attempt;
  assert.deepEqual([begun?.state, begun?.refusedAt, begun?.heardAt], ['downloading', null, 3000]);
});

test('what was never offered cannot be refused', () => {
  const refusal = { type: 'offer-refused', message: null } as const;
  for (const state of [unborn(), anAggregate()])
    assert.deepEqual(decide(state, refusal, DAY), { outcome: 'refused', code: 'not-offered' });
});

test('a yes that is taken back holds the update again, and a new yes waits for nothing', () => {
  const rules = { consent: { required: true, askAgainSeconds: 3600 } };
  const given = after(anAggregate({ attempt: null, rules }), { type: 'consent-given' });
  const declined = after(given, { type: 'consent-declined' });
  assert.deepEqual([declined.attempt?.state, declined.attempt?.asksAgainAt], ['awaiting-consent', 3_601_000]);
  const again = after(declined, { type: 'consent-given' });
  assert.deepEqual([again.attempt?.state, again.attempt?.asksAgainAt], ['ready', null]);
});

test('a back-off goes on, whatever the device’s user says meanwhile', () => {
  const rules = { consent: { required: true, askAgainSeconds: 3600 } };
  const assignment = { state: 'backing-off', attempts: 1, failedAttempts: 1, notBefore: DAY } as const;
  const declined = after(anAggregate({ assignment, attempt: null, rules }), { type: 'consent-declined' });
  assert.deepEqual([declined.assignment.notBefore, declined.attempt?.asksAgainAt], [DAY, 3_601_000]);
  const given = after(declined, { type: 'consent-given' });
  assert.deepEqual([given.assignment.notBefore, given.attempt?.asksAgainAt], [DAY, null]);
});

test('an offer that is taken back after a no is asked about again only when it is time', () => {
  const rules = { consent: { required: true, askAgainSeconds: 3600 } };
  const offered = after(anAggregate({ attempt: null, rules }), { type: 'consent-given' }, offer);
  const withdrawn = after(offered, { type: 'consent-declined' }, { type: 'offer-withdrawn' });
  const held = after(withdrawn, { type: 'consent-asked' });
  assert.deepEqual([held.attempt?.state, held.attempt?.consent], ['awaiting-consent', 'declined']);
  assert.equal(after(held, { type: 'consent-given' }).attempt?.asksAgainAt, null);
});

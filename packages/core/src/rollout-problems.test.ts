import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ONE_PHASE, type PhaseSpec } from './phase-spec.ts';
import { unaskedOf } from './phase-sizes.ts';
import { completePolicy, DEFAULT_POLICY, type RolloutPolicy } from './policy.ts';
import { rolloutProblems, type DraftFacts } from './rollout-problems.ts';

const NOW = Date.UTC(2026, 0, 15, 12);
const FACTS: DraftFacts = {
  matched: 100,
  compatible: 100,
  phaseTotals: [100],
  unasked: 0,
  shortestInstallSeconds: 300,
  returnObstacles: [],
  returnUnknown: 0,
  isSiteTold: true,
};

function found(
  { policy, phases }: { readonly policy?: Partial<RolloutPolicy>; readonly phases?: readonly Partial<PhaseSpec>[] },
  facts: Partial<DraftFacts> = {},
): readonly string[] {
  const draft = {
    filter: 'name==gw-*',
    phases: (phases ?? [{}]).map((phase) => ({ ...ONE_PHASE, ...phase })),
    policy: completePolicy(policy ?? {}),
  };
  return rolloutProblems(draft, { ...FACTS, ...facts }, NOW).map(({ code, severity }) => `${severity} ${code}`);
}

test('a plain rollout to all devices of a filter has no problem', () => {
  assert.deepEqual(found({}), []);
});

test('a filter that names nothing is refused, and warned of where devices may still join', () => {
  assert.deepEqual(found({}, { matched: 0, compatible: 0 }), ['refused filter-matches-nothing']);
  assert.deepEqual(found({ policy: { dynamic: true } }, { matched: 0, compatible: 0 }), [
    'warned filter-matches-nothing',
  ]);
});

test('a release that fits none of the devices is refused; one that fits some is warned of', () => {
  assert.deepEqual(found({}, { compatible: 0 }), ['refused release-incompatible']);
  assert.deepEqual(found({}, { compatible: 99 }), ['warned some-incompatible']);
});

test('phases may not take more than all', () => {
  const half = { size: { by: 'percent', percent: 60 } } as const;
  const phases = [{ ...half, successPercent: 90 }, half];
  assert.deepEqual(found({ phases }, { phaseTotals: [60, 40] }), ['refused percent-over-100']);
  const many = { size: { by: 'count', count: 101 } } as const;
  assert.deepEqual(found({ phases: [many] }), ['warned count-over-matched']);
  const nobody = { size: { by: 'filter', filter: 'name==nobody' } } as const;
  assert.deepEqual(found({ phases: [nobody, {}] }, { phaseTotals: [0, 100] }), ['warned phase-empty']);
});

test('devices that no phase asks for, which the last takes too, are told', () => {
  const tenth = { size: { by: 'percent', percent: 10 } } as const;
  assert.deepEqual(found({ phases: [tenth] }, { phaseTotals: [100], unasked: 90 }), ['warned phases-leave-rest']);
  assert.deepEqual(unaskedOf([{ ...ONE_PHASE, ...tenth }], { all: 100, named: new Map() }), 90);
  const canaries = { ...ONE_PHASE, size: { by: 'filter', filter: 'tag==canary' } } as const;
  assert.equal(unaskedOf([canaries], { all: 100, named: new Map([[1, 4]]) }), 96);
  assert.equal(unaskedOf([canaries, ONE_PHASE], { all: 100, named: new Map([[1, 4]]) }), 0);
});

test('a time limit that no installation has kept yet is told', () => {
  const limits = (installingSeconds: number) => ({
    policy: { timeLimits: { ...DEFAULT_POLICY.timeLimits, installingSeconds } },
  });
  assert.deepEqual(found(limits(299)), ['warned limit-under-install']);
  assert.deepEqual(found(limits(300)), []);
});

test('the unknown zone of one window is told at that window', () => {
  const windows = [{ cron: '0 0 22 ? * *', durationSeconds: 3600, zone: 'Europe/Atlantis' }];
  const policy = completePolicy({ windows: { ...DEFAULT_POLICY.windows, windows } });
  const [problem] = rolloutProblems({ filter: '', phases: [ONE_PHASE], policy }, FACTS, NOW);
  assert.deepEqual([problem?.code, problem?.path], ['zone-unknown', 'policy.windows.windows.0.zone']);
});

test('a phase that one failure holds up for those behind it is told, once', () => {
  const totals = { phaseTotals: [10, 20, 70] };
  assert.deepEqual(found({ phases: [{}, {}, {}] }, totals), ['warned success-needs-all']);
  assert.deepEqual(found({ phases: [{ successPercent: 99 }, {}, {}] }, totals), ['warned success-needs-all']);
  assert.deepEqual(found({ phases: [{ successPercent: 99 }, { successPercent: 95 }, {}] }, totals), []);
});

test('a phase that is empty, the last, or followed by hand anyway may ask for all', () => {
  const next = 'hand' as const;
  assert.deepEqual(found({ phases: [{ next }, {}] }, { phaseTotals: [10, 90] }), []);
  assert.deepEqual(found({ phases: [{ size: { by: 'rest' } }, {}] }, { phaseTotals: [0, 0] }), []);
});

test('an error threshold needs a minimum, and one that its phase can reach', () => {
  assert.deepEqual(found({ phases: [{ error: { percent: 5, minimum: 0 } }] }), [
    'refused error-threshold-without-minimum',
  ]);
  assert.deepEqual(found({ phases: [{ error: { percent: 5, minimum: 101 } }] }), ['warned error-minimum-over-phase']);
  assert.deepEqual(found({ phases: [{ error: { percent: 5, minimum: 3 } }] }), []);
});

test('what is to happen in the past is told', () => {
  assert.deepEqual(found({ policy: { start: { by: 'time', at: NOW } } }), ['refused start-in-the-past']);
  assert.deepEqual(found({ policy: { action: { kind: 'time-forced', forcedAt: NOW - 1 } } }), [
    'warned forced-at-in-the-past',
  ]);
});

test('a rollout starts at once or by a rule of its own, not both', () => {
  const draft = { filter: '', phases: [ONE_PHASE], policy: completePolicy({ start: { by: 'hand' } }) };
  const [problem] = rolloutProblems({ ...draft, startsAtOnce: true }, FACTS, NOW);
  assert.deepEqual([problem?.code, problem?.path], ['start-twice', 'start']);
  assert.deepEqual(rolloutProblems({ ...draft, startsAtOnce: false }, FACTS, NOW), []);
});

test('windows that cannot be are refused by their own codes', () => {
  const windows = (cron: string, durationSeconds = 3600, zone = 'Europe/Rome') => ({
    policy: { windows: { ...DEFAULT_POLICY.windows, windows: [{ cron, durationSeconds }], zone } },
  });
  assert.deepEqual(found(windows('0 0 22 ? * *')), []);
  assert.deepEqual(found(windows('0 0 25 ? * *')), ['refused cron-invalid']);
  assert.deepEqual(found(windows('0 0 0 31 2 ?')), ['refused cron-never-fires']);
  assert.deepEqual(found(windows('0 0 22 ? * *', 3600, 'Europe/Atlantis')), ['refused zone-unknown']);
  assert.deepEqual(found(windows('0 0 22 ? * *', 120)), ['warned window-too-short']);
  assert.deepEqual(found({ policy: { start: { by: 'first-window' } } }), ['refused no-window-to-start-in']);
});

test('a return that devices would refuse is refused, and says which of the two ways to take', () => {
  const refuses = { type: 'board-a', running: 'system 1.0', devices: 3, isWithdrawn: false, isLeftOut: false };
  const facts = { ...FACTS, returnObstacles: [refuses] };
  const draft = { filter: '', phases: [ONE_PHASE], policy: completePolicy({ onFailure: 'return' }) };
  const [problem] = rolloutProblems(draft, facts, NOW);
  assert.equal(problem?.code, 'return-impossible');
  assert.match(problem.message, /downgrade allowed.*again under a higher version/);
  assert.deepEqual(rolloutProblems({ ...draft, policy: DEFAULT_POLICY }, facts, NOW), []);
});

test('a return that leaves devices out is warned of', () => {
  const withdrawn = { type: 'board-a', running: 'system 1.0', devices: 3, isWithdrawn: true, isLeftOut: true };
  const returnObstacles = [withdrawn];
  assert.deepEqual(found({ policy: { onFailure: 'return' } }, { returnObstacles }), ['warned return-leaves-out']);
  assert.deepEqual(found({ policy: { onFailure: 'return' } }, { returnUnknown: 3 }), ['warned return-leaves-unknown']);
  assert.deepEqual(found({}, { returnUnknown: 3 }), []);
});

test('an error threshold that more than all devices would have to cross is warned of', () => {
  const phases = [{ error: { percent: 100, minimum: 1 } }];
  assert.deepEqual(found({ phases }), ['warned error-percent-never-crossed']);
  assert.deepEqual(found({ phases: [{ error: { percent: 99, minimum: 1 } }] }), []);
});

test('a limit for sites that no device tells is warned of', () => {
  const policy = { pace: { parallel: null, perMinute: null, perSite: 2 } };
  assert.deepEqual(found({ policy }, { isSiteTold: false }), ['warned no-site-told']);
  assert.deepEqual(found({ policy }), []);
  assert.deepEqual(found({}, { isSiteTold: false }), []);
});

test('what a window plan describes is told as a sentence, what was given in quotes', () => {
  const said = (windows: RolloutPolicy['windows']) =>
    rolloutProblems({ filter: '', phases: [ONE_PHASE], policy: { ...DEFAULT_POLICY, windows } }, FACTS, NOW).map(
      ({ message }) => message,
    );
  const nightly = { cron: '0 0 22 ? * *', durationSeconds: 93_600 };
  const plan = { ...DEFAULT_POLICY.windows, windows: [nightly] };
  assert.deepEqual(said(plan), [
    'Found openings of 1 d 2 h without a pause between them; expected openings further apart than they last, or no window at all, which is always open.',
  ]);
  assert.match(
    said({ ...plan, windows: [{ ...nightly, cron: '0 0 22 31 2 ?' }] })[0] ?? '',
    /^Found "0 0 22 31 2 \?"; /,
  );
});

test('a first wait that is longer than any may be is warned of, where anything is tried again', () => {
  const retries = { ...DEFAULT_POLICY.retries, limit: 2, firstSeconds: 600, capSeconds: 60 };
  assert.deepEqual(found({ policy: { retries } }), ['warned retry-cap-under-wait']);
  assert.deepEqual(found({ policy: { retries: { ...retries, limit: 0 } } }), []);
  assert.deepEqual(found({ policy: { retries: { ...retries, capSeconds: 600 } } }), []);
});

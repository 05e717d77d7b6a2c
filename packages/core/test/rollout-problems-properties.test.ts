import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  completePolicy,
  firstWindowOpening,
  ONE_PHASE,
  phaseSizes,
  rolloutProblems,
  windowAt,
  type PhaseSize,
  type PhaseSpec,
  type RolloutDraft,
} from '@updraft/core';
import fc from 'fast-check';

const NOW = Date.UTC(2026, 9, 24, 12);
const YEAR_MS = 365 * 86_400_000;

/** Mostly as somebody would write it: what is refused is thrown away. */
const mostly = <T>(usual: readonly T[], odd: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: fc.constantFrom(...odd) });

const cron = fc
  .tuple(
    mostly(['0', '30', '0,30'], ['60', '']),
    mostly(['0', '0/15', '59', '*'], ['L']),
    mostly(['22', '0', '2-4', '*'], ['25']),
    mostly(
      ['? * MON-FRI', '? * 2#5', '? FEB 6L', 'LW * ?', '15W JAN ?', '29 2 ?', '* * ?'],
      ['31 2 ?', '? * ?', '1 1 ? 2020'],
    ),
  )
  .map((fields) => fields.join(' '));
const blackout = mostly(
  [
    { from: '2026-10-24', to: '2026-10-25' },
    { from: '2026-12-24T18:00', to: '2026-12-26T06:00' },
    { from: '2026-10-25T02:30', to: '2026-10-25T02:45' },
  ],
  [
    { from: '2027-02-30', to: '2027-03-01' },
    { from: '2027-03-01', to: '2027-02-01' },
    { from: 'soon', to: '' },
  ],
);
const zone = mostly(['Europe/Rome', 'Pacific/Apia', 'Asia/Kolkata', 'UTC', '+05:45'], ['Europe/Atlantis', '']);
const seconds = mostly([60, 90, 3600, 86_400, 31 * 86_400], [-1, 0, 59, 1e9, 60.5]);

const windows = fc.record({
  windows: fc.array(fc.record({ cron, durationSeconds: seconds }), { maxLength: 3 }),
  blackouts: fc.array(blackout, { maxLength: 3 }),
  zone,
  downloadAhead: fc.boolean(),
});

const size: fc.Arbitrary<PhaseSize> = fc.oneof(
  fc.double({ min: 0, max: 60, noNaN: true }).map((percent) => ({ by: 'percent' as const, percent })),
  fc.integer({ min: 1, max: 50 }).map((count) => ({ by: 'count' as const, count })),
  fc.constant({ by: 'rest' as const }),
);
const error = fc.option(fc.record({ percent: fc.integer({ min: 0, max: 100 }), minimum: mostly([1, 2, 9], [0]) }));
const phase: fc.Arbitrary<PhaseSpec> = fc.record({ size, error }).map((own) => ({ ...ONE_PHASE, ...own }));

const draft: fc.Arbitrary<RolloutDraft> = fc
  .record({
    windows,
    phases: fc.array(phase, { minLength: 1, maxLength: 4 }),
    start: fc.constantFrom('hand' as const, 'ready' as const, 'first-window' as const),
    dynamic: fc.boolean(),
    emergency: fc.boolean(),
  })
  .map(({ phases, start, ...policy }) => ({
    filter: '',
    phases,
    policy: completePolicy({ ...policy, start: { by: start } }),
  }));

function refusalsOf(one: RolloutDraft, all: number) {
  const phaseTotals = phaseSizes(one.phases, { all, named: new Map() });
  const fleet = { matched: all, compatible: all, phaseTotals, unasked: 0 };
  const facts = { ...fleet, shortestInstallSeconds: 300, returnObstacles: [], returnUnknown: 0, isSiteTold: true };
  return rolloutProblems(one, facts, NOW).filter(({ severity }) => severity === 'refused');
}

test('whatever a draft says, it is judged; and of one that is not refused each window can be asked at any time', () => {
  fc.assert(
    fc.property(draft, fc.nat(100), fc.nat(40), zone, (one, all, quarters, deviceZone) => {
      const refused = refusalsOf(one, all);
      if (refused.length > 0) return;
      const own = deviceZone === 'Europe/Atlantis' || deviceZone === '' ? one.policy.windows.zone : deviceZone;
      const at = NOW + (quarters / 4) * YEAR_MS;
      const moment = windowAt(one.policy.windows, own, at);
      assert.ok(moment.isOpen || moment.opensAt === null || moment.opensAt > at);
      firstWindowOpening(one.policy.windows, [own, 'UTC'], at);
    }),
    { numRuns: 200 },
  );
});

test('phases that are not refused take every device once', () => {
  fc.assert(
    fc.property(draft, fc.integer({ min: 1, max: 100 }), (one, all) => {
      const sizes = phaseSizes(one.phases, { all, named: new Map() });
      assert.equal(
        sizes.reduce((sum, n) => sum + n, 0),
        all,
      );
      assert.ok(sizes.every((n) => n >= 0));
    }),
    { numRuns: 300 },
  );
});

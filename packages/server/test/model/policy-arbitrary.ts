import fc from 'fast-check';
import type { ModelLimits, ModelPhaseSpec, ModelPolicy, ModelStart, RetriedFailure } from './model-policy.ts';

export const ZONES = ['UTC', 'Europe/Rome', 'America/New_York', 'Asia/Kathmandu'] as const;
const rarely = fc.nat({ max: 4 }).map((n) => n === 0);
const orNone = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 1 });

const limits: fc.Arbitrary<ModelLimits> = fc
  .record({ short: fc.constantFrom(1800, 7200, 86_400), silence: fc.constantFrom(7200, 86_400, 604_800) })
  .map(({ short, silence }) => ({
    downloading: 2 * short,
    downloaded: 3 * short,
    installing: short,
    'awaiting-report': 2 * short,
    'awaiting-evidence': short,
    canceling: short,
    silence,
  }));

const failures: readonly RetriedFailure[] = [
  'failed',
  'rolled-back',
  'timed-out',
  'silence',
  'booted-old-version',
  'no-evidence',
];

const anyWindow = fc.record({
  fromHour: fc.constantFrom(0, 1, 2, 3, 12, 22),
  minutes: fc.constantFrom(60, 240, 600, 1380),
  zone: fc.constantFrom(...ZONES),
});

/** Mostly by hand: what starts by itself needs no command. */
const anyStart: fc.Arbitrary<ModelStart> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ by: 'hand' } as const) },
  { weight: 1, arbitrary: fc.constantFrom({ by: 'ready' } as const, { by: 'first-window' } as const) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(60, 3600, 86_400).map((afterSeconds) => ({ by: 'time', afterSeconds }) as const),
  },
);

export const anyPolicy: fc.Arbitrary<ModelPolicy> = fc.record({
  start: anyStart,
  approval: rarely,
  downloadOnly: fc.nat({ max: 9 }).map((n) => n === 0),
  consent: rarely,
  askAgainSeconds: fc.constantFrom(600, 86_400),
  window: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 2, arbitrary: anyWindow }),
  downloadAhead: fc.boolean(),
  parallel: fc.constantFrom(null, null, 1, 2),
  perMinute: fc.constantFrom(null, null, null, 1, 3),
  perSite: fc.constantFrom(null, null, null, 1),
  retries: fc.constantFrom(0, 0, 1, 3),
  retryOn: fc.subarray([...failures], { minLength: 3 }),
  firstSeconds: fc.constantFrom(60, 3600),
  onFailure: fc.constantFrom('pause' as const, 'stop' as const, 'return' as const),
  dynamic: rarely,
  emergency: fc.nat({ max: 9 }).map((n) => n === 0),
  limits,
});

/** Nothing stands between a device and its update. */
export const PLAIN_POLICY: ModelPolicy = {
  start: { by: 'hand' },
  approval: false,
  downloadOnly: false,
  consent: false,
  askAgainSeconds: 600,
  window: null,
  downloadAhead: false,
  parallel: null,
  perMinute: null,
  perSite: null,
  retries: 0,
  retryOn: [],
  firstSeconds: 60,
  onFailure: 'pause',
  dynamic: false,
  emergency: false,
  limits: {
    downloading: 3600,
    downloaded: 3600,
    installing: 3600,
    'awaiting-report': 3600,
    'awaiting-evidence': 3600,
    canceling: 3600,
    silence: 86_400,
  },
};

export type ChangedPolicy = Pick<ModelPolicy, 'parallel' | 'perSite' | 'window' | 'downloadAhead' | 'consent'>;

/** What an operator may change of a rollout on its way. */
export const anyChange: fc.Arbitrary<Partial<ChangedPolicy>> = fc.oneof(
  fc.record({ parallel: fc.constantFrom(null, 1, 2) }),
  fc.record({ perSite: fc.constantFrom(null, 1) }),
  fc.record({ window: orNone(anyWindow) }),
  fc.record({ downloadAhead: fc.boolean() }),
  fc.record({ consent: fc.boolean() }),
);

const anyPhase: fc.Arbitrary<ModelPhaseSpec> = fc.record({
  percent: fc.constantFrom(25, 50),
  named: fc.oneof(
    { weight: 3, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 15 }) },
  ),
  successPercent: fc.constantFrom(0, 50, 100),
  // Such that a few devices' failures often come to the percentage exactly: it is crossed above it only.
  error: fc.option(fc.record({ percent: fc.constantFrom(0, 25, 25, 50, 50), minimum: fc.constantFrom(1, 1, 2) }), {
    nil: null,
    freq: 3,
  }),
  soakSeconds: fc.constantFrom(0, 0, 600, 86_400),
  byHand: rarely,
});

/** The last takes the rest. */
export const anyPhases = fc
  .array(anyPhase, { minLength: 1, maxLength: 3 })
  .map((phases): readonly ModelPhaseSpec[] =>
    phases.map((phase, at) => (at === phases.length - 1 ? { ...phase, percent: null, named: null } : phase)),
  );
